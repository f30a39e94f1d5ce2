"""Transcripts of two runs made alike: what no two runs have in common is numbered in the order in which it appears."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kmsmock.verify.transcript import Exchange, Transcript

_PATTERN = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*(?:Z|[+-]\d\d:?\d\d)?)"
    r"|(?P<id>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32})"
    r"|(?P<grant>(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f]))"
    r"|(?P<secret>(?<=:secret:)[\w/+=.@<>-]+-[A-Za-z0-9]{6}(?!\w))"
    r"|(?P<account>(?<!\d)\d{12}(?!\d))"
)
_OPAQUE = frozenset(
    {
        *("ETag", "GrantToken", "HostId", "MD5OfMessageBody", "MessageId", "NextMarker", "NextToken", "ReceiptHandle"),
        *("RequestId", "VersionId", "ChecksumCRC32", "ChecksumCRC64NVME", "BucketArn"),
    }
)
"""Members whose whole text nobody can foresee."""
_LEFT_OUT = frozenset({"ResponseMetadata", "RequestId", "HostId", "message"})
"""Members of errors and answers that tell of the request alone; ``message`` is the same as that of ``Error``."""
Step = dict[str, Any]


def normalise(transcript: Transcript) -> list[Step]:
    """The calls of a run as plain data, comparable with those of another."""
    names = _Names(transcript)
    return [_step(each, names) for each in transcript.exchanges]


def _step(exchange: Exchange, names: _Names) -> Step:
    return {
        "operation": f"{exchange.service}:{exchange.operation}",
        "sent": names.of("", exchange.sent),
        "status": exchange.status,
        "answer": names.of("", exchange.answer),
    }


class _Names:
    """What stands for what is of one run only."""

    def __init__(self, transcript: Transcript) -> None:
        self._given: dict[tuple[str, Any], str] = {}
        self._counts: dict[str, int] = {}
        self._exactly = {transcript.caller: "<caller>", transcript.run: "<run>", transcript.account: "<account>"}

    def of(self, member: str, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: self.of(name, value[name]) for name in sorted(value) if name not in _LEFT_OUT}
        if isinstance(value, (list, tuple)):
            return [self.of(member, each) for each in value]
        if isinstance(value, datetime):
            return "<time>"
        if isinstance(value, (bytes, bytearray)):
            return self._number(f"{len(value)} bytes", bytes(value))
        if not isinstance(value, str):
            return value
        if member in _OPAQUE:
            return self._number(member, value)
        for text, name in self._exactly.items():
            if text:
                value = value.replace(text, name)
        return _PATTERN.sub(self._stands_for, value)

    def _stands_for(self, found: re.Match[str]) -> str:
        kind = str(found.lastgroup)
        return "<time>" if kind == "time" else self._number(kind, found.group())

    def _number(self, kind: str, value: Any) -> str:
        if (kind, value) not in self._given:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._given[kind, value] = f"<{kind} {self._counts[kind]}>"
        return self._given[kind, value]
