"""The product's own source, as the tests of its structure read it."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@cache
def trees():
    """Every file of the product, by its path from the root, parsed."""
    paths = sorted(path for name in ("kmsmock", "conftest_plugin") for path in (ROOT / name).rglob("*.py"))
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text()) for path in paths}


def imported(tree):
    """The modules that a file imports, and the names out of them, wherever in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def texts(tree):
    """The strings of a file that are not docstrings, with their lines."""
    docstrings = set()
    for node in ast.walk(tree):
        for each in getattr(node, "body", ()) if not isinstance(node, (ast.Lambda, ast.IfExp)) else ():
            if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant):
                docstrings.add(each.value)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings:
            yield node.lineno, node.value
