"""No code of ours runs what it is given, writes files of its own, or looks for patterns in more than linear time."""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = [*sorted((ROOT / "kmsmock").rglob("*.py")), *sorted((ROOT / "conftest_plugin").rglob("*.py"))]
RUN = {"eval", "exec", "compile", "__import__"}
MODULES = {"pickle", "marshal", "shelve", "dill", "tempfile", "shutil"}
WRITES = {"write_text", "write_bytes", "mkdir", "unlink", "symlink_to", "extractall", "extract"}
ASKED_FOR = {
    "conftest_plugin/audit.py": "--kmsmock-summary=FILE",
    "conftest_plugin/baseline.py": "--kmsmock-baseline=FILE",
    "conftest_plugin/least_privilege.py": "--kmsmock-least-privilege=FILE",
    "conftest_plugin/policy_coverage.py": "--kmsmock-cov-report=json:FILE",
    "conftest_plugin/results.py": "--kmsmock-report=PAGE and --kmsmock-results=PATH",
    "conftest_plugin/verify_aws.py": "--kmsmock-verify-aws",
    "kmsmock/endpoint/tls.py": "world.endpoint(tls=True)",
    "kmsmock/report/command.py": "python -m kmsmock report -o PAGE",
    "conftest_plugin/policy_mutation.py": "--kmsmock-mutate-report=json:FILE",
}
"""Who writes a file that somebody asked for, and by which option."""
FOLDERS = {"kmsmock/loading/dumping.py": "python -m kmsmock dump -o FOLDER"}
"""Who makes the folder that somebody named there, and writes into it."""


def name_of(path):
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_nothing_is_run_unpickled_or_written(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in RUN | {"open"}, f"line {node.lineno}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            asked = {"write_text"} if name_of(path) in {*ASKED_FOR, *FOLDERS} else set()
            asked |= {"mkdir"} if name_of(path) in FOLDERS else set()
            assert node.func.attr not in WRITES - asked, f"line {node.lineno}"
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            named = {each.name.split(".")[0] for each in node.names} if isinstance(node, ast.Import) else {node.module}
            kept = {"tempfile"} if name_of(path) == "kmsmock/endpoint/tls.py" else set()
            assert not named & MODULES - kept, f"line {node.lineno}"


def patterns():
    for path in FILES:
        if path.name == "__main__.py":
            continue
        module = import_module(name_of(path).removesuffix(".py").replace("/", ".").removesuffix(".__init__"))
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern):
                yield f"{module.__name__}.{name}", value


def repeats_inside_repeats(parsed, inside=False):
    """Whether an unbounded repeat holds another, which is what makes matching exponential."""
    for operation, argument in parsed:
        held = str(operation)
        if held in ("MAX_REPEAT", "MIN_REPEAT"):
            _, most, inner = argument
            unbounded = int(most) > 1000
            fixed = len(inner) > 1 and str(inner[0][0]) == "LITERAL"  # each round begins with a sign of its own
            if (inside and unbounded) or repeats_inside_repeats(inner, unbounded and not fixed):
                return True
        elif held == "SUBPATTERN":
            if repeats_inside_repeats(argument[-1], inside):
                return True
        elif held == "BRANCH" and any(repeats_inside_repeats(each, inside) for each in argument[1]):
            return True
    return False


def test_no_pattern_repeats_a_repeat():
    parser = getattr(re, "_parser", None) or import_module("sre_parse")
    found = dict(patterns())
    assert len(found) > 20
    bad = [name for name, pattern in found.items() if repeats_inside_repeats(parser.parse(pattern.pattern))]
    assert bad == []
