"""``world.access()`` and ``access_diff``: who may do what with keys, and what differs; imported when called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from kmsmock.loading.report import Loaded
from kmsmock.model.turns import taking_turns
from kmsmock.store import Store

if TYPE_CHECKING:
    from kmsmock.access import Access, AccessDiff


class _World(Protocol):
    """What is known of a world here."""

    store: Store
    loaded: Loaded

    @property
    def _accounts(self) -> Mapping[str, Any]: ...


@taking_turns
def access(self: _World) -> Access:
    """Who may do what with the keys of this world, as it is now: to be compared with how it was, or will be.

    It stays as it is when the world goes on, and when it is over.
    """
    from kmsmock.access.picture import look

    return look(self.store, self._accounts, self.loaded.names_of, self.loaded.plain())


@taking_turns
def access_diff(self: _World, old: Access) -> AccessDiff:
    """Which access to keys is new in this world since ``old``, and which is gone, by principal, action and condition.

    ``old`` is what ``world.access()`` returned, of this world or another; ``kmsmock.access_diff(old, new)`` takes
    paths, too. Raises TypeError for anything else.
    """
    from kmsmock.access import comparing, picture

    if not isinstance(old, picture.Access):
        raise TypeError(
            f"old={old!r}: give what world.access() returned; kmsmock.access_diff(old, new) takes paths, too"
        )
    return comparing.compare(old, access(self))
