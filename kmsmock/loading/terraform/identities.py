"""What AWS makes up when a resource of a plan is made: ARNs, ids, and names where there are none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from kmsmock.loading.terraform.elements import Element
from kmsmock.loading.things import made_up_key_id, made_up_suffix


class Plan(Protocol):
    """What is known of a plan here."""

    def place(self, element: Element) -> tuple[str, str, str]: ...
    def value(self, element: Element, name: str) -> Any: ...


class _Named(NamedTuple):
    """Which argument is the name, the ARN's form, and which of both ``id`` is."""

    name: str
    arn: str
    id: str = "name"


_NAMED: Mapping[str, _Named] = {
    "aws_cloudwatch_log_group": _Named("name", "arn:{p}:logs:{r}:{a}:log-group:{n}"),
    "aws_dynamodb_table": _Named("name", "arn:{p}:dynamodb:{r}:{a}:table/{n}"),
    "aws_ecr_repository": _Named("name", "arn:{p}:ecr:{r}:{a}:repository/{n}"),
    "aws_iam_group": _Named("name", "arn:{p}:iam::{a}:group{path}{n}"),
    "aws_iam_instance_profile": _Named("name", "arn:{p}:iam::{a}:instance-profile{path}{n}"),
    "aws_iam_policy": _Named("name", "arn:{p}:iam::{a}:policy{path}{n}", "arn"),
    "aws_iam_role": _Named("name", "arn:{p}:iam::{a}:role{path}{n}"),
    "aws_iam_user": _Named("name", "arn:{p}:iam::{a}:user{path}{n}"),
    "aws_kms_alias": _Named("name", "arn:{p}:kms:{r}:{a}:{n}"),
    "aws_lambda_function": _Named("function_name", "arn:{p}:lambda:{r}:{a}:function:{n}"),
    "aws_s3_bucket": _Named("bucket", "arn:{p}:s3:::{n}"),
    "aws_secretsmanager_secret": _Named("name", "arn:{p}:secretsmanager:{r}:{a}:secret:{n}-{s}", "arn"),
    "aws_sns_topic": _Named("name", "arn:{p}:sns:{r}:{a}:{n}", "arn"),
    "aws_sqs_queue": _Named("name", "arn:{p}:sqs:{r}:{a}:{n}", "url"),
}
MADE_UP = frozenset({"arn", "id", "key_id", "unique_id", "url", "name", *(each.name for each in _NAMED.values())})
"""The names of all attributes that ``identity`` knows of any type."""
_DISKS: Mapping[str, tuple[str, str]] = {
    "aws_ami": ("image", "ami"),
    "aws_ami_copy": ("image", "ami"),
    "aws_ebs_snapshot": ("snapshot", "snap"),
    "aws_ebs_snapshot_copy": ("snapshot", "snap"),
    "aws_ebs_volume": ("volume", "vol"),
}
"""What such a thing is in its ARN, and how its id begins."""
_KEYS = ("aws_kms_key", "aws_kms_external_key")
_REPLICAS = ("aws_kms_replica_key", "aws_kms_replica_external_key")


def identity(plan: Plan, element: Element) -> Mapping[str, str]:
    """Attributes that AWS makes up, by name; none of a type that is not known."""
    partition, region, account = plan.place(element)
    if element.type in (*_KEYS, *_REPLICAS):
        return _of_key(plan, element, f"arn:{partition}:kms:{region}:{account}:key/", account, region)
    if element.type in _DISKS:
        return _of_disk(element, f"arn:{partition}:ec2:{region}", account)
    row = _NAMED.get(element.type)
    if row is None:
        return {}
    prefix = str(element.values.get("name_prefix") or element.values.get("bucket_prefix") or "")
    made_up = f"{prefix or 'terraform-'}{made_up_suffix(element.address)}"
    name = str(element.values.get(row.name) or element.values.get("id") or made_up)
    if row.id == "arn" and not element.values.get(row.name):
        name = made_up
    path = str(element.values.get("path") or "/")
    suffix = made_up_suffix(element.address, 6)
    arn = row.arn.format(p=partition, r=region, a=account, n=name, path=path, s=suffix)
    ids = {"name": name, "arn": arn, "url": f"https://sqs.{region}.amazonaws.com/{account}/{name}"}
    found = {"arn": str(element.values.get("arn") or arn), row.name: name, "name": name, "id": ids[row.id]}
    if element.type == "aws_iam_role":
        found["unique_id"] = str(element.values.get("unique_id") or f"AROA{made_up_suffix(arn, 17)}")
    return found


def _of_disk(element: Element, prefix: str, account: str) -> Mapping[str, str]:
    """Images and snapshots have no account in their ARNs ("Actions, resources, and condition keys for Amazon EC2")."""
    kind, form = _DISKS[element.type]
    found = str(element.values.get("id") or f"{form}-{made_up_suffix(element.address, 17).lower()}")
    return {"id": found, "arn": f"{prefix}:{account if kind == 'volume' else ''}:{kind}/{found}"}


def _of_key(plan: Plan, element: Element, prefix: str, account: str, region: str) -> Mapping[str, str]:
    values = element.values
    key_id = str(values.get("key_id") or "")
    if not key_id and element.type in _REPLICAS:
        primary = plan.value(element, "primary_key_arn") or plan.value(element, "primary_external_key_arn")
        key_id = str(primary).rpartition("/")[2]
    key_id = key_id or made_up_key_id(account, region, element.address, bool(values.get("multi_region")))
    return {"arn": str(values.get("arn") or prefix + key_id), "key_id": key_id, "id": key_id}
