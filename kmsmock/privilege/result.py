"""The answer of ``world.least_privilege``: documents to put in as they are, and how today's differ from them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kmsmock.privilege.statements import Document
from kmsmock.privilege.usage import Difference
from kmsmock.telling import colours


@dataclass(frozen=True, slots=True)
class LeastPrivilege:
    """The narrowest policies under which all that a principal was allowed stays allowed.

    ``identity_policy`` is the principal's, None where he needs none. ``key_policies`` are those of the keys that he
    used, by their ARNs, each with what anybody needs of that key, so that it can be put in as it is. ``grants`` are
    arguments for CreateGrant. ``diff`` tells what of today's policies is wider. ``str()`` of it is a text to read.
    """

    principal: str
    identity_policy: Document | None
    key_policies: Mapping[str, Document]
    grants: Sequence[dict[str, Any]]
    diff: tuple[Difference, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "principal": self.principal,
            "identity_policy": self.identity_policy,
            "key_policies": dict(self.key_policies),
            "grants": list(self.grants),
            "diff": [each._asdict() for each in self.diff],
        }

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"the least privilege of {self.principal}"
        yield from (f"  {each}" for each in self.diff)
        documents = [("identity policy", self.identity_policy)] if self.identity_policy is not None else []
        documents += [(f"key policy of {arn}", each) for arn, each in self.key_policies.items()]
        documents += [("grant", each) for each in self.grants]
        for title, each in documents:
            yield f"{title}:"
            yield from (f"  {line}" for line in json.dumps(each, indent=2).splitlines())
        if not documents:
            yield "  no policy has to allow anything"

    def _repr_html_(self) -> str:
        return colours.html(str(self))
