"""What rules of EventBridge send: to queues and topics of any account, in EventBridge's own name.

What a target does not get shows in metrics of the rule, and in the target's dead-letter queue ("Using dead-letter
queues to process undelivered events in EventBridge": missing permissions are not tried again). moto knows no topics as
targets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from copy import copy
from datetime import datetime, timezone
from typing import Any

from kmsmock.active import Patches
from kmsmock.call import Caller
from kmsmock.errors import AwsError
from kmsmock.iam.arn import Arn
from kmsmock.records import backends, serving
from kmsmock.services import own_notices
from kmsmock.services.kms import message_sender
from kmsmock.services.kms.client import ServiceKms

_PERMISSIONS = ("AccessDenied", "AccessDeniedException", "KMSAccessDenied", "KMS.AccessDeniedException")
_RESOURCES = ("AWS.SimpleQueueService.NonExistentQueue", "NotFound")


def install(patches: Patches) -> None:
    """From now on events that match a rule pass by here."""
    from moto.events.models import Rule

    patches.replace(Rule, "send_to_targets", _sending(Rule.send_to_targets))


def _sending(original: Callable[..., None]) -> Callable[..., None]:
    def send_to_targets(rule: Any, original_event: dict[str, Any], transform_input: bool = True) -> None:
        if not rule.event_pattern.matches_event(original_event):
            return
        for target in list(rule.targets):
            error = _sent(original, rule, target, original_event, transform_input)
            if error is not None:
                _failed(rule, target, original_event, error)

    return send_to_targets


def _sent(
    original: Callable[..., None], rule: Any, target: dict[str, Any], event: dict[str, Any], transform: bool
) -> AwsError | None:
    """Send an event to one target; what EventBridge met there if it got nothing."""
    place, serving_now = Arn.of(target["Arn"]), serving.current()
    alone = copy(rule)
    alone.targets = [target]
    if place.service == "sns":
        from kmsmock.services import sns  # only where somebody uses it

        kms, service = _sender(rule, tells_source=False)
        return sns.publish_as(serving_now.run, kms, service, target["Arn"], Message=_text(target, event, transform))
    if place.service != "sqs":
        original(alone, event, transform)
        return None
    alone.account_id, alone.region_name = place.account, place.region
    with message_sender.handling(*_sender(rule)) as sending:
        original(alone, event, transform)
    return sending.lost[0].error if sending.lost else None


def _sender(rule: Any, *, tells_source: bool = True) -> tuple[ServiceKms, Caller]:
    store = serving.current().store
    return message_sender.service_for(
        store, "events", rule.arn, rule.account_id, rule.region_name, tells_source=tells_source
    )


def _text(target: dict[str, Any], event: dict[str, Any], transform: bool) -> str:
    """What a topic is told: the event, or what the target's Input, InputPath or InputTransformer make of it."""
    from moto.events.utils import EventTemplateParser

    if "Input" in target:
        return str(target["Input"])
    whole = _whole(event)
    if "InputPath" in target:
        return json.dumps(_at(whole, target["InputPath"]))
    transformer = target.get("InputTransformer")
    if not transform or not transformer:
        return json.dumps(whole)
    given = {"ingestion-time": 0, **whole}
    made = EventTemplateParser.parse(transformer["InputTemplate"], transformer.get("InputPathsMap", {}), given)
    return made if isinstance(made, str) else json.dumps(made)


_STEP = re.compile(r"\.([\w-]+)|\['([^']+)'\]|\[(\d+)\]")


def _at(event: Any, path: str) -> Any:
    """What stands at a path of an event, as ``$.detail.state``; None where nothing does."""
    for name, quoted, index in _STEP.findall(path):
        try:
            event = event[int(index)] if index else event[name or quoted]
        except (KeyError, IndexError, TypeError):
            return None
    return event


def _whole(event: dict[str, Any]) -> dict[str, Any]:
    """An event as targets get it, with its time as a text."""
    whole = {name: value for name, value in event.items() if name != "ingestion-time"}
    if isinstance(whole.get("time"), (int, float)):
        at = datetime.fromtimestamp(whole["time"], tz=timezone.utc)
        whole["time"] = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return whole


def _failed(rule: Any, target: dict[str, Any], event: dict[str, Any], error: AwsError) -> None:
    """A target that got nothing is counted, and its dead-letter queue gets the event with what went wrong."""
    counted = ["FailedInvocations"]
    letters = (target.get("DeadLetterConfig") or {}).get("Arn")
    if letters:
        queue = Arn.of(letters)
        attributes = {
            "RULE_ARN": rule.arn,
            "TARGET_ARN": target["Arn"],
            "ERROR_CODE": _code(error),
            "ERROR_MESSAGE": error.message,
        }
        with message_sender.handling(*_sender(rule)) as sending:
            backends.made("sqs", queue.account, queue.region).send_message(
                queue.name,
                json.dumps(_whole(event)),
                message_attributes={
                    name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
                },
            )
        counted.append("InvocationsFailedToBeSentToDlq" if sending.lost else "InvocationsSentToDlq")
    for name in counted:
        run = serving.current().run
        own_notices.count(run, rule.account_id, rule.region_name, "AWS/Events", name, {"RuleName": rule.name})


def _code(error: AwsError) -> str:
    """EventBridge's word for what it met; which it has for a key that cannot be used is unverified."""
    if error.code in _PERMISSIONS:
        return "NO_PERMISSIONS"
    return "NO_RESOURCE" if error.code in _RESOURCES else "ERROR_FROM_TARGET"
