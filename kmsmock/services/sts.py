"""STS: who am I, for callers that moto does not know."""

from __future__ import annotations

from typing import Any

from kmsmock.call import Call
from kmsmock.envelopes import Envelopes
from kmsmock.services import Advice, Moto


def get_caller_identity(call: Call, envelopes: Envelopes, moto: Moto) -> dict[str, Any]:
    """GetCallerIdentity: needs no permission."""
    principal = call.caller.principal
    return {"UserId": principal.unique_id, "Account": principal.account, "Arn": principal.arn}


OPERATIONS: dict[str, Advice] = {"GetCallerIdentity": get_caller_identity}
