"""LookupEvents: the events of one account and Region in the last ninety days ("LookupEvents" in the API reference)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from kmsmock import clock
from kmsmock.call import Call
from kmsmock.kms import lifecycle
from kmsmock.services import Moto
from kmsmock.services.cloudtrail import errors
from kmsmock.services.kms.client import ServiceKms
from kmsmock.trail.callers import user_name

Record = dict[str, Any]

KEPT = timedelta(days=90)
PAGE = 50
LONGEST_VALUE = 2000


def lookup_events(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """LookupEvents, newest first."""
    params = call.params
    holds = _condition(params.get("LookupAttributes") or [])
    size = params.get("MaxResults", PAGE)
    if not 1 <= size <= PAGE:
        raise errors.max_results()
    start, end = _range(params)
    if params.get("EventCategory", "insight") != "insight":
        raise errors.event_category(params["EventCategory"])
    now = clock.now()
    if "EventCategory" in params:
        return {"Events": []}
    mine = lifecycle.settled(kms.store, now).where(account=call.account, region=call.region)
    found = _after(call, list(reversed(mine)))
    oldest = max(now - KEPT, start) if start is not None else now - KEPT
    chosen = [record for record in found if _within(record, oldest, end) and holds(record)]
    answer: dict[str, Any] = {"Events": [_entry(record) for record in chosen[:size]]}
    if len(chosen) > size:
        answer["NextToken"] = _token(call, chosen[size - 1]["eventID"])
    return answer


# --- conditions -----------------------------------------------------------------------------------------------------


def _resources(member: str) -> Callable[[Record], Iterable[Any]]:
    return lambda record: [each[member] for each in record["resources"]]


_ATTRIBUTES: Mapping[str, Callable[[Record], Iterable[Any]]] = {
    "AccessKeyId": lambda record: [record["userIdentity"].get("accessKeyId")],
    "EventId": lambda record: [record["eventID"]],
    "EventName": lambda record: [record["eventName"]],
    "EventSource": lambda record: [record["eventSource"]],
    "ReadOnly": lambda record: [_flag(record["readOnly"])],
    "ResourceName": _resources("ARN"),
    "ResourceType": _resources("type"),
    "Username": lambda record: [user_name(record["userIdentity"])],
}


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _condition(attributes: list[Mapping[str, str]]) -> Callable[[Record], bool]:
    """What the one attribute asks for. Raises InvalidLookupAttributesException."""
    if not attributes:
        return lambda record: True
    if len(attributes) > 1:
        raise errors.lookup_attributes("You can specify only one attribute.")
    name, value = attributes[0].get("AttributeKey", ""), attributes[0].get("AttributeValue", "")
    values = _ATTRIBUTES.get(name)
    if values is None:
        raise errors.lookup_attributes(f"There is no attribute {name}.")
    if len(value) > LONGEST_VALUE or (name == "ReadOnly" and value not in ("true", "false")):
        raise errors.lookup_attributes(f"The value is not valid for the attribute {name}.")
    return lambda record: value in values(record)


def _range(params: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    start, end = (params.get(name) for name in ("StartTime", "EndTime"))
    both = (None if start is None else clock.instant(start), None if end is None else clock.instant(end))
    if both[0] is not None and both[1] is not None and both[0] > both[1]:
        raise errors.time_range()
    return both


def _within(record: Record, oldest: datetime, end: datetime | None) -> bool:
    """Both ends belong to a range; events have whole seconds."""
    when = clock.instant(record["eventTime"])
    return oldest.replace(microsecond=0) <= when and (end is None or when <= end)


def _entry(record: Record) -> dict[str, Any]:
    identity = record["userIdentity"]
    told = {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "ReadOnly": _flag(record["readOnly"]),
        "AccessKeyId": identity.get("accessKeyId"),
        "EventTime": clock.instant(record["eventTime"]),
        "EventSource": record["eventSource"],
        "Username": user_name(identity),
        "Resources": [{"ResourceType": each["type"], "ResourceName": each["ARN"]} for each in record["resources"]],
        "CloudTrailEvent": json.dumps(record),
    }
    return {name: value for name, value in told.items() if value is not None}


# --- pages ----------------------------------------------------------------------------------------------------------


def _digest(call: Call) -> str:
    """What must be the same in every page's request: who asks, where, and for what."""
    params = {name: value for name, value in call.params.items() if name not in ("MaxResults", "NextToken")}
    text = json.dumps([call.account, call.region, params], default=str, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _token(call: Call, last: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([_digest(call), last]).encode()).decode()


def _after(call: Call, records: list[Record]) -> list[Record]:
    """The records that follow the page before. Raises InvalidNextTokenException."""
    token = call.params.get("NextToken")
    if token is None:
        return records
    try:
        digest, last = json.loads(base64.urlsafe_b64decode(token))
    except (binascii.Error, ValueError, TypeError):
        raise errors.next_token() from None
    places = [place for place, record in enumerate(records) if record["eventID"] == last]
    if digest != _digest(call) or not places:
        raise errors.next_token()
    return records[places[0] + 1 :]
