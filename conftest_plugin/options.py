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

    known = [*NAMES, "acting_as"]
    for name in options:
        if name not in known:
            hint = did_you_mean(name, known, f"it takes {', '.join(known)}")
            raise TypeError(f"@pytest.mark.kmsmock: unexpected keyword argument {name!r}; {hint}")


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
