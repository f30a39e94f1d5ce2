"""What a test may give as a policy: a document, its JSON, a file, the ARN of a managed policy, part of a template."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from kmsmock.authorization import vocabulary
from kmsmock.errors import nearest
from kmsmock.iam import places
from kmsmock.iam.arn import Arn
from kmsmock.records import iam
from kmsmock.telling import own_lines

PolicyForm = Mapping[str, Any] | str | Path
_SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?")


class GivenPolicy(NamedTuple):
    """A policy as IAM wants it: the JSON of a document, or the ARN of a managed policy; and a name if it has one."""

    text: str = ""
    arn: str = ""
    name: str = ""


def read_all(policies: Sequence[PolicyForm], account: str) -> list[GivenPolicy]:
    """The policies of a new user or role. Raises TypeError or ValueError, in one sentence, for what is none."""
    if isinstance(policies, (str, Mapping, Path)):
        raise TypeError("policies is a list of policy documents; put the document in a list")
    return [read(each, account) for each in policies]


def read(policy: PolicyForm, account: str) -> GivenPolicy:
    """One policy; managed ones must exist, AWS's own or in this account."""
    if isinstance(policy, Path):
        return _of_mapping(_file(policy))
    if isinstance(policy, Mapping):
        return _of_mapping(policy)
    if not isinstance(policy, str):
        raise TypeError(
            f"a policy is a dict, a JSON text, a pathlib.Path or the ARN of a managed policy, not {policy!r}"
        )
    if policy.lstrip().startswith(("{", "[")):
        return GivenPolicy(text=policy)
    if policy.startswith("arn:"):
        return GivenPolicy(arn=_managed(policy, account))
    raise ValueError(_no_policy(policy, account))


def remember_files(known: places.Places, policies: Sequence[Any]) -> None:
    """Remember where the statements of those policies stand that are files."""
    for each in policies:
        if isinstance(each, Path):
            document = _file(each)
            places.add(known, each, document.get("PolicyDocument", document), own_lines.place)


def read_trust(trust: PolicyForm, name: str = "trust") -> str:
    """The JSON of a trust policy: of a document, a file, or the name of the service that may assume the role."""
    if isinstance(trust, Path):
        return _dumped(_file(trust))
    if isinstance(trust, Mapping):
        return _dumped(trust)
    wanted = "give a document (dict or JSON), a pathlib.Path, or the name of a service, such as 'lambda.amazonaws.com'"
    if not isinstance(trust, str):
        raise TypeError(f"{name}={trust!r}: {wanted}")
    if trust.lstrip().startswith(("{", "[")):
        return trust
    if _SERVICE.fullmatch(trust):
        return trusting({"Service": trust})
    services = [f"{label}.amazonaws.com" for label in vocabulary.principal_labels()]
    if f"{trust}.amazonaws.com" in services:
        raise ValueError(f"{name}={trust!r}: write '{trust}.amazonaws.com'")
    meant = nearest(trust, services, 0.85)
    hint = "" if meant is None else f"; did you mean {meant!r}?"
    raise ValueError(f"{name}={trust!r}: {wanted}{hint}")


def trusting(principal: Mapping[str, str]) -> str:
    """The JSON of a trust policy that lets one principal assume the role."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _of_mapping(document: Mapping[str, Any]) -> GivenPolicy:
    """A document, or what a template has for one: its name beside it."""
    if "PolicyName" in document or "PolicyDocument" in document:
        if "PolicyDocument" not in document:
            raise ValueError(f"{dict(document)!r} has a PolicyName and no PolicyDocument; give the document itself")
        return GivenPolicy(_dumped(document["PolicyDocument"]), name=str(document.get("PolicyName", "")))
    return GivenPolicy(_dumped(document))


def _dumped(document: Any) -> str:
    try:
        return json.dumps(document)
    except (TypeError, ValueError, RecursionError) as problem:
        raise ValueError(f"a policy holds what JSON can hold: {problem}") from None


def _file(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        raise ValueError(f"there is no file {path}; give the path of a policy document in JSON")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise ValueError(f"{path} is no JSON: {problem}") from None
    if not isinstance(found, Mapping):
        raise ValueError(f"{path} holds no policy document, which is an object with Version and Statement")
    return found


def _managed(arn: str, account: str) -> str:
    parts = Arn.find(arn)
    if parts is None or parts.service != "iam" or parts.kind != "policy":
        raise ValueError(f"{arn!r} is no ARN of a managed policy, such as 'arn:aws:iam::aws:policy/ReadOnlyAccess'")
    if iam.is_aws_policy(arn):
        iam.load_aws_policies(account, parts.partition)
    if iam.managed_policy(account, arn) is None:
        meant = nearest(arn, iam.managed_arns(account), 0.85)
        hint = "" if meant is None else f"; did you mean {meant!r}?"
        raise ValueError(f"there is no managed policy {arn!r}{hint}")
    return arn


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except OSError:  # too long for a name
        return False


def _no_policy(text: str, account: str) -> str:
    if text.endswith(".json") or _is_file(text):
        return f"{text!r} is the name of a file: write pathlib.Path({text!r})"
    iam.load_aws_policies(account, "aws")  # their names are the same in every partition
    named = [arn for arn in iam.managed_arns(account) if arn.rpartition("/")[2] == text]
    if named:
        return f"{text!r} is the name of a managed policy: write {named[0]!r}"
    return (
        f"{text!r} is neither the JSON of a policy nor the ARN of a managed one; an action alone is no policy: write "
        f"{{'Version': '2012-10-17', 'Statement': [{{'Effect': 'Allow', 'Action': {text!r}, 'Resource': '*'}}]}}"
    )
