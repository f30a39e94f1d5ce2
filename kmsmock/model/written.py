"""A policy document or a grant that somebody wrote: what it says, whose it is, and which line wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from kmsmock.iam import Decision
from kmsmock.telling.own_lines import Line

OURS = "kmsmock"
"""Stands for the element of a template in what the helpers of kmsmock write by themselves."""


class Written(NamedTuple):
    """``kind`` as in ``authorization.document_kinds``, or ``key`` or ``grant``; ``whose`` is for a person."""

    kind: str
    whose: str
    text: str
    lines: tuple[Line, ...]
    element: str = ""
    """The logical id of the resource, of what stands in a template."""
    template: str = ""
    """The text of that template."""
    check: Decision | None = None
    """Of a key policy: that its author may still change it, which KMS looks at before it stores it."""
    grant: tuple[str, Mapping[str, Any]] | None = None
    """Its id, and the parameters of CreateGrant."""
