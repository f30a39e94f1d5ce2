"""``python -m kmsmock dump``: the policies of a real account, by calls that only read, into the folder that is loaded.

Every call that it can make stands in one table, with the permission that it needs; ``--policy`` prints these.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple


class _Call(NamedTuple):
    """A call that reads, the permission for it, and what follows of the answer."""

    service: str
    operation: str
    permission: str


_IDENTITY = _Call("sts", "get_caller_identity", "")
_IAM = _Call("iam", "get_account_authorization_details", "iam:GetAccountAuthorizationDetails")
_KEYS = _Call("kms", "list_keys", "kms:ListKeys")
_ALIASES = _Call("kms", "list_aliases", "kms:ListAliases")
_OF_KEY = (
    _Call("kms", "describe_key", "kms:DescribeKey"),
    _Call("kms", "get_key_policy", "kms:GetKeyPolicy"),
    _Call("kms", "list_grants", "kms:ListGrants"),
    _Call("kms", "get_key_rotation_status", "kms:GetKeyRotationStatus"),
    _Call("kms", "list_resource_tags", "kms:ListResourceTags"),
)
_BUCKETS = _Call("s3", "list_buckets", "s3:ListAllMyBuckets")
_OF_BUCKET = (
    _Call("s3", "get_bucket_policy", "s3:GetBucketPolicy"),
    _Call("s3", "get_bucket_encryption", "s3:GetEncryptionConfiguration"),
)
CALLS = (_IDENTITY, _IAM, _KEYS, _ALIASES, *_OF_KEY, _BUCKETS, *_OF_BUCKET)

_ORGANIZATION = _Call("organizations", "describe_organization", "organizations:DescribeOrganization")
_ROOTS = _Call("organizations", "list_roots", "organizations:ListRoots")
_UNITS = _Call(
    "organizations", "list_organizational_units_for_parent", "organizations:ListOrganizationalUnitsForParent"
)
_MEMBERS = _Call("organizations", "list_accounts_for_parent", "organizations:ListAccountsForParent")
_POLICIES = _Call("organizations", "list_policies", "organizations:ListPolicies")
_OF_POLICY = (
    _Call("organizations", "describe_policy", "organizations:DescribePolicy"),
    _Call("organizations", "list_targets_for_policy", "organizations:ListTargetsForPolicy"),
)
CALLS_FOR_ORGANIZATION = (_ORGANIZATION, _ROOTS, _UNITS, _MEMBERS, _POLICIES, *_OF_POLICY)
"""Only the management account may make most of them, or whom it has delegated that to: ``--organization``."""
_CONTROL_POLICIES = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")
_NOTHING_THERE = (
    *("NoSuchBucketPolicy", "ServerSideEncryptionConfigurationNotFoundError", "AWSOrganizationsNotInUseException"),
)
_UNSUPPORTED = "UnsupportedOperationException"
"""What KMS says of the rotation of keys that do not rotate."""


def permissions(calls: Iterable[_Call]) -> dict[str, Any]:
    """The policy of whoever makes these calls: this, and nothing else."""
    actions = sorted({each.permission for each in calls} - {""})
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}


PERMISSIONS: Mapping[str, Any] = permissions(CALLS)
"""The policy of whoever dumps an account without its organization."""


def add_arguments(dump: argparse.ArgumentParser) -> None:
    """The options of the command."""
    dump.add_argument("-o", "--output", type=Path, default=Path("dump"), metavar="FOLDER", help="default: dump")
    dump.add_argument("--profile", help="whose credentials; those that boto3 finds, if there is none")
    dump.add_argument("--region", action="append", default=[], help="may be given several times")
    dump.add_argument(
        "--organization",
        action="store_true",
        help="its units, accounts and control policies too; for the management account or a delegated administrator",
    )
    dump.add_argument("--policy", action="store_true", help="print the permissions that are needed, and do nothing")


def run(asked: argparse.Namespace) -> int:
    """0 when all was read, 1 when something was refused; ValueError without credentials or a Region."""
    calls = (*CALLS, *(CALLS_FOR_ORGANIZATION if asked.organization else ()))
    if asked.policy:
        _say(json.dumps(permissions(calls), indent=2))
        return 0
    import boto3

    session = boto3.Session(profile_name=asked.profile)
    if session.get_credentials() is None:
        raise ValueError("there are no credentials: give --profile, or set up those that boto3 finds")
    regions = asked.region or ([session.region_name] if session.region_name else [])
    if not regions:
        raise ValueError("there is no Region: give --region, as often as there are Regions with keys")
    _say(f"This will call, in {', '.join(regions)}, what only reads:")
    for each in calls:
        _say(f"  {each.service}: {each.operation}" + (f" ({each.permission})" if each.permission else ""))
    dump = _Dump(session, asked.output)
    dump.account(regions, asked.organization)
    for problem in dump.problems:
        print(problem, file=sys.stderr)  # noqa: T201 - a command's output
    _say(f"{dump.files} files in {asked.output}")
    return 1 if dump.problems else 0


def _say(text: str) -> None:
    print(text)  # noqa: T201 - what a command is for


@dataclass(slots=True)
class _Dump:
    """One account on its way into a folder."""

    session: Any
    folder: Path
    files: int = 0
    problems: list[str] = field(default_factory=list)

    def account(self, regions: list[str], organization: bool) -> None:
        """Everything of an account in some Regions."""
        identity = self._ask(_IDENTITY, regions[0])
        if identity is None:
            return
        home = self.folder / str(identity["Account"])
        self._keep(home, _IAM, regions[0])
        for region in regions:
            here = home / region
            self._keep(here, _ALIASES, region)
            for each in self._listed(_KEYS, region, "Keys"):
                for call in _OF_KEY:
                    self._keep(here / "kms" / str(each["KeyId"]), call, region, KeyId=each["KeyArn"])
        for each in self._listed(_BUCKETS, regions[0], "Buckets"):
            for call in _OF_BUCKET:
                self._keep(home / regions[0] / "s3" / str(each["Name"]), call, regions[0], Bucket=each["Name"])
        if organization:
            self._organization(home / "organizations", regions[0])

    def _organization(self, here: Path, region: str) -> None:
        """The tree from its root down, and its control policies with whatever they are attached to."""
        if self._keep(here, _ORGANIZATION, region) is None:
            return
        parents = [str(each["Id"]) for each in (self._keep(here, _ROOTS, region) or {}).get("Roots", [])]
        for parent in parents:  # which grows meanwhile
            self._keep(here / parent, _MEMBERS, region, ParentId=parent)
            units = self._keep(here / parent, _UNITS, region, ParentId=parent) or {}
            parents += [str(each["Id"]) for each in units.get("OrganizationalUnits", [])]
        for kind in _CONTROL_POLICIES:
            listed = self._keep(here / kind, _POLICIES, region, Filter=kind) or {}
            for policy in listed.get("Policies", []):
                for call in _OF_POLICY:
                    self._keep(here / str(policy["Id"]), call, region, PolicyId=policy["Id"])

    def _listed(self, call: _Call, region: str, name: str) -> Iterator[Mapping[str, Any]]:
        yield from (self._ask(call, region) or {}).get(name, [])

    def _keep(self, folder: Path, call: _Call, region: str, **params: Any) -> dict[str, Any] | None:
        answer = self._ask(call, region, **params)
        if answer is None:
            return None
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{call.operation.replace('_', '-')}.json"
        path.write_text(json.dumps(answer, indent=2, default=str) + "\n", encoding="utf-8")
        self.files += 1
        return answer

    def _ask(self, call: _Call, region: str, **params: Any) -> dict[str, Any] | None:
        """The whole answer, all pages of it; None for what is refused, which is told, and for what is not there."""
        client = self.session.client(call.service, region_name=region)
        try:
            if client.can_paginate(call.operation):
                answer = client.get_paginator(call.operation).paginate(**params).build_full_result()
            else:
                answer = getattr(client, call.operation)(**params)
        except client.exceptions.ClientError as problem:
            code = str(problem.response["Error"]["Code"])
            if code not in _NOTHING_THERE and not (code == _UNSUPPORTED and "rotation" in call.operation):
                told = " ".join(str(each) for each in params.values())
                self.problems.append(f"{call.service} {call.operation} {told}: {problem}")
            return None
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}
