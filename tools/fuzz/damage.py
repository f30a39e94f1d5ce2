"""What becomes of a request on its way: bodies, queries, headers and paths as no client of botocore writes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any
from urllib.parse import quote, urlsplit

from tools.fuzz.values import NUMBERS, TEXTS

Request = dict[str, Any]
"""A request as botocore has it before it signs: url, method, headers, body."""
_DEEP = "[" * 5000
_BYTES = (b"", b"\xff\xfe", b"{", b"[]", b"null", b'"a"', b"\xc3\x28", b"<", b"<a></b>", b"=&=&", _DEEP.encode())
_JSON: tuple[Any, ...] = (None, True, 0, -1, 1.5, 10**30, "", "x", "\ud800", [], [None], {}, {"a": None}, [[]], "2**31")


def damage(chance: Random, request: Request) -> str:
    """Damage a request in one place; the name of what was done."""
    kinds = list(_KINDS)
    chance.shuffle(kinds)
    for kind in kinds:
        if _KINDS[kind](chance, request):
            return kind
    return "nothing"


def _form(chance: Random, request: Request) -> bool:
    body = request.get("body")
    if not isinstance(body, dict) or not body:
        return False
    names = [name for name in body if name not in ("Action", "Version")]
    if not names:
        return False
    name = chance.choice(sorted(names))
    what = chance.randrange(4)
    if what == 0:
        del body[name]
    elif what == 1:
        body[name] = str(chance.choice(NUMBERS))
    elif what == 2:
        body[name] = chance.choice([text for text in TEXTS if text.isascii()])
    else:
        body[f"{name}.1"] = body.pop(name)
    return True


def _raw_form(chance: Random, request: Request) -> bool:
    body = request.get("body")
    if not isinstance(body, dict) or not body:
        return False
    fixed = [f"{name}={body[name]}" for name in ("Action", "Version") if name in body]
    others = [(str(name), str(value)) for name, value in body.items() if name not in ("Action", "Version")]
    pairs = fixed + [f"{quote(name)}={quote(value, errors='replace')}" for name, value in others]
    if len(pairs) == len(fixed):
        return False
    at = chance.randrange(len(fixed), len(pairs))
    pairs[at] = pairs[at].partition("=")[0] + chance.choice(("=%FF%FE", "=%C3%28", "=%", "", "=a=b", "=%00", "&&"))
    request["body"] = "&".join(pairs).encode()
    request["headers"]["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
    return True


def _json(chance: Random, request: Request) -> bool:
    try:
        document = json.loads(request["body"])
    except (ValueError, TypeError):
        return False
    place, steps = document, chance.randrange(1, 5)
    for _ in range(steps):
        if not isinstance(place, (dict, list)) or not place:
            return False
        key = chance.choice(sorted(place)) if isinstance(place, dict) else chance.randrange(len(place))
        if not isinstance(place[key], (dict, list)) or not place[key] or steps == 1:
            break
        place = place[key]
    if isinstance(place, dict) and chance.random() < 0.3:
        del place[key]
    else:
        place[key] = chance.choice(_JSON)
    request["body"] = json.dumps(document).encode()
    return True


def _xml(chance: Random, request: Request) -> bool:
    body = request.get("body")
    if not isinstance(body, bytes) or not body.startswith(b"<"):
        return False
    at = chance.randrange(len(body))
    cut = body[at:].find(b">") + at + 1
    ways = (body[:at], body[:at] + body[cut:], body.replace(b">true<", b">maybe<"), body.replace(b">1<", b">x<"))
    request["body"] = chance.choice((*ways, b'<?xml version="1.0"?><x/>'))
    return True


def _body(chance: Random, request: Request) -> bool:
    if not request.get("body"):
        return False
    request["body"] = chance.choice(_BYTES)
    return True


_KEPT = frozenset({"x-amz-target", "content-length", "x-amz-sdk-checksum-algorithm"})
_HEADERS = ("", "x", "-1", "\xe9", "9" * 30, "a=b&c", "1970-01-01", "bytes=-", "/")


def _headers(chance: Random, request: Request) -> bool:
    sent = request["headers"]
    names = sorted(name for name in sent if name.lower().startswith(("x-amz", "range", "if-", "content")))
    names = [name for name in names if name.lower() not in _KEPT]
    if not names:
        return False
    name = chance.choice(names)
    if chance.random() < 0.3:
        del sent[name]
    else:
        sent[name] = chance.choice(_HEADERS)
    return True


def _query(chance: Random, request: Request) -> bool:
    url = urlsplit(request["url"])
    if not url.query:
        return False
    pairs = url.query.split("&")
    at = chance.randrange(len(pairs))
    pairs[at] = chance.choice(("", f"{pairs[at].partition('=')[0]}={chance.choice(_QUERIES)}"))
    request["url"] = url._replace(query="&".join(pair for pair in pairs if pair)).geturl()
    return True


_QUERIES = ("", "x", "-1", "99999999999999999999", "a%20b", "%C3%A9", "%FF", "null", "1.5", "/")


def _path(chance: Random, request: Request) -> bool:
    url = urlsplit(request["url"])
    if url.path.strip("/") == "":
        return False
    parts = url.path.split("/")
    parts[chance.randrange(1, len(parts))] = chance.choice(_PARTS)
    request["url"] = url._replace(path="/".join(parts)).geturl()
    return True


_PARTS = ("", "%25", "%FF", "%00", "..", ".", "x" * 300, "%2F", "%20", "null", "-1", "a%20b")


_KINDS: dict[str, Callable[[Random, Request], bool]] = {
    "form": _form,
    "raw form": _raw_form,
    "json": _json,
    "xml": _xml,
    "body": _body,
    "headers": _headers,
    "query": _query,
    "path": _path,
}
