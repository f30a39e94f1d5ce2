"""Where requests go that no client made: the service that moto finds in a URL, and S3's operation in a request."""

from __future__ import annotations

from kmsmock.wire.requests import AWSPreparedRequest


def service_of(url: str) -> str | None:
    """The service whose URL this is, by botocore's name; None for none that moto has."""
    from moto.backends import get_service_from_url

    found: str | None = get_service_from_url(url)
    return found


def operation_of_s3(request: AWSPreparedRequest) -> str | None:
    """The operation of S3 that a request's method, path and query stand for."""
    from moto.core.request import normalize_request
    from moto.core.routing import get_service_router
    from werkzeug.exceptions import NotFound

    try:
        matched, _ = get_service_router("s3").match(normalize_request(request))
    except NotFound:
        return None
    return str(matched.name)
