"""ListSnapshotBlocks, ListChangedBlocks and GetSnapshotBlock.

Each asks for the key's DescribeKey; data, and whatever is another account's, for Decrypt as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kmsmock.call import Call
from kmsmock.services import Advice, Moto
from kmsmock.services.ebs import errors, tokens
from kmsmock.services.ec2.content import BLOCK_SIZE
from kmsmock.services.ec2.records import Disks, Snapshot
from kmsmock.services.kms.client import ServiceKms

_PAGE = 10_000


def list_snapshot_blocks(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """ListSnapshotBlocks: the blocks that were written, with a token for each."""
    snapshot = _readable(kms, call.params["SnapshotId"])
    _open(kms, snapshot)
    until = tokens.expiry()
    blocks = {
        index: {"BlockIndex": index, "BlockToken": tokens.make(kms.store, snapshot.id, "block", index, until)}
        for index in snapshot.content.blocks
    }
    return {"ExpiryTime": until} | _page(kms, snapshot, "Blocks", blocks)


def list_changed_blocks(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """ListChangedBlocks: what was written in one of two snapshots of a lineage and not in the other."""
    if "FirstSnapshotId" not in call.params:
        raise errors.invalid("INVALID_SNAPSHOT_ID", "First snapshot should not be empty or null")
    pair = [_readable(kms, call.params[name]) for name in ("FirstSnapshotId", "SecondSnapshotId")]
    first, second = pair
    if first.content.lineage is not second.content.lineage:
        # the reason is in AWS's list, its text is not recorded
        raise errors.invalid("UNRELATED_SNAPSHOTS", "The specified snapshots are not related.")
    for snapshot in pair:
        _open(kms, snapshot)
    until = tokens.expiry()
    changes: dict[int, dict[str, Any]] = {}
    for index in first.content.changes(second.content):
        changes[index] = {"BlockIndex": index}
        for name, snapshot in zip(("FirstBlockToken", "SecondBlockToken"), pair, strict=True):
            if index in snapshot.content.blocks:
                changes[index][name] = tokens.make(kms.store, snapshot.id, "block", index, until)
    return {"ExpiryTime": until} | _page(kms, second, "ChangedBlocks", changes)


def _page(kms: ServiceKms, snapshot: Snapshot, name: str, entries: Mapping[int, dict[str, Any]]) -> dict[str, Any]:
    """One page of entries by block index."""
    params = kms.call.params
    start = params.get("StartingBlockIndex", 0)
    if "NextToken" in params:
        start = tokens.read(kms.store, params["NextToken"], snapshot.id, name)
        if start is None:
            text = f"The pagination token {params['NextToken']} is invalid."
            raise errors.invalid("INVALID_PAGE_TOKEN", text)
    wanted = [index for index in sorted(entries) if index >= start]
    size = params.get("MaxResults", _PAGE)
    page = {name: [entries[index] for index in wanted[:size]], "VolumeSize": snapshot.size, "BlockSize": BLOCK_SIZE}
    if len(wanted) > size:
        page["NextToken"] = tokens.make(kms.store, snapshot.id, name, wanted[size])
    return page


def get_snapshot_block(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """GetSnapshotBlock: the data of a block, for the token that a list gave."""
    params = call.params
    snapshot = _readable(kms, params["SnapshotId"])
    token, index = params["BlockToken"], params["BlockIndex"]
    if tokens.read(kms.store, token, snapshot.id, "block") != int(index):
        raise errors.invalid("INVALID_BLOCK_TOKEN", f"The block token {token} is invalid.")
    _open(kms, snapshot, data=True)
    block = snapshot.content.blocks[int(index)]
    return {
        "DataLength": len(block.data),
        "BlockData": block.data,
        "Checksum": block.checksum,
        "ChecksumAlgorithm": "SHA256",
    }


def _readable(kms: ServiceKms, snapshot_id: str) -> Snapshot:
    """A completed snapshot of one's own, or one that is shared with the account by its number."""
    records, call = kms.store.records(Disks), kms.call
    snapshot = records.snapshot(snapshot_id, call.region, call.account)
    if snapshot is None or snapshot.state != "completed":
        raise errors.snapshot_not_found(snapshot_id)
    if call.account not in (snapshot.account, *snapshot.shared_with):
        raise errors.invalid("INVALID_SNAPSHOT_ID", "Public snapshots are not supported")
    return snapshot


def _open(kms: ServiceKms, snapshot: Snapshot, *, data: bool = False) -> None:
    """Ask for the key of a snapshot as its reader."""
    if snapshot.envelope is None:
        return
    with errors.of_kms(hides=True):
        kms.forward("DescribeKey", KeyId=snapshot.envelope.key_arn)
        if data or snapshot.account != kms.call.account:
            kms.unseal(snapshot.envelope)


OPERATIONS: dict[str, Advice] = {
    "GetSnapshotBlock": get_snapshot_block,
    "ListChangedBlocks": list_changed_blocks,
    "ListSnapshotBlocks": list_snapshot_blocks,
}
