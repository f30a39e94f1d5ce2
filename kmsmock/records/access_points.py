"""Access points of S3, by the hosts and aliases that requests go to ("Access points for general purpose buckets")."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from kmsmock.records import backends

_HOST = re.compile(r"(?P<name>[a-z0-9-]+)-(?P<account>\d{12})\.s3-accesspoint[.-]")
_ALIAS = re.compile(r"(?:^|/|//)(?P<alias>[a-z0-9-]+-s3alias)(?=[./]|$)")
_BUCKET = re.compile(r"arn:[^:]+:s3:::")


class AccessPoint(NamedTuple):
    """One access point; ``vpc`` is the one VPC that it can be reached from."""

    arn: str
    account: str
    bucket: str
    policy: str | None
    vpc: str | None

    def resource(self, arn: str) -> str:
        """The ARN by which policies know what is reached by it: the point itself for its bucket, or an object."""
        _, _, key = _BUCKET.sub("", arn).partition("/")
        return f"{self.arn}/object/{key}" if key else self.arn


def is_meant(url: str) -> bool:
    """Whether a request goes to an access point, there or not; a bucket's name does not end as an alias does."""
    return ".s3-accesspoint" in url or "-s3alias" in url.split("?", 1)[0]


def of_url(url: str) -> AccessPoint | None:
    """The access point that a request is sent to; None where there is none."""
    if not is_meant(url):
        return None
    parts = urlsplit(url)
    named = _HOST.match(parts.netloc)
    if named is not None:
        return next(_found(lambda point, account: (point.name, account) == (named["name"], named["account"])), None)
    aliased = _ALIAS.search(f"//{parts.netloc}{unquote(parts.path)}")
    return None if aliased is None else next(_found(lambda point, account: point.alias == aliased["alias"]), None)


def _found(fits: Any) -> Iterator[AccessPoint]:
    for account, partitions in (backends.table("s3control") or {}).items():
        for backend in partitions.values():
            points: Mapping[str, Any] = backend.access_points.get(account, {})
            for point in points.values():
                if fits(point, account):
                    yield AccessPoint(point.arn, account, point.bucket, point.policy, point.vpc_id)
