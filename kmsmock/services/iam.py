"""IAM: what moto does not keep of it: the boundaries of users, AWS's own policies, and which access keys there were.

Documents are looked at in ``iam_documents``.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

from kmsmock.authorization import services
from kmsmock.authorization.documents import Rejected
from kmsmock.call import Call
from kmsmock.errors import AwsError, constraint_violations
from kmsmock.iam.grammar import Mistake
from kmsmock.identity import service_linked_roles
from kmsmock.model.spreading import Spreading
from kmsmock.records import iam
from kmsmock.services import Advice, Moto, iam_documents
from kmsmock.services.kms.client import ServiceKms
from kmsmock.wire import constraints


def guard(call: Call, kms: ServiceKms) -> None:
    """The characters of documents, and of tags, which moto looks at in their keys only; and the names of policies."""
    iam_documents.check_characters(call, kms.store)
    broken = constraints.violations("iam", call.operation, call.params, only=("PolicyName", "Tags"))
    broken = [text for text in broken if ".member.value'" in text or "'policyName'" in text]
    if broken:
        raise constraint_violations(broken, "ValidationError")
    kms.store.directory.changes(call, kms.store.records(Spreading))


def create_access_key(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """CreateAccessKey: the world remembers the key, so that it is nobody's once it is deleted."""
    kms.store.directory.remember_key(moto()["AccessKey"]["AccessKeyId"])


def create_user(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """CreateUser, with a permissions boundary if one is given."""
    boundary = call.params.get("PermissionsBoundary")
    if boundary is not None:
        _policy(call, boundary)
    answer = moto()
    _with_unique_id(answer["User"])
    if boundary is not None:
        _bound(call, kms, answer["User"], boundary)
    return answer


def create_service_linked_role(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """CreateServiceLinkedRole, with the name and the policy that AWS gives the role."""
    params, service = call.params, call.params["AWSServiceName"]
    if service_linked_roles.name_of(service) is None:
        return None
    made = service_linked_roles.make(
        call.account, call.partition, service, params.get("CustomSuffix", ""), params.get("Description", "")
    )
    role = moto("GetRole", RoleName=made.name)["Role"]
    role.pop("RoleLastUsed", None)
    return {"Role": role}


def delete_service_linked_role(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """DeleteServiceLinkedRole: the service's policy, which nobody but the service may detach, goes with its role."""
    name = call.params["RoleName"]
    for policy in moto("ListAttachedRolePolicies", RoleName=name)["AttachedPolicies"]:
        moto("DetachRolePolicy", RoleName=name, PolicyArn=policy["PolicyArn"])


def list_users(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """ListUsers."""
    answer = moto()
    for user in answer["Users"]:
        _with_unique_id(user)
    return answer


def _with_unique_id(user: dict[str, Any]) -> None:
    """Show the ``AIDA…`` that policies and grants know the user by; moto's ids have another form."""
    user["UserId"] = iam.unique_id(user["UserId"])


def put_user_permissions_boundary(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """PutUserPermissionsBoundary, which moto does not have."""
    user = moto("GetUser", UserName=call.params["UserName"])["User"]
    _bound(call, kms, user, call.params["PermissionsBoundary"])
    return {}


def delete_user_permissions_boundary(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DeleteUserPermissionsBoundary."""
    user = moto("GetUser", UserName=call.params["UserName"])["User"]
    if kms.store.directory.boundary_of(user["Arn"]) is None:
        raise AwsError("NoSuchEntity", f"User {call.params['UserName']} does not have a permissions boundary.", 404)
    kms.store.directory.set_boundary(user["Arn"], None)
    return {}


def get_user(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """GetUser, with the boundary."""
    answer = moto()
    user = answer["User"]
    _with_unique_id(user)
    boundary = kms.store.directory.boundary_of(user["Arn"])
    if boundary is not None:
        user["PermissionsBoundary"] = _shown(boundary)
    return answer


def delete_user(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DeleteUser: a later user of that name has no boundary."""
    arn = moto("GetUser", UserName=call.params["UserName"])["User"]["Arn"]
    answer = moto()
    kms.store.directory.set_boundary(arn, None)
    return answer


def with_aws_policies(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """Operations that may name a policy of AWS's own: moto has them, but only loads them when told to."""
    named = call.params.get("PolicyArn") or call.params.get("PermissionsBoundary") or ""
    if iam.is_aws_policy(named) or call.operation == "ListPolicies":
        iam.load_aws_policies(call.account, call.partition)


def create_role(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """CreateRole: the principals that its trust policy names are those that there are now."""
    with_aws_policies(call, kms, moto)
    iam_documents.check_trust(kms.store, call.params["AssumeRolePolicyDocument"], call.params["RoleName"])
    _must_exist(kms, call.params["AssumeRolePolicyDocument"])
    kms.store.directory.bind_principals(moto()["Role"]["Arn"], call.params["AssumeRolePolicyDocument"])


def update_assume_role_policy(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """UpdateAssumeRolePolicy: likewise."""
    iam_documents.check_trust(kms.store, call.params["PolicyDocument"], call.params["RoleName"])
    _must_exist(kms, call.params["PolicyDocument"])
    moto()
    arn = moto("GetRole", RoleName=call.params["RoleName"])["Role"]["Arn"]
    kms.store.directory.bind_principals(arn, call.params["PolicyDocument"])


def _must_exist(kms: ServiceKms, document: str) -> None:
    nobody = kms.store.directory.missing_principal(document, kms.call.partition)
    if nobody is not None and services.asks(kms.store):
        error = AwsError("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{nobody}"')
        kms.store.insist(kms.call, error.because(Rejected("trust", document, Mistake("nobody", nobody))))


def show_trust(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """GetRole and ListRoles: a trust policy shows the unique id of a user or role that has been deleted since."""
    known = kms.store.directory
    answer = moto()
    changed = False
    for role in answer["Roles"] if "Roles" in answer else [answer["Role"]]:
        gone = {name: id_ for name, id_ in known.trusted_by(role["Arn"]).items() if known.render(id_) == id_}
        text = unquote(role["AssumeRolePolicyDocument"])
        for name, unique_id in gone.items():
            text = text.replace(f'"{name}"', f'"{unique_id}"')
        role["AssumeRolePolicyDocument"] = quote(text)
        changed = changed or bool(gone)
    return answer if changed else None


def _policy(call: Call, arn: str) -> Any:
    if iam.is_aws_policy(arn):
        iam.load_aws_policies(call.account, call.partition)
    policy = iam.managed_policy(call.account, arn)
    if policy is None:
        raise AwsError("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", 404)
    return policy


def _bound(call: Call, kms: ServiceKms, user: dict[str, Any], arn: str) -> None:
    _policy(call, arn)
    kms.store.directory.set_boundary(user["Arn"], arn)
    user["PermissionsBoundary"] = _shown(arn)


def _shown(arn: str) -> dict[str, str]:
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}


OPERATIONS: dict[str, Advice] = {
    **iam_documents.OPERATIONS,
    "CreateAccessKey": create_access_key,
    "CreateRole": create_role,
    "CreateServiceLinkedRole": create_service_linked_role,
    "CreateUser": create_user,
    "DeleteServiceLinkedRole": delete_service_linked_role,
    "DeleteUser": delete_user,
    "DeleteUserPermissionsBoundary": delete_user_permissions_boundary,
    "GetPolicy": with_aws_policies,
    "GetPolicyVersion": with_aws_policies,
    "GetRole": show_trust,
    "GetUser": get_user,
    "ListRoles": show_trust,
    "ListUsers": list_users,
    "ListPolicies": with_aws_policies,
    "PutRolePermissionsBoundary": with_aws_policies,
    "UpdateAssumeRolePolicy": update_assume_role_policy,
    "PutUserPermissionsBoundary": put_user_permissions_boundary,
}
