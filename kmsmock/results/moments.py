"""The trail as results tell it: what is needed of each event, without writing out its CloudTrail records."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from kmsmock.clock import milliseconds
from kmsmock.store import Store
from kmsmock.trail.callers import INTERNAL
from kmsmock.trail.recording import ApiCall, ServiceAct
from kmsmock.trail.records import Written

_MAKES_A_KEY = "CreateKey"


class Moment(NamedTuple):
    """One event, as the caller's account is told."""

    when: datetime
    name: str
    source: str
    account: str
    region: str
    who: str
    via: str
    keys: tuple[str, ...]
    error: str
    address: str
    is_call: bool = True
    pair: str = ""
    """The spec of the pair that it makes, by which that is priced."""

    @property
    def what(self) -> tuple[object, ...]:
        """All of it but the instant: what makes two events alike."""
        return self[1:]

    @property
    def brief(self) -> dict[str, Any]:
        """As much of the CloudTrail record as the bill reads."""
        identity = {"invokedBy": self.via or (self.who if self.who == self.address else "")}
        return {
            "eventName": self.name,
            "eventTime": self.when.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "awsRegion": self.region,
            "recipientAccountId": self.account,
            "userIdentity": {"arn": self.who, **{name: value for name, value in identity.items() if value}},
            "requestParameters": {"keyPairSpec": self.pair},
            "resources": [{"ARN": each} for each in self.keys],
            **({"errorCode": self.error} if self.error else {}),
        }


def moments(store: Store, first: int) -> list[Moment]:
    """The events from the ``first``-th on that was remembered, in the order of time."""
    return sorted(map(moment, store.events[first:]), key=lambda each: milliseconds(each.when))


def moment(made: Any) -> Moment:
    """One event, as the trail keeps it."""
    if isinstance(made, ApiCall):
        return _of_call(made)
    if isinstance(made, ServiceAct):
        key = made.key
        told = made.when, made.name, "kms.amazonaws.com", key.account, key.region, INTERNAL, "", (key.arn,)
        return Moment(*told, "", INTERNAL, is_call=False)
    assert isinstance(made, Written)
    return _of_record(made)


def _of_call(made: ApiCall) -> Moment:
    call, error = made.call, made.error
    principal = call.caller.principal
    service = principal.kind == "service"
    keys = tuple(dict.fromkeys(key.arn for key in made.keys))
    if call.operation == _MAKES_A_KEY and not keys and made.fact is not None:
        keys = (made.fact["Arn"],)
    said = {**(made.context or {}), **call.caller.session}
    return Moment(
        made.when,
        call.operation,
        f"{call.service}.amazonaws.com",
        made.keys[0].account if service and made.keys else call.account,
        call.region,
        principal.arn,
        call.via[-1] if call.via else "",
        keys,
        "" if error is None else "AccessDenied" if error.code == "AccessDeniedException" else error.code,
        principal.arn if service else call.via[-1] if call.via else str(said.get("aws:sourceip") or "127.0.0.1"),
        pair=str(call.params.get("KeyPairSpec", "")),
    )


def _of_record(made: Written) -> Moment:
    record: dict[str, Any] = made.records[0]
    identity = record["userIdentity"]
    invoked = identity.get("invokedBy", "")
    return Moment(
        made.when,
        record["eventName"],
        record["eventSource"],
        record["recipientAccountId"],
        record["awsRegion"],
        identity.get("arn") or invoked,
        invoked if identity.get("arn") else "",
        tuple(dict.fromkeys(each["ARN"] for each in record["resources"] if ":key/" in each["ARN"])),
        record.get("errorCode", ""),
        record["sourceIPAddress"],
        is_call=invoked != INTERNAL,
        pair=str((record["requestParameters"] or {}).get("keyPairSpec", "")),
    )
