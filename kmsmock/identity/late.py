"""Users, roles and policies of IAM that are not known everywhere yet, where ``World(delays=...)`` says so.

"Changes that I make are not always immediately visible" in the IAM user guide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kmsmock.call import Call
from kmsmock.iam import Principal
from kmsmock.iam.arn import Arn
from kmsmock.identity import directory
from kmsmock.model.spreading import Spreading
from kmsmock.options import IDENTITIES
from kmsmock.records import iam

POLICIES, PRINCIPAL, TRUST = "policies", "principal", "trust"
Find = Callable[[Principal], directory.Found]
Trust = Callable[[Any], tuple[str, Mapping[str, str]]]

_MADE = {"CreateRole": ("role", "RoleName"), "CreateUser": ("user", "UserName")}


def whose(principal: Principal) -> str:
    """Under which name the policies of a principal are kept: those of sessions are those of the role or user."""
    if principal.kind == "role-session":
        return principal.unique_id.partition(":")[0]
    return principal.parent or principal.arn


def before(spreading: Spreading, call: Call, find: Find, trust: Trust) -> None:
    """IAM is about to change something: what there is until then is seen for a while. A call that is refused later
    leaves what it was seen before, which it still is."""
    operation, account, params = call.operation, call.account, call.params
    if operation in IDENTITIES:
        for principal in _principals(account):
            spreading.change(operation, POLICIES, whose(principal), find(principal))
    elif operation in _MADE:
        kind, name = _MADE[operation]
        if iam.find_holder(account, kind, params[name], call.partition) is None:
            spreading.change(operation, PRINCIPAL, f"{account}:{kind}/{params[name]}", False)
    elif operation == "UpdateAssumeRolePolicy":
        role = iam.find_holder(account, "role", params["RoleName"], call.partition)
        if role is not None:
            spreading.change(operation, TRUST, role.arn, trust(role))


def _principals(account: str) -> Iterator[Principal]:
    """The users of an account, and its roles as their sessions are."""
    for user in iam.holders("user", account):
        yield Principal("user", user.arn, account, user.arn, iam.user_id(user))
    for role in iam.holders("role", account):
        yield Principal("role-session", role.arn, account, role.arn, f"{role.id}:")


def known(spreading: Spreading, stored: str) -> bool:
    """Whether a principal, as policies and grants store it, is known everywhere."""
    arn = Arn.find(directory.render(stored))
    if arn is None or arn.service not in ("iam", "sts"):
        return True
    kind, _, rest = arn.resource.partition("/")
    name = rest.partition("/")[0] if kind == "assumed-role" else rest.rpartition("/")[2]
    kind = "role" if kind == "assumed-role" else kind
    return spreading.seen(PRINCIPAL, f"{arn.account}:{kind}/{name}", True)
