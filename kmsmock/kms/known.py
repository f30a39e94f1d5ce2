"""What KMS knows of a key or alias just now, where ``World(delays=...)`` lets changes spread slowly."""

from __future__ import annotations

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.model.alias import Alias
from kmsmock.model.key import Key, KeyState
from kmsmock.model.spreading import NotYet, Spreading
from kmsmock.store import Store

_SWITCHED = ("Enabled", "Disabled")
_S3 = "s3:"


def key(store: Store, arn: str) -> Key | None:
    """A key by its ARN; None also for one that was made just now."""
    return store.records(Spreading).seen("key", arn, store.keys.get(arn))


def alias(store: Store, arn: str) -> Alias | None:
    """What an alias is taken for. One that means a key which has been deleted since means nothing."""
    found = store.records(Spreading).seen("alias", arn, store.aliases.get(arn))
    return found if found is not None and found.target in store.keys else None


def state_changes(store: Store, of: Key, operation: str, new: KeyState) -> None:
    """A key is about to be enabled or disabled, which S3 may get to know later than others."""
    if of.state != new and of.state in _SWITCHED:
        spreading = store.records(Spreading)
        spreading.change(operation, "state", of.arn, of.state)
        spreading.change(_S3 + operation, "state in s3", of.arn, of.state)


def state(store: Store, call: Call, of: Key) -> KeyState:
    """The state that counts for a call: only being enabled or disabled spreads."""
    if of.state not in _SWITCHED or not store.delays:
        return of.state
    spreading = store.records(Spreading)
    present = spreading.seen("state", of.arn, of.state)
    through_s3 = bool(call.via) and call.via[-1].startswith("s3.")
    return spreading.seen("state in s3", of.arn, present) if through_s3 else present


def enabled_late(store: Store, error: AwsError, of: Key) -> AwsError:
    """The refusal of a key in some state; with the reason, if it was enabled since."""
    if of.state != "Enabled":
        return error
    late = explained(store, error, "state", of.arn, "that the key is enabled")
    return (
        explained(store, late, "state in s3", of.arn, "that the key is enabled, to S3") if late.clue is None else late
    )


def explained(store: Store, error: AwsError, what: str, whose: str, words: str) -> AwsError:
    """An error, with what is not known yet if it comes from that."""
    until = store.records(Spreading).until(what, whose)
    return error if until is None else error.because(NotYet(words, until))
