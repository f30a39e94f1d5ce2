"""Writes records out: the envelope of each event, one for every account that it concerns.

Follows "CloudTrail record contents" and "Logging AWS KMS API calls with AWS CloudTrail".
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from kmsmock import entropy
from kmsmock.call import Call
from kmsmock.clock import milliseconds
from kmsmock.crypto import enclave
from kmsmock.store import Store
from kmsmock.trail import event_shapes
from kmsmock.trail.callers import INTERNAL, identity
from kmsmock.trail.events import Event, Events
from kmsmock.trail.recording import ApiCall, ServiceAct

_VERSION = "1.11"
_HERE = "127.0.0.1"


class Written(NamedTuple):
    """The CloudTrail records of one event, and its instant."""

    when: datetime
    records: tuple[Event, ...]


def written(store: Store, number: int) -> tuple[Event, ...]:
    """The records of what was remembered as the ``number``-th, the caller's first; they are written once."""
    created = store.events[number]
    if not isinstance(created, Written):
        records = _of_call(store, created) if isinstance(created, ApiCall) else (_by_itself(created),)
        created = store.events[number] = Written(created.when, tuple(map(Event, records)))
    return created.records


def call_of(created: Any) -> str | None:
    """The operation of a call that is remembered, written out or not; None for what KMS did by itself."""
    if isinstance(created, ApiCall):
        return created.call.operation
    if isinstance(created, Written) and created.records[0]["userIdentity"].get("invokedBy") != INTERNAL:
        return str(created.records[0]["eventName"])
    return None


def events(store: Store) -> Events:
    """Every event of a world as CloudTrail records, oldest first; what happens at one instant, as it was recorded.

    What KMS does because of a call is dated in milliseconds, and is not to come before it.
    """
    order = sorted(range(len(store.events)), key=lambda number: milliseconds(store.events[number].when))
    return Events(record for number in order for record in written(store, number))


# --- API calls ------------------------------------------------------------------------------------------------------


def _of_call(store: Store, made: ApiCall) -> tuple[dict[str, Any], ...]:
    """One record for each account that the call concerns, tied together by ``sharedEventID``."""
    accounts = _recipients(made)
    common = _common(store, made)
    shared = {"sharedEventID": entropy.uuid()} if len(accounts) > 1 else {}
    return tuple(
        {
            "eventVersion": _VERSION,
            "userIdentity": identity(made.call, account),
            **common,
            "eventID": entropy.uuid(),
            "recipientAccountId": account,
            **shared,
        }
        for account in accounts
    )


def _recipients(made: ApiCall) -> list[str]:
    """The caller's account and the owners of the keys. Of what was denied, owners are not told; a service has no
    account of its own."""
    call = made.call
    owners = [key.account for key in made.keys]
    if call.caller.principal.kind == "service":
        return list(dict.fromkeys(owners or [call.account]))
    denied = made.error is not None and made.error.code == "AccessDeniedException"
    return [call.account] if denied else list(dict.fromkeys([call.account, *owners]))


def _common(store: Store, made: ApiCall) -> dict[str, Any]:
    call, error, shape = made.call, made.error, event_shapes.of(made.call.operation)
    record: dict[str, Any] = {
        "eventTime": made.when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{call.service}.amazonaws.com",
        "eventName": call.operation,
        "awsRegion": call.region,
        **_where_from(made),
        "requestParameters": shape.sent(made),
        "responseElements": shape.answer(made) if error is None else None,
        "requestID": call.request_id or entropy.uuid(),
        "readOnly": not shape.changes,
        "resources": shape.resources(made),
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "eventCategory": "Management",
    }
    if error is not None:
        record["errorCode"] = "AccessDenied" if error.code == "AccessDeniedException" else error.code
        if error.message:
            record["errorMessage"] = error.message
    more = {**(shape.more(made) or {} if error is None else {}), **_recipient(call), **_in_key_store(store, made)}
    if more:
        record["additionalEventData"] = more
    return {**record, **_tls(call)}


def _where_from(made: ApiCall) -> dict[str, str]:
    """The address, as the test says, and the client; for a service, the service."""
    call = made.call
    service = call.caller.principal.arn if call.caller.principal.kind == "service" else "".join(call.via[-1:])
    if service:
        return {"sourceIPAddress": service, "userAgent": service}
    said = {**(made.context or {}), **call.caller.session}
    endpoint = said.get("aws:sourcevpce")
    address = said.get("aws:vpcsourceip") if endpoint else None
    record = {
        "sourceIPAddress": str(address or said.get("aws:sourceip") or _HERE),
        "userAgent": str(said.get("aws:useragent") or call.user_agent or "-"),
    }
    return {**record, "vpcEndpointId": str(endpoint)} if endpoint else record


def _tls(call: Call) -> dict[str, Any]:
    """How the client was connected; services that call are not."""
    if call.via or call.caller.principal.kind == "service" or not call.secure:
        return {}
    host = urlsplit(call.url).netloc or f"kms.{call.region}.amazonaws.com"
    cipher = {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256"}
    return {"tlsDetails": {**cipher, "clientProvidedHostHeader": host}}


_MEASURED = {
    "attestationDocumentEnclaveImageDigest": 0,
    "attestationDocumentEnclavePCR1": 1,
    "attestationDocumentEnclavePCR2": 2,
    "attestationDocumentEnclavePCR3": 3,
    "attestationDocumentEnclavePCR4": 4,
    "attestationDocumentEnclavePCR8": 8,
}


def _recipient(call: Call) -> dict[str, Any]:
    """The enclave for which the answer is meant, by its measurements."""
    document = (call.params.get("Recipient") or {}).get("AttestationDocument")
    if document is None:
        return {}
    try:
        attested = enclave.parse(document)
    except enclave.BadDocument:
        return {}
    measured = {name: attested.pcrs[number].hex() for name, number in _MEASURED.items() if number in attested.pcrs}
    return {"recipient": {"attestationDocumentModuleId": attested.module_id, **measured}}


def _in_key_store(store: Store, made: ApiCall) -> dict[str, str]:
    """The custom key store of a key that was used."""
    key = next((key for key in made.keys if key.key_store is not None), None)
    if key is None or key.key_store is None or event_shapes.of(made.call.operation).changes:
        return {}
    record = {"customKeyStoreId": key.key_store}
    if key.xks_key_id is not None:
        return {**record, "xksKeyId": key.xks_key_id}
    found = store.key_stores.get(key.key_store)
    return {**record, "clusterId": found.cluster} if found is not None and found.cluster else record


# --- service events -------------------------------------------------------------------------------------------------

_TYPES = {"SynchronizeMultiRegionKey": "AwsApiCall"}
"""KMS logs it like a call, although nobody can make it."""


def _by_itself(act: ServiceAct) -> dict[str, Any]:
    name, when, key, details = act
    return {
        "eventVersion": _VERSION,
        "userIdentity": {"accountId": key.account, "invokedBy": INTERNAL},
        "eventTime": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": "kms.amazonaws.com",
        "eventName": name,
        "awsRegion": key.region,
        "sourceIPAddress": INTERNAL,
        "userAgent": INTERNAL,
        "requestParameters": None,
        "responseElements": {"keyId": key.arn},
        "serviceEventDetails": {"keyId": key.id, **details},
        "eventID": entropy.uuid(),
        "readOnly": False,
        "resources": [event_shapes.about(key.arn)],
        "eventType": _TYPES.get(name, "AwsServiceEvent"),
        "managementEvent": True,
        "recipientAccountId": key.account,
        "eventCategory": "Management",
    }
