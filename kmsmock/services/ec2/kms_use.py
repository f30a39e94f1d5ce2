"""How EC2 uses KMS for a disk: as the caller through a forward access session, then as itself by a short-lived grant.

Follows "Amazon EBS encryption" and "How Amazon EBS uses AWS KMS", corrected by recordings: copying needs CreateGrant on
both keys, and no DescribeKey on the source key.
"""

from __future__ import annotations

from kmsmock.call import Caller
from kmsmock.errors import AwsError
from kmsmock.iam import Principal
from kmsmock.iam.arn import Arn, kms_arn
from kmsmock.identity import sessions
from kmsmock.model.envelope import Envelope
from kmsmock.services.kms import grants
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.kms.grants import ServiceGrant

DATA_KEY_BYTES = 64
DEFAULT_KEY = "alias/aws/ebs"


def context_of(resource_id: str) -> dict[str, str]:
    """The encryption context of a volume or snapshot."""
    return {"aws:ebs:id": resource_id}


def new_disk(kms: ServiceKms, key_id: str, resource_id: str) -> Envelope:
    """A data key for a new encrypted disk."""
    context = context_of(resource_id)
    created = kms.forward(
        "GenerateDataKeyWithoutPlaintext", KeyId=key_id, NumberOfBytes=DATA_KEY_BYTES, EncryptionContext=context
    )
    return Envelope(created["KeyId"], created["CiphertextBlob"], context)


def same_key(kms: ServiceKms, source: Envelope, resource_id: str) -> Envelope:
    """The volume of one's own snapshot under the snapshot's key: the data key is re-wrapped for the new id."""
    context = context_of(resource_id)
    moved = kms.forward(
        "ReEncrypt",
        CiphertextBlob=source.wrapped,
        SourceKeyId=source.key_arn,
        SourceEncryptionContext=dict(source.context),
        DestinationKeyId=source.key_arn,
        DestinationEncryptionContext=context,
    )
    return Envelope(source.key_arn, moved["CiphertextBlob"], context)


def moved(kms: ServiceKms, source: Envelope | None, key_id: str, resource_id: str) -> Envelope:
    """A volume under another key than its snapshot, or of another account's snapshot.

    The caller re-encrypts the data key and has a fresh one made; EC2 opens it by a grant. A capture of which permission
    is missed when it is denied shows these calls, and that CreateGrant on the source key is not one of them.
    """
    if source is not None:
        kms.forward(
            "ReEncrypt",
            CiphertextBlob=source.wrapped,
            SourceKeyId=source.key_arn,
            SourceEncryptionContext=dict(source.context),
            DestinationKeyId=key_id,
            DestinationEncryptionContext=context_of(resource_id),
        )
    return new_key(kms, None, key_id, resource_id)


def new_key(
    kms: ServiceKms, source: Envelope | None, key_id: str, resource_id: str, source_region: str | None = None
) -> Envelope:
    """A copy under another key: the service reads the source by a grant and writes the copy under a new data key."""
    if source is not None:
        _by_grant(kms, source, source_region or kms.call.region)
    created = new_disk(kms, key_id, resource_id)
    _by_grant(kms, created, kms.call.region)
    return created


def attach(kms: ServiceKms, envelope: Envelope, instance_id: str) -> ServiceGrant:
    """Give the instance's infrastructure a grant to decrypt the volume's data key, and let it decrypt.

    No grant is left behind if decrypting is refused.
    """
    account = kms.call.account
    partition = Arn.of(envelope.key_arn).partition
    arn = f"arn:{partition}:sts::{account}:assumed-role/aws:ec2-infrastructure/{instance_id}"
    infrastructure = Principal(
        kind="role-session",
        arn=arn,
        account=account,
        principal_arn=f"arn:{partition}:iam::{account}:role/aws:ec2-infrastructure",
        unique_id=f"{account}:aws:ec2-infrastructure:{instance_id}",
    )
    grant = _grant(kms, envelope, kms.call.region, grantee=arn)
    try:
        kms.unseal(envelope, caller=Caller(infrastructure, ""))
    except AwsError:
        grants.retire(kms, grant)
        raise
    return grant


def _by_grant(kms: ServiceKms, envelope: Envelope, region: str) -> None:
    """CreateGrant as the caller, Decrypt and RetireGrant as the EC2 service."""
    grant = _grant(kms, envelope, region)
    try:
        kms.unseal(envelope, region=region, caller=grant.service)
    finally:
        grants.retire(kms, grant)


def _grant(kms: ServiceKms, envelope: Envelope, region: str, grantee: str | None = None) -> ServiceGrant:
    service = sessions.of_service(f"ec2.{region}.amazonaws.com", source_account=Arn.of(envelope.key_arn).account)
    key, context = envelope.key_arn, envelope.context
    return grants.create(kms, key, ["Decrypt"], context, service, grantee=grantee, region=region)


def stand_in(kms: ServiceKms, key_id: str | None) -> Envelope:
    """What a disk has whose key refused it, in a world that lets that pass: it shows the key, and holds nothing."""
    call = kms.call
    return Envelope(kms_arn(key_id or "alias/aws/ebs", call.partition, call.region, call.account), b"", {})


def denied(error: AwsError) -> bool:
    """True if KMS refused for want of permission, not for the state of the key."""
    return error.code == "AccessDeniedException"
