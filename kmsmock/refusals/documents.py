"""Which statement, element and value of a policy document is at fault."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kmsmock.authorization import documents, vocabulary
from kmsmock.authorization.documents import Rejected
from kmsmock.call import Call
from kmsmock.errors import nearest
from kmsmock.iam import MalformedPolicy, compile_policy, grammar, parse
from kmsmock.iam.document import brief
from kmsmock.iam.grammar import Mistake, values_of
from kmsmock.kms.handlers import policies as key_policies
from kmsmock.refusals.document_causes import row
from kmsmock.store import Store

Find = Callable[[str], Mistake | None]
"""What is wrong with a document, given its text."""


def rejected(clue: Rejected) -> Iterator[str]:
    """What is wrong with a document that a service did not store: that which it told, and what is wrong beside."""

    def find(text: str) -> Mistake | None:
        return documents.first_mistake(clue.kind, text, clue.more)

    found = list(_faults(clue.kind, clue.text, clue.found, find))
    yield from found or [_told(clue.kind, "", clue.found, {})]


def of_key_policy(store: Store, call: Call) -> Iterator[str]:
    """What is wrong with the key policy that a call brings."""
    text = call.params.get("Policy")
    if isinstance(text, str):
        yield from _faults("key", text, grammar.mistake(text, _OF_KEYS), lambda text: _of_keys(store, call, text))


_OF_KEYS = grammar.RESOURCE


def _of_keys(store: Store, call: Call, text: str) -> Mistake | None:
    """The grammar first; then whom the policy names, and what KMS looks at beside."""
    found = grammar.mistake(text, _OF_KEYS)
    if found is not None:
        return found
    for name in sorted(compile_policy(text, kind="resource").principals()):
        if store.directory.resolve(name, call.partition) is None:
            return Mistake("nobody", name)
    try:
        key_policies.check_conditions(compile_policy(text, kind="resource"))
    except MalformedPolicy as problem:
        return Mistake("condition", problem.what or str(problem))
    return None


def _faults(kind: str, text: str, whole: Mistake | None, find: Find) -> Iterator[str]:
    """What is wrong with the document as such, then with each statement by itself."""
    try:
        document = parse(text)
    except MalformedPolicy as problem:
        yield _told(kind, "", Mistake("json", _no_json(text) or str(problem)), {})
        return
    if not isinstance(document, Mapping):
        yield _told(kind, "", Mistake("object"), {})
        return
    listed = values_of(document.get("Statement", []))
    if whole is not None and (whole.reason in _OF_THE_DOCUMENT or whole.what in document):
        yield _told(kind, "", whole, document)
    if whole is not None and whole.reason == "sids":
        yield _told(kind, "", Mistake("sids", _twice(listed)), {})
    for number, raw in enumerate(listed, 1):
        found = find(json.dumps({"Version": grammar.VERSIONS[0], "Statement": [raw]}))
        if found is None and whole is not None and whole.reason == "nobody" and whole.what in json.dumps(raw):
            found = whole  # who did not exist then may exist now
        if found is not None:
            yield _told(kind, _name(number, raw), found, raw)


def unknown_principals(store: Store, call: Call) -> Iterator[str]:
    """The principals in the policy that a call brings who do not exist."""
    document = json.loads(call.params["Policy"])
    statements = document["Statement"]
    for raw in [statements] if isinstance(statements, Mapping) else statements:
        named = raw.get("Principal", raw.get("NotPrincipal"))
        written = named.get("AWS", []) if isinstance(named, Mapping) else []
        for arn in [written] if isinstance(written, str) else written:
            if arn != "*" and store.directory.resolve(arn, call.partition) is None:
                yield arn


_OF_THE_DOCUMENT = ("no-statement", "empty", "version", "old-version", "id")


def _no_json(text: str) -> str:
    try:
        json.loads(text)
    except (ValueError, RecursionError) as problem:
        return f"the text is no JSON: {problem}"
    return ""


def _twice(statements: list[Any]) -> str:
    """Which statements have one Sid."""
    sids = [each.get("Sid") for each in statements]
    sid = next(sid for sid, count in Counter(filter(None, sids)).items() if count > 1)
    numbers = [str(number) for number, each in enumerate(sids, 1) if each == sid]
    return f'statements {" and ".join(numbers)} are all "{sid}"'


def _name(number: int, raw: Any) -> str:
    sid = raw.get("Sid") if isinstance(raw, Mapping) else None
    return f'statement {number} ("{sid}")' if isinstance(sid, str) and sid else f"statement {number}"


def _told(kind: str, where: str, found: Mistake, raw: Any) -> str:
    """``statement 2 ("Use"), Action: "s3:GetObjekt"; there is no action s3:GetObjekt; did you mean s3:GetObject?``"""
    about = row(kind, found.reason)
    element = about.element.replace("{what}", found.what)
    if isinstance(raw, Mapping) and element not in raw and f"Not{element}" in raw:
        element = f"Not{element}"
    written = brief(raw[element]) if isinstance(raw, Mapping) and element in raw else "nothing"
    words = about.words.replace("{written}", written).replace("{what}", found.what)
    place = ", ".join(filter(None, (where, element)))
    return ": ".join(filter(None, (place, words))) + _hint(found)


def _hint(found: Mistake) -> str:
    """Which existing name a mistaken one is spelled nearly as."""
    if found.reason == "unknown":
        meant = nearest(found.what, grammar.ELEMENTS)
        return "" if meant is None else f"; did you mean {meant}?"
    unknown = vocabulary.unknown_action(found.what) if found.reason == "action" else None
    return "" if unknown is None else f"; {unknown}"
