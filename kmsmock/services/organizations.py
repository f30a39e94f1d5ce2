"""Organizations: the role that it makes in each new account may do everything, which moto leaves out."""

from __future__ import annotations

from typing import Any

from kmsmock.call import Call
from kmsmock.records import iam
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import ServiceKms


def create_account(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """CreateAccount."""
    answer = moto()
    account = answer["CreateAccountStatus"].get("AccountId")
    if account is not None:
        iam.administer(account, call.params.get("RoleName", "OrganizationAccountAccessRole"))
    return answer


OPERATIONS: dict[str, Advice] = {"CreateAccount": create_account}
