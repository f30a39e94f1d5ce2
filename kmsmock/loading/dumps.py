"""Dumps of accounts: outputs of ``aws``, each told by what stands in it, in a folder of the documented layout."""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kmsmock.iam.arn import Arn
from kmsmock.loading import organizations
from kmsmock.loading.organizations import Piece
from kmsmock.loading.things import Kind, Read, Thing

Output = Mapping[str, Any]


@dataclass(slots=True)
class Dump:
    """A file of a dump, and the account and Region of what does not say its own."""

    path: Path
    account: str
    region: str
    read: Read = field(default_factory=Read)
    policies: dict[str, str] = field(default_factory=dict)
    """Key policies by the key's id: their outputs name no key, so that the file or its folder is called after it."""
    keys: list[Thing] = field(default_factory=list)
    traits: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What outputs other than describe-key say of a key, by its id."""
    pieces: list[Piece] = field(default_factory=list)
    """What is said of an organization."""

    @property
    def owner(self) -> str:
        """What a file says about is told by its name, or by that of its folder."""
        stem = self.path.stem.partition(".")[0]
        return self.path.parent.name if stem in _OUTPUTS else stem

    def thing(self, kind: Kind, arn: str, values: Output, name: str) -> Thing:
        parts = Arn.find(arn)
        account = self.account if parts is None or not parts.account else parts.account
        region = self.region if parts is None or not parts.region else parts.region
        self.read.names[name] = arn
        given = {key: value for key, value in values.items() if value is not None}
        return Thing(kind, arn, account, region, given, f"{self.path.name}, {name}", name)


_OUTPUTS = (
    *("describe-key", "get-key-policy", "list-grants", "policy", "grants", "encryption"),
    *("get-bucket-policy", "get-bucket-encryption", "get-key-rotation-status", "list-resource-tags"),
    *("list-organizational-units-for-parent", "list-accounts-for-parent", "list-parents", "list-children"),
    *("list-targets-for-policy", "list-policies-for-target", "describe-policy", "describe-organization"),
)


def _document(value: Any) -> Any:
    """A policy as the API has it: JSON that is quoted as in a URL, or as the command line shows it."""
    if isinstance(value, str):
        return urllib.parse.unquote(value) if value.startswith("%7B") else value
    return value


def _inline(listed: Any) -> dict[str, Any]:
    return {str(each["PolicyName"]): _document(each["PolicyDocument"]) for each in listed or []}


def _managed(listed: Any) -> list[str]:
    return [str(each["PolicyArn"]) for each in listed or []]


def _authorization_details(dump: Dump, output: Output) -> Iterator[Thing]:
    for kind in ("Role", "User"):  # none at all may be what was filtered
        listed = output.get(f"{kind}DetailList")
        if listed and not output.get("IsTruncated"):
            dump.read.whole.add((Arn.of(listed[0]["Arn"]).account, kind.lower()))
    for each in output.get("Policies") or []:
        if each["Arn"].startswith("arn:aws:iam::aws:"):
            continue
        version = next((one for one in each.get("PolicyVersionList") or [] if one.get("IsDefaultVersion")), None)
        if version is None:
            dump.read.ignore(f"{dump.path.name}, {each['Arn']}", "managed policy", "its default version is not there")
            continue
        given = {"PolicyName": each["PolicyName"], "Path": each.get("Path")}
        given |= {"PolicyDocument": _document(version["Document"]), "DefaultVersionId": version.get("VersionId")}
        yield dump.thing("managed policy", each["Arn"], given, each["PolicyName"])
    for each in output.get("GroupDetailList") or []:
        given = {"GroupName": each["GroupName"], "Path": each.get("Path")}
        yield dump.thing("group", each["Arn"], {**given, **_policies_of(each, "Group")}, each["GroupName"])
    for each in output.get("RoleDetailList") or []:
        given = {"RoleName": each["RoleName"], "RoleId": each.get("RoleId"), "Path": each.get("Path")}
        given |= {"AssumeRolePolicyDocument": _document(each.get("AssumeRolePolicyDocument"))}
        given |= {"PermissionsBoundary": _boundary(each), "Tags": each.get("Tags")}
        yield dump.thing("role", each["Arn"], {**given, **_policies_of(each, "Role")}, each["RoleName"])
        for profile in each.get("InstanceProfileList") or []:
            named = {"InstanceProfileName": profile["InstanceProfileName"], "Path": profile.get("Path")}
            named["Roles"] = [each["RoleName"]]
            yield dump.thing("instance profile", profile["Arn"], named, profile["InstanceProfileName"])
    for each in output.get("UserDetailList") or []:
        given = {"UserName": each["UserName"], "UserId": each.get("UserId"), "Path": each.get("Path")}
        given |= {"Groups": each.get("GroupList"), "PermissionsBoundary": _boundary(each), "Tags": each.get("Tags")}
        yield dump.thing("user", each["Arn"], {**given, **_policies_of(each, "User")}, each["UserName"])


def _policies_of(each: Output, kind: str) -> dict[str, Any]:
    inline = _inline(each.get(f"{kind}PolicyList"))
    return {"Policies": inline, "ManagedPolicyArns": _managed(each.get("AttachedManagedPolicies"))}


def _boundary(each: Output) -> Any:
    return (each.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")


def _describe_key(dump: Dump, output: Output) -> Iterator[Thing]:
    found = output["KeyMetadata"]
    given = {name: found.get(name) for name in ("KeyId", "Description", "KeySpec", "KeyUsage", "Origin", "MultiRegion")}
    regions = found.get("MultiRegionConfiguration") or {}
    if regions.get("MultiRegionKeyType") == "REPLICA":
        given["PrimaryKeyArn"] = regions["PrimaryKey"]["Arn"]
    given |= {"Enabled": found.get("Enabled", True), "KeyManager": found.get("KeyManager")}
    given |= {name: found.get(name) for name in ("KeyState", "CreationDate", "DeletionDate", "ValidTo")}
    dump.keys.append(dump.thing("key", found["Arn"], given, found["KeyId"]))
    yield from ()


def _key_policy(dump: Dump, output: Output) -> Iterator[Thing]:
    dump.policies[dump.owner] = str(output["Policy"])
    yield from ()


def _rotation(dump: Dump, output: Output) -> Iterator[Thing]:
    given = {name: output.get(name) for name in ("RotationPeriodInDays", "NextRotationDate")}
    key = str(output.get("KeyId") or dump.owner).rpartition("/")[2]
    dump.traits[key] = {"EnableKeyRotation": output["KeyRotationEnabled"], **given}
    yield from ()


def _tags(dump: Dump, output: Output) -> Iterator[Thing]:
    tags = [{"Key": each["TagKey"], "Value": each["TagValue"]} for each in output["Tags"]]
    dump.traits[dump.owner] = {"Tags": tags}
    yield from ()


def _organization(dump: Dump, output: Output) -> Iterator[Thing]:
    dump.pieces.append(Piece(str(dump.path.name), dump.owner, output))
    yield from ()


def _grants(dump: Dump, output: Output) -> Iterator[Thing]:
    for each in output["Grants"]:
        key = str(each["KeyId"])
        arn = key if key.startswith("arn:") else f"arn:aws:kms:{dump.region}:{dump.account}:key/{key}"
        yield dump.thing("grant", arn, each, f"grant {each['GrantId']}")


def _aliases(dump: Dump, output: Output) -> Iterator[Thing]:
    for each in output["Aliases"]:
        if each.get("TargetKeyId"):
            yield dump.thing("alias", each["AliasArn"], each, each["AliasName"])


def _bucket_policy(dump: Dump, output: Output) -> Iterator[Thing]:
    bucket = dump.owner
    yield dump.thing("bucket", f"arn:aws:s3:::{bucket}", {"Bucket": bucket}, bucket)
    given = {"Bucket": bucket, "Policy": str(output["Policy"])}
    yield dump.thing("bucket policy", f"arn:aws:s3:::{bucket}", given, f"policy of {bucket}")


def _policy(dump: Dump, output: Output) -> Iterator[Thing]:
    """Of a key or of a bucket: the commands show them alike, and the folder tells."""
    is_of_bucket = "s3" in dump.path.parts or "buckets" in dump.path.parts or "bucket" in dump.path.stem
    yield from (_bucket_policy if is_of_bucket else _key_policy)(dump, output)


def _encryption(dump: Dump, output: Output) -> Iterator[Thing]:
    bucket = dump.owner
    yield dump.thing("bucket", f"arn:aws:s3:::{bucket}", {"Bucket": bucket}, bucket)
    for rule in output["ServerSideEncryptionConfiguration"]["Rules"]:
        default = rule.get("ApplyServerSideEncryptionByDefault") or {}
        given = {"Bucket": bucket, "Algorithm": default.get("SSEAlgorithm")}
        given |= {"KMSMasterKeyID": default.get("KMSMasterKeyID"), "BucketKeyEnabled": rule.get("BucketKeyEnabled")}
        yield dump.thing("bucket encryption", f"arn:aws:s3:::{bucket}", given, f"encryption of {bucket}")


_READERS: Mapping[str, Callable[[Dump, Output], Iterator[Thing]]] = {
    "RoleDetailList": _authorization_details,
    "UserDetailList": _authorization_details,
    "GroupDetailList": _authorization_details,
    "KeyMetadata": _describe_key,
    "KeyRotationEnabled": _rotation,
    "Tags": _tags,
    "Grants": _grants,
    "Aliases": _aliases,
    "ServerSideEncryptionConfiguration": _encryption,
    "Policy": _policy,
}
"""What stands in an output -> who reads it; the first that fits."""


def is_output(document: Mapping[str, Any]) -> bool:
    """Whether a file is the output of one of the commands that a dump consists of."""
    return _reader(document) is not None


def _reader(document: Mapping[str, Any]) -> Callable[[Dump, Output], Iterator[Thing]] | None:
    found = next((each for each in _READERS if each in document), None)
    if found in (None, "Policy") and organizations.is_piece(document):
        return _organization
    return None if found is None else _READERS[found]


def read_folder(folder: Path, content: Callable[[Path], Mapping[str, Any]], account: str, region: str) -> Read:
    """A folder of outputs, in folders of accounts and Regions: ``111111111111/eu-west-1/…`` says whose they are."""
    found, dumps = Read(), list[Dump]()
    files = [folder] if folder.is_file() else sorted(folder.rglob("*.json"))
    for path in files:
        parts = path.relative_to(folder).parts if folder.is_dir() else ()
        mine = next((each for each in parts if len(each) == 12 and each.isdigit()), account)
        here = next((each for each in parts if each.count("-") >= 2 and each[-1].isdigit() and len(each) < 20), region)
        dump = Dump(path, mine, here)
        try:
            document = content(path)
            reader = _reader(document)
            if reader is None:
                found.ignore(path.name, "file", "it is the output of no command that is understood")
                continue
            dump.read.things += reader(dump, document)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as problem:
            found.ignore(path.name, "file", f"it is not understood: {_told(problem)}")
            continue
        dumps.append(dump)
        found.add(dump.read)
    found.add(_keys(dumps))
    found.add(organizations.read([piece for dump in dumps for piece in dump.pieces]))
    seen = set[str]()
    for each in [one for one in found.things if one.kind in ("bucket", "instance profile")]:
        if each.arn in seen:
            found.things.remove(each)
        seen.add(each.arn)
    return found


def _told(problem: Exception) -> str:
    return f"it has no {problem.args[0]}" if isinstance(problem, KeyError) and problem.args else str(problem)


def _keys(dumps: list[Dump]) -> Read:
    """Keys with all that other outputs say of them; what there is no key for is told."""
    found, policies = Read(), dict[str, str]()
    traits: dict[str, dict[str, Any]] = {}
    for dump in dumps:
        policies |= dump.policies
        for key_id, said in dump.traits.items():
            traits[key_id] = {**traits.get(key_id, {}), **said}
    for key in [each for dump in dumps for each in dump.keys]:
        key_id = str(key.values["KeyId"])
        given = {**key.values, **traits.pop(key_id, {}), "Policy": policies.pop(key_id, None)}
        if given["Policy"] is None:
            found.notes.append(f"{key.where}: its key policy is not there, so it has the default one")
        given = {name: value for name, value in given.items() if value is not None}
        found.things.append(Thing(key.kind, key.arn, key.account, key.region, given, key.where, key.name))
    for name in policies:
        found.ignore(name, "key policy", "there is no output of describe-key for its key")
    for name in traits:
        found.ignore(name, "rotation or tags", "there is no output of describe-key for its key")
    return found
