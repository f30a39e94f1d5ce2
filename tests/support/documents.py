"""Policy documents that are right but for one mistake."""

import json

ALLOW = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"}
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


def text(*statements, **top):
    """The JSON of a document of these statements; keywords are other top elements, None leaves one out."""
    document = {"Version": "2012-10-17", "Statement": list(statements), **top}
    return json.dumps({name: value for name, value in document.items() if value is not None})


def but(statement, **changes):
    """A statement with some elements changed; None leaves one out."""
    return {name: value for name, value in {**statement, **changes}.items() if value is not None}


def padded(statement, size):
    """A document whose text without white space has this many characters."""
    bare = len(json.dumps(json.loads(text(but(statement, Sid=""))), separators=(",", ":")))
    return text(but(statement, Sid="s" * (size - bare)))
