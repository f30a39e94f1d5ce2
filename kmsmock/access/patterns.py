"""Texts that tell patterns apart: for whatever set of patterns some text matches, one that matches just these.

Patterns with ``*`` and ``?`` are automata; a walk through all of them side by side meets every combination there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from kmsmock.iam.matching import is_wild, unprotect

FRESH = "~"
"""A character that policies hardly have; another is taken where one does."""
_MOST_STATES = 4000


class Texts(NamedTuple):
    """One text for each combination; ``whole`` is False where the walk was given up before its end."""

    texts: tuple[str, ...]
    whole: bool = True


class Pattern(NamedTuple):
    """A text as a policy has it, and whether its wildcards stay within the segments of an ARN."""

    text: str
    of_arn: bool


def texts(patterns: Sequence[Pattern]) -> Texts:
    """Texts for all combinations of patterns that one text can match, and for none of them."""
    fresh = next(each for each in (FRESH, "^", "|", "\\") if not any(each in pattern.text for pattern in patterns))
    arns = any(each.of_arn for each in patterns)
    others: tuple[str, ...] = (f"arn:{fresh}:{fresh}:{fresh}:{fresh}:{fresh}",) if arns else ()
    if not patterns or not all(each.of_arn for each in patterns):
        any_text = [len(each.text) for each in patterns if set(each.text) <= {"*", "?"}]
        others += tuple(fresh * length for length in range(1, max(any_text, default=0) + 2))
    wild = [each for each in patterns if is_wild(each.text)]
    exact = tuple(dict.fromkeys(unprotect(each.text) for each in patterns if not is_wild(each.text)))
    filled = tuple(_filled(each.text, fresh) for each in wild)
    if len(wild) < 2:
        return Texts((*exact, *filled, *others))
    walked = _walk(tuple(dict.fromkeys(patterns)), fresh)  # with those that are exact, so that none is met by chance
    return Texts((*exact, *filled, *others, *walked.texts), walked.whole)


def _filled(pattern: str, fresh: str) -> str:
    """A text that a pattern covers, and that no text without wildcards equals."""
    return unprotect(pattern.replace("*", fresh).replace("?", fresh))


@lru_cache(maxsize=256)
def _walk(patterns: tuple[Pattern, ...], fresh: str) -> Texts:
    """The shortest text for each combination of patterns, by a walk in breadth."""
    machines = [_tokens(each) for each in patterns]
    letters = sorted({token[0] for machine in machines for token in machine if len(token) == 1} | {fresh})
    start = tuple(_rest(machine, {0}) for machine in machines)
    seen, waiting, found = {start}, [(start, "")], dict[tuple[bool, ...], str]()
    while waiting:
        following = []
        for states, text in waiting:
            ends = tuple(len(machine) in state for machine, state in zip(machines, states, strict=True))
            found.setdefault(ends, text)
            for letter in letters:
                next_states = tuple(
                    _step(machine, state, letter) for machine, state in zip(machines, states, strict=True)
                )
                if any(next_states) and next_states not in seen:
                    if len(seen) >= _MOST_STATES:
                        return Texts(tuple(found.values()), whole=False)
                    seen.add(next_states)
                    following.append((next_states, text + letter))
        waiting = following
    return Texts(tuple(found.values()))


_MANY, _MANY_IN_SEGMENT, _ONE, _ONE_IN_SEGMENT = "**", "*:", "??", "?:"
"""Tokens of two characters; all others are a letter."""


def _tokens(pattern: Pattern) -> list[str]:
    found, colons = [], 0
    for letter in pattern.text:
        inside = pattern.of_arn and colons < 5
        if letter == "*":
            found.append(_MANY_IN_SEGMENT if inside else _MANY)
        elif letter == "?":
            found.append(_ONE_IN_SEGMENT if inside else _ONE)
        else:
            colons += letter == ":"
            found.append(unprotect(letter))
    return found


def _rest(machine: list[str], places: set[int]) -> frozenset[int]:
    """Places, and those that are reached from them without a letter: a star may stand for nothing."""
    found, waiting = set(places), list(places)
    while waiting:
        place = waiting.pop()
        if place < len(machine) and machine[place] in (_MANY, _MANY_IN_SEGMENT) and place + 1 not in found:
            found.add(place + 1)
            waiting.append(place + 1)
    return frozenset(found)


def _step(machine: list[str], places: frozenset[int], letter: str) -> frozenset[int]:
    reached = set()
    for place in places:
        token = machine[place] if place < len(machine) else ""
        if token in (letter, _ONE) or (token == _ONE_IN_SEGMENT and letter != ":"):
            reached.add(place + 1)
        elif token == _MANY or (token == _MANY_IN_SEGMENT and letter != ":"):
            reached.add(place)
    return _rest(machine, reached)
