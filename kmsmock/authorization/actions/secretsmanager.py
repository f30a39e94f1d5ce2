"""Secrets Manager's operations: the action of their name, on the secret that they name."""

from __future__ import annotations

from kmsmock.call import Call
from kmsmock.records import secrets

_WITHOUT_SECRET = frozenset({"BatchGetSecretValue", "GetRandomPassword", "ListSecrets"})


def needs(call: Call) -> tuple[tuple[str, str], ...]:
    """One permission; GetSecretValue for each secret of a batch, DescribeSecret and the like as they are called."""
    action = f"secretsmanager:{call.operation}"
    if call.operation in _WITHOUT_SECRET:
        listed = (
            (("secretsmanager:GetSecretValue"), _arn(call, name)) for name in call.params.get("SecretIdList") or ()
        )
        return ((action, "*"), *listed)
    if "Name" in call.params:
        return ((action, f"{_prefix(call)}{call.params['Name']}-AbCdEf"),)
    return ((action, _arn(call, call.params["SecretId"]) if "SecretId" in call.params else "*"),)


def _prefix(call: Call) -> str:
    return f"arn:{call.partition}:secretsmanager:{call.region}:{call.account}:secret:"


def _arn(call: Call, secret_id: str) -> str:
    """The full ARN of a secret, with the six characters that Secrets Manager adds to its name."""
    if secret_id.startswith("arn:"):
        return secret_id
    return secrets.full_arn(call.account, call.region, secret_id) or f"{_prefix(call)}{secret_id}"
