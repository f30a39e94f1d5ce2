"""Short names for what an explanation tells of again and again: the whole ARN stands in it once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from kmsmock.iam.arn import Arn

_ID = 8
"""Characters of a key's id that tell it from others for a person; those of multi-Region keys begin with ``mrk-``."""


def short(arn: str, aliases: Iterable[str] = ()) -> str:
    """``role app``, ``alias/orders``, ``key 1234abcd``, ``root of 111111111111``; a text that is no ARN is itself."""
    parts = Arn.find(arn)
    if parts is None:
        return arn
    if parts.service == "kms" and parts.kind == "key":
        prefix = "mrk-" if parts.name.startswith("mrk-") else ""
        return next(iter(sorted(aliases)), f"key {prefix}{parts.name.removeprefix('mrk-')[:_ID]}")
    if parts.service in ("iam", "sts"):
        return _of_somebody(parts)
    return f"{parts.service} {parts.resource}"


def _of_somebody(parts: Arn) -> str:
    if parts.resource == "root":
        return f"root of {parts.account}"
    if parts.kind == "assumed-role":
        return f"role {parts.name.partition('/')[0]}"
    return f"{parts.kind.replace('-', ' ')} {parts.name.rpartition('/')[2]}"


class Names:
    """Short names by their ARNs; those of two accounts that would be one say whose they are."""

    def __init__(self, named: Mapping[str, str]) -> None:
        owners = {(name, Arn.of(arn).account) for arn, name in named.items()}
        several = {name for name, account in owners if account and sum(name == each for each, _ in owners) > 1}
        self.by_arn = {
            arn: f"{name} of {Arn.of(arn).account}" if name in several else name for arn, name in named.items()
        }
        any_of = "|".join(map(re.escape, named))
        self._pattern = re.compile(rf'"({any_of})"|({any_of})(?![\w+=@/*:-]|[.,]\w)') if any_of else None

    @classmethod
    def of(cls, arns: Iterable[str], aliases: Iterable[str] = ()) -> Names:
        """The names of ARNs; ``aliases`` are those of the key among them. What is no ARN has no other name."""
        return cls({arn: short(arn, aliases) for arn in arns if Arn.find(arn) is not None})

    def whole(self, arn: str) -> str:
        """An ARN with its short name, for the one place where both stand."""
        return f"{arn} ({self.by_arn[arn]})" if arn in self.by_arn else arn

    def within(self, text: str) -> str:
        """A text with the short names in place of the ARNs."""
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda found: self.by_arn[found[1] or found[2]], text)
