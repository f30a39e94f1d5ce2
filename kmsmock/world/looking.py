"""The methods of ``World`` that look at one thing; what they need is imported when they are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from kmsmock.clock import Clock
from kmsmock.loading.report import Loaded
from kmsmock.model.turns import taking_turns
from kmsmock.store import Store

if TYPE_CHECKING:
    from kmsmock.billing import Asked, Bill, OwnPrices
    from kmsmock.linting import Findings
    from kmsmock.model.sealed import AtRest
    from kmsmock.trail.timeline import Timeline


class _World(Protocol):
    """What is known of a world here."""

    store: Store
    clock: Clock
    loaded: Loaded


@taking_turns
def at_rest(self: object, arn: str, version_id: str | None = None) -> AtRest:
    """An S3 object as the disk holds it: ciphertext, the wrapped data key, and the key that wrapped it.

    Raises ValueError for what does not exist and for what is not encrypted under a KMS key.
    """
    from kmsmock.services.s3 import at_rest

    return at_rest.look(arn, version_id)


@taking_turns
def timeline(self: _World, key: str) -> Timeline:
    """The life of a key (its ARN), as dated events; ``str()`` of it is a text to read.

    A key that has been deleted still has one. Raises ValueError for a key that this world never had.
    """
    from kmsmock.kms import lifecycle

    return lifecycle.life_of(self.store, key, self.clock.now())


@taking_turns
def bill(self: _World, month: Asked = None, prices: OwnPrices = None) -> Bill:
    """What KMS would cost ("AWS KMS pricing") in a month, ``"2026-02"``, in a year, or so far in the present month.

    ``prices`` replaces rows of ``kmsmock.billing.PRICES``. Raises ValueError for a month or a price that is none.
    """
    from kmsmock import billing

    return billing.bill(self.store, self.clock.now(), month, prices)


@taking_turns
def lint(
    self: _World,
    *,
    severity: str = "warning",
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    accept: Iterable[Mapping[str, Any]] | str | Path = (),
) -> Findings:
    """What is wrong with the key policies of this world and its policies of IAM (``docs/lint.md`` has the rules).

    ``severity`` is the least that is told (``"note"``, ``"warning"``, ``"error"``); ``select`` are the codes of the
    rules that are run (default: all), ``ignore`` those that are not; ``accept`` says what was agreed to and why, as a
    list (``[{"code": "KMS006", "policy": "*alias/data*", "reason": "…"}]``) or the path of a file with one. The answer
    is a list, empty if nothing was found; ``str()`` of it is a text, and ``assert_no_findings(world)`` fails with that.
    Raises ValueError for a code or a severity that there is not, and for an agreement without a reason.
    """
    from kmsmock.linting import judging, reading

    wanted = judging.asked(severity, select, ignore, accept)
    keys = self.store.keys.values()
    certain = {name for each in keys for name in (each.account, each.region)} | {self.store.account_id}
    looked = list(reading.of_world(self.store, self.loaded, certain))
    return judging.judge(looked, wanted, reading.not_read(self.loaded))
