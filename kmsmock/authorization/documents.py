"""Policy documents on their way into the store: refused in the words of the service that would keep them.

Where they use names that do not exist they are questioned; AWS stores them all the same.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from types import FrameType
from typing import Any, NamedTuple

from kmsmock.authorization import vocabulary
from kmsmock.authorization.document_kinds import KINDS
from kmsmock.authorization.vocabulary import Unknown
from kmsmock.errors import AwsError, PolicyWarning
from kmsmock.iam import Decision, grammar
from kmsmock.iam.grammar import Mistake, values_of
from kmsmock.iam.matching import match_wildcard
from kmsmock.records.contract import MOTO
from kmsmock.store import Store
from kmsmock.wire.contract import AIOBOTOCORE, BOTOCORE

More = Callable[[Mapping[str, Any]], Iterable[Mistake]]
"""What a service looks at besides the grammar, in a document that is grammatical."""


class Rejected(NamedTuple):
    """A document that a service did not store, for whoever explains it: its kind and text, the mistake that the service
    told, and what it looks at besides the grammar."""

    kind: str
    text: str
    found: Mistake
    more: More | None = None


class TooLong(NamedTuple):
    """A document that is longer than its service takes, in the service's unit; for whoever explains it."""

    size: int
    limit: int
    unit: str


def accept(store: Store, kind: str, text: str, place: str, more: More | None = None) -> None:
    """Look at a document before it is stored. ``place`` says whose it is, for the warning.

    Raises AwsError, as the service says it, for a document that AWS would refuse; warns with PolicyWarning of names
    that do not exist. Where a world does not enforce, every document passes that moto takes.
    """
    refuse(store, kind, text, more)
    keep(store, kind, text, place)


def keep(store: Store, kind: str, text: str, place: str, check: Decision | None = None) -> None:
    """A document is stored: remember which line wrote it, and warn of the names in it that do not exist."""
    store.wrote(kind, place, text, check)
    question(store, text, place)


def refuse(store: Store, kind: str, text: str, more: More | None = None) -> None:
    """Raise AwsError for a document that AWS would refuse; ``more`` is what the service looks at beside the grammar."""
    if not store.refuses:
        return
    found = first_mistake(kind, text, more)
    if found is not None:
        refusal = AwsError(KINDS[kind].code, words(kind, found, text), KINDS[kind].status)
        raise refusal.because(Rejected(kind, text, found, more))


def first_mistake(kind: str, text: str, more: More | None = None) -> Mistake | None:
    """The mistake of a document that its service tells; None where it stores the document."""
    found = _mistake(text, KINDS[kind].grammar)
    if found is None and more is not None:
        found = next(iter(more(json.loads(text))), None)
    return found


_mistake = lru_cache(maxsize=1024)(grammar.mistake)


def words(kind: str, found: Mistake, text: str = "") -> str:
    """A mistake in the words of the service, some of which repeat the document."""
    texts = KINDS[kind].words
    what = "".join(filter(str.isprintable, found.what))  # no XML and no terminal takes the others
    return texts.get(found.reason, texts[""]).replace("{what}", what).replace("{document}", text)


def statements_of(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The statements of a grammatical document."""
    found: list[Mapping[str, Any]] = values_of(document["Statement"])
    return found


def actions_of(statement: Mapping[str, Any]) -> list[str]:
    """The actions that a statement names, also by NotAction."""
    found: list[str] = values_of(statement.get("Action", statement.get("NotAction", [])))
    return found


def nobody(store: Store, partition: str, document: Mapping[str, Any]) -> Iterator[Mistake]:
    """Users and roles that a document names and that do not exist, where the world cares about permissions."""
    if store.enforce_iam == "off":
        return
    missing = store.directory.missing_principal(json.dumps(document), partition)
    if missing is not None:
        yield Mistake("nobody", missing)


def foreign(document: Mapping[str, Any], service: str, names: Collection[str] | None = None) -> Iterator[Mistake]:
    """Actions that are not of a service, by its prefix, or not among these names (in lower case)."""
    for statement in statements_of(document):
        for action in actions_of(statement):
            prefix, _, name = action.lower().partition(":")
            known = names is None or any(match_wildcard(name, each) for each in names)
            if action != "*" and (prefix != service or not known):
                yield Mistake("action", action)


# --- names that do not exist ----------------------------------------------------------------------------------------


AT_MOST = 10
"""Names in one warning: who has mistaken more of them does not need all."""


def question(store: Store, text: str, place: str) -> None:
    """Warn of the names in a document that do not exist, once in a world."""
    if store.enforce != "strict" or text in store.questioned:
        return
    found = _unknown(text, vocabulary.complete())
    if found:
        told = "; ".join(f"{where}: {unknown}" for where, unknown in found)
        _warn(f"{place}, {told} AWS stores such a policy, but it does not do what it says.")
    store.questioned.add(text)


@lru_cache(maxsize=1024)
def _unknown(text: str, complete: bool) -> tuple[tuple[str, Unknown], ...]:
    """What is unknown in a document, and where; ``complete``: whether the names of all services are known."""
    found = []
    for number, statement in enumerate(statements_of(json.loads(text)), 1):
        where = f'statement "{statement["Sid"]}"' if statement.get("Sid") else f"statement {number}"
        for element, name, look in _names(statement):
            unknown = look(name)
            if unknown is not None:
                found.append((f"{where}, {element}", unknown))
            if len(found) >= AT_MOST:
                return tuple(found)
    return tuple(found)


def _names(statement: Mapping[str, Any]) -> Iterator[tuple[str, str, Callable[[str], Unknown | None]]]:
    for element in ("Action", "NotAction"):
        for action in values_of(statement.get(element, [])):
            yield element, action, vocabulary.unknown_action
    for keys in statement.get("Condition", {}).values():
        for key in keys:
            yield "Condition", key, vocabulary.unknown_condition_key
    for element in ("Principal", "NotPrincipal"):
        named = statement.get(element)
        for service in values_of(named.get("Service", [])) if isinstance(named, Mapping) else ():
            yield element, service, vocabulary.unknown_service_principal


_OURS = frozenset(
    {"boto3", "conftest_plugin", "contextlib", "kmsmock", "s3transfer"}
    | {each.library for each in (AIOBOTOCORE, BOTOCORE, MOTO)}
)
"""Packages between a line that writes a policy and the world."""


def _warn(message: str) -> None:
    """Warn at the line that wrote the policy, however deep below it the world is."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] in _OURS:
        frame = frame.f_back
    if frame is None:
        warnings.warn(message, PolicyWarning, stacklevel=2)
        return
    warnings.warn_explicit(
        message,
        PolicyWarning,
        frame.f_code.co_filename,
        frame.f_lineno,
        module=frame.f_globals.get("__name__"),
        registry=frame.f_globals.setdefault("__warningregistry__", {}),
    )
