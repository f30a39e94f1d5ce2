"""The headers of answers: botocore's mapping, which its parsers ask for one name after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.awsrequest import HeadersDict


class Headers(HeadersDict):
    """What a HeadersDict is, without an object that is made for each name that is looked up."""

    def __init__(self, headers: Mapping[str, Any]) -> None:
        self._told: dict[str, tuple[str, Any]] = {}
        """By the name in lower case: the name as it was first told, and the value."""
        for name, value in headers.items():
            self[name] = value

    def __getitem__(self, name: str) -> Any:
        return self._told[name.lower()][1]

    def __setitem__(self, name: str, value: Any) -> None:
        key = name.lower()
        self._told[key] = (self._told[key][0] if key in self._told else name), value

    def __delitem__(self, name: str) -> None:
        del self._told[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._told

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._told.values())

    def get(self, name: str, default: Any = None) -> Any:
        found = self._told.get(name.lower())
        return default if found is None else found[1]

    def items(self) -> Any:  # as one view, that asks for no name again
        return dict(self._told.values()).items()

    def __len__(self) -> int:
        return len(self._told)

    def __repr__(self) -> str:
        return repr(dict(self))
