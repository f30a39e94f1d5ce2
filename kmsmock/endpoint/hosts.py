"""Where in AWS a request was meant to go: the host that its client would have asked there.

An address on this machine has one name for all services. Which of them is meant is told by the scope of the signature
("Elements of an AWS API request signature", AWS General Reference), and where nobody signed, by the target or the
action.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from kmsmock.bridge import routing
from kmsmock.call import Signature
from kmsmock.door import hosts
from kmsmock.endpoint.server import Asked
from kmsmock.wire import models, regions
from kmsmock.wire.requests import AWSPreparedRequest

_SCOPE = re.compile(r"Credential=[^/,\s]+/[^/,\s]*/[^/,\s]+/(?P<service>[^/,\s]+)/")
_SUFFIXES = {
    "aws-cn": "amazonaws.com.cn",
    "aws-eusc": "amazonaws.eu",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
}
"""What hosts of a partition end with; elsewhere amazonaws.com."""

SIGNED_BY: Mapping[str, tuple[str, ...]] = {
    "aidevops": ("devops-agent",),
    "bedrock": ("bedrock", "bedrock-agent", "bedrock-runtime"),
    "bedrock-agentcore": ("bedrock-agentcore", "bedrock-agentcore-control"),
    "budgets": ("budgets",),
    "dsql": ("dsql",),
    "dynamodb": ("dynamodb", "dynamodbstreams"),
    "iotdata": ("iot-data",),
    "mediastore": ("mediastore", "mediastore-data"),
    "memorydb": ("memorydb",),
    "mobiletargeting": ("pinpoint",),
    "payment-cryptography": ("payment-cryptography",),
    "s3": ("s3", "s3control"),
    "s3vectors": ("s3vectors",),
    "sagemaker": ("sagemaker", "sagemaker-metrics", "sagemaker-runtime"),
    "servicecatalog": ("servicecatalog", "servicecatalog-appregistry"),
    "ses": ("ses", "sesv2"),
    "timestream": ("timestream-write", "timestream-query"),
}
"""By the name that they sign with, the services that do not live at the host of that name, or that share a name."""
_ELSEWHERE = {
    "budgets": "budgets.{suffix}",
    "devops-agent": "aidevops.{region}.api.aws",
    "dsql": "dsql.{region}.api.aws",
    "s3vectors": "s3vectors.{region}.api.aws",
}
"""Hosts of services that are not made of their prefix and a Region."""
_UNSIGNED_TARGETS = {
    "AWSCognitoIdentityService": "cognito-identity",
    "AWSCognitoIdentityProviderService": "cognito-idp",
}
_UNSIGNED_ACTIONS = frozenset({"AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"})
"""Operations that nobody signs ("Signing and authenticating REST requests" has none of them)."""


class Aim(NamedTuple):
    """The service that is asked, by the name that signs for it, and its host in AWS."""

    service: str
    host: str


def aim(asked: Asked, signature: Signature, names: Collection[str], default_region: str) -> Aim:
    """Where in AWS a request is meant to go. ``names`` are those of the address itself."""
    named = _name(asked.headers.get("Host", ""))
    if hosts.is_aws(named):
        return Aim(_service_at(named, asked), named)
    service, region = service_of(asked), signature.region or default_region
    name = _which(service, asked)
    host = _host(name, service, region)
    prefix = _prefix(named, names)
    if name == "s3":
        bucket = re.sub(r"\.?s3([.-][a-z0-9-]+)?$", "", prefix)
        return Aim(service, f"{bucket}.{host}" if bucket else host)
    if name == "s3control":
        account = prefix.split(".")[0] or asked.headers.get("X-Amz-Account-Id", "")
        return Aim(service, f"{account}.{host}" if account else host)
    return Aim(service, host)


def _name(host: str) -> str:
    """A host as a client named it, without its port."""
    if host.startswith("["):
        return host.partition("]")[0].strip("[").lower()
    return host.rpartition(":")[0].lower() if host.count(":") == 1 else host.lower()


def _prefix(named: str, names: Collection[str]) -> str:
    """What stands before the name of the address: a bucket, or an account."""
    if is_address(named):
        return ""
    for name in sorted({*names, "localhost"}, key=len, reverse=True):
        if named == name:
            return ""
        if named.endswith(f".{name}"):
            return named.removesuffix(f".{name}")
    return ""


def is_address(name: str) -> bool:
    """Whether a host is told by its number."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _service_at(named: str, asked: Asked) -> str:
    """The service that a request to one of AWS's hosts means: the one that it is signed for, else that of the host."""
    if _SCOPE.search(asked.headers.get("Authorization", "")) is None:
        found = routing.services_of(f"https://{named}{plain_path(asked.target)}")
        if found:
            return str(models.service_model(found[0]).signing_name)
    return service_of(asked)


def may_be_unsigned(asked: Asked, service: str) -> bool:
    """Whether a service takes a request that nobody signed: S3 has objects for everybody, others some operations."""
    if service == "sts":
        return _action(asked) in _UNSIGNED_ACTIONS
    return service in ("s3", *_UNSIGNED_TARGETS.values())


def _action(asked: Asked) -> str | None:
    """The action of the query protocol, in the URL or in a form."""
    query = dict(parse_qsl(urlsplit(asked.target).query))
    if "Action" not in query and asked.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
        query = dict(parse_qsl(asked.body.decode(errors="replace")))
    return query.get("Action")


def service_of(asked: Asked) -> str:
    """The service that a request names, by the name that signs for it; S3 where it names none."""
    scope = _SCOPE.search(asked.headers.get("Authorization", ""))
    if scope is not None:
        return scope["service"].lower()
    query = dict(parse_qsl(urlsplit(asked.target).query))
    parts = query.get("X-Amz-Credential", "").split("/")
    if len(parts) > 3:
        return parts[3].lower()
    target = asked.headers.get("X-Amz-Target", "").partition(".")[0]
    if target in _UNSIGNED_TARGETS:
        return _UNSIGNED_TARGETS[target]
    if target:
        return _services_by_target().get(target, "s3")
    return "sts" if _action(asked) in _UNSIGNED_ACTIONS else "s3"


@cache
def _services_by_target() -> Mapping[str, str]:
    """By the prefix of their targets, the services that kmsmock models and that speak JSON."""
    named = {
        name: models.service_model(name) for name in ("kms", "dynamodb", "secretsmanager", "ssm", "logs", "kinesis")
    }
    return {str(model.metadata.get("targetPrefix")): str(model.signing_name) for model in named.values()}


def _which(service: str, asked: Asked) -> str:
    """botocore's name of the service, of those that sign alike the one that has such an operation."""
    candidates = SIGNED_BY.get(service, (service,))
    if len(candidates) == 1:
        return candidates[0]
    if service == "s3":
        return "s3control" if urlsplit(asked.target).path.startswith("/v20180820/") else "s3"
    return next((each for each in candidates if _has(each, asked)), candidates[0])


def _has(name: str, asked: Asked) -> bool:
    model = models.service_model(name)
    target = asked.headers.get("X-Amz-Target")
    if target is not None:
        prefix, _, operation = target.rpartition(".")
        return prefix == model.metadata.get("targetPrefix") and operation in model.operation_names
    if not model.resolved_protocol.startswith("rest"):
        return False
    url = f"https://{model.endpoint_prefix}.us-east-1.amazonaws.com{asked.target}"
    request = AWSPreparedRequest(asked.method, url, {}, b"", False)  # type: ignore[arg-type]  # any mapping
    return routing.operation_by_path(name, request) is not None


def _host(name: str, service: str, region: str) -> str:
    suffix = _SUFFIXES.get(regions.partition_by_name(region), "amazonaws.com")
    if name in _ELSEWHERE:
        return _ELSEWHERE[name].format(region=region, suffix=suffix)
    if service not in SIGNED_BY:
        return f"{service}.{region}.{suffix}"
    return f"{models.service_model(name).endpoint_prefix}.{region}.{suffix}"


def plain_path(target: str) -> str:
    """The path of a target, decoded, without what comes after it."""
    return unquote(urlsplit(target).path)
