"""A bill: its lines, sums of them, and a part of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from kmsmock.billing import text
from kmsmock.billing.lines import Line, Saving, total
from kmsmock.billing.prices import OF_KEYS, OF_REQUESTS
from kmsmock.errors import did_you_mean
from kmsmock.telling import colours


@dataclass(frozen=True)
class Bill:
    """What KMS costs ("AWS Key Management Service Pricing"), in US dollars; ``str()`` of it is a table to print.

    All amounts are Decimals, and exact sums of those of ``lines``; ``round(bill.total, 2)`` is in cents. Clusters of
    CloudHSM and proxies of external key stores are not in it.
    """

    month: str
    """``2026-02``, or ``2026`` for a year."""
    until: datetime
    """When it was asked for: of the present month it has what has been."""
    lines: tuple[Line, ...]
    saving_lines: Mapping[str, tuple[Line, ...]] = field(default_factory=dict)
    """The lines of requests as they would be, by the way to save."""
    other_stores: bool = False
    """Whether there are keys in custom key stores, which cost more elsewhere."""

    @property
    def total(self) -> Decimal:
        return total(self.lines)

    @property
    def keys(self) -> Decimal:
        """What the keys cost, with their rotations."""
        return total([line for line in self.lines if line.kind in OF_KEYS])

    @property
    def requests(self) -> Decimal:
        """What the requests cost."""
        return total(self.request_lines)

    @property
    def request_lines(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.kind in OF_REQUESTS)

    @property
    def request_count(self) -> int:
        """How many requests were made, those of the free tier included."""
        return sum(line.quantity for line in self.request_lines)

    @property
    def free_requests(self) -> int:
        """How many requests the free tier paid."""
        return sum(line.free for line in self.lines)

    @property
    def by_account(self) -> dict[str, Decimal]:
        """Amounts by the account that pays."""
        return self._by(lambda line: line.account)

    @property
    def by_region(self) -> dict[str, Decimal]:
        return self._by(lambda line: line.region)

    @property
    def by_kind(self) -> dict[str, Decimal]:
        """Amounts by the row of the table of prices."""
        return self._by(lambda line: line.kind)

    @property
    def by_key(self) -> dict[str, Decimal]:
        """Amounts by the ARN of a key, its own and those of the requests that use it."""
        return self._by(lambda line: line.key)

    @property
    def by_service(self) -> dict[str, Decimal]:
        """What services asked for others costs, by the service (``s3.amazonaws.com``)."""
        return self._by(lambda line: line.via)

    @property
    def by_month(self) -> dict[str, Decimal]:
        return self._by(lambda line: line.month)

    @property
    def savings(self) -> dict[str, Saving]:
        """What ``"S3 Bucket Keys"`` and ``"data key caching"`` would have saved at most, if a data key served for five
        minutes."""
        return {
            way: Saving(self.request_count - sum(line.quantity for line in left), self.requests - total(left))
            for way, left in self.saving_lines.items()
        }

    def where(self, **conditions: str) -> Bill:
        """The part for which all conditions hold: ``account``, ``region``, ``kind``, ``key``, ``via``, ``principal``,
        ``month``, ``arrears``. Raises ValueError for any other, and for a kind that there is not."""
        names = ("account", "region", "kind", "key", "via", "principal", "month", "arrears")
        for name, known in (*((name, names) for name in conditions), (conditions.get("kind", "key"), _KINDS)):
            if name not in known:
                meant = did_you_mean(str(name), known, "").replace("?", "? ")
                raise ValueError(f"a bill has no {name!r}; {meant}there are: {', '.join(known)}")

        def part(lines: tuple[Line, ...]) -> tuple[Line, ...]:
            return tuple(line for line in lines if all(getattr(line, name) == conditions[name] for name in conditions))

        left = {way: part(lines) for way, lines in self.saving_lines.items()}
        return replace(self, lines=part(self.lines), saving_lines=left)

    def as_dict(self) -> dict[str, Any]:
        """All of it for machines: amounts are texts, as JSON has no Decimals."""
        return {
            "month": self.month,
            "until": self.until.isoformat(),
            "currency": "USD",
            "total": str(self.total),
            "keys": str(self.keys),
            "requests": str(self.requests),
            "request_count": self.request_count,
            "free_requests": self.free_requests,
            "savings": {way: {"requests": n, "amount": str(amount)} for way, (n, amount) in self.savings.items()},
            "lines": [{**line._asdict(), "amount": str(line.amount)} for line in self.lines],
        }

    def table(self, width: int | None = None) -> str:
        """The bill as text, no wider than the terminal, or than ``width``."""
        title = f"KMS in {self.month}, as of {self.until:%Y-%m-%d %H:%M} UTC: {text.money(self.total)} USD"
        return text.of(title, self.lines, self.savings, self.other_stores, width or colours.terminal_width())

    def __str__(self) -> str:
        return self.table()

    def __repr__(self) -> str:
        return f"<Bill {self.month}: {text.money(self.total)} USD, {self.request_count} requests>"

    def _repr_html_(self) -> str:
        return colours.html(self.table(100))

    def _by(self, what: Callable[[Line], str]) -> dict[str, Decimal]:
        found: dict[str, Decimal] = {}
        for line in self.lines:
            if what(line):
                found[what(line)] = found.get(what(line), Decimal(0)) + line.amount
        return found


_KINDS = (*OF_KEYS, *OF_REQUESTS)
