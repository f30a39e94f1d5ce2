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
    """One change. ``function`` is the outermost function or method that has it, None for a table of the module.

    ``statement`` is the line at which the innermost statement begins that has it.
    """

    path: str
    place: int
    line: int
    function: str | None
    change: str
    statement: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.function or 'table'}: {self.change}"

    def without_line(self) -> str:
        """As it is printed, but for what moves when lines are added above it."""
        return f"{self.path} {self.function or 'table'}: {self.change}"


class _Site(NamedTuple):
    """A node and a field of it (with a place, if it is a list) that gets something else."""

    node: Any
    field: str
    at: int | None
    new: Any
    function: str | None
    statement: int

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
        Mutant(path, place, _line(site), site.function, f"{_text(site.old)} -> {_text(site.new)}", site.statement)
        for place, site in enumerate(_sites(ast.parse(source)))
    ]


def mutated(source: str, place: int) -> ast.Module:
    """The tree of a file with the change at a place."""
    tree = ast.parse(source)
    list(_sites(tree))[place].apply()
    return ast.fix_missing_locations(tree)


def watched(source: str, path: str, seen: str) -> tuple[ast.Module, list[str]]:
    """The tree of a file whose functions add ``path:line`` of what they run to what is called ``seen``; their names."""
    tree = ast.parse(source)
    found = list(functions(tree))
    for _, function in found:
        for node in list(ast.walk(function)):
            for field in ("body", "orelse", "finalbody"):
                block = getattr(node, field, None)
                if isinstance(block, list):
                    setattr(node, field, [each for one in block for each in (_note(path, one, seen), one)])
    return ast.fix_missing_locations(tree), [name for name, _ in found]


def _note(path: str, statement: ast.stmt, seen: str) -> ast.stmt:
    return ast.parse(f"{seen}.add({f'{path}:{statement.lineno}'!r})").body[0]


def table(source: str, place: int) -> tuple[ast.Module, frozenset[str]] | None:
    """The assignment at the top of a file that a change is in, and those that are made of it; and their names.

    None if the change is in something else, or something else is made of it, such as a class.
    """
    tree = ast.parse(source)
    site = list(_sites(tree))[place]
    changed = next(each for each in tree.body if any(node is site.node for node in ast.walk(each)))
    site.apply()
    names: frozenset[str] = frozenset()
    made: list[ast.stmt] = []
    for each in tree.body[tree.body.index(changed) :]:
        if each is changed or names & names_at_import(each):
            if not isinstance(each, (ast.Assign, ast.AnnAssign)):
                return None
            targets = each.targets if isinstance(each, ast.Assign) else [each.target]
            names = names.union(*map(_names, targets))
            made.append(each)
    return ast.fix_missing_locations(ast.Module(made, [])), names


def readers(source: str, path: str, names: frozenset[str]) -> set[str]:
    """The functions of a file that read some names: ``path:line`` of what each does first."""
    found = functions(ast.parse(source))
    return {f"{path}:{function.body[0].lineno}" for _, function in found if names & _names(function)}


def names_at_import(node: ast.AST) -> set[str]:
    """The names that code reads when it is imported, which is before its functions run."""
    return {name for each in _at_import(node) for name in (getattr(each, "id", ""), getattr(each, "attr", "")) if name}


def calls_at_import(node: ast.AST) -> set[str]:
    """The functions that run when it is imported, by their names without the module."""
    called = [each.func for each in _at_import(node) if isinstance(each, ast.Call)]
    return {getattr(each, "id", "") or getattr(each, "attr", "") for each in called} - {""}


def _at_import(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if isinstance(node, _FUNCTIONS):
        parts: list[ast.AST | None] = [*node.decorator_list, *node.args.defaults, *node.args.kw_defaults]
    else:
        parts = list(ast.iter_child_nodes(node))
    for part in parts:
        if part is not None:
            yield from _at_import(part)


def _names(node: ast.AST) -> set[str]:
    return {name for each in ast.walk(node) for name in (getattr(each, "id", ""), getattr(each, "attr", "")) if name}


def functions(node: ast.AST, owner: str = "") -> Iterator[tuple[str, Any]]:
    """The outermost functions and methods, by their names; ``owner`` is the class around, with a dot."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _FUNCTIONS):
            yield f"{owner}{child.name}", child
        elif isinstance(child, ast.ClassDef):
            yield from functions(child, f"{owner}{child.name}.")


def _sites(tree: ast.Module) -> Iterator[_Site]:
    yield from _walk(tree, "", None, 0)


def _walk(node: ast.AST, owner: str, function: str | None, statement: int) -> Iterator[_Site]:
    """``owner`` is the class around, with a dot."""
    for field, value in ast.iter_fields(node):
        if field in _NOT_RUN:
            continue
        for at, child in enumerate(value if isinstance(value, list) else [value]):
            place = at if isinstance(value, list) else None
            if not isinstance(child, ast.AST) or _is_text_alone(child) or _is_for_types(child):
                continue
            line = child.lineno if isinstance(child, ast.stmt) else statement
            for new in _changes(child):
                yield _Site(node, field, place, new, function, line)
            yield from _walk(child, *_around(child, owner, function), line)


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
    if isinstance(node, ast.Return) and not (node.value is None or _is_false(node.value)):
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


def _is_false(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and (node.value is None or node.value is False)


def _is_text_alone(node: ast.AST) -> bool:
    """A docstring, or what is said under a name."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_for_types(node: ast.AST) -> bool:
    """What is told to mypy: under ``if TYPE_CHECKING``, or a ``Literal[…]``."""
    told = getattr(node, "test", None) or getattr(node, "value", None)
    return isinstance(told, ast.Name) and told.id in ("TYPE_CHECKING", "Literal")


def _line(site: _Site) -> int:
    return int(getattr(site.old, "lineno", getattr(site.node, "lineno", 0)))


def _text(node: ast.AST) -> str:
    """A node as code, of one that is long its head; an operator by its name."""
    if isinstance(node, (ast.cmpop, ast.operator, ast.boolop)):
        return type(node).__name__
    text = ast.unparse(ast.fix_missing_locations(node)).splitlines()[0]
    return text if len(text) <= 70 else text[:67] + "..."
