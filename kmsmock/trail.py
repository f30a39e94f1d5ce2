"""What happened: each call and service event as a CloudTrail record, without plaintext or ciphertext."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from kmsmock import entropy
from kmsmock.call import Call, Caller
from kmsmock.errors import AwsError
from kmsmock.model.key import Key
from kmsmock.store import Store

_READ_ONLY_PREFIXES = ("Describe", "Get", "List", "Encrypt", "Decrypt", "ReEncrypt", "Generate", "Sign", "Verify")
_SECRET = {"GrantTokens", "GrantToken", "Recipient", "AttestationDocument"}
_USER_TYPES = {
    "root": "Root",
    "user": "IAMUser",
    "role-session": "AssumedRole",
    "federated": "FederatedUser",
    "service": "AWSService",
}


class ApiCall(NamedTuple):
    """What an event will tell about a call; written out when somebody looks, because most tests never do."""

    call: Call
    when: datetime
    keys: tuple[Key, ...]
    error: AwsError | None


CRYPTOGRAPHIC = frozenset(
    {
        "Decrypt",
        "DeriveSharedSecret",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateMac",
        "ReEncrypt",
        "Sign",
        "Verify",
        "VerifyMac",
    }
)
"""The operations that count as use of a key ("GetKeyLastUsage" in the API reference)."""


def record(store: Store, call: Call, when: datetime, keys: tuple[Key, ...], error: AwsError | None) -> None:
    """Remember one API call, refused or not; a successful cryptographic operation is the last use of its keys."""
    made = ApiCall(call, when, keys, error)
    if error is None and call.operation in CRYPTOGRAPHIC:
        for key in keys:
            key.last_used = LastUse(made, len(store.events))
    store.events.append(made)


class LastUse(NamedTuple):
    """The last use of a key, and where in the trail it stands."""

    made: ApiCall
    number: int


class ServiceAct(NamedTuple):
    """What KMS did by itself, to be written out likewise."""

    name: str
    when: datetime
    key: Key
    details: Mapping[str, str]


class Written(NamedTuple):
    """A CloudTrail record, and its instant."""

    when: datetime
    event: dict[str, Any]


def written(store: Store, number: int) -> dict[str, Any]:
    """The record of what was recorded as the ``number``-th; it is written once."""
    made = store.events[number]
    if not isinstance(made, Written):
        event = _api_event(made) if isinstance(made, ApiCall) else _service_event(made)
        made = store.events[number] = Written(made.when, event)
    return made.event


def events(store: Store) -> list[dict[str, Any]]:
    """Every event of a world as a CloudTrail record, oldest first; what happens at one instant, as it was recorded."""
    order = sorted(range(len(store.events)), key=lambda number: store.events[number].when)
    return [written(store, number) for number in order]


class Change(NamedTuple):
    """A successful call that concerns a key, or what KMS did to it; ``grant`` is the GrantId that was named."""

    when: datetime
    name: str
    grant: str | None


def changes(store: Store, arn: str, start: int = 0) -> Iterator[Change]:
    """What happened to a key, as it was recorded from the ``start``-th record on."""
    for made in store.events[start:]:
        if isinstance(made, ApiCall):
            if made.error is None and any(key.arn == arn for key in made.keys):
                yield Change(made.when, made.call.operation, made.call.params.get("GrantId"))
        elif isinstance(made, ServiceAct):
            if made.key.arn == arn:
                yield Change(made.when, made.name, None)
        elif "errorCode" not in made.event and any(each.get("ARN") == arn for each in made.event["resources"]):
            asked = made.event["requestParameters"] or {}
            yield Change(made.when, made.event["eventName"], asked.get("grantId"))


def _api_event(made: ApiCall) -> dict[str, Any]:
    """The event of one API call ("Logging AWS KMS API calls with AWS CloudTrail")."""
    call, when, keys, error = made.call, made.when, made.keys, made.error
    event: dict[str, Any] = {
        "eventVersion": "1.11",
        "userIdentity": user_identity(call.caller, call.via),
        "eventTime": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{call.service}.amazonaws.com",
        "eventName": call.operation,
        "awsRegion": call.region,
        "sourceIPAddress": call.via[-1] if call.via else "127.0.0.1",
        "userAgent": call.via[-1] if call.via else call.user_agent,
        "requestParameters": _request_parameters(call.params),
        "responseElements": None,
        "requestID": entropy.uuid(),
        "eventID": entropy.uuid(),
        "readOnly": call.operation.startswith(_READ_ONLY_PREFIXES),
        "resources": [_resource(key) for key in keys],
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": call.account,
        "eventCategory": "Management",
    }
    if error is not None:
        event["errorCode"] = "AccessDenied" if error.code == "AccessDeniedException" else error.code
        event["errorMessage"] = error.message
    return event


def service_event(store: Store, name: str, when: datetime, key: Key, **details: str) -> None:
    """Remember what KMS did by itself, such as DeleteKey at the end of the waiting period."""
    store.events.append(ServiceAct(name, when, key, details))


def _service_event(act: ServiceAct) -> dict[str, Any]:
    name, when, key, details = act
    return {
        "eventVersion": "1.11",
        "userIdentity": {"accountId": key.account, "invokedBy": "AWS Internal"},
        "eventTime": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": "kms.amazonaws.com",
        "eventName": name,
        "awsRegion": key.region,
        "sourceIPAddress": "AWS Internal",
        "userAgent": "AWS Internal",
        "requestParameters": None,
        "responseElements": {"keyId": key.arn},
        "serviceEventDetails": {"keyId": key.id, **details},
        "eventID": entropy.uuid(),
        "readOnly": False,
        "resources": [_resource(key)],
        "eventType": "AwsServiceEvent",
        "managementEvent": True,
        "recipientAccountId": key.account,
        "eventCategory": "Management",
    }


def user_identity(caller: Caller, via: tuple[str, ...] = ()) -> dict[str, Any]:
    """CloudTrail's userIdentity element for a caller, with ``invokedBy`` when a service forwards the call."""
    principal = caller.principal
    identity: dict[str, Any] = {
        "type": _USER_TYPES[principal.kind],
        "principalId": principal.unique_id,
        "arn": principal.arn,
        "accountId": principal.account,
        "accessKeyId": caller.access_key,
    }
    if principal.kind == "user":
        identity["userName"] = principal.arn.rsplit("/", 1)[-1]
    if via:
        identity["invokedBy"] = via[-1]
    return identity


def _resource(key: Key) -> dict[str, str]:
    return {"accountId": key.account, "type": "AWS::KMS::Key", "ARN": key.arn}


def _request_parameters(params: Mapping[str, Any]) -> dict[str, Any] | None:
    shown = {
        name[:1].lower() + name[1:]: _spelled(value) if name in _STRUCTURES else _logged(value)
        for name, value in params.items()
        if not isinstance(value, bytes) and name not in _SECRET
    }
    return shown or None


_STRUCTURES = frozenset({"Constraints", "Recipient", "Tags"})
"""Parameters with members of their own; the trail spells those in its way, too. Maps stay as they were sent."""


def _spelled(value: Any) -> Any:
    if isinstance(value, list):
        return [_spelled(each) for each in value]
    return {name[:1].lower() + name[1:]: item for name, item in value.items() if not isinstance(item, bytes)}


def _logged(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%b %d, %Y, %I:%M:%S %p")
    return value
