"""Which key states an operation accepts, and the error otherwise (developer guide, "Key states of AWS KMS keys")."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.kms import known
from kmsmock.kms.errors import keys as key_errors
from kmsmock.model.key import Key, KeyState
from kmsmock.store import Store

Refusal = Callable[[Key], AwsError]
StateRule = Mapping[KeyState, Refusal]
"""The states that an operation refuses, each with its error. A state that is not named is accepted."""


def _invalid(condition: str) -> Refusal:
    return lambda key: key_errors.invalid_state(key.arn, condition)


DISABLED: Refusal = lambda key: key_errors.disabled(key.arn)  # noqa: E731 - a table cell, like its neighbours
PENDING_DELETION = _invalid("pending deletion")
PENDING_REPLICA_DELETION = _invalid("pending replica deletion")
PENDING_IMPORT = _invalid("pending import")
UNAVAILABLE = _invalid("unavailable")
CREATING = _invalid("creating")
UPDATING = _invalid("updating")
NOT_PENDING_DELETION = _invalid("not pending deletion")
EXTERNAL_ORIGIN: Refusal = lambda key: key_errors.origin_not_valid(key.arn, "EXTERNAL")  # noqa: E731 - likewise

_PENDING: StateRule = {"PendingDeletion": PENDING_DELETION, "PendingReplicaDeletion": PENDING_REPLICA_DELETION}

NOT_PENDING: StateRule = _PENDING
USABLE: StateRule = {
    **_PENDING,
    "Disabled": DISABLED,
    "PendingImport": PENDING_IMPORT,
    "Creating": CREATING,
}
"""What needs no custom key store, or (the row's ``fits``) is not to be had in one: Unavailable cannot refuse."""
CRYPTOGRAPHIC: StateRule = {**USABLE, "Unavailable": UNAVAILABLE}
SWITCH: StateRule = {**_PENDING, "PendingImport": PENDING_IMPORT, "Creating": CREATING, "Updating": UPDATING}
ROTATION: StateRule = {
    **_PENDING,
    "Disabled": DISABLED,
    "PendingImport": EXTERNAL_ORIGIN,
    "Creating": CREATING,
}
ROTATE_NOW: StateRule = {**ROTATION, "PendingImport": PENDING_IMPORT}
IMPORT_PARAMETERS: StateRule = {**_PENDING, "Creating": CREATING, "Updating": UPDATING}
IMPORT: StateRule = {**_PENDING, "Creating": CREATING}
DELETE_MATERIAL: StateRule = {"Creating": CREATING, "Updating": UPDATING}
PUBLIC_KEY: StateRule = {**_PENDING, "PendingImport": PENDING_IMPORT, "Creating": CREATING}
REPLICATE: StateRule = {**USABLE, "Updating": UPDATING}
SCHEDULE_DELETION: StateRule = {**_PENDING, "Updating": UPDATING}
CANCEL_DELETION: StateRule = dict.fromkeys(
    ("Enabled", "Disabled", "PendingImport", "Unavailable", "Creating", "Updating"), NOT_PENDING_DELETION
)


def check(rule: StateRule, key: Key, state: KeyState | None = None) -> None:
    """Raise the error with which AWS refuses an operation on a key in its present state, or a seeming one."""
    refusal = rule.get(state or key.state)
    if refusal is not None:
        raise refusal(key)


def insist(store: Store, call: Call, rule: StateRule, key: Key) -> None:
    """The same, in a world that enforces; another goes on, but for a key that has no material to go on with."""
    try:
        check(rule, key, known.state(store, call, key))
    except AwsError as refusal:
        if key.materials_missing:
            raise
        store.insist(call, known.enabled_late(store, refusal, key), (key,))
