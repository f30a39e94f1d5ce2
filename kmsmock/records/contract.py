"""Everything of moto that kmsmock reads or replaces without moto's promise, each name with its reason."""

from kmsmock.contract import Contract

MOTO = Contract("moto", "5.2.1 to 5.2.5", {})
