"""The mutants of a source file: each is the file with one small change, as somebody might make by mistake."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, NamedTuple

_OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_NAMES = {"any": "all", "all": "any", "min": "max", "max": "min"}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_NOT_RUN = ("annotation", "returns", "type_params", "type_comment", "defaults", "kw_defaults", "decorator_list")
"""Fields that hold types, which do nothing; and what is made with a function, not in it."""


class Mutant(NamedTuple):
    """One change. ``function`` is the outermost function or method that has it, None for a table of the module."""

    path: str
    place: int
    line: int
    function: str | None
    change: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.function or 'table'}: {self.change}"


class _Site(NamedTuple):
    """A node and a field of it (with a place, if it is a list) that gets something else."""

    node: Any
    field: str
    at: int | None
    new: Any
    function: str | None

    @property
    def old(self) -> Any:
        found = getattr(self.node, self.field)
        return found if self.at is None else found[self.at]

    def apply(self) -> None:
        if self.at is None:
            setattr(self.node, self.field, self.new)
        else:
            getattr(self.node, self.field)[self.at] = self.new


def mutants(path: str, source: str) -> list[Mutant]:
    """All of a file, in the order of the text."""
    return [
        Mutant(path, place, _line(site), site.function, f"{_text(site.old)} -> {_text(site.new)}")
        for place, site in enumerate(_sites(ast.parse(source)))
    ]


def mutated(source: str, place: int) -> ast.Module:
    """The tree of a file with the change at a place."""
    tree = ast.parse(source)
    list(_sites(tree))[place].apply()
    return ast.fix_missing_locations(tree)


def watched(source: str, path: str, seen: str) -> tuple[ast.Module, list[str]]:
    """The tree of a file whose functions add ``path function`` to what is called ``seen``; and their names."""
    tree = ast.parse(source)
    found = list(_functions(tree, ""))
    for name, function in found:
        function.body.insert(0, ast.parse(f"{seen}.add({f'{path} {name}'!r})").body[0])
    return ast.fix_missing_locations(tree), [name for name, _ in found]


def _functions(node: ast.AST, owner: str) -> Iterator[tuple[str, Any]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _FUNCTIONS):
            yield f"{owner}{child.name}", child
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{owner}{child.name}.")


def _sites(tree: ast.Module) -> Iterator[_Site]:
    yield from _walk(tree, "", None)


def _walk(node: ast.AST, owner: str, function: str | None) -> Iterator[_Site]:
    """``owner`` is the class around, with a dot."""
    for field, value in ast.iter_fields(node):
        if field in _NOT_RUN:
            continue
        for at, child in enumerate(value if isinstance(value, list) else [value]):
            place = at if isinstance(value, list) else None
            if not isinstance(child, ast.AST) or _is_text_alone(child) or _is_for_types(getattr(child, "test", None)):
                continue
            for new in _changes(child):
                yield _Site(node, field, place, new, function)
            yield from _walk(child, *_around(child, owner, function))


def _around(child: ast.AST, owner: str, function: str | None) -> tuple[str, str | None]:
    """The class and the function in which the children of a node are."""
    if function is None and isinstance(child, ast.ClassDef):
        return f"{owner}{child.name}.", None
    if function is None and isinstance(child, _FUNCTIONS):
        return owner, f"{owner}{child.name}"
    return owner, function


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    """What a node may be instead."""
    kind: Any = _OPERATORS.get(type(node))
    if kind is not None:
        yield kind()
    if isinstance(node, ast.Constant):
        yield from _constants(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in _NAMES:
        yield ast.copy_location(ast.Name(_NAMES[node.id], ast.Load()), node)
    if isinstance(node, (ast.If, ast.IfExp, ast.While)) and isinstance(node.test, (ast.Name, ast.Attribute, ast.Call)):
        yield _copy(node, test=ast.UnaryOp(ast.Not(), node.test))
    if isinstance(node, ast.Return) and not (node.value is None or _is_none(node.value)):
        yield _copy(node, value=ast.Constant(None))
    if isinstance(node, ast.Continue):
        yield ast.copy_location(ast.Break(), node)
    if isinstance(node, ast.Break):
        yield ast.copy_location(ast.Continue(), node)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield ast.copy_location(ast.Pass(), node)


def _constants(value: object) -> Iterator[ast.AST]:
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield ast.Constant(value + 1)
    elif isinstance(value, str) and value:
        yield ast.Constant(f"{value}XX")


def _copy(node: Any, **changed: ast.AST) -> ast.AST:
    fields = {**dict(ast.iter_fields(node)), **changed}
    made: ast.AST = ast.copy_location(type(node)(**fields), node)
    return made


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_text_alone(node: ast.AST) -> bool:
    """A docstring, or what is said under a name."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_for_types(test: object) -> bool:
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


def _line(site: _Site) -> int:
    return int(getattr(site.old, "lineno", getattr(site.node, "lineno", 0)))


def _text(node: ast.AST) -> str:
    """A node as code, of one that is long its head; an operator by its name."""
    if isinstance(node, (ast.cmpop, ast.operator, ast.boolop)):
        return type(node).__name__
    text = ast.unparse(ast.fix_missing_locations(node)).splitlines()[0]
    return text if len(text) <= 70 else text[:67] + "..."
