"""StartSnapshot, PutSnapshotBlock and CompleteSnapshot."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import timedelta
from typing import Any

from kmsmock import clock
from kmsmock.call import Call
from kmsmock.errors import AwsError, constraint_violations
from kmsmock.model.envelope import Envelope
from kmsmock.services import Advice, Moto
from kmsmock.services.ebs import errors
from kmsmock.services.ec2 import background, defaults, kms_use, snapshots
from kmsmock.services.ec2.content import BLOCK_SIZE, Block
from kmsmock.services.ec2.records import Disks, Snapshot, Writing
from kmsmock.services.kms.client import ServiceKms
from kmsmock.wire import constraints

_BLOCKS_OF_A_GIB = 2**30 // BLOCK_SIZE
_KEY_ARN = re.compile(r"arn:aws[a-z\-]*:kms:.*:[0-9]{12}:key/.*")
_TOLD = ("Description", "Tags", "ParentSnapshotId")


def start_snapshot(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """StartSnapshot: a pending snapshot, under a data key of its own or its parent's wrapped anew."""
    params, records = call.params, kms.store.records(Disks)
    broken = constraints.violations("ebs", call.operation, params)
    if broken:
        raise errors.bad_parameter(constraint_violations(broken).message)
    token = (call.account, call.region, params.get("ClientToken", ""))
    asked, answered = records.started.get(token, (None, {}))
    if asked is not None and token[2]:
        if asked != params:
            raise errors.other_request()
        return dict(answered)
    parent = _parent(kms)
    key_id = _key_of(kms, parent)
    snapshot = snapshots.new_snapshot(call, params["VolumeSize"], params.get("Description", ""))
    try:
        snapshot.envelope = _envelope(kms, parent, key_id, snapshot.id)
    except AwsError:
        moto("DeleteSnapshot", service="ec2", SnapshotId=snapshot.id)
        raise
    if parent is not None:
        snapshot.content = parent.content.copy()
    snapshot.outcome, snapshot.message = "error", "Snapshot timed out"  # unverified text
    snapshot.writing = Writing(timedelta(minutes=params.get("Timeout", 60)))
    records.snapshots[snapshot.id] = snapshot
    background.keep_open(kms, snapshot)
    if params.get("Tags"):
        moto("CreateTags", service="ec2", Resources=[snapshot.id], Tags=params["Tags"])
    answer = {name: params[name] for name in _TOLD if name in params} | {
        "SnapshotId": snapshot.id,
        "OwnerId": call.account,
        "Status": "pending",
        "StartTime": clock.milliseconds(clock.now()),
        "VolumeSize": snapshot.size,
        "BlockSize": BLOCK_SIZE,
    }
    if snapshot.envelope is not None:
        answer |= {"KmsKeyArn": snapshot.envelope.key_arn, "SseType": "sse-kms"}
    records.started[token] = params, answer
    return answer


def _parent(kms: ServiceKms) -> Snapshot | None:
    """The caller's own completed snapshot that a new one is a child of."""
    call, params = kms.call, kms.call.params
    name = params.get("ParentSnapshotId")
    if name is None:
        return None
    for other, said in (("KmsKeyArn", "KmsKeyArn"), ("Encrypted", "Encrypt")):
        if other in params:
            raise errors.bad_parameter(f"ParentSnapshotId and {said} cannot be specified together")
    parent = kms.store.records(Disks).snapshot(name, call.region, call.account)
    if parent is None or parent.account != call.account or parent.state == "error":
        raise errors.snapshot_not_found(name)
    if parent.state != "completed":
        raise errors.invalid("INVALID_SNAPSHOT_ID", f"Source snapshot ({name}) is not complete.")
    if params["VolumeSize"] < parent.size:
        # the reason is in AWS's list, its text is not recorded
        raise errors.invalid("INVALID_VOLUME_SIZE", "VolumeSize cannot be less than the size of the parent snapshot.")
    return parent


def _key_of(kms: ServiceKms, parent: Snapshot | None) -> str | None:
    """The key of a snapshot without an encrypted parent; None for no encryption."""
    params, by_default = kms.call.params, defaults.encrypts(kms)
    encrypted, key_id = params.get("Encrypted"), params.get("KmsKeyArn")
    if encrypted is False and key_id is not None:
        raise errors.bad_parameter("Encrypt cannot be false when KmsKeyArn is specified")
    plain = encrypted is False or (parent is not None and parent.envelope is None)
    if by_default and plain:
        # that it is refused is documented, the text is not
        raise errors.bad_parameter("The snapshot must be encrypted: encryption by default is on.")
    if key_id is not None and not _KEY_ARN.fullmatch(key_id):
        raise errors.bad_parameter(f"Invalid KmsKeyArn: {key_id}")  # unverified text
    if key_id is not None:
        return str(key_id)
    return defaults.key_of(kms) if (encrypted or by_default) and parent is None else None


def _envelope(kms: ServiceKms, parent: Snapshot | None, key_id: str | None, snapshot_id: str) -> Envelope | None:
    if parent is not None and parent.envelope is not None:
        with errors.of_kms():
            envelope = kms_use.same_key(kms, parent.envelope, snapshot_id)
        with errors.of_kms(hides=True):
            kms.unseal(envelope)
        return envelope
    if key_id is None:
        return None
    with errors.of_kms():
        _, created = kms.seal(key_id, kms_use.context_of(snapshot_id), NumberOfBytes=kms_use.DATA_KEY_BYTES)
    return created


def put_snapshot_block(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """PutSnapshotBlock: kms:Decrypt, and the block is written; once more writes it anew."""
    params = call.params
    snapshot, writing = _started(kms)
    if snapshot.state != "pending":
        raise errors.invalid("INVALID_SNAPSHOT_ID", "Snapshot is already completed")
    data = params["BlockData"]
    data = data if isinstance(data, bytes) else data.read()
    index = int(params["BlockIndex"])
    _check_block(params, snapshot, index, data)
    if snapshot.envelope is not None:
        with errors.of_kms(hides=True):
            kms.unseal(snapshot.envelope)
    snapshot.content.blocks[index] = Block(data, params["Checksum"])
    writing.written.add(index)
    background.keep_open(kms, snapshot)
    return {"Checksum": params["Checksum"], "ChecksumAlgorithm": "SHA256"}


def _started(kms: ServiceKms) -> tuple[Snapshot, Writing]:
    """The caller's own snapshot that was started here."""
    call, name = kms.call, kms.call.params["SnapshotId"]
    snapshot = kms.store.records(Disks).snapshot(name, call.region, call.account)
    if snapshot is None or snapshot.account != call.account or snapshot.writing is None or snapshot.state == "error":
        raise errors.snapshot_not_found(name)
    return snapshot, snapshot.writing


def _check_block(params: dict[str, Any], snapshot: Snapshot, index: int, data: bytes) -> None:
    length = params["DataLength"]
    if length != BLOCK_SIZE:
        raise errors.invalid("INVALID_BLOCK", f"Block data length {length} is not valid, expected {BLOCK_SIZE}")
    if index >= snapshot.size * _BLOCKS_OF_A_GIB:
        raise errors.invalid("INVALID_BLOCK", f"Block index {index} is beyond the volume size extent")
    _check_algorithm(params)
    if len(data) != length:
        raise errors.bad_parameter("Failed to read block data")
    computed = _checksum(data)
    if computed != params["Checksum"]:
        raise errors.wrong_checksum(computed, params["Checksum"])


def _check_algorithm(params: dict[str, Any]) -> None:
    asked = params.get("ChecksumAlgorithm", "SHA256")
    if asked != "SHA256":
        text = f"Unsupported Checksum Algorithm '{asked}', supported algorithms are SHA256"
        raise errors.bad_parameter(text)


def _checksum(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def complete_snapshot(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """CompleteSnapshot asks for no key. It answers ``pending``; what was not said truly ends in ``error``."""
    params = call.params
    snapshot, writing = _started(kms)
    if "ChecksumAggregationMethod" in params and "Checksum" not in params:
        raise errors.bad_parameter("Invalid parameter combination. Snapshot checksum is missing.")
    _check_algorithm(params)
    if snapshot.state == "completed":
        return {"Status": "completed"}
    blocks = snapshot.content.blocks
    joined = b"".join(base64.b64decode(blocks[index].checksum) for index in sorted(writing.written))
    snapshot.outcome, snapshot.message, snapshot.due = "completed", "", None
    if params["ChangedBlocksCount"] != len(writing.written):
        snapshot.outcome, snapshot.message = "error", "Changed blocks count mismatch for snapshot"
    elif params.get("Checksum", _checksum(joined)) != _checksum(joined):
        snapshot.outcome, snapshot.message = "error", "Checksum mismatch for snapshot"
    background.show(snapshot)
    return {"Status": "pending"}


OPERATIONS: dict[str, Advice] = {
    "CompleteSnapshot": complete_snapshot,
    "PutSnapshotBlock": put_snapshot_block,
    "StartSnapshot": start_snapshot,
}
