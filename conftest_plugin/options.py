"""The options of ``@pytest.mark.kmsmock``: those of World and who acts, the closest marker winning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

    from kmsmock.accounts import Principal
    from kmsmock.world import World


def world_options(node: pytest.Item) -> dict[str, Any]:
    """The keyword options of all kmsmock markers on a test, merged from module over class to test."""
    __tracebackhide__ = True
    merged: dict[str, Any] = {}
    for marker in reversed(list(node.iter_markers("kmsmock"))):
        if marker.args:
            raise TypeError("@pytest.mark.kmsmock takes keyword options only, those of kmsmock.World")
        merged.update(marker.kwargs)
    _must_be_known(merged)
    return merged


def _must_be_known(options: dict[str, Any]) -> None:
    """Raise TypeError for an option that neither World nor the marker has."""
    __tracebackhide__ = True
    from kmsmock.errors import did_you_mean
    from kmsmock.options import NAMES

    known = [*NAMES, "acting_as", "load"]
    for name in options:
        if name not in known:
            hint = did_you_mean(name, known, f"it takes {', '.join(known)}")
            raise TypeError(f"@pytest.mark.kmsmock: unexpected keyword argument {name!r}; {hint}")


def load_into(world: World, what: Any, node: pytest.Item) -> None:
    """Load what the marker's ``load`` names: a path, or several; beside the test's file, else from where pytest's
    configuration is."""
    __tracebackhide__ = True
    if what is None:
        return
    from pathlib import Path

    listed = list(what) if isinstance(what, (list, tuple)) else [what]
    if not listed or not all(isinstance(each, (str, Path)) for each in listed):
        raise TypeError(f"load={what!r}: give the path of what World.load takes, or a list of paths")
    beside = [node.path.parent / each for each in listed]
    world.load(*(path if path.exists() else node.config.rootpath / path for path in beside))


def principal_of(world: World, who: Any) -> Principal:
    """Who acts in all of a test, from the marker's ``acting_as``: an account's id, or a function of the world.

    The world is empty when the test begins, so that there is no role yet that could be named.
    """
    from kmsmock.accounts import Principal

    said = "acting_as=lambda world: world.account('111111111111').role('app')"
    if isinstance(who, str) and who.isdecimal():
        return world.account(who).root
    if not callable(who):
        raise TypeError(
            f"acting_as={who!r}: the world is empty when the test begins; give a function of it, such as {said}, or "
            "the id of an account for its root user"
        )
    made = who(world)
    if not isinstance(made, Principal):
        raise TypeError(f"acting_as: the function returned {made!r}, no principal; return one, as in {said}")
    return made
