"""Where requests go that no client made: the service that moto finds in a URL, and the operation of a REST request."""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import urlsplit

from kmsmock.wire import models
from kmsmock.wire.requests import AWSPreparedRequest

_ADORNED = re.compile(
    r"^(?:[^/]*\bvpce-[^.]+\.)?(?:fips[.-])?(?P<name>.+?)(?:-fips)?\.(?:dualstack\.)?(?P<region>[a-z]+(?:-[a-z]+)+-\d+|"
    r"(?:aws-)?global)(?:\.vpce)?\.(?:api\.aws|amazonaws\.com|api\.amazonwebservices\.com\.cn|amazonaws\.com\.cn)$"
)
"""A host with FIPS, dual stack or a VPC endpoint in its name."""
_OF_CUSTOM_RESOURCES = re.compile(
    r"^https?://[^/]+/cloudformation_[^/]+/cfnresponse\?stack=arn(:|%3A)[^:%]+\1cloudformation\1[^:%]+\1(?P<account>\d{12})",
    re.IGNORECASE,
)
"""moto's stand-in for the presigned URL of a bucket of CloudFormation's."""
_OTHERWISE = {"ecr": "api.ecr", "efs": "elasticfilesystem", "streams-dynamodb": "streams.dynamodb"}
"""What is named otherwise on the dual-stack hosts ("Service endpoints and quotas" in the AWS General Reference)."""
_OF_BOTOCORE = {"awslambda": "lambda"}
"""moto's names that are not botocore's without the hyphens."""


def services_of(url: str) -> list[str]:
    """The services that moto has at this URL, by botocore's names; some share a host. What is no API is none."""
    found = _found(url) or _found(_plain(url))
    return [_names()[name] for name in (_OF_BOTOCORE.get(each, each) for each in found) if name in _names()]


def account_of_answered_stack(url: str) -> str | None:
    """Whose stack is told here how its custom resource went: whoever knows the URL may ("ResponseURL"); else None."""
    found = _OF_CUSTOM_RESOURCES.search(url)
    return None if found is None else found["account"]


def _found(url: str) -> list[str]:
    from moto.backend_index import backend_url_patterns

    return list(dict.fromkeys(service for service, pattern in backend_url_patterns if pattern.match(url)))


def _plain(url: str) -> str:
    """A URL with the host that its service has without FIPS, dual stack and VPC endpoints."""
    parts = urlsplit(url)
    match = _ADORNED.match((parts.hostname or "")[:254].rstrip("."))
    if match is None:
        return url
    host = f"{_OTHERWISE.get(match['name'], match['name'])}.us-east-1.amazonaws.com"
    return parts._replace(netloc=host).geturl()


@cache
def _names() -> dict[str, str]:
    """moto calls services as botocore does, but for the hyphens."""
    return {name.replace("-", ""): name for name in models.service_names()}


def operation_by_path(service: str, request: AWSPreparedRequest) -> str | None:
    """The operation of a REST service that a request's method, path and query stand for."""
    from moto.core.request import normalize_request
    from moto.core.routing import get_service_router
    from werkzeug.exceptions import NotFound

    try:
        matched, _ = get_service_router(service).match(normalize_request(request))
    except (NotFound, NotImplementedError):
        return None
    return str(matched.name)
