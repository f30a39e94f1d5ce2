"""THE TABLE: every rule, by its code. Codes are never given to another rule."""

from __future__ import annotations

from collections.abc import Mapping

from kmsmock.linting.rules.conditions import NEVER, VACUOUS
from kmsmock.linting.rules.deputies import DEPUTIES
from kmsmock.linting.rules.documents import LARGE, REFUSED
from kmsmock.linting.rules.granting import GRANTS
from kmsmock.linting.rules.idle import IDLE
from kmsmock.linting.rules.managing import LOCKOUT, WORKLOADS
from kmsmock.linting.rules.openness import DELEGATED, OPEN
from kmsmock.linting.rules.people import NOBODY
from kmsmock.linting.rules.rule import Rule
from kmsmock.linting.rules.usage import USELESS
from kmsmock.linting.rules.via import VIA

_ALL = (
    *(REFUSED, LOCKOUT, DELEGATED, OPEN, WORKLOADS, GRANTS, DEPUTIES),
    *(VIA, NEVER, VACUOUS, IDLE, NOBODY, LARGE, USELESS),
)
RULES: Mapping[str, Rule] = {rule.code: rule for rule in _ALL}
