"""The tags of resources that moto keeps, as policies see them in ``aws:ResourceTag`` and its likes.

Like ``directory`` it looks without making anything, and without importing moto.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from kmsmock.authorization.request import AuthorizationRequest
from kmsmock.iam.arn import Arn
from kmsmock.records import iam

Tags = Mapping[str, str]
_NONE: Tags = {}

KEYS = {
    "aws:resourcetag/": None,
    "iam:resourcetag/": "iam",
    "ec2:resourcetag/": "ec2",
    "secretsmanager:resourcetag/": "secretsmanager",
    "s3:existingobjecttag/": "s3",
}
"""Condition keys that end in the key of a tag, and the service that each is for; None for all but S3's objects."""


def value(ask: AuthorizationRequest, key: str, name: str) -> str | None:
    """The value of a tag, by its name in lower case, of what the call is about."""
    service = ask.target.action.partition(":")[0]
    wanted = KEYS[key]
    if wanted not in (None, "iam", service) or (wanted is None and service == "s3"):
        return None
    return next((text for tag, text in of(ask).items() if tag.lower() == name), None)


def of(ask: AuthorizationRequest) -> Tags:
    """Every tag of what the call is about."""
    if ask.key is not None:
        return ask.key.tags
    arn = Arn.find(ask.target.arn)
    reader = None if arn is None else _READERS.get(arn.service)
    return _NONE if arn is None or reader is None else reader(ask, arn.resource)


def _backend(ask: AuthorizationRequest, service: str) -> Any:
    """moto's backend of a regional service, if there is one."""
    module = sys.modules.get(f"moto.{service}.models")
    backends = {} if module is None else getattr(module, f"{service}_backends")
    account, region = ask.call.account, ask.target.region or ask.call.region
    known = account in backends and region in backends[account].keys()  # noqa: SIM118 - `in` itself creates one in moto
    return backends[account][region] if known else None


def _pairs(tags: Any) -> Tags:
    return {tag["Key"]: tag["Value"] for tag in tags or ()}


def _ec2(ask: AuthorizationRequest, resource: str) -> Tags:
    """Images and snapshots of others too have the tags that the caller's own account gave them."""
    backend = _backend(ask, "ec2")
    name = resource.partition("/")[2]
    return dict(backend.tags[name]) if backend is not None and name in backend.tags else _NONE


def _secret(ask: AuthorizationRequest, resource: str) -> Tags:
    backend = _backend(ask, "secretsmanager")
    found = None if backend is None else backend.secrets.get(ask.target.arn)
    return _NONE if found is None else _pairs(found.tags)


def _object(ask: AuthorizationRequest, resource: str) -> Tags:
    module: Any = sys.modules.get("moto.s3.models")
    bucket_name, _, name = resource.partition("/")
    if module is None or not name or ask.target.owner not in module.s3_backends:
        return _NONE
    backend = module.s3_backends[ask.target.owner][ask.call.partition]
    bucket = backend.buckets.get(bucket_name)
    versions = [] if bucket is None else bucket.keys.getlist(name, [])
    wanted = ask.call.params.get("VersionId")
    found = [each for each in versions if wanted in (None, each.version_id) and hasattr(each, "arn")]
    return dict(backend.tagger.get_tag_dict_for_resource(found[-1].arn)) if found else _NONE


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
