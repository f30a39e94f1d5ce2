"""Objects that a service writes into a bucket: as itself, whom bucket and key have to let in, or for a caller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kmsmock.authorization import services
from kmsmock.authorization.actions import Need
from kmsmock.call import Call, Caller
from kmsmock.model.sealed import Sealed
from kmsmock.records import s3_objects, serving
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.s3 import encryption
from kmsmock.services.s3.replication import queue


def write(
    kms: ServiceKms,
    who: Caller,
    bucket: Any,
    name: str,
    body: bytes,
    asked: Mapping[str, Any] | None = None,
    via: str | None = None,
) -> Any:
    """Put an object as ``who``, and give moto's record of it. ``asked`` are parameters of PutObject, such as those of
    encryption; ``via`` is the service that does so for a caller, whose own permissions count then.

    Raises AwsError where the policy of the bucket or the key does not let it in.
    """
    params = {"Bucket": bucket.name, "Key": name, **(asked or {})}
    through = () if via is None else (via,)
    call = Call("s3", "PutObject", params, who, bucket.region_name, bucket.partition, via=through)
    with kms.store.strictly():
        services.require(kms.store, call, Need("s3:PutObject", f"{bucket.arn}/{name}"))
    wanted, sealing = encryption.wanted(call, bucket), None
    if wanted.kms:
        context = {"aws:s3:arn": bucket.arn if wanted.bucket_key else f"{bucket.arn}/{name}"}
        own = who if who.principal.kind == "service" else None
        asking = ServiceKms(kms.store, call, kms.answer, "s3.amazonaws.com")
        data_key, envelope = asking.seal(wanted.key_id, context, region=bucket.region_name, caller=own)
        sealing = data_key, Sealed(wanted.mode, envelope, wanted.bucket_key)
    with serving.serve(serving.MotoRequest(kms.store, who)), s3_objects.handling(s3_objects.WriteOnly(sealing)):
        created = s3_objects.backend_of(bucket).put_object(bucket.name, name, body)
    s3_objects.note(created, s3_objects.sealed_of(created))
    queue.written(kms, bucket, created)
    return created
