"""Alarms of CloudWatch: what they tell topics, they publish in their own name, and their history says what came of it.

"Using Amazon CloudWatch alarms" and "Managing Amazon SNS encryption keys and costs" (event sources). moto keeps alarms,
does nothing when their state changes, and has no history.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from kmsmock import clock
from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.services import Advice, Moto, sns
from kmsmock.services.kms import message_sender
from kmsmock.services.kms.client import ServiceKms

PRINCIPAL = "cloudwatch.amazonaws.com"
_KINDS = {"MetricAlarms": "MetricAlarm", "CompositeAlarms": "CompositeAlarm"}
_ACTIONS = {"OK": "OKActions", "ALARM": "AlarmActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
_KEY = "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."
"""What users show of the history of an alarm whose topic is under a key that does not let it in."""
_TOPIC = "Resource: {alarm} is not authorized to perform: SNS:Publish on resource: {topic}"
_PAGE = 100
_DIGITS = 10


class _Item(NamedTuple):
    """One item of an alarm's history, and whose alarm it was."""

    place: tuple[str, str]
    kind: str
    shown: dict[str, Any]


@dataclass(slots=True)
class History:
    """What happened to alarms, oldest first; it stays when they are deleted."""

    items: list[_Item] = field(default_factory=list)


def set_alarm_state(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """SetAlarmState: a state that is another than before is told to the topics of its actions."""
    before = _alarm(call, moto)
    moto()
    now = _alarm(call, moto)
    if before is None or now is None or before[1]["StateValue"] == now[1]["StateValue"]:
        return
    kind, alarm = now
    old, new = before[1]["StateValue"], alarm["StateValue"]
    changed = {
        "oldState": {"stateValue": old, "stateReason": before[1].get("StateReason", "")},
        "newState": {"stateValue": new, "stateReason": alarm.get("StateReason", "")},
    }
    _note(call, kms, kind, alarm, "StateUpdate", f"Alarm updated from {old} to {new}", {"version": "1.0", **changed})
    if not alarm.get("ActionsEnabled", True):
        return
    for arn in alarm.get(_ACTIONS[new], ()):
        if arn.split(":")[2:3] == ["sns"]:
            _tell(call, kms, moto, (kind, alarm), old, arn)


def _alarm(call: Call, moto: Moto) -> tuple[str, dict[str, Any]] | None:
    """The kind and description of the alarm that a request is about; None where there is none: moto says so."""
    found = moto("DescribeAlarms", AlarmNames=[call.params["AlarmName"]], AlarmTypes=list(_KINDS.values()))
    return next(((kind, each) for name, kind in _KINDS.items() for each in found.get(name, ())), None)


def _tell(call: Call, kms: ServiceKms, moto: Moto, told: tuple[str, dict[str, Any]], old: str, topic: str) -> None:
    """Publish to a topic in the name of CloudWatch, for the sake of the alarm."""
    kind, alarm = told
    new, arn = alarm["StateValue"], alarm["AlarmArn"]
    sender = message_sender.service_for(kms.store, "cloudwatch", arn, call.account, call.region)
    message = json.dumps(_message(call, alarm, old), default=str)
    subject = f'{new}: "{alarm["AlarmName"]}" in {call.region}'[:100]
    error = sns.publish_as(moto.run, *sender, topic, Message=message, Subject=subject)
    action = {"actionState": "Failed" if error else "Succeeded", "notificationResource": topic}
    if error is None:
        _note(call, kms, kind, alarm, "Action", f"Successfully executed action {topic}", action)
        return
    action["error"] = _said(error, arn, topic)
    _note(call, kms, kind, alarm, "Action", f"Failed to execute action {topic}", action)


def _said(error: AwsError, alarm: str, topic: str) -> str:
    """What the history says of a topic that took nothing; what it says of a key in a bad state is unverified."""
    if error.code == "KMSAccessDenied":
        return _KEY
    return _TOPIC.format(alarm=alarm, topic=topic) if error.code == "AccessDenied" else error.message


def _message(call: Call, alarm: dict[str, Any], old: str) -> dict[str, Any]:
    """What an alarm tells a topic; the Region stands there by its name, where AWS writes it out."""
    trigger = {name: alarm[name] for name in _TRIGGER if name in alarm}
    return {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm.get("AlarmDescription"),
        "AWSAccountId": call.account,
        "NewStateValue": alarm["StateValue"],
        "NewStateReason": alarm.get("StateReason", ""),
        "StateChangeTime": clock.now().strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        "Region": call.region,
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": old,
        **{name: alarm.get(name, []) for name in _ACTIONS.values()},
        "Trigger": trigger,
    }


_TRIGGER = (
    "MetricName", "Namespace", "Statistic", "Unit", "Dimensions", "Period", "EvaluationPeriods", "DatapointsToAlarm",
    "ComparisonOperator", "Threshold", "TreatMissingData",
)  # fmt: skip


def _note(
    call: Call, kms: ServiceKms, kind: str, alarm: dict[str, Any], item: str, summary: str, data: dict[str, Any]
) -> None:
    shown = {
        "AlarmName": alarm["AlarmName"],
        "AlarmType": kind,
        "Timestamp": clock.now(),
        "HistoryItemType": item,
        "HistorySummary": summary,
        "HistoryData": json.dumps(data),
    }
    kms.store.records(History).items.append(_Item((call.account, call.region), kind, shown))


def describe_alarm_history(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DescribeAlarmHistory: newest first unless it is asked for otherwise."""
    items = list(_asked_for(call, kms.store.records(History)))
    if call.params.get("ScanBy") != "TimestampAscending":
        items.reverse()
    token = call.params.get("NextToken") or "0"
    if not (token.isdecimal() and token.isascii() and len(token) < _DIGITS):
        raise AwsError("InvalidNextToken", "The next token specified is invalid.")  # the words of botocore's model
    start, size = int(token), int(call.params.get("MaxRecords") or _PAGE)
    more = {"NextToken": str(start + size)} if start + size < len(items) else {}
    return {"AlarmHistoryItems": items[start : start + size], **more}


def _asked_for(call: Call, history: History) -> Iterator[dict[str, Any]]:
    params = call.params
    kinds: list[str] = params.get("AlarmTypes") or ["MetricAlarm"]
    begin, end = params.get("StartDate"), params.get("EndDate")
    for place, kind, shown in history.items:
        at: datetime = shown["Timestamp"]
        if (
            place == (call.account, call.region)
            and kind in kinds
            and params.get("AlarmName", shown["AlarmName"]) == shown["AlarmName"]
            and params.get("HistoryItemType", shown["HistoryItemType"]) == shown["HistoryItemType"]
            and (begin is None or begin <= at)
            and (end is None or at <= end)
        ):
            yield shown


OPERATIONS: dict[str, Advice] = {"DescribeAlarmHistory": describe_alarm_history, "SetAlarmState": set_alarm_state}
