"""Policies, sessions and refusals."""

import json

import boto3

from tests.support.claims import OWNER, allow, policy, refused

DELEGATION = {
    "Sid": "Delegate",
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{OWNER}:root"},
    "Action": "kms:*",
    "Resource": "*",
}
KEY_SIDE = (
    "because the resource does not exist in this Region, no resource-based policies allow access, "
    "or a resource-based policy explicitly denies access"
)


def root(account):
    """The ARN of a whole account, which is given as such or by its id."""
    return f"arn:aws:iam::{getattr(account, 'id', account)}:root"


def use(principal, actions="kms:*", effect="Allow", **more):
    """A statement of a key policy; ``principal`` is an ARN, ``*`` or a whole Principal element."""
    named = principal if isinstance(principal, dict) else {"AWS": principal}
    return {"Effect": effect, "Principal": named, "Action": actions, "Resource": "*", **more}


def key_policy(*statements, delegate=True, account=OWNER, partition="aws"):
    """A key policy as JSON: it delegates to the account unless told otherwise, and has these statements."""
    delegation = {**DELEGATION, "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"}}
    return json.dumps(policy(*([delegation] if delegate else []), *statements))


def make_key(kms, *statements, delegate=True, **options):
    """The ARN of a key with these statements in its policy."""
    made = kms.create_key(Policy=key_policy(*statements, delegate=delegate), **options)
    return made["KeyMetadata"]["Arn"]


def encrypt(client, key, **more):
    return client.encrypt(KeyId=key, Plaintext=b"x", **more)


def trust(principal, actions="sts:AssumeRole", **more):
    """A trust policy of one statement."""
    named = principal if isinstance(principal, dict) else {"AWS": principal}
    return policy({"Effect": "Allow", "Principal": named, "Action": actions, **more})


def trust_document(principal, actions="sts:AssumeRole", **more):
    """The same as JSON, as IAM's operations take it."""
    return json.dumps(trust(principal, actions, **more))


def signing(credentials, service="kms", **options):
    """A client that signs with what STS gave."""
    return boto3.client(
        service,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials.get("SessionToken"),
        **options,
    )


def assume(sts, role, name="ci", **terms):
    """The credentials of a session of a role."""
    return sts.assume_role(RoleArn=getattr(role, "arn", role), RoleSessionName=name, **terms)["Credentials"]


def steward(account):
    """An STS client of a user who may assume roles, which a root user may not."""
    return account.user("steward", [allow("sts:*")]).client("sts")


def session_arn(role, name="ci", account=OWNER):
    return f"arn:aws:sts::{account}:assumed-role/{role}/{name}"


def message(caller, action, where, reason):
    return f"User: {caller} is not authorized to perform: {action} {where} {reason}"


def denied(caller, action, where, reason):
    """KMS refuses the block; ``where`` is a key's ARN, or the words that stand for it."""
    place = f"on resource: {where}" if where.startswith("arn:") or where == "*" else where
    return refused("AccessDeniedException", message(caller, action, place, reason))


def lacks(caller, action, where, layer="identity-based policy"):
    """KMS refuses the block for want of an Allow in a layer."""
    return denied(caller, action, where, f"because no {layer} allows the {action} action")


def lacking(caller, action, key, kind="identity-based policy"):
    """KMS's text for a caller of the key's account."""
    doing = f"User: {caller.arn} is not authorized to perform: {action} on resource: {key}"
    return f"{doing} because no {kind} allows the {action} action"


def everything_but_kms(*kms, resource="*"):
    """An identity policy that allows all services, and of KMS these actions only."""
    services = {"Effect": "Allow", "NotAction": "kms:*", "Resource": "*"}
    some = [{"Effect": "Allow", "Action": list(kms), "Resource": resource}] if kms else []
    return policy(services, *some)


def sts_denied(caller, action, resource):
    return refused(
        "AccessDenied", f"User: {caller} is not authorized to perform: {action} on resource: {resource}", 403
    )
