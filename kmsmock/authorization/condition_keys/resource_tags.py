"""The tags of resources that moto keeps, as policies see them in ``aws:ResourceTag`` and its likes.

Like ``directory`` it looks without making anything, and without importing moto.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kmsmock.authorization.request import AuthorizationRequest
from kmsmock.iam.arn import Arn
from kmsmock.model.spreading import Spreading
from kmsmock.records import ec2, iam, s3_objects, secrets

Tags = Mapping[str, str]
_NONE: Tags = {}

KEYS: Mapping[str, tuple[str, ...] | None] = {
    "aws:resourcetag/": None,
    "iam:resourcetag/": ("iam", "sts"),
    "ec2:resourcetag/": ("ec2",),
    "secretsmanager:resourcetag/": ("secretsmanager",),
    "s3:existingobjecttag/": ("s3",),
}
"""Condition keys that end in the key of a tag, and whose actions know each; None for those of all but S3."""


def value(ask: AuthorizationRequest, key: str, name: str) -> str | None:
    """The value of a tag, by its name in lower case, of what the call is about."""
    service = ask.target.action.partition(":")[0]
    services = KEYS[key]
    if service == "s3" if services is None else service not in services:
        return None
    return next((text for tag, text in of(ask).items() if tag.lower() == name), None)


def of(ask: AuthorizationRequest) -> Tags:
    """Every tag of what the call is about."""
    if ask.key is not None:
        return ask.store.records(Spreading).seen("tags", ask.key.arn, ask.key.tags)
    arn = Arn.find(ask.target.arn)
    reader = None if arn is None else _READERS.get(arn.service)
    return _NONE if arn is None or reader is None else reader(ask, arn.resource)


def _ec2(ask: AuthorizationRequest, resource: str) -> Tags:
    """Images and snapshots of others too have the tags that the caller's own account gave them."""
    return ec2.tags(_place(ask), resource.partition("/")[2])


def _secret(ask: AuthorizationRequest, resource: str) -> Tags:
    return secrets.tags(*_place(ask), ask.target.arn)


def _place(ask: AuthorizationRequest) -> tuple[str, str]:
    return ask.call.account, ask.target.region or ask.call.region


def _object(ask: AuthorizationRequest, resource: str) -> Tags:
    bucket, _, name = resource.partition("/")
    version = ask.call.params.get("VersionId")
    return s3_objects.tags(ask.target.owner, ask.call.partition, bucket, name, version) if name else _NONE


def _principal(ask: AuthorizationRequest, resource: str) -> Tags:
    kind, _, _ = resource.partition("/")
    if kind == "role":
        return iam.tags_of_role(ask.target.arn)
    return iam.tags_of_user(ask.target.owner, ask.target.arn) if kind == "user" else _NONE


_READERS: Mapping[str, Callable[[AuthorizationRequest, str], Tags]] = {
    "ec2": _ec2,
    "iam": _principal,
    "s3": _object,
    "secretsmanager": _secret,
}
