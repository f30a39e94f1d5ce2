"""How each service words a denial, and EC2's encoded messages."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from kmsmock.errors import AwsError
from kmsmock.iam import Decision
from kmsmock.iam.messages import denial_message


def _plain(decision: Decision, protocol: str) -> AwsError:
    """Services that have no words of their own here; SQS still answers as when it spoke the query protocol."""
    if protocol in ("json", "rest-json") and not decision.action.startswith("sqs:"):
        return AwsError("AccessDeniedException", denial_message(decision), 400 if protocol == "json" else 403)
    return AwsError("AccessDenied", denial_message(decision), 403)


def _s3(decision: Decision) -> AwsError:
    """S3 tells details only within one account ("Troubleshoot access denied errors in Amazon S3")."""
    if decision.request.cross_account:
        return AwsError("AccessDenied", "Access Denied", 403)
    return AwsError("AccessDenied", denial_message(decision, quote='"'), 403)


def _ec2(decision: Decision) -> AwsError:
    text = (
        f"You are not authorized to perform this operation. {denial_message(decision)}. "
        f"Encoded authorization failure message: {encode_message(decision)}"
    )
    return AwsError("UnauthorizedOperation", text, 403)


def _sns(decision: Decision) -> AwsError:
    """SNS has a code of its own, and writes its name in capitals in actions (aws-ia/…-account_factory#151)."""
    action = decision.request.action
    return AwsError("AuthorizationError", denial_message(decision).replace(action, f"SNS{action[3:]}"), 403)


_WORDS: Mapping[str, Callable[[Decision], AwsError]] = {"s3": _s3, "ec2": _ec2, "sns": _sns}


def refusal(decision: Decision, service: str, protocol: str) -> AwsError:
    """A denial in the words of the service that was called, or of those that speak its protocol."""
    return _WORDS[service](decision) if service in _WORDS else _plain(decision, protocol)


def encode_message(decision: Decision) -> str:
    """EC2's encoded authorization failure message; ``sts:DecodeAuthorizationMessage`` reads it."""
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(_told(decision)).encode())).decode()


def decode_message(text: str) -> str:
    """The JSON of an encoded message. Raises ValueError for anything else."""
    try:
        return zlib.decompress(base64.urlsafe_b64decode(text)).decode()
    except (binascii.Error, zlib.error) as problem:
        raise ValueError(str(problem)) from None


def _told(decision: Decision) -> dict[str, Any]:
    principal = decision.request.principal
    conditions = [
        {"key": name, "values": {"items": [{"value": each} for each in ([value] if isinstance(value, str) else value)]}}
        for name, value in decision.request.context.items()
    ]
    statements = [{"statementId": statement.sid, "effect": statement.effect} for _, statement in decision.matched]
    return {
        "allowed": False,
        "explicitDeny": decision.effect == "explicitDeny",
        "matchedStatements": {"items": statements},
        "failures": {"items": []},
        "context": {
            "principal": {"id": principal.unique_id, "arn": principal.arn},
            "action": decision.action,
            "resource": decision.resource,
            "conditions": {"items": conditions},
        },
    }
