"""Texts of others on a terminal, in a report or in a log; and the marks that not every encoding has."""

from __future__ import annotations

import re
import sys

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_SIGNS, _WORDS = ("\N{CHECK MARK}", "\N{BALLOT X}"), ("yes", "no ")


def printable(text: str) -> str:
    """One line for a terminal or a report: names may hold what breaks lines, colours them or turns them around."""
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def marks(encoding: str | None = None) -> tuple[str, str]:
    """What stands before something that fits, and before something that does not: signs, or words in an encoding
    (that of the output, unless told otherwise) without them."""
    try:
        "".join(_SIGNS).encode(encoding or getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return _WORDS
    return _SIGNS


def in_words(text: str) -> str:
    """A text with the words in place of the signs."""
    for sign, word in zip(_SIGNS, _WORDS, strict=True):
        text = text.replace(sign, word)
    return text
