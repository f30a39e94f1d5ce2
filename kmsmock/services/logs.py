"""CloudWatch Logs: log groups under a key ("Encrypt log data in CloudWatch Logs using AWS KMS").

The service asks KMS in its own name, so that the key policy has to let it in and the caller needs nothing. Each event
stays under the key that its group had when it was put. A key takes effect at once, not within five minutes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.model.envelope import Envelope
from kmsmock.records import log_groups
from kmsmock.services import Advice, Moto, log_group_traits
from kmsmock.services.kms import outages
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.kms.grants import service_caller

PRINCIPAL = "logs.amazonaws.com"
_KEY_ARN = re.compile(r"arn:[^:]+:kms:[^:]+:\d{12}:key/.+")

Events = dict[tuple[int, str], Envelope]
"""What opens the events of a stream, by time and text: moto's answers have no other name for them."""


@dataclass(slots=True)
class Groups:
    """The data key of each log group that has a key, and of each event that was put under one."""

    keys: dict[str, Envelope] = field(default_factory=dict)
    events: dict[tuple[str, str], Events] = field(default_factory=dict)
    """By the ARN of the group and the name of the stream."""

    def of_group(self, arn: str) -> Iterable[Envelope]:
        """What opens the events of a group."""
        return (envelope for place, events in self.events.items() if place[0] == arn for envelope in events.values())


# --- groups and their keys ------------------------------------------------------------------------------------------


def create_log_group(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """CreateLogGroup: a key is tried with the name of the group."""
    name, key_id = call.params["logGroupName"], call.params.get("kmsKeyId")
    arn = f"arn:{call.partition}:logs:{call.region}:{call.account}:log-group:{name}"
    created = None if key_id is None else _seal(kms, key_id, arn)
    moto()
    log_group_traits.keep(kms, arn, call.params)
    if created is not None:
        kms.store.records(Groups).keys[arn] = created


def associate_kms_key(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """AssociateKmsKey: what is put from now on is under the key. moto does not have this."""
    group = _named(call)
    kms.store.records(Groups).keys[group.arn] = _seal(kms, call.params["kmsKeyId"], group.arn)
    group.kms_key_id = call.params["kmsKeyId"]
    return {}


def disassociate_kms_key(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DisassociateKmsKey: what was put before stays under the key. moto does not have this."""
    group = _named(call)
    kms.store.records(Groups).keys.pop(group.arn, None)
    group.kms_key_id = None
    return {}


def delete_log_group(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """DeleteLogGroup: another one of the name starts anew."""
    group, records = _find(call), kms.store.records(Groups)
    log_group_traits.check_deletable(kms, group)
    moto()
    if group is not None:
        kms.store.records(log_group_traits.TraitsOfGroups).pop(group.arn, None)
        records.keys.pop(group.arn, None)
        for place in [place for place in records.events if place[0] == group.arn]:
            del records.events[place]


def delete_log_stream(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """DeleteLogStream: as for a group."""
    group = _find(call)
    moto()
    if group is not None:
        kms.store.records(Groups).events.pop((group.arn, call.params["logStreamName"]), None)


# --- events ---------------------------------------------------------------------------------------------------------


def put_log_events(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """PutLogEvents: the data key of the group is opened."""
    group, records = _find(call), kms.store.records(Groups)
    envelope = None if group is None else records.keys.get(group.arn)
    if envelope is None:
        return
    _unseal(kms, [envelope], group.arn)
    moto()
    known = records.events.setdefault((group.arn, call.params["logStreamName"]), {})
    known.update({(each["timestamp"], each["message"]): envelope for each in call.params["logEvents"]})


def read_events(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """GetLogEvents and FilterLogEvents: the data keys of the events in the answer are opened."""
    records, group = kms.store.records(Groups).events, _find(call)
    if not records or group is None:
        return
    found = []
    for each in moto()["events"]:
        stream = each.get("logStreamName", call.params.get("logStreamName", ""))
        envelope = records.get((group.arn, stream), {}).get((each["timestamp"], each["message"]))
        if envelope is not None:
            found.append(envelope)
    _unseal(kms, found, group.arn)


def read_groups(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """StartQuery and CreateExportTask: the data keys of all events in the groups are opened."""
    params = call.params
    one = [params[name] for name in ("logGroupName", "logGroupIdentifier") if name in params]
    for name in [*one, *params.get("logGroupNames", ()), *params.get("logGroupIdentifiers", ())]:
        group = log_groups.find(call.account, call.region, name)
        if group is not None:
            _unseal(kms, kms.store.records(Groups).of_group(group.arn), group.arn)


def _find(call: Call) -> Any:
    """moto's record of the group that a call names, or None: moto says so."""
    name = call.params.get("logGroupName") or call.params.get("logGroupIdentifier") or ""
    return log_groups.find(call.account, call.region, name)


def _named(call: Call) -> Any:
    resource = call.params.get("resourceIdentifier", "")
    if ":query-result:" in resource:
        raise NotImplementedError(f"kmsmock does not model {call.operation} with a resourceIdentifier of query results")
    group = log_groups.find(call.account, call.region, resource or call.params.get("logGroupName", ""))
    if group is None:
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
    return group


# --- KMS ------------------------------------------------------------------------------------------------------------


def _seal(kms: ServiceKms, key_id: str, arn: str) -> Envelope:
    """A data key for a group, and the trial of it."""
    if not _KEY_ARN.fullmatch(key_id):
        name = arn.split(":log-group:")[1]
        raise AwsError("InvalidParameterException", f"The specified KMS Key Id could not be found. '{name}'")
    context = {"aws:logs:arn": arn}
    try:
        created = kms.forward(
            "GenerateDataKey",
            caller=service_caller(kms, arn),
            KeyId=key_id,
            KeySpec="AES_256",
            EncryptionContext=context,
        )
    except AwsError as error:
        raise _refused(error, arn) from None
    envelope = Envelope(created["KeyId"], created["CiphertextBlob"], context)
    _unseal(kms, [envelope], arn)
    return envelope


def _unseal(kms: ServiceKms, found: Iterable[Envelope], arn: str) -> None:
    for envelope in {each.wrapped: each for each in found}.values():
        try:
            kms.unseal(envelope, caller=service_caller(kms, arn))
        except AwsError as error:
            raise _refused(error, arn) from None


def _refused(error: AwsError, arn: str) -> AwsError:
    """The words for what was recorded when a group was made; those for keys in a bad state were not recorded."""
    return outages.first("logs")(partial(_refused_for, arn))(error)


def _refused_for(arn: str, error: AwsError) -> AwsError:
    if error.code in ("AccessDeniedException", "NotFoundException"):
        text = f"The specified KMS key does not exist or is not allowed to be used with Arn '{arn}'"
        return AwsError("AccessDeniedException", text)
    return AwsError("InvalidParameterException", error.message)


OPERATIONS: dict[str, Advice] = {
    **log_group_traits.OPERATIONS,
    "AssociateKmsKey": associate_kms_key,
    "CreateExportTask": read_groups,
    "CreateLogGroup": create_log_group,
    "DeleteLogGroup": delete_log_group,
    "DeleteLogStream": delete_log_stream,
    "DisassociateKmsKey": disassociate_kms_key,
    "FilterLogEvents": read_events,
    "GetLogEvents": read_events,
    "PutLogEvents": put_log_events,
    "StartQuery": read_groups,
}
