"""Tests are collected alike in every process: pytest-xdist compares their names, which are made of their parameters."""

import ast
from pathlib import Path

TESTS = Path(__file__).parent.parent
CHANGES = {"now", "random", "time", "token_bytes", "token_hex", "urandom", "utcnow", "uuid1", "uuid4"}
"""What gives something else each time."""


def at_import(tree):
    """The nodes of a file that run when it is imported: all but the bodies of functions, with what decorates these."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            children = [*child.decorator_list, *child.args.defaults, *filter(None, child.args.kw_defaults)]
            inner = ast.Module(body=children, type_ignores=[])
        elif isinstance(child, ast.Lambda):
            continue
        else:
            inner = child
            yield child
        yield from at_import(inner)


def differs(node):
    """Whether a call gives something else in every process, or in every second."""
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func)
    if called == "gzip.compress":
        return "mtime" not in {each.arg for each in node.keywords}
    return called.rpartition(".")[2] in CHANGES


def test_nothing_that_names_a_test_is_another_in_every_process():
    found = {
        f"{path.relative_to(TESTS)}:{node.lineno}": ast.unparse(node)
        for path in TESTS.rglob("*.py")
        for node in at_import(ast.parse(path.read_text()))
        if differs(node)
    }
    assert found == {}


def test_what_differs_is_seen():
    source = "@mark(gzip.compress(b''))\ndef test(at=datetime.now()):\n    uuid4()\nX = gzip.compress(b'', mtime=0)\n"
    assert [ast.unparse(each) for each in at_import(ast.parse(source)) if differs(each)] == [
        "gzip.compress(b'')",
        "datetime.now()",
    ]
