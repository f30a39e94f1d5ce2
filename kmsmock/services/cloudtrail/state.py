"""What the model keeps of a trail beside moto: where it writes, what it lets in, and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kmsmock.call import Call, Caller
from kmsmock.iam.arn import Arn
from kmsmock.identity import sessions
from kmsmock.telling.own_lines import Line

SERVICE = "cloudtrail.amazonaws.com"


@dataclass(slots=True)
class Trail:
    """One trail. ``delivered`` counts the events of the world that it has dealt with, ``tried`` those that there were
    when it last tried; ``problem`` is why the last delivery failed; ``begun`` who started it, and in which lines."""

    arn: str
    bucket: str
    prefix: str = ""
    key: str | None = None
    all_regions: bool = False
    organization: bool = False
    selectors: list[Mapping[str, Any]] = field(default_factory=list)
    advanced: list[Mapping[str, Any]] = field(default_factory=list)
    logging: bool = False
    delivered: int = 0
    tried: int = 0
    problem: str | None = None
    begun: tuple[Call, tuple[Line, ...]] | None = None

    @property
    def account(self) -> str:
        return Arn.of(self.arn).account

    @property
    def region(self) -> str:
        return Arn.of(self.arn).region

    @property
    def name(self) -> str:
        return self.arn.rsplit("/", 1)[-1]

    @property
    def caller(self) -> Caller:
        """CloudTrail as policies see it when it works for this trail."""
        return sessions.of_service(SERVICE, source_account=self.account, source_arn=self.arn)


def arn_of(call: Call, name: str) -> str:
    """The ARN of a trail by its name or ARN."""
    return (
        name
        if name.startswith("arn:")
        else f"arn:{call.partition}:cloudtrail:{call.region}:{call.account}:trail/{name}"
    )


class Trails(dict[str, Trail]):
    """The trails of a world, by ARN."""
