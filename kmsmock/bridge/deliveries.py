"""What Firehose delivers to S3: written as the delivery stream's role, and lost without a word where that may not.

"Controlling access with Firehose" and "Data delivery failure handling" (developer guide).
"""

from __future__ import annotations

from typing import Any

from kmsmock import active, entropy
from kmsmock.active import Patches
from kmsmock.bridge import role_sessions
from kmsmock.bridge.s3_bodies import Reader
from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.records import s3_objects
from kmsmock.services.kms import late

Records = list[dict[str, Any]]


def install(patches: Patches) -> None:
    """Firehose writes objects in the name of its role."""
    from moto.firehose.models import FirehoseBackend

    original = FirehoseBackend.put_s3_records

    def put_s3_records(backend: Any, name: str, version: str, destination: dict[str, Any], records: Records) -> Records:
        role = role_sessions.session(destination["RoleARN"])
        try:
            with s3_objects.handling(Reader(active.current(), role)):
                answered: Records = original(backend, name, version, destination, records)
        except RuntimeError as failure:
            if not isinstance(failure.__cause__, AwsError):
                raise
            call = Call("firehose", "PutRecordBatch", {}, role, backend.region_name)
            outcome = f"misses records of delivery stream {name}"
            late.failed(active.current(), call, failure.__cause__, destination["BucketARN"], outcome)
            return [{"RecordId": entropy.uuid()} for _ in records]
        return answered

    patches.replace(FirehoseBackend, "put_s3_records", put_s3_records)
