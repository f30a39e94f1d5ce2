"""One object to one destination, as a session of the replication role ("Setting up permissions for live replication").

Objects under KMS are opened with kms:Decrypt on their own key, and sealed with kms:Encrypt on the rule's replica key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kmsmock import entropy
from kmsmock.authorization import services, trust
from kmsmock.authorization.actions import Need
from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.iam.arn import Arn
from kmsmock.identity import sessions
from kmsmock.model.envelope import Envelope
from kmsmock.model.sealed import Sealed
from kmsmock.records import iam, s3_objects
from kmsmock.records.buckets import find_bucket, rule_of
from kmsmock.services.kms import late
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.s3.replication import notices
from kmsmock.telling.own_lines import Line

_SESSION = "s3-replication"
_SERVICE = "s3.amazonaws.com"
_ON_SOURCE = ("s3:GetReplicationConfiguration", "s3:ListBucket")
_FOR_REPLICATION, _OF_A_VERSION = "s3:GetObjectVersionForReplication", "s3:GetObjectVersion"


class _Carrier:
    """The ``objects.Handler`` of one copy: opens the source, seals the replica."""

    raw = False

    def __init__(self, role: ServiceKms, sealing: tuple[bytes, Sealed] | None = None) -> None:
        self._role = role
        self._sealing = sealing

    def made(self, key: Any, body: bytes) -> None:
        """Nothing to remember."""

    def seal(self) -> tuple[bytes, Sealed] | None:
        return self._sealing

    def open(self, sealed: Sealed) -> bytes:
        if sealed.envelope is None:
            raise AwsError("AccessDenied", "S3 has no key of an object under SSE-C", 403)
        return self._role.unseal(sealed.envelope, region=Arn.of(sealed.envelope.key_arn).region)


def replicate(
    kms: ServiceKms, bucket: Any, record: Any, role_arn: str, rule: Mapping[str, Any], lines: tuple[Line, ...] = ()
) -> bool:
    """Copy an object or a delete marker to the destination of a rule. False if something did not allow it.

    ``lines`` are those that wrote the object.
    """
    target = find_bucket(rule["Destination"]["Bucket"].rpartition(":::")[2])
    if target is None or not target.is_versioned:
        notices.failed(kms, bucket, record, rule, "DstBucketNotFound" if target is None else "DstBucketUnversioned")
        return False
    try:
        role = _assumed(kms, bucket, record.name, role_arn)
        if hasattr(record, "_value_buffer"):
            _copy(role, bucket, record, target, rule)
        else:
            _require(role, "s3:ReplicateDelete", f"{target.arn}/{record.name}")
            _mark(target, record)
    except AwsError as error:
        about, place = f"{bucket.arn}/{record.name}", rule["Destination"]["Bucket"]
        late.failed(kms.store, kms.call, error, about, f"has ReplicationStatus FAILED: it is not in {place}", lines)
        reason = notices.reason_of(error, record)
    else:
        return True
    notices.failed(kms, bucket, record, rule, reason)
    return False


def _assumed(kms: ServiceKms, bucket: Any, name: str, role_arn: str) -> ServiceKms:
    """KMS and S3 as a session of the role reaches them. Raises AwsError if S3 may not assume the role."""
    store, role = kms.store, iam.find_role(role_arn)
    service = sessions.of_service(_SERVICE, source_account=bucket.account_id, source_arn=bucket.arn)
    if role is None or not trust.service_may_assume(store, role, service, bucket.region_name):
        raise AwsError("AccessDenied", "Access Denied", 403)
    session = sessions.of_role(role, _SESSION)
    params = {"Bucket": bucket.name, "Key": name}
    created = Call("s3", "ReplicateObject", params, session, bucket.region_name, bucket.partition)
    return ServiceKms(store, created, kms.answer, _SERVICE)


def _require(role: ServiceKms, action: str, arn: str) -> None:
    with role.store.strictly():
        services.require(role.store, role.call, Need(action, arn))


def _copy(role: ServiceKms, bucket: Any, key: Any, target: Any, rule: Mapping[str, Any]) -> None:
    for action in _ON_SOURCE:
        _require(role, action, bucket.arn)
    tags = s3_objects.backend_of(bucket).tagger.get_tag_dict_for_resource(key.arn)
    sealed = s3_objects.sealed_of(key)
    reading = _reading(role, f"{bucket.arn}/{key.name}", sealed)
    for action in (reading, "s3:GetObjectVersionAcl", *(["s3:GetObjectVersionTagging"] if tags else [])):
        _require(role, action, f"{bucket.arn}/{key.name}")
    owner = (rule["Destination"].get("AccessControlTranslation") or {}).get("Owner")
    on_target = ["s3:ReplicateObject", *(["s3:ReplicateTags"] if tags else [])]
    for action in [*on_target, *(["s3:ObjectOwnerOverrideToBucketOwner"] if owner else [])]:
        _require(role, action, f"{target.arn}/{key.name}")
    if sealed is not None and sealed.customer is not None:
        _carry_ciphertext(role, key, target, sealed, rule, tags)
        return
    with s3_objects.handling(_Carrier(role)):
        body = key.value
    _store(role, key, target, body, _new_key(role, key, target, sealed, rule), rule, tags)


def _reading(role: ServiceKms, arn: str, sealed: Sealed | None) -> str:
    """The action by which the role reads an object: the older one will do for what is not under KMS."""
    under_kms = sealed is not None and sealed.envelope is not None
    if under_kms or services.has(role.store, role.call, Need(_FOR_REPLICATION, arn)):
        return _FOR_REPLICATION
    return _OF_A_VERSION if services.has(role.store, role.call, Need(_OF_A_VERSION, arn)) else _FOR_REPLICATION


def _new_key(
    role: ServiceKms, key: Any, target: Any, sealed: Sealed | None, rule: Mapping[str, Any]
) -> tuple[bytes, Sealed] | None:
    """The data key of a replica. It has the mode of its source, whatever the default of the destination is."""
    if sealed is None or sealed.envelope is None:
        return None
    region = target.region_name
    key_id = rule["Destination"]["EncryptionConfiguration"]["ReplicaKmsKeyID"]
    context = {"aws:s3:arn": target.arn if sealed.bucket_key else f"{target.arn}/{key.name}"}
    data_key = entropy.random_bytes(32)
    created = role.forward("Encrypt", region=region, KeyId=key_id, Plaintext=data_key, EncryptionContext=context)
    envelope = Envelope(created["KeyId"], created["CiphertextBlob"], context)
    if sealed.bucket_key:
        role.unseal(envelope, region=region)
    return data_key, Sealed(sealed.mode, envelope, sealed.bucket_key)


def _carry_ciphertext(
    role: ServiceKms, key: Any, target: Any, sealed: Sealed, rule: Mapping[str, Any], tags: Mapping[str, str]
) -> None:
    """An object under SSE-C arrives as it lies here: S3 has no key to open it with."""
    if "SSE-C" in rule_of(target).blocked:
        raise AwsError("AccessDenied", "the destination has blocked SSE-C", 403)
    created = _store(role, key, target, s3_objects.ciphertext_of(key), None, rule, tags)
    fresh = sealed.anew()
    fresh.segments[:] = sealed.segments
    s3_objects.adopt(created, fresh)
    s3_objects.note(created, fresh)


def _store(
    role: ServiceKms,
    key: Any,
    target: Any,
    body: bytes,
    sealing: tuple[bytes, Sealed] | None,
    rule: Mapping[str, Any],
    tags: Mapping[str, str],
) -> Any:
    """The replica in moto: the same version with the same metadata and tags."""
    from kmsmock.services.s3 import parts
    from kmsmock.services.s3.replication import status

    backend = s3_objects.backend_of(target)
    storage = rule["Destination"].get("StorageClass") or key.storage_class
    with s3_objects.handling(_Carrier(role, sealing)):
        created = backend.put_object(target.name, key.name, body, storage=storage)
    created._version_id, created._etag = key._version_id, key.etag.strip('"')
    created.set_metadata(dict(key.metadata))
    for name in ("checksum_algorithm", "checksum_value", "checksum_type", "checksum_parts", "last_modified"):
        setattr(created, name, getattr(key, name))
    for name in ("website_redirect_location", "lock_mode", "lock_until", "lock_legal_status"):
        setattr(created, name, getattr(key, name))
    if tags:
        backend.put_object_tagging(created, dict(tags))
    s3_objects.note(created, s3_objects.sealed_of(created))
    parts.keep(created, parts.of(key))
    status.mark(created, "REPLICA")
    return created


def _mark(target: Any, marker: Any) -> None:
    """The delete marker in the destination."""
    s3_objects.backend_of(target)._set_delete_marker(target.name, marker.name)._version_id = marker.version_id
