"""The order of the rooms: an import goes to the same room or down, whether at the top, in a function or for types only."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ORDER = [
    {"conftest_plugin", "kmsmock.__main__", "kmsmock.__init__"},
    {"kmsmock.verify", "kmsmock.serve", "kmsmock.lint_command", "kmsmock.asking"},
    {"kmsmock.world", "kmsmock.scenarios", "kmsmock.doctor", "kmsmock.report"},
    {"kmsmock.endpoint"},
    {"kmsmock.results", "kmsmock.access"},
    {"kmsmock.linting"},
    {"kmsmock.loading", "kmsmock.radius", "kmsmock.simulation", "kmsmock.mutation"},
    {"kmsmock.accounts", "kmsmock.door"},
    {"kmsmock.bridge"},
    {"kmsmock.services"},
    {"kmsmock.refusals", "kmsmock.billing", "kmsmock.coverage", "kmsmock.privilege"},
    {"kmsmock.kms"},
    {"kmsmock.authorization"},
    {"kmsmock.identity"},
    {"kmsmock.trail"},
    {"kmsmock.records", "kmsmock.active"},
    {"kmsmock.store"},
    {"kmsmock.quotas", "kmsmock.faults", "kmsmock.directory"},
    {"kmsmock.call"},
    {"kmsmock.model", "kmsmock.wire"},
    {"kmsmock.crypto", "kmsmock.iam"},
    {"kmsmock.clock", "kmsmock.entropy", "kmsmock.options"},
    {"kmsmock.foreign", "kmsmock.snapshots", "kmsmock.telling"},
    {"kmsmock.errors"},
]
"""The rooms from the top of the house to the ground; those of one floor do not know each other."""
FLOOR = {room: floor for floor, rooms in enumerate(ORDER) for room in rooms}


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1]) if parts[-1] == "__init__" and len(parts) > 2 else ".".join(parts)


@cache
def files():
    return {module_name(path): path for name in ("kmsmock", "conftest_plugin") for path in (ROOT / name).rglob("*.py")}


def room_of(module):
    parts = module.split(".")
    return parts[0] if parts[0] == "conftest_plugin" else ".".join(parts[:2])


def imports(path):
    """Every module that a file imports, wherever in the file the import stands."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in files() else str(node.module)


def ours(path):
    return {name for name in imports(path) if name in files()}


def test_every_file_stands_in_a_room_of_the_order():
    assert {room_of(module) for module in files()} - FLOOR.keys() == set()


@pytest.mark.parametrize("module", sorted(files()))
def test_imports_go_down(module):
    room, path = room_of(module), files()[module]
    wrong = {
        name
        for name in ours(path)
        if room_of(name) != room and FLOOR[room_of(name)] <= FLOOR[room] and name not in ("kmsmock", "kmsmock.__init__")
    }
    assert wrong == set(), f"{module} (floor {FLOOR[room]}) imports {sorted(wrong)}"


def test_no_circle_of_files():
    graph = {module: ours(path) - {module} for module, path in files().items()}
    done, path = set(), []

    def walk(module):
        assert module not in path, " -> ".join([*path[path.index(module) :], module])
        if module in done:
            return
        path.append(module)
        for name in sorted(graph[module]):
            walk(name)
        done.add(path.pop())

    for module in graph:
        walk(module)


def test_few_modules_lie_flat():
    assert len(list((ROOT / "kmsmock").glob("*.py"))) <= 16
