"""Parameters for an operation by its shapes: mostly good, sometimes hostile, and with names that exist."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timezone
from random import Random
from typing import Any

_DEPTH = 6
_HOSTILE = 0.06
"""How many of the plain values are hostile."""
_OPTIONAL = 0.25
"""How many of the members that need not be there are."""
TEXTS = (
    "", " ", "*", "null", "None", "0", "-1", "x", "é", "日本", "a b", "a/b", "/", "//",
    "../../etc/passwd", "%", "%zz", "%00",
    "<x>&\"'", "${x}", "{{x}}", "{", "[]", "{}", "[[[[", "::::::", "arn:", "arn:aws:kms:::", "arn:aws:s3:::", "alias/",
    "arn:aws:kms:us-east-1:123456789012:key/", "arn:aws:iam::111111111111:role/", "arn:aws:ec2:us-east-1::image/ami-1",
    "2**31", "1e400", "NaN", "true", "\u2028", "x" * 300, "9" * 40, "-", ".", "..", ",", ";", "=", "\ud800",
)  # fmt: skip
"""Texts that somebody's code trips over."""
NUMBERS = (-1, 0, 1, 2, 1000, 2**31 - 1, 2**31, 2**63 - 1, 2**63, 10**30, -(2**63))
_DATES = (0, 1, -1, 1_700_000_000, 4_102_444_800)
_DOCUMENTS = (
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]},
    {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": ["s3:Get*"], "Resource": "arn:aws:s3:::b/*"}},
    {"Statement": []},
)


class Names:
    """Names that exist, by the members that told them."""

    def __init__(self) -> None:
        self._known: defaultdict[str, list[str]] = defaultdict(list)

    def learn(self, value: Any, member: str = "") -> None:
        """Remember every text of an answer under its member."""
        if isinstance(value, Mapping):
            for name, item in value.items():
                if name != "ResponseMetadata":
                    self.learn(item, name)
        elif isinstance(value, list):
            for item in value[:5]:
                self.learn(item, member)
        elif isinstance(value, str) and 0 < len(value) < 500:
            known = self._known[_like(member)]
            if value not in known:
                known.append(value)
                del known[:-8]

    def like(self, member: str) -> list[str]:
        """What was told under such a name; of lists and of what stands for the same thing, too."""
        return self._known.get(_like(member)) or self._known.get(_SAME.get(_like(member), ""), [])


def _like(member: str) -> str:
    return member.lower().removesuffix("s")


_SAME = {
    "kmskeyid": "keyid", "kmsmasterkeyid": "keyid", "ssekmskeyid": "keyid", "kmskeyarn": "keyid", "kmskey": "keyid",
    "targetkeyid": "keyid", "sourcekeyid": "keyid", "destinationkeyid": "keyid", "destinationkmskeyid": "keyid",
    "secretid": "name", "resourcearn": "arn", "sourcesnapshotid": "snapshotid", "queuename": "name",
    "sourceimageid": "imageid", "source": "arn", "copysource": "key", "rolename": "rolename",
}  # fmt: skip


class Values:
    """Values for the shapes of botocore's models, out of one stream of chance."""

    def __init__(self, chance: Random, names: Names) -> None:
        self.chance, self.names = chance, names

    def parameters(self, shape: Any) -> dict[str, Any]:
        """Parameters for an operation's input."""
        return {} if shape is None else self._structure(shape, 0)

    def _of(self, shape: Any, member: str, depth: int) -> Any:
        kind = shape.type_name
        if kind == "structure":
            return self._structure(shape, depth + 1)
        if kind == "list":
            most = 0 if depth > _DEPTH else 2
            return [self._of(shape.member, member, depth + 1) for _ in range(self.chance.randint(0, most))]
        if kind == "map":
            count = self.chance.randint(0, 0 if depth > _DEPTH else 2)
            return {self._text(shape.key, member): self._of(shape.value, member, depth + 1) for _ in range(count)}
        if kind == "string":
            return self._text(shape, member)
        if kind in ("integer", "long"):
            return self._number(shape)
        return _PLAIN[kind](self.chance)

    def _structure(self, shape: Any, depth: int) -> dict[str, Any]:
        chosen = {}
        for name, member in shape.members.items():
            share = 0.95 if name in shape.required_members else (0 if depth > _DEPTH else _OPTIONAL)
            if name in ("DryRun", "dryRun"):
                share = 0.02
            if self.chance.random() < share:
                chosen[name] = self._of(member, name, depth)
        if shape.is_tagged_union and chosen:
            kept = self.chance.choice(sorted(chosen))
            chosen = {kept: chosen[kept]}
        return chosen

    def _number(self, shape: Any) -> int:
        if self.chance.random() < _HOSTILE:
            return self.chance.choice(NUMBERS)
        low = int(shape.metadata.get("min", 0))
        return self.chance.randint(low, min(int(shape.metadata.get("max", low + 20)), low + 2000))

    def _text(self, shape: Any, member: str) -> str:
        chance = self.chance
        if chance.random() < _HOSTILE:
            return chance.choice(TEXTS)
        if "enum" in shape.metadata:
            return str(chance.choice(shape.metadata["enum"]))
        known = self.names.like(member)
        if known and chance.random() < 0.8:
            return chance.choice(known)
        if "Policy" in member or "Document" in member:
            return json.dumps(chance.choice(_DOCUMENTS))
        least = max(int(shape.metadata.get("min", 1)), 1)
        text = f"{member.lower()}-{chance.randint(1, 3)}"
        return text.ljust(least, "x")[: int(shape.metadata.get("max", 200))]


_PLAIN = {
    "boolean": lambda chance: chance.random() < 0.5,
    "float": lambda chance: chance.choice((0.0, 1.5, -1.0)),
    "double": lambda chance: chance.choice((0.0, 1.5, -1.0)),
    "blob": lambda chance: chance.randbytes(chance.choice((0, 1, 16, 32, 200))),
    "timestamp": lambda chance: datetime.fromtimestamp(chance.choice(_DATES), timezone.utc),
}
