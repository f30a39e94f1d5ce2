"""Amazon Resource Names, taken apart and put together ("Identify AWS resources with ARNs", IAM user guide)."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple


class Arn(NamedTuple):
    """``arn:partition:service:region:account:resource``; ``str()`` puts it together again."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    @classmethod
    def of(cls, text: str) -> Arn:
        """The parts of an ARN. Raises ValueError for a text that is none."""
        found = _parse(text)
        if found is None:
            raise ValueError(f"{text!r} is no ARN: it has six parts, as in arn:aws:kms:us-east-1:111111111111:key/…")
        return found

    @classmethod
    def find(cls, text: str) -> Arn | None:
        """The parts of an ARN; None for a text that is none, such as a bare name."""
        return _parse(text)

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"

    @property
    def kind(self) -> str:
        """What the resource begins with, up to the first ``/`` or ``:``; empty where there is neither."""
        head, separator, _ = self.resource.replace(":", "/").partition("/")
        return head if separator else ""

    @property
    def name(self) -> str:
        """The resource without its kind."""
        return self.resource[len(self.kind) + 1 :] if self.kind else self.resource


@lru_cache(512)  # those of keys are others in each world
def _parse(text: str) -> Arn | None:
    parts = text.split(":", 5)
    return Arn(*parts[1:]) if len(parts) == 6 and parts[0] == "arn" else None


def kms_arn(name: str, partition: str, region: str, account: str) -> str:
    """The ARN that the name of a key means in an account and Region: a key id, an alias, or an ARN, which is itself."""
    if name.startswith("arn:"):
        return name
    resource = name if name.startswith("alias/") else f"key/{name}"
    return f"arn:{partition}:kms:{region}:{account}:{resource}"


def root(partition: str, account: str) -> str:
    """The ARN of an account's root user, which in a policy stands for the account."""
    return f"arn:{partition}:iam::{account}:root"
