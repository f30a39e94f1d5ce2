"""botocore's handlers, registered once: while a world is active, each new session and client has its share in them.

A session registers some three hundred handlers, and each of its clients gets a copy of all of them to add its own. Here
a copy costs nothing: it is the same tree, of which whoever registers a handler copies the branch that leads to it.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from inspect import CO_VARKEYWORDS
from types import FunctionType
from typing import TYPE_CHECKING, Any

from botocore import handlers, hooks
from botocore.hooks import EventAliaser, HierarchicalEmitter, NodeList
from botocore.session import Session
from botocore.utils import EVENT_ALIASES

if TYPE_CHECKING:
    from kmsmock.active import Patches

_Tree: Any = vars(hooks)["_PrefixTrie"]
_registered: list[tuple[list[Any], Any]] = []
"""botocore's list of handlers, and those that a session has registered of it."""
_COPIER = "copied by"
"""In a node of which a tree has made a copy of its own."""
_ALIASES = dict(EVENT_ALIASES)
_aliased: dict[str, str] = {}


def install(patches: Patches) -> None:
    """From now on sessions share the handlers that all have."""
    patches.replace(hooks, "accepts_kwargs", _without_inspecting(vars(hooks)["accepts_kwargs"]))
    patches.replace(_Tree, "__copy__", copied_tree)
    patches.replace(
        Session, "_register_builtin_handlers", _registering_once(vars(Session)["_register_builtin_handlers"])
    )
    patches.replace(EventAliaser, "_alias_event_name", _aliasing_once(vars(EventAliaser)["_alias_event_name"]))


def are_as_shipped(events: Any, event: str) -> bool:
    """Whether the handlers of events that begin with this word are those that every session has, and no others."""
    emitter = vars(events).get("_emitter")
    if not _registered or type(emitter) is not HierarchicalEmitter:
        return False
    of_all, its_own = _registered[0][1]._root["children"], vars(emitter)["_handlers"]._root["children"]
    return of_all.get(event) is its_own.get(event) and "*" not in its_own


def _without_inspecting(original: Callable[..., bool]) -> Callable[..., bool]:
    def accepts_kwargs(func: Any) -> bool:
        """botocore's look at the signature of a handler while a world is active: a plain function's code tells it."""
        plain = getattr(func, "__func__", func)
        if type(plain) is not FunctionType or vars(plain):  # a signature that was set goes before the code
            return original(func)
        return bool(plain.__code__.co_flags & CO_VARKEYWORDS)

    return accepts_kwargs


class _Shared(_Tree):  # type: ignore[misc]  # as botocore's, which has no types
    """A tree of handlers whose nodes others have, too: what changes is copied first, once between copies of it."""

    _root: Any

    def __init__(self, root: Any) -> None:
        self._root, self._copier = root, object()

    def append_item(self, key: str, *args: Any, **options: Any) -> None:
        self._root = self._with_a_branch_of_its_own(self._root, key.split("."))
        super().append_item(key, *args, **options)

    def remove_item(self, key: str, value: Any) -> None:
        self._root = self._with_a_branch_of_its_own(self._root, key.split("."))
        super().remove_item(key, value)

    def __copy__(self) -> _Shared:
        self._copier = object()
        return _Shared(self._root)

    def _with_a_branch_of_its_own(self, node: Any, way: list[str]) -> Any:
        if node.get(_COPIER) is not self._copier:
            node = {**_node(node, dict(node["children"])), _COPIER: self._copier}
        children = node["children"]
        if way and way[0] in children:
            children[way[0]] = self._with_a_branch_of_its_own(children[way[0]], way[1:])
        return node


def copied_tree(tree: Any) -> Any:
    """_PrefixTrie.__copy__ while a world is active: what was registered before is copied once, and then shared."""
    return _Shared(_copied_node(tree._root))


def _copied_node(node: Any) -> Any:
    return _node(node, {chunk: _copied_node(child) for chunk, child in node["children"].items()})


def _node(node: Any, children: Any) -> Any:
    values = node["values"]
    own = values and NodeList(values[0][:], values[1][:], values[2][:])
    return {"chunk": node["chunk"], "children": children, "values": own}


def _registering_once(original: Callable[..., None]) -> Callable[..., None]:
    def register_builtin_handlers(self: Any, events: Any) -> None:
        """Session._register_builtin_handlers while a world is active: each new session has a copy of the first's."""
        emitter: Any = vars(events).get("_emitter")
        if (type(self), type(emitter)) != (Session, HierarchicalEmitter) or emitter._handlers._root["children"]:
            original(self, events)
            return
        if not _registered or _registered[0][0] != handlers.BUILTIN_HANDLERS:
            original(self, events)
            _registered[:] = [(list(handlers.BUILTIN_HANDLERS), copied_tree(emitter._handlers))]
        else:
            emitter._handlers = copy(_registered[0][1])

    return register_builtin_handlers


def _aliasing_once(original: Callable[..., str]) -> Callable[..., str]:
    def alias_event_name(self: Any, event_name: str) -> str:
        """EventAliaser._alias_event_name while a world is active: botocore's aliases are looked through once a name."""
        known = self._alias_name_cache
        if event_name in known:
            return str(known[event_name])
        if self._event_aliases != _ALIASES:
            return original(self, event_name)
        if event_name not in _aliased:
            _aliased[event_name] = original(self, event_name)
        known[event_name] = _aliased[event_name]
        return _aliased[event_name]

    return alias_event_name
