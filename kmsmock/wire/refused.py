"""What is raised instead of sending a request to the network."""

from __future__ import annotations

from botocore.exceptions import EndpointConnectionError

from kmsmock.errors import KmsMockError


class RealRequestRefused(KmsMockError, EndpointConnectionError):
    """A request was about to leave the process while a world is active.

    It is also what botocore raises when nothing answers, so that the fallbacks of libraries see what they know.
    """

    fmt = 'Could not connect to the endpoint URL: "{endpoint_url}": {reason}'


class ConfiguredEndpointNotReached(EndpointConnectionError):
    """The suite's environment sends clients to an endpoint that is not AWS's, and nobody answers there."""

    fmt = (
        'Could not connect to the endpoint URL: "{endpoint_url}", which {setting} sets: a kmsmock world lets clients '
        "reach endpoints that are not AWS's. Unset it where the world is to answer, or make the world with "
        'World(custom_endpoints="answer").'
    )


class NotSent(Exception):
    """Carries a refusal past botocore's retries, which would send again what cannot be sent."""

    def __init__(self, refusal: RealRequestRefused) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


def refused(method: str | None, url: str | None, reason: str = "") -> RealRequestRefused:
    """The refusal of one request. ``reason`` stands for: neither kmsmock nor moto serves this."""
    where = (url or "").split("?")[0]
    return RealRequestRefused(
        endpoint_url=where,
        reason=f"{method} {where}: {reason or 'neither kmsmock nor moto serves this'}, and while a kmsmock world is "
        "active no request leaves the process. Leave the world first if a real call is meant, or make it with "
        "World(enforce_network=False).",
    )
