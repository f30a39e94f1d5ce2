"""CloudFormation: whose permissions a stack's resources are made with ("CloudFormation service role").

Without a role it is whoever makes or changes the stack; a role that was given once stays with the stack.
"""

from __future__ import annotations

from kmsmock.authorization import services, trust
from kmsmock.authorization.actions import Need
from kmsmock.call import Call, Caller
from kmsmock.errors import AwsError
from kmsmock.identity import sessions
from kmsmock.records import iam, serving
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import ServiceKms
from kmsmock.wire.answers import Answer

_SERVICE = "cloudformation.amazonaws.com"
_SESSION = "AWSCloudFormation"


def with_role(call: Call, kms: ServiceKms, moto: Moto) -> Answer | None:
    """What makes, changes or deletes the resources of a stack does so in the name of the stack's role."""
    role_arn = call.params.get("RoleARN")
    if role_arn is not None:
        services.require(kms.store, call, Need("iam:PassRole", role_arn), "query")
    else:
        role_arn = _role_of_stack(call, moto)
    if role_arn is None:
        return None
    with serving.acting(_assumed(kms, role_arn)):
        return moto.own_answer()


def _role_of_stack(call: Call, moto: Moto) -> str | None:
    """The role that an existing stack was given."""
    if call.operation == "CreateStack" or "StackName" not in call.params:
        return None
    try:
        stacks = moto("DescribeStacks", StackName=call.params["StackName"])["Stacks"]
    except AwsError:
        return None  # there is no such stack: moto says so
    return stacks[0].get("RoleARN") if stacks else None


def _assumed(kms: ServiceKms, role_arn: str) -> Caller:
    """A session of a role that lets CloudFormation assume it."""
    call, role = kms.call, iam.find_role(role_arn)
    service = sessions.of_service(_SERVICE, source_account=call.account)
    if role is None or not trust.service_may_assume(kms.store, role, service, call.region):
        raise AwsError("ValidationError", f"Role {role_arn} is invalid or cannot be assumed")
    return sessions.of_role(role, _SESSION)


OPERATIONS: dict[str, Advice] = dict.fromkeys(
    ("CreateStack", "DeleteStack", "ExecuteChangeSet", "UpdateStack"), with_role
)
