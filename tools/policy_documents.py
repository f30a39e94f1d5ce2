"""Policy documents by chance: right ones, right but for a few things, garbled ones, and ones made to be slow."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

ACCOUNT = "111111111111"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
GHOST = "arn:aws:iam::999999999999:user/ghost"
LIMIT = 32_768
"""Bytes of a key policy, which may be the longest of all documents."""

Document = str


def documents(seed: int) -> Iterator[Document]:
    """Documents for ever."""
    chance = random.Random(seed)  # noqa: S311 - documents, not secrets
    while True:
        make = chance.choice((_broken, _broken, _garbled, _slow))
        yield make(chance)


_STATEMENTS: tuple[dict[str, Any], ...] = (
    {"Sid": "A", "Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"},
    {"Effect": "Deny", "Principal": "*", "NotAction": ["s3:Get*", "s3:PutObject"], "Resource": "arn:aws:s3:::bucket/*"},
    {"Effect": "Allow", "Action": "kms:Decrypt", "NotResource": f"arn:aws:kms:*:{ACCOUNT}:key/${{aws:username}}"},
    {"Effect": "Allow", "Principal": {"Service": ["sns.amazonaws.com"]}, "Action": "sqs:SendMessage", "Resource": "*"},
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    {
        "Effect": "Allow",
        "NotPrincipal": {"AWS": [ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/u"]},
        "Action": ["secretsmanager:*", "sns:Publish", "dynamodb:GetItem"],
        "Resource": ["*", "arn:aws:s3:::bucket"],
        "Condition": {
            "StringLike": {"kms:EncryptionContext:a": ["*a*", "${aws:username}?"]},
            "ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]},
            "IpAddress": {"aws:SourceIp": "10.0.0.0/8"},
            "DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"},
            "NumericLessThan": {"s3:max-keys": 10},
            "Bool": {"aws:SecureTransport": False},
            "ArnLikeIfExists": {"aws:SourceArn": "arn:aws:*:*:*:*"},
            "Null": {"aws:SourceVpc": True},
        },
    },
)


def _valid(chance: random.Random) -> dict[str, Any]:
    chosen = chance.sample(_STATEMENTS, chance.randint(1, 2))
    document: dict[str, Any] = {"Version": "2012-10-17", "Id": "p", "Statement": json.loads(json.dumps(chosen))}
    return document


def _same(value: Any) -> Any:
    return value


def _nested(levels: int) -> Any:
    value: Any = []
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


_ODD: tuple[Callable[[], Any], ...] = (
    *(partial(_same, value) for value in (None, True, 0, -1.5, 10**30, 1e300, float("nan"), "", "*", "${", "?" * 40)),
    *(partial(_same, value) for value in ("\ud800", "\x00\x1b[31m", "a\r\nb", "\U0001f511", "x" * 3000, "arn:" * 9)),
    *(partial(_same, value) for value in ("2013-01-01", "ec2:*", "Maybe", "arn:aws:s3:::other/*", GHOST)),
    *(partial(_nested, levels) for levels in (0, 1, 5, 340, 700)),
    lambda: [[]],
    lambda: [None],
    lambda: {"": ""},
    lambda: {"AWS": "*"},
)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container in a document, however deep, with each of its keys or numbers."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        inside = each.items() if isinstance(each, dict) else enumerate(each) if isinstance(each, list) else ()
        for name, item in list(inside):
            yield each, name
            waiting.append(item)


def _broken(chance: random.Random) -> Document:
    """A right document with up to three things changed."""
    document = _valid(chance)
    for _ in range(chance.randint(0, 3)):
        container, name = chance.choice(list(_places(document)) or [({"x": 0}, "x")])
        change = chance.randrange(5)
        if change == 0:
            del container[name]
        elif change == 1:
            container[name] = [container[name]]
        elif change == 2 and isinstance(container, dict):
            container[chance.choice(("Effect", "Extra", "Principal", "Sid", "", "x\x00"))] = container.pop(name)
        else:
            container[name] = chance.choice(_ODD)()
    try:
        return json.dumps(document)
    except RecursionError:  # deeper than what writes it can go: the depth of a text has no such end
        return "[" * 20_000


def _garbled(chance: random.Random) -> Document:
    """The text of a document with up to four characters or pieces changed; no JSON any more, for the most part."""
    text = _broken(chance)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text) + 1)
        piece = chance.choice(
            ("", "{", "}", "[" * 400, '"', ",", ":", "\\", "\\ud800", "\x00", "é", "\ufeff", "null", "NaN")
        )
        text = text[:at] + piece + text[at + chance.randint(0, 2) :]
    return chance.choice((text, text, text[: chance.randrange(len(text) + 1)], *"{[0", "null", "[" * 5000))


_ALPHABETS = ("*a", "*?", "*?a", "a*a*a?", "${", "${}'*,", "ab*", "é*?", "*" * 50 + "a")


def _pattern(chance: random.Random, length: int) -> str:
    alphabet = chance.choice(_ALPHABETS)
    kind = chance.randrange(4)
    if kind == 0:
        return alphabet * (length // len(alphabet)) + "zz"
    if kind == 1:
        return "".join(chance.choices(alphabet, k=length))
    if kind == 2:
        return "*" + "a" * (length // 2) + "b" + "?" * (length // 2)
    name = chance.choice(("${aws:username}", "${kms:EncryptionContext:a}", "${*}", "${nothing, 'a'}"))
    return name * (length // len(name))


_SLOW_CONDITIONS = (
    ("StringLike", "kms:EncryptionContext:a"),
    ("StringNotLike", "kms:EncryptionContext:a"),
    ("StringEqualsIgnoreCase", "kms:EncryptionContext:a"),
    ("StringLike", "s3:prefix"),
    ("ArnLike", "aws:SourceArn"),
    ("ForAnyValue:StringLike", "kms:EncryptionContextKeys"),
    ("ForAllValues:StringNotLike", "kms:EncryptionContextKeys"),
    ("ForAnyValue:ArnLike", "kms:EncryptionContextKeys"),
    ("ForAnyValue:NumericLessThan", "kms:EncryptionContextKeys"),
)


def _slow(chance: random.Random) -> Document:
    """A document of about the greatest length whose patterns are hard, few long ones or many short ones."""
    room = chance.choice((200, 2000, LIMIT - 700, LIMIT - 700))
    length = min(chance.choice((3, 8, 40, 1000, room)), room)
    many = [_pattern(chance, length) for _ in range(max(1, room // (length + 5)))]
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    place = chance.choice(("Action", "NotAction", "Resource", "NotResource", "Condition", "Condition", "Condition"))
    if place == "Condition":
        operator, key = chance.choice(_SLOW_CONDITIONS)
        prefix = "a:a:a:a:*:" if "Arn" in operator else ""
        statement["Condition"] = {operator: {key: [prefix + each for each in many]}}
    elif place.endswith("Action"):
        statement.pop("Action")
        statement[place] = ["kms:" + each for each in many]
    else:
        statement.pop("Resource")
        statement[place] = [chance.choice(("arn:aws:kms:*:*:key/", "arn:aws:s3:::bucket/", "")) + each for each in many]
    statements = [statement]
    if chance.random() < 0.3:  # the same, spread over statements
        about = statement.get(place) if place != "Condition" else many
        if isinstance(about, list) and len(about) > 1 and place != "Condition":
            statements = [{**statement, place: each} for each in about[: room // 120]]
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return text if len(text) <= LIMIT else json.dumps({"Version": "2012-10-17", "Statement": statements[:1]})[:LIMIT]
