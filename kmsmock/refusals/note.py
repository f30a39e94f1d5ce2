"""The note on an exception: the explanation, made when somebody prints it (PEP 678)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_silent: ContextVar[bool] = ContextVar("kmsmock_silent_notes", default=False)


class Note(str):
    """Empty for whoever joins or matches texts, such as ``pytest.raises(match=...)``; printing a traceback asks for
    ``str()`` of it, and that is the explanation."""

    __slots__ = ("_explain", "_is_kept", "_text")
    _explain: Callable[[], str]
    _text: str | None
    _is_kept: bool

    def __new__(cls, explain: Callable[[], str]) -> Note:
        made = super().__new__(cls, "")
        made._explain, made._text, made._is_kept = explain, None, False
        return made

    def __str__(self) -> str:
        if _silent.get() and not self._is_kept:
            return ""
        if self._text is None:
            self._text = self._explain()
        return self._text

    def __repr__(self) -> str:
        return repr(str(self))

    def __reduce__(self) -> Any:
        return str, (str(self),)


@contextmanager
def silent() -> Iterator[None]:
    """Notes say nothing in the block, because somebody else shows the explanations."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


def keep(error: BaseException) -> None:
    """Have the notes on an exception, and on those behind it, say what is true now: the world is about to be another.
    Nobody else will be able to."""
    behind: BaseException | None = error
    while behind is not None:
        for each in getattr(behind, "__notes__", ()):
            if isinstance(each, Note):
                str(each)
                each._is_kept = True
        behind = behind.__cause__ or behind.__context__
