"""Writes docs/limits.md, from what the code raises NotImplementedError for and marks as unverified.

``python -m tools.limits_page`` writes the page; a test fails when it is out of date.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "limits.md"
_HEAD = """\
# Limits

This page is made by `python -m tools.limits_page` from the code; a test fails when it is out of date.

## What is not modelled

What is listed here raises `NotImplementedError` with this text, so that no test is green because something was ignored.
`{…}` stands for what the call said.

"""
_UNVERIFIED = """
## What nobody has seen

Where AWS's answer was neither recorded nor documented, the code says so beside the choice that it makes. Each of these
may differ from AWS; a recorded response is welcome.

"""

_DIFFERENT = """
## What stays different from AWS on purpose

- An image that nobody made, such as `ami-12345678`, launches, where AWS says InvalidAMIID.NotFound: suites written for
  moto make up the ids of images. One that another account did not share is refused, as is one that was deregistered.
- Ambient credentials have any secret, and stand for whoever acts. Credentials that the world or its IAM issued need
  their secret and their token; of requests that are signed by hand, without a client, only presigned URLs and forms of
  S3 are computed again, and others are believed.
- `enforce_iam="model"`, the default, asks for permissions of KMS, S3, EC2, EBS, Secrets Manager, CloudTrail and STS.
  What a role may do in other services, as with `dynamodb:PutItem` in a task of a state machine, is asked for under
  `enforce_iam="all"`.
- From run to run of one seed, key pairs of OpenSSL differ, and what threads draw at the same time.
- A deployment package of Lambda that S3 has under a key is not measured; any other is.
- What moto's own tests see differently inside a world is in [moto-suites.md](moto-suites.md), test by test.
"""


def page() -> str:
    """The whole page."""
    refused, unverified = [], []
    for path in sorted((ROOT / "kmsmock").rglob("*.py")):
        source, name = path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix()
        tree = ast.parse(source)
        refused += [f"- `{name}`: {text}" for text in _refusals(tree)]
        unverified += [f"- `{name}`{_place(tree, line)}: {text}" for line, text in _marks(source)]
    return (
        _HEAD
        + "\n".join(dict.fromkeys(refused))
        + "\n"
        + _UNVERIFIED
        + "\n".join(dict.fromkeys(unverified))
        + "\n"
        + _DIFFERENT
    )


def _refusals(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        called = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "NotImplementedError"
        if called and node.args:  # type: ignore[attr-defined]  # a call, as just seen
            yield _text(node.args[0])  # type: ignore[attr-defined]  # likewise


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(each) if isinstance(each, ast.Constant) else "{…}" for each in node.values)
    return "{…}"


def _place(tree: ast.Module, line: int) -> str:
    """The function or class around a line, or just after it."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.lineno - 3 <= line <= (node.end_lineno or 0):
            return f", `{node.name}`"
    return ""


def _marks(source: str) -> Iterator[tuple[int, str]]:
    """The sentences of comments and docstrings in which something is said to be unverified, and their lines."""
    block: list[str] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            block.append(token.string.lstrip("# ").strip())
            continue
        if token.type in (tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT):
            continue
        yield from ((token.start[0], text) for text in _sentences(" ".join(block)))
        block = []
        if token.type == tokenize.STRING and token.string.startswith(('"""', 'r"""')):
            text = " ".join(token.string.strip('r"').split())
            yield from ((token.end[0], each) for each in _sentences(text))


def _sentences(text: str) -> Iterator[str]:
    for sentence in re.split(r"(?<=\.)\s+", text):
        if "unverified" in sentence.lower():
            yield sentence.strip()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
