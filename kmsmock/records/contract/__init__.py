"""Everything of moto that kmsmock reads or replaces, each name with its reason; moto promises nothing but ``mock_aws``.

A table for each group of services: by module of moto, then by the path from the module. What is written in capitals at
the start of a reason says what is done to the name if it is not only read: REPLACED while a world is active, or SET on
moto's records.
"""

from __future__ import annotations

from kmsmock.foreign.contract import Contract
from kmsmock.records.contract.accounts import ACCOUNTS
from kmsmock.records.contract.chance import CHANCE
from kmsmock.records.contract.computing import COMPUTING
from kmsmock.records.contract.core import CORE
from kmsmock.records.contract.data import DATA
from kmsmock.records.contract.messages import MESSAGES
from kmsmock.records.contract.stacks import STACKS

_PARSER = "moto.stepfunctions.parser."
"""moto's executor of state machines, which needs libraries that not every suite has."""
_NAMES = {
    f"{module}:{path}": reason
    for table in (CHANCE, CORE, ACCOUNTS, COMPUTING, DATA, MESSAGES, STACKS)
    for module, paths in table.items()
    for path, reason in paths.items()
}

MOTO = Contract("moto", _NAMES, optional=frozenset(name for name in _NAMES if name.startswith(_PARSER)))
"""The contract: readers ask it for what they read, and the bridge has it checked before it replaces anything."""
