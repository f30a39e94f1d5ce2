"""What S3 tells of an object that it could not replicate: a metric and an event, where the rule has metrics.

"Receiving replication failure events with Amazon S3 Event Notifications", "Using S3 Replication metrics" and "Amazon S3
replication failure reasons" (user guide).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from kmsmock import clock
from kmsmock.errors import AwsError, chain
from kmsmock.iam import Decision
from kmsmock.iam.arn import Arn
from kmsmock.identity.credentials import root_of
from kmsmock.records import backends, s3_objects, serving
from kmsmock.services import own_notices, sns
from kmsmock.services.kms import message_sender
from kmsmock.services.kms.client import ServiceKms

_EVENT = "s3:Replication:OperationFailedReplication"
_STATES = {
    "DisabledException": "KmsKeyInvalidState",
    "KMSInvalidStateException": "KmsKeyInvalidState",
    "NotFoundException": "KmsKeyNotFound",
}


def failed(kms: ServiceKms, bucket: Any, record: Any, rule: Mapping[str, Any], reason: str) -> None:
    """An object was not replicated by a rule. Nobody is told by a rule without metrics."""
    destination = rule["Destination"]
    if all((destination.get(each) or {}).get("Status") != "Enabled" for each in ("Metrics", "ReplicationTime")):
        return
    account, region = bucket.account_id, bucket.region_name
    run = serving.running_as(kms.store, root_of(account, bucket.partition))
    dimensions = {
        "SourceBucket": bucket.name,
        "DestinationBucket": destination["Bucket"].rpartition(":::")[2],
        "RuleId": rule.get("ID", ""),
    }
    own_notices.count(run, account, region, "AWS/S3", "OperationsFailedReplication", dimensions)
    for kind, told in _listeners(bucket, record.name):
        text = json.dumps({"Records": [_event(bucket, record, rule, reason, told.id)]})
        sender = message_sender.service_for(kms.store, "s3", bucket.arn, account, region)
        if kind == "topic":
            sns.publish_as(run, *sender, told.arn, Message=text)
            continue
        place = Arn.of(told.arn)
        queues = backends.made("sqs", place.account, place.region)
        with message_sender.handling(*sender), serving.serve(serving.MotoRequest(kms.store, sender[1], run)):
            queues.send_message(place.name, text)


def _listeners(bucket: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The queues and topics that a bucket tells of failed replications, by moto's records."""
    listening = bucket.notification_configuration
    for kind in () if listening is None else ("queue", "topic"):
        yield from ((kind, each) for each in getattr(listening, kind) if each.matches(_EVENT, name))


def _event(bucket: Any, record: Any, rule: Mapping[str, Any], reason: str, told: str) -> dict[str, Any]:
    is_object = hasattr(record, "_value_buffer")
    shown = {"key": record.name, "versionId": record.version_id}
    if is_object:
        shown |= {"size": record.size, "eTag": record.etag.strip('"')}
    now = clock.now()
    return {
        "eventVersion": "2.2",
        "eventSource": "aws:s3",
        "awsRegion": bucket.region_name,
        "eventTime": now.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "eventName": _EVENT.removeprefix("s3:"),
        "userIdentity": {"principalId": "s3.amazonaws.com"},
        "requestParameters": {"sourceIPAddress": "s3.amazonaws.com"},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": told,
            "bucket": {"name": bucket.name, "ownerIdentity": {"principalId": bucket.account_id}, "arn": bucket.arn},
            "object": shown,
        },
        "replicationEventData": {
            "replicationRuleId": rule.get("ID", ""),
            "destinationBucket": rule["Destination"]["Bucket"],
            "s3Operation": "OBJECT_PUT" if is_object else "DELETE_MARKER_CREATE",
            "requestTime": now.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "failureReason": reason,
        },
    }


def reason_of(error: AwsError, record: Any) -> str:
    """S3's word for what did not allow a replication: whether it met that at the source or at the destination."""
    sealed = s3_objects.sealed_of(record) if hasattr(record, "_value_buffer") else None
    source_key = None if sealed is None or sealed.envelope is None else sealed.envelope.key_arn
    for each in chain(error):
        if isinstance(each.clue, Decision):
            on_target = each.clue.action.startswith(("s3:Replicate", "s3:ObjectOwner", "kms:Encrypt"))
            return "DstPutObjectNotPermitted" if on_target else "SrcGetObjectNotPermitted"
        if each.code in _STATES:
            at_source = source_key is not None and source_key in each.message
            return ("Src" if at_source else "Dst") + _STATES[each.code]
    return "AssumeRoleNotPermitted"
