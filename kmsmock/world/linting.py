"""``kmsmock.lint(path)``: what is wrong with the policies of files; and the assertion that nothing is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kmsmock.model.turns import taking_turns
from kmsmock.options import checked_account
from kmsmock.wire import regions
from kmsmock.world.loaded_world import load
from kmsmock.world.world import World

if TYPE_CHECKING:
    from kmsmock.linting import Findings
    from kmsmock.linting.judging import Asked, Looked


def lint(
    *paths: str | Path,
    account_id: str | None = None,
    region_name: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    severity: str = "warning",
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    accept: Iterable[Mapping[str, Any]] | str | Path = (),
) -> Findings:
    """What is wrong with the policies of files: whatever ``kmsmock.load`` takes, and policy documents in JSON.

    The options are those of ``kmsmock.load`` and of ``World.lint``. Where ``account_id`` or ``region_name`` is not
    given and no file tells it, no rule says anything that rests on it. Raises ValueError for a file that is none of
    these.
    """
    from kmsmock.linting import judging

    if not paths:
        raise TypeError("lint() takes paths: of templates, plans, folders of cdk.out, dumps of accounts, and policies")
    if account_id is not None:
        checked_account(account_id)
    if region_name is not None:
        regions.check("region_name", region_name)
    wanted = judging.asked(severity, select, ignore, accept)
    looked: list[Looked] = []
    others = []
    for path in map(Path, paths):
        document = _document(path)
        if document is None:
            others.append(path)
        else:
            looked.append(_of_document(document, path, account_id, region_name))
    if not others:
        return judging.judge(looked, wanted)
    world = load(*others, account_id=account_id, region_name=region_name, parameters=parameters)
    with world:
        return _judged(world, looked, wanted, {account_id, region_name})


def _document(path: Path) -> str | None:
    """The text of a policy document; None for what is something else, or nothing, which loading tells."""
    import json

    if not path.is_file():
        return None
    try:
        text = path.read_text(encoding="utf-8-sig")
        found = json.loads(text) if text.lstrip().startswith("{") else None
    except (ValueError, RecursionError):
        return None
    return text if isinstance(found, dict) and "Statement" in found else None


def _of_document(text: str, path: Path, account_id: str | None, region_name: str | None) -> Looked:
    from kmsmock.linting import reading

    try:
        return reading.of_document(text, str(path), account_id or "", region_name or "")
    except ValueError as problem:
        raise ValueError(f"{path}: {problem}") from None


@taking_turns
def _judged(world: World, looked: list[Looked], wanted: Asked, given: set[str | None]) -> Findings:
    """What is found while the world is there: the rules ask it. Certain is what is ``given``, and what a file tells."""
    from kmsmock.linting import judging, reading

    assumed = {world.account_id, world.region_name} - given
    told = {name for key in world.store.keys.values() for name in (key.account, key.region)}
    found = reading.of_world(world.store, world.loaded, told - assumed)
    return judging.judge([*looked, *found], wanted, reading.not_read(world.loaded))


def assert_no_findings(world: World | str | Path, **options: Any) -> None:
    """That lint finds nothing in a world, or in a file; fails with what it finds, and what to write.

    ``options`` are those of ``World.lint``, for a file those of ``kmsmock.lint``.
    """
    __tracebackhide__ = True
    found = world.lint(**options) if isinstance(world, World) else lint(world, **options)
    if found:
        raise AssertionError(f"lint finds something:\n{found}")
