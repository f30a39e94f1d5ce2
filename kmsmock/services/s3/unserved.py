"""Operations that neither kmsmock nor moto has, and that moto takes for others: one would delete the bucket."""

from __future__ import annotations

from kmsmock.call import Call
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import ServiceKms


def refuse(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """Say that it is not modelled."""
    raise NotImplementedError(f"kmsmock does not model S3 {call.operation}")


_CONFIGURED = ("Analytics", "IntelligentTiering", "Metrics")
_ALONE = (
    *("CreateBucketMetadataConfiguration", "CreateBucketMetadataTableConfiguration"),
    *("DeleteBucketMetadataConfiguration", "DeleteBucketMetadataTableConfiguration"),
    *("GetBucketMetadataConfiguration", "GetBucketMetadataTableConfiguration"),
    *("CreateSession", "WriteGetObjectResponse"),
)

OPERATIONS: dict[str, Advice] = {
    **{f"{verb}Bucket{each}Configuration": refuse for each in _CONFIGURED for verb in ("Delete", "Get", "Put")},
    **{f"ListBucket{each}Configurations": refuse for each in _CONFIGURED},
    **dict.fromkeys(_ALONE, refuse),
}
