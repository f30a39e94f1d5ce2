"""The text of a stored policy, as KMS prints it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def render(value: Any, indent: int = 0) -> str:
    """JSON the way KMS prints a stored policy: two spaces, blanks around the colon, ``[ {`` and ``} ]`` on one line."""
    pad = "  " * indent
    if isinstance(value, Mapping):
        if not value:
            return "{ }"
        members = [f"{pad}  {json.dumps(name)} : {render(item, indent + 1)}" for name, item in value.items()]
        return "{\n" + ",\n".join(members) + f"\n{pad}}}"
    if isinstance(value, list):
        return "[ " + ", ".join(render(item, indent) for item in value) + " ]" if value else "[ ]"
    return json.dumps(value, ensure_ascii=False)
