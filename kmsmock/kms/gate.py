"""The one path that every KMS call takes, from the client or from a service acting for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kmsmock import clock, errors, faults, trail
from kmsmock.authorization.authorize import authorize
from kmsmock.call import Call, Target
from kmsmock.iam.messages import OF_CIPHERTEXT, key_side_denial
from kmsmock.kms import lifecycle, states, validation
from kmsmock.kms.errors import keys as key_errors
from kmsmock.kms.handlers import rotation
from kmsmock.kms.operations import OPERATIONS, Operation
from kmsmock.kms.targets import check_grant_tokens
from kmsmock.model.key import Key
from kmsmock.store import Store


def answer(store: Store, call: Call) -> dict[str, Any]:
    """Answer a KMS call, or raise the AwsError that AWS would answer. A refused call changes nothing but the trail."""
    row = OPERATIONS[call.operation]
    now = clock.now()
    lifecycle.catch_up(store, now)
    keys: tuple[Key, ...] = ()
    try:
        if store.faults:
            faults.check(store.faults, call.service, call.operation)
        targets = _read(store, row, call, now)
        keys = tuple(target.key for target in targets if target.key is not None)
        if store.quotas is not None:
            store.quotas.spend(call, keys, now)
        for key in keys:
            rotation.run_due(store, key, now)
        if store.enforce != "off":
            for target in targets:
                authorize(store, call, target)
        _check_keys(store, row, call, targets)
        result = row.handler(store, call, *keys)
        if call.dry_run:
            raise key_errors.dry_run()
    except errors.AwsError as error:
        store.refuse(call, error, keys)
        trail.record(store, call, now, keys, error)
        raise
    trail.record(store, call, now, keys, None, result)
    return result


def _read(store: Store, row: Operation, call: Call, now: datetime) -> tuple[Target, ...]:
    """What a call is about. One that cannot be read is a request like others, which the account pays for."""
    try:
        validation.check(call.operation, call.params)
        targets = row.targets(store, call)
        check_grant_tokens(store, call)
    except errors.AwsError:
        if store.quotas is not None:
            store.quotas.spend(call, (), now)
        raise
    return targets


def _check_keys(store: Store, row: Operation, call: Call, targets: tuple[Target, ...]) -> None:
    """Account, state and usage of each key. State comes before usage, as recorded."""
    for target in targets:
        key = target.key
        if key is None:
            if target.absent:
                raise errors.access_denied(key_side_denial(call.caller.principal.arn, target.action, OF_CIPHERTEXT))
            if target.arn != "*" and target.owner != call.account:
                raise key_errors.key_not_found(target.arn)
            continue
        if not row.cross_account and key.account != call.account:
            # The code for what may not be done to another account's key, whoever allows it, was never recorded.
            store.insist(call, errors.access_denied(key_side_denial(call.caller.principal.arn, target.action)), (key,))
        if row.origin is not None:
            row.origin(key, call.operation)
        states.insist(store, call, row.states, key)
        if row.fits is not None:
            row.fits(key, call.operation)
        if row.usage is not None and key.usage != row.usage:
            raise key_errors.wrong_usage(key.arn, key.usage, call.operation)
