"""Python files, read and never run: which names of libraries stand where, and inside of what.

What a name stands for is taken from the imports of its file. That is a guess in a language like Python, so whoever
uses it says no more than what the text says.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from functools import cached_property
from typing import Literal, NamedTuple

from kmsmock.doctor.findings import Place

Function = ast.FunctionDef | ast.AsyncFunctionDef
How = Literal["decorator", "context", "call", "value"]
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_HOLDERS = (*_FUNCTIONS, ast.ClassDef, ast.With, ast.AsyncWith)


class Use(NamedTuple):
    """A name of a library, or a call of something, where it stands.

    ``name`` is whole (``moto.mock_aws``), with ``?`` for what only running the code would tell (``?.start``).
    ``around`` are the classes, functions and ``with`` blocks that it is in, the outermost first; ``on`` is what it
    decorates.
    """

    name: str
    expression: ast.expr
    how: How
    call: ast.Call | None
    around: tuple[ast.AST, ...]
    on: ast.AST | None = None

    @property
    def last(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def functions(self) -> list[Function]:
        return [each for each in self.around if isinstance(each, _FUNCTIONS)]

    def argument(self, name: str, position: int | None = None) -> ast.expr | None:
        """What is given for a parameter, by its name or at its position."""
        if self.call is None:
            return None
        for each in self.call.keywords:
            if each.arg == name:
                return each.value
        if position is not None and position < len(self.call.args):
            return self.call.args[position]
        return None


class Import(NamedTuple):
    """A name that a file imports, whole."""

    name: str
    number: int


class Source:
    """One file. Raises SyntaxError or ValueError if Python cannot read it."""

    def __init__(self, file: str, data: bytes) -> None:
        self.file = file
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the file's own
            try:
                self.tree = ast.parse(data, file)
            except (RecursionError, MemoryError):
                raise ValueError("nested too deeply") from None
        self.imports: list[Import] = []
        self._known: dict[str, str] = {}
        self.made: dict[str, str] = {}
        self.constants: dict[str, str] = {}
        self.nodes = list(ast.walk(self.tree))
        for node in self.nodes:
            self._learn(node)

    def place(self, node: ast.AST) -> Place:
        return Place(self.file, getattr(node, "lineno", 0))

    @cached_property
    def uses(self) -> list[Use]:
        """Every call, decorator, context manager and name of a library."""
        return list(self._walk())

    def whole(self, node: ast.AST) -> str:
        """What an expression names, by the imports of the file."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        parts.append(self._known.get(node.id, node.id) if isinstance(node, ast.Name) else "?")
        return ".".join(reversed(parts))

    def maker(self, use: Use) -> str:
        """What made the object whose method is called: ``moto.mock_aws`` for ``mock.start()``."""
        node = use.expression
        if not isinstance(node, ast.Attribute):
            return ""
        if isinstance(node.value, ast.Call):
            return self.whole(node.value.func)
        return self.made.get(_spelled(node.value), "")

    def text(self, node: ast.AST | None) -> str | None:
        """The text that an expression is, if it stands in the file."""
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        return self.constants.get(node.id) if isinstance(node, ast.Name) else None

    def function(self, node: ast.AST) -> Function | None:
        """The outermost function that a node is in."""
        return self._functions.get(id(node))

    @cached_property
    def _functions(self) -> dict[int, Function]:
        found: dict[int, Function] = {}
        for each in self.nodes:
            if isinstance(each, _FUNCTIONS) and id(each) not in found:
                found.update((id(inner), each) for inner in ast.walk(each))
        return found

    def _learn(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            for each in node.names:
                self.imports.append(Import(each.name, node.lineno))
                top = each.name.partition(".")[0]
                self._known[each.asname or top] = each.name if each.asname else top
        elif isinstance(node, ast.ImportFrom):
            for each in node.names:
                whole = f"{'.' * node.level}{node.module or ''}.{each.name}"
                self.imports.append(Import(whole, node.lineno))
                self._known[each.asname or each.name] = whole
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(node.value, ast.Call):
                    self.made[_spelled(target)] = self.whole(node.value.func)
                elif isinstance(target, ast.Name) and (text := self.text(node.value)) is not None:
                    self.constants[target.id] = text

    def _walk(self) -> Iterator[Use]:
        """Without recursion: files may be deep."""
        waiting: list[tuple[ast.AST, tuple[ast.AST, ...], How, ast.AST | None]] = [(self.tree, (), "value", None)]
        while waiting:
            node, around, how, on = waiting.pop()
            rest: list[ast.AST] = []
            if isinstance(node, ast.Call):
                yield Use(self.whole(node.func), node.func, "call" if how == "value" else how, node, around, on)
                rest = [*node.args, *(each.value for each in node.keywords), *_unnamed(node.func)]
            elif isinstance(node, (ast.Name, ast.Attribute)):
                yield Use(self.whole(node), node, how, None, around, on)
                rest = _unnamed(node)
            elif isinstance(node, _HOLDERS):
                how_heads, heads, body = _parts(node)
                known = {id(each) for each in (*heads, *body)}
                others = [each for each in ast.iter_child_nodes(node) if id(each) not in known]
                waiting.extend((each, (*around, node), "value", None) for each in reversed(body))
                waiting.extend((each, around, "value", None) for each in others if not isinstance(each, ast.withitem))
                waiting.extend((each, around, how_heads, node) for each in reversed(heads))
            else:
                rest = list(ast.iter_child_nodes(node))
            waiting.extend((each, around, "value", None) for each in reversed(rest))


def _parts(
    node: Function | ast.ClassDef | ast.With | ast.AsyncWith,
) -> tuple[How, list[ast.expr], list[ast.stmt]]:
    """What stands at the head of a block (decorators, context managers), and its body."""
    if isinstance(node, (ast.With, ast.AsyncWith)):
        return "context", [each.context_expr for each in node.items], node.body
    return "decorator", node.decorator_list, node.body


def _unnamed(node: ast.AST) -> list[ast.AST]:
    """What stands before the dots, unless that is a name."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return [] if isinstance(node, ast.Name) else [node]


def _spelled(node: ast.AST) -> str:
    """``self.mock`` as it is written; empty for what is neither a name nor an attribute of one."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join(reversed([*parts, node.id])) if isinstance(node, ast.Name) else ""
