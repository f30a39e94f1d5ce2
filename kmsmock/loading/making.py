"""What was read, put into a world: the one maker for all sources.

Nothing asks and nothing is asked for: what stands at the source stands in the world, ids and ARNs included.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kmsmock.iam import MalformedPolicy, compile_policy
from kmsmock.loading import data, disks, keys
from kmsmock.loading.keys import Making, document, partition_of
from kmsmock.loading.report import Taken
from kmsmock.loading.things import Read, Thing
from kmsmock.records.placed import iam, organizations
from kmsmock.store import Store

Maker = Callable[[Making, Thing], None]
"""Raises ValueError or LookupError, whose text says why, for what cannot be made."""


def make(store: Store, read: Read) -> list[Taken]:
    """Make all that was read, in the order of what needs what. Returns what was made; the rest is told in ``read``."""
    taken, making = [], Making(store, read)
    kinds: dict[str, list[Thing]] = {}
    for thing in read.things:
        kinds.setdefault(thing.kind, []).append(thing)
    for kind, maker in _MAKERS.items():
        making.forget()
        for each in kinds.get(kind, ()):
            try:
                maker(making, each)
            except KeyError as problem:
                read.ignore(each.where, each.kind, f"its {problem.args[0]} is not there")
            except (LookupError, ValueError, TypeError, AttributeError) as problem:
                read.ignore(each.where, each.kind, str(problem) or repr(problem))
            else:
                arn = making.arns.get(each.arn, each.arn)
                taken.append(Taken(each.kind, "" if arn.endswith(":::") else arn, each.where))
    for each in kinds.get("role", ()):
        _bind_trust(making, each)
    for account, partition in {(each.account, partition_of(each)) for each in kinds.get("managed policy", ())}:
        iam.fold_policies(account, partition)
    read.names.update({name: making.arns[arn] for name, arn in read.names.items() if arn in making.arns})
    store.directory.forget()
    return taken


# --- IAM ------------------------------------------------------------------------------------------------------------


def _holder(thing: Thing) -> tuple[str, str]:
    """Whose something is: the kind and the name."""
    for kind in ("Role", "User", "Group"):
        if f"{kind}Name" in thing.values:
            return kind.lower(), str(thing.values[f"{kind}Name"])
    raise LookupError("it is attached to nobody")


def _make_role(making: Making, thing: Thing) -> None:
    trust = document(thing.values.get("AssumeRolePolicyDocument", {}))
    iam.make_role(thing.account, partition_of(thing), thing.values, trust)
    _give(making, thing)


def _make_user(making: Making, thing: Thing) -> None:
    iam.make_user(thing.account, partition_of(thing), thing.values)
    _give(making, thing)
    boundary = thing.values.get("PermissionsBoundary")
    if boundary is not None:
        making.store.directory.set_boundary(thing.arn, str(boundary))
    for group in thing.values.get("Groups") or []:
        try:
            iam.join(thing.account, partition_of(thing), str(thing.values["UserName"]), str(group))
        except ValueError as problem:
            making.read.ignore(thing.where, f"group {group}", str(problem))


def _make_group(making: Making, thing: Thing) -> None:
    iam.make_group(thing.account, partition_of(thing), thing.values)
    _give(making, thing)


def _give(making: Making, thing: Thing) -> None:
    """The policies that came with a user, group or role."""
    kind, name = _holder(thing)
    account, partition = thing.account, partition_of(thing)
    for policy, given in (thing.values.get("Policies") or {}).items():
        iam.put_policy(account, partition, kind, name, policy, _readable(making, thing, policy, given))
    for arn in thing.values.get("ManagedPolicyArns") or []:
        try:
            iam.attach(account, partition, kind, name, str(arn))
        except ValueError as problem:
            making.read.ignore(thing.where, f"attached policy {arn}", str(problem))


def _readable(making: Making, thing: Thing, name: str, given: object) -> str:
    """The text of a policy, of which it is told if IAM would not store it: such a one says nothing."""
    text = document(given)
    try:
        compile_policy(text, kind="identity")
    except MalformedPolicy as problem:
        making.read.ignore(thing.where, name, f"IAM would refuse it, so it says nothing: {problem}")
    return text


def _make_managed(making: Making, thing: Thing) -> None:
    text = _readable(making, thing, str(thing.values["PolicyName"]), thing.values.get("PolicyDocument", {}))
    iam.make_policy(thing.account, partition_of(thing), thing.values, text)


def _put_inline(making: Making, thing: Thing) -> None:
    kind, name = _holder(thing)
    text = _readable(making, thing, str(thing.values["PolicyName"]), thing.values["PolicyDocument"])
    iam.put_policy(thing.account, partition_of(thing), kind, name, str(thing.values["PolicyName"]), text)


def _attach(making: Making, thing: Thing) -> None:
    kind, name = _holder(thing)
    iam.attach(thing.account, partition_of(thing), kind, name, str(thing.values["PolicyArn"]))


def _join(making: Making, thing: Thing) -> None:
    iam.join(thing.account, partition_of(thing), str(thing.values["UserName"]), str(thing.values["GroupName"]))


def _make_profile(making: Making, thing: Thing) -> None:
    iam.make_profile(thing.account, partition_of(thing), thing.values)


def _bind_trust(making: Making, thing: Thing) -> None:
    """Roles may trust each other: whom a trust policy names is looked up when all are there."""
    making.store.directory.bind_principals(thing.arn, document(thing.values.get("AssumeRolePolicyDocument", {})))


def _of_organization(maker: Callable[[str, str, Mapping[str, Any]], None]) -> Maker:
    return lambda making, thing: maker(thing.account, partition_of(thing), thing.values)


def _make_control_policy(making: Making, thing: Thing) -> None:
    text = thing.values.get("Content")
    if text is not None:
        kind = thing.values["Type"]
        try:
            compile_policy(document(text), kind="identity" if kind == "SERVICE_CONTROL_POLICY" else "resource")
        except MalformedPolicy as problem:
            making.read.ignore(thing.where, "its text", f"Organizations would refuse it, so it says nothing: {problem}")
    organizations.make_policy(thing.account, partition_of(thing), thing.values)


_MAKERS: Mapping[str, Maker] = {
    "organization": _of_organization(organizations.make_organization),
    "organizational unit": _of_organization(organizations.make_unit),
    "member account": _of_organization(organizations.make_account),
    "control policy": _make_control_policy,
    "managed policy": _make_managed,
    "group": _make_group,
    "role": _make_role,
    "user": _make_user,
    "membership": _join,
    "inline policy": _put_inline,
    "attachment": _attach,
    "instance profile": _make_profile,
    "key": keys.make_key,
    "key policy": keys.put_policy,
    "alias": keys.make_alias,
    "grant": keys.make_grant,
    "bucket": data.make_bucket,
    "bucket policy": data.put_bucket_policy,
    "bucket encryption": data.put_encryption,
    "queue": data.make_queue,
    "queue policy": data.put_queue_policy,
    "topic": data.make_topic,
    "topic policy": data.put_topic_policy,
    "secret": data.make_secret,
    "secret policy": data.put_secret_policy,
    "disk encryption": data.set_default_encryption,
    "volume": disks.make_volume,
    "snapshot": disks.make_snapshot,
    "snapshot copy": disks.copy_snapshot,
    "image": disks.make_image,
    "image copy": disks.copy_image,
    "image permission": disks.share_image,
    "snapshot permission": disks.share_snapshot,
}
"""By kind, what others need first."""
