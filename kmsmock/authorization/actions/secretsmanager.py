"""Secrets Manager's operations: the action of their name, on the secret that they name."""

from __future__ import annotations

import sys
from typing import Any

from kmsmock.call import Call

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
    module: Any = sys.modules.get("moto.secretsmanager.models")
    if secret_id.startswith("arn:") or module is None or call.account not in module.secretsmanager_backends:
        return secret_id if secret_id.startswith("arn:") else f"{_prefix(call)}{secret_id}"
    found = module.secretsmanager_backends[call.account][call.region].secrets.get(secret_id)
    return f"{_prefix(call)}{secret_id}" if found is None else str(found.arn)
