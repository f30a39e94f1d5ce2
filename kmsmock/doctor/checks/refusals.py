"""What AWS would refuse, as far as the text of a suite tells: the reason why strict shows what moto let pass."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from kmsmock.doctor.findings import Check, Finding
from kmsmock.doctor.project import Project
from kmsmock.doctor.sources import Source, Use
from kmsmock.iam import MalformedPolicy, compile_policy

PRINCIPAL = Check(
    "REFUSED-PRINCIPAL",
    "refused",
    "policies and grants name users and roles that no code here makes",
    "KMS, S3, IAM, SQS and others store no policy that names somebody who does not exist, and KMS grants nothing to "
    "him: MalformedPolicyDocumentException, MalformedPolicy, InvalidArnException.",
    'iam.create_role(RoleName="app", AssumeRolePolicyDocument=...) before the policy\n'
    'or, in a world: aws_world.account("123456789012").role("app")',
)
ROLE = Check(
    "REFUSED-ASSUME-ROLE",
    "refused",
    "roles are assumed that no code here makes",
    "AccessDenied: not authorized to perform: sts:AssumeRole.",
    'iam.create_role(RoleName="app", AssumeRolePolicyDocument=...), which trusts the caller\n'
    'or, in a world: aws_world.account("123456789012").role("app", trust=...)',
)
NAMED = Check(
    "REFUSED-IF-PRINCIPAL",
    "refused",
    "users and roles are named that no code here makes",
    "In a policy, in a grant and in AssumeRole AWS refuses them; what only keeps the ARN, such as a stream or a build, "
    "does not look whether they are there.",
    "Make those that end in a policy or grant first, as above",
)
KEY = Check(
    "REFUSED-KEY",
    "refused",
    "keys are named that do not exist",
    "AWS refuses where the key is asked for: KMS and S3 (NotFoundException), Secrets Manager, Parameter Store, RDS, "
    "DynamoDB, Logs, EFS, Kinesis and others each in words of their own, SQS and SNS when a message is sent.",
    "{write}",
)
POLICY = Check(
    "REFUSED-POLICY",
    "refused",
    "key policies that KMS does not store",
    "MalformedPolicyDocumentException: {says}",
    "Leave Policy out, which makes the default key policy, or give one that AWS would take",
)
LOCKOUT = Check(
    "REFUSED-LOCK-OUT",
    "refused",
    "key policies under which nobody could change them again",
    "MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future.",
    '{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"} '
    "as one more statement, or BypassPolicyLockoutSafetyCheck=True",
)
TRAIL = Check(
    "REFUSED-TRAIL",
    "refused",
    "trails into buckets whose policy nobody sets",
    "InsufficientS3BucketPolicyException, unless the bucket's policy lets cloudtrail.amazonaws.com do s3:GetBucketAcl "
    "and s3:PutObject.",
    "s3.put_bucket_policy(Bucket=..., Policy=...) before create_trail",
)
CHECKS = (POLICY, LOCKOUT, PRINCIPAL, KEY, TRAIL, ROLE, NAMED)

_ARN = re.compile(r"arn:aws[\w-]*:iam::(?:\d{12}|\{\}):(?:role|user)/([\w+=,.@/-]+)")
_MAKERS = frozenset({"create_role", "create_user", "role", "user"})
_KEYS = frozenset(
    {
        *("KeyId", "KmsKeyId", "kmsKeyId", "KMSKeyId", "KmsKeyArn", "KMSKeyArn", "kmsKeyArn", "SSEKMSKeyId"),
        *(
            "KMSMasterKeyId",
            "KMSMasterKeyID",
            "KmsMasterKeyId",
            "AWSKMSKeyARN",
            "encryptionKey",
            "MasterUserSecretKmsKeyId",
        ),
    }
)
_KEY_ARN = re.compile(r"arn:aws[\w-]*:kms:[\w-]+:\d{12}:key/.+")
_PATTERNS = ("Resource", "NotResource", "Condition")
"""Parts of a policy, where ARNs are patterns and need not exist."""
_SPELLINGS = frozenset(each.lower() for each in _KEYS)
_A_KEY = 'kms.create_key()["KeyMetadata"]["Arn"]'
_AN_ALIAS = f'kms.create_alias(AliasName="alias/...", TargetKeyId={_A_KEY})'
_NO_CALLS = frozenset({"add_response", "add_client_error", "dict", "simulate"})
_RAISES = re.compile(r"(^pytest\.raises|\.assertRaises(Regex)?|assert_(denied|refused))$")
_ANYBODY = re.compile(r"\*|\d{12}|arn:aws[\w-]*:iam::\d{12}:root")


def find(project: Project) -> Iterator[Finding]:
    """What the text of the suite alone gives away."""
    names, aliases = _made(project)
    for source in project.sources:
        calls = [use for use in source.uses if use.call is not None and not _is_expected(source, use)]
        yield from _principals(source, calls, names)
        yield from _trails(source, calls)
        yield from _named(source, names)
        for use in calls:
            yield from _keys(source, use, aliases)
            yield from _policies(source, use)


def _named(source: Source, names: set[str]) -> Iterator[Finding]:
    """ARNs of users, roles and keys wherever they stand, but in patterns of policies and in comparisons."""
    aside = {id(each) for node in source.nodes for each in _aside(source, node)}
    for node in source.nodes:
        if id(node) in aside or not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        arn = _ARN.fullmatch(node.value)
        if arn and arn[1].rpartition("/")[2] not in names:
            yield Finding(NAMED, node.value, source.place(node))
        elif _KEY_ARN.fullmatch(node.value):
            yield Finding(KEY, node.value, source.place(node), {"write": _A_KEY})


def _aside(source: Source, node: ast.AST) -> Iterator[ast.AST]:
    """What is not looked at there: it has a finding of its own, or says nothing."""
    if isinstance(node, ast.Compare):
        yield from ast.walk(node)
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if source.text(key) in (*_PATTERNS, *_KEYS, "Principal"):
                yield from ast.walk(value)
    elif isinstance(node, ast.keyword) and (node.arg in ("GranteePrincipal", "RoleArn") or node.arg in _KEYS):
        yield node.value


def _made(project: Project) -> tuple[set[str], set[str]]:
    """The names of users and roles, and of aliases, that the code makes."""
    names: set[str] = set()
    aliases: set[str] = set()
    for source in project.sources:
        for use in source.uses:
            if use.last in _MAKERS:
                given = (use.argument("RoleName"), use.argument("UserName"), use.argument("name", 0))
                names.update(_spelled(source, each) for each in given if each is not None)
            elif use.last == "create_alias":
                aliases.add(_spelled(source, use.argument("AliasName")))
    return names, aliases


def _is_expected(source: Source, use: Use) -> bool:
    """Whether a call stands in a block that waits for its refusal."""
    blocks = [each for each in use.around if isinstance(each, (ast.With, ast.AsyncWith))]
    heads = [item.context_expr for block in blocks for item in block.items]
    return any(isinstance(head, ast.Call) and _RAISES.search(source.whole(head.func)) for head in heads)


def _principals(source: Source, calls: list[Use], names: set[str]) -> Iterator[Finding]:
    for node in source.nodes:
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if source.text(key) == "Principal":
                    yield from _absent(source, value, names, PRINCIPAL)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and '"Principal"' in node.value:
            yield from _absent(source, node, names, PRINCIPAL)
    for use in calls:
        if use.last == "create_grant":
            yield from _absent(source, use.argument("GranteePrincipal"), names, PRINCIPAL)
        elif use.last == "assume_role":
            yield from _absent(source, use.argument("RoleArn"), names, ROLE)


def _absent(source: Source, value: ast.AST | None, names: set[str], check: Check) -> Iterator[Finding]:
    """The ARNs in an expression that nobody makes."""
    for node in ast.walk(value) if value is not None else ():
        for found in _ARN.finditer(_spelled(source, node)):
            if found[1].rpartition("/")[2] not in names:
                yield Finding(check, found[0].replace("{}", "..."), source.place(node))


def _spelled(source: Source, node: ast.AST | None) -> str:
    """A text as it stands in the file, with ``{}`` for what only running the code would tell."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(each.value) if isinstance(each, ast.Constant) else "{}" for each in node.values)
    return source.text(node) or ""


def _keys(source: Source, use: Use, aliases: set[str]) -> Iterator[Finding]:
    if use.call is None or use.last in _NO_CALLS:
        return
    for name, value in _given(source, use.call):
        text = source.text(value)
        if name in _KEYS and text and _names_a_key(text) and text not in aliases:
            write = _AN_ALIAS if text.startswith("alias/") else _A_KEY
            yield Finding(KEY, f"{name}={text!r}", source.place(value), {"write": write})


def _names_a_key(text: str) -> bool:
    """Whether a text is given for a key of the customer's, and not the name of a parameter in a table of names."""
    return not text.startswith("alias/aws/") and text.lower() not in _SPELLINGS


def _given(source: Source, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """What a call gives by name, in structures too."""
    for each in call.keywords:
        if each.arg is not None:
            yield each.arg, each.value
        for node in ast.walk(each.value):
            if isinstance(node, ast.Dict):
                pairs = zip(node.keys, node.values, strict=True)
                yield from ((source.text(key) or "", value) for key, value in pairs)


def _policies(source: Source, use: Use) -> Iterator[Finding]:
    if use.last not in ("create_key", "put_key_policy"):
        return
    policy = use.argument("Policy")
    document = _document(source, policy)
    if policy is None or document is None:
        return
    try:
        compile_policy(document, kind="resource")
    except MalformedPolicy as problem:
        yield Finding(POLICY, f"{use.last}(Policy=...)", source.place(policy), {"says": str(problem)})
        return
    bypass = use.argument("BypassPolicyLockoutSafetyCheck")
    statements = (json.loads(document) if isinstance(document, str) else document)["Statement"]
    if bypass is None and not any(map(_lets_in, statements if isinstance(statements, list) else [statements])):
        yield Finding(LOCKOUT, f"{use.last}(Policy=...)", source.place(policy))


def _document(source: Source, node: ast.AST | None) -> Any:
    """A policy that stands in the call: its text, or what json.dumps is given."""
    if isinstance(node, ast.Call) and source.whole(node.func) in ("json.dumps", "dumps") and node.args:
        try:
            document = ast.literal_eval(node.args[0])
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return None
        return document if isinstance(document, dict) else None
    return source.text(node)


def _lets_in(statement: dict[str, Any]) -> bool:
    """Whether a statement may let somebody change the policy: an account's root, or everybody."""
    principal = statement.get("Principal", "*")  # NotPrincipal lets in whom it does not name
    named = principal.get("AWS", []) if isinstance(principal, dict) else principal
    actions = statement.get("Action", "*")
    return (
        statement.get("Effect") == "Allow"
        and any(_ANYBODY.fullmatch(each) for each in ([named] if isinstance(named, str) else named))
        and any(
            fnmatchcase("kms:putkeypolicy", each.lower())
            for each in ([actions] if isinstance(actions, str) else actions)
        )
    )


def _trails(source: Source, calls: list[Use]) -> Iterator[Finding]:
    if any(use.last in ("put_bucket_policy", "BucketPolicy") for use in source.uses):
        return
    for use in calls:
        if use.last == "create_trail":
            yield Finding(TRAIL, "create_trail(...)", source.place(use.expression))
