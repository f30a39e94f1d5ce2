"""Writes docs/moto.md, from the lists of what is taken from other libraries without their promise.

``python -m tools.moto_page`` writes the page; a test fails when it is out of date.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from conftest_plugin.contract import MOTO as MOCKS
from conftest_plugin.contract import PYTEST, UNITTEST
from kmsmock.bridge.patch_table import PARTS
from kmsmock.clock import FREEZEGUN, TIME_MACHINE
from kmsmock.door.contract import PYDANTIC, PYYAML, STANDARD_LIBRARY
from kmsmock.foreign.contract import Contract
from kmsmock.records.contract import MOTO
from kmsmock.wire.contract import AIOBOTOCORE, AWSCRT, BOTOCORE, URLLIB3

PAGE = Path(__file__).parents[1] / "docs" / "moto.md"
_LISTS = (
    (MOTO, "kmsmock/records/contract/"),
    (BOTOCORE, "kmsmock/wire/contract.py"),
    (AIOBOTOCORE, "kmsmock/wire/contract.py"),
    (AWSCRT, "kmsmock/wire/contract.py"),
    (URLLIB3, "kmsmock/wire/contract.py"),
    (FREEZEGUN, "kmsmock/clock.py"),
    (TIME_MACHINE, "kmsmock/clock.py"),
    (PYDANTIC, "kmsmock/door/contract.py"),
    (PYYAML, "kmsmock/door/contract.py"),
    (STANDARD_LIBRARY, "kmsmock/door/contract.py"),
    (MOCKS, "conftest_plugin/contract.py"),
    (PYTEST, "conftest_plugin/contract.py"),
    (UNITTEST, "conftest_plugin/contract.py"),
)
_HEAD = """\
# What kmsmock takes from moto and others without their promise

This page is made by `python -m tools.moto_page` from the lists that it names; a test fails when it is out of date.

moto keeps what kmsmock does not model, and answers for it. It promises `mock_aws` and nothing of its inside; botocore,
freezegun and pytest likewise promise less than is needed here. So each name that is read or replaced stands in a list
with its reason. A test holds the lists against the installed versions and against the code. While tests run, a name
that is gone raises `KmsMockError`, which names it, the version found and the versions known to work:

- before a world is entered, for moto's core, botocore and urllib3;
- once somebody has imported it, for aiobotocore, awscrt, pydantic and PyYAML;
- before a service is first asked, for the parts of moto in the table below;
- before the first record of a part of moto is read, for that part. A part that nobody has imported yet is another
  matter: there is nothing there, and nothing is imported to find out.

When a new version has another name: change the code that uses it, the list, and the versions in the list.

**read** is looked at or called, **set** is written on an object of the library, **replaced** is another while a world
is active (`print(kmsmock.door.patched())` shows what is), and put back in reverse order at its end.

## The parts of moto that a service needs

| service | parts |
|---|---|
"""


def page() -> str:
    """The whole page."""
    parts_of = {service: ", ".join(f"`{part}`" for part in parts) for service, parts in PARTS.items()}
    services = "".join(f"| {service} | {parts} |\n" for service, parts in parts_of.items())
    return _HEAD + services + "".join(_section(contract, home) for contract, home in _LISTS)


def _section(contract: Contract, home: str) -> str:
    head = f"\n## {contract.library}, known to work: {contract.works_with}\n\nListed in `{home}`.\n"
    modules = dict.fromkeys(name.partition(":")[0] for name in contract.names)
    return head + "".join(_module(contract, module) for module in modules)


def _module(contract: Contract, module: str) -> str:
    return f"\n### {module}\n\n| name | | why |\n|---|---|---|\n" + "".join(_rows(contract, module))


def _rows(contract: Contract, module: str) -> Iterator[str]:
    for name, reason in contract.names.items():
        home, _, path = name.partition(":")
        if home == module:
            done = next((word for word in ("REPLACED", "SET") if reason.startswith(word)), "")
            why = reason.removeprefix(done).lstrip(":, ")
            yield f"| `{path or module}` | {(done or 'read').lower()} | {why} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
