"""Functions of Lambda that run nothing, their role, and callers who lack permissions on keys."""

import io
import json
import zipfile

from tests.support.claims import policy

ROLE = "function-role"


def package():
    """A deployment package."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("code.py", "def handler(event, context):\n    return 1\n")
    return written.getvalue()


def make_role(account, name=ROLE, service="lambda.amazonaws.com"):
    """The ARN of a role that a service may assume."""
    trust = policy({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})
    made = account.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    return made["Role"]["Arn"]


def make_function(client, role, variables=None, **options):
    """A function named ``function``."""
    environment = {} if variables is None else {"Environment": {"Variables": variables}}
    return client.create_function(
        FunctionName="function",
        Runtime="python3.12",
        Role=role,
        Handler="code.handler",
        Code={"ZipFile": package()},
        **environment,
        **options,
    )


def person(account, *kms, name="alice"):
    """A user who may do everything but KMS, of which these actions."""
    statements = [{"Effect": "Allow", "NotAction": "kms:*", "Resource": "*"}]
    if kms:
        statements.append({"Effect": "Allow", "Action": list(kms), "Resource": "*"})
    return account.user(name, [policy(*statements)])


def lacking(caller, action, key):
    """KMS's text for a caller whose policies do not allow an action on a key of the account."""
    arn = getattr(caller, "arn", caller)
    where = f"is not authorized to perform: {action} on resource: {key}"
    return f"User: {arn} {where} because no identity-based policy allows the {action} action"
