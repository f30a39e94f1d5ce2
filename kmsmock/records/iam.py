"""moto's records of IAM: users, roles, managed policies, access keys and instance profiles."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from kmsmock.iam import Principal
from kmsmock.iam.arn import Arn
from kmsmock.records.backends import existing, made, table
from kmsmock.records.contract import MOTO
from kmsmock.records.placed import policies


def backends(service: str, account: str | None = None, partition: str | None = None) -> Iterable[Any]:
    """moto's backends of a global service, of the accounts and partitions that have one."""
    accounts: dict[str, Any] = table(service) or {}
    for id_, partitions in list(accounts.items()):
        if account in (None, id_):
            yield from (each for name, each in list(partitions.items()) if partition in (None, name))


def user_id(user: Any) -> str:
    """The ``AIDA…`` of a user; moto's own ids have another form."""
    return unique_id(str(user.id))


def unique_id(moto_id: str) -> str:
    """The same from moto's id."""
    return moto_id if moto_id.startswith("AIDA") else "AIDA" + moto_id.upper()[:16]


def owner_of_key(backend: Any, access_key: str) -> Any:
    """moto's record of the user who has an access key: he may have been renamed since it was made."""
    users = list(backend.users.values())
    return next((user for user in users if any(key.access_key_id == access_key for key in user.access_keys)), None)


def roles(account: str, partition: str | None = None) -> Iterable[Any]:
    """moto's records of the roles of an account, in one partition or in all."""
    return holders("role", account, partition)


def holders(kind: str, account: str, partition: str | None = None) -> Iterable[Any]:
    """moto's records of the users, groups or roles (``kind``) of an account; of other kinds there are none."""
    for backend in backends("iam", account, partition):
        tables = {"user": backend.users, "group": backend.groups, "role": backend.roles}
        yield from list(tables.get(kind, {}).values())


def find_holder(account: str, kind: str, name: str, partition: str | None = None) -> Any:
    """moto's record of a user, group or role (``kind``) by its name, or None."""
    return next((each for each in holders(kind, account, partition) if each.name == name), None)


def accounts_with(kind: str) -> list[str]:
    """The accounts that have users or roles (``kind``)."""
    accounts = list(table("iam") or {})
    return [str(account) for account in accounts if any(True for _ in holders(kind, str(account)))]


def names_of(account: str, kind: str) -> list[str]:
    """The names of the users or roles of an account."""
    return [str(each.name) for each in holders(kind, account)]


def find_role(arn: str) -> Any:
    """moto's record of a role, or None, also for what is no role's ARN."""
    if arn.count(":") != 5:
        return None
    return next((role for role in roles(Arn.of(arn).account) if role.arn == arn), None)


def role_used(principal: Principal, when: datetime, region: str) -> None:
    """A session of a role made a request: the role tells when and where that was last."""
    backend = existing("iam", principal.account, principal.partition)
    role = None if backend is None else backend.roles.get(principal.unique_id.partition(":")[0])
    if role is not None:
        role.last_used, role.last_used_region = when.replace(tzinfo=None, microsecond=0), region


def managed_text(policy: Any) -> str:
    """The default version of a managed policy."""
    folded = policies.folded_text(policy)
    if folded is not None:
        return folded
    versions = {version.version_id: version.document for version in policy.versions}
    return str(versions[policy.default_version_id])


def managed_policy(account: str, arn: str) -> Any:
    """moto's record of a managed policy, AWS's own included, or None."""
    return next((each.managed_policies[arn] for each in backends("iam", account) if arn in each.managed_policies), None)


def managed_arns(account: str) -> list[str]:
    """The ARNs of the managed policies of an account, with AWS's own as far as they are loaded."""
    return [arn for each in backends("iam", account) for arn in list(each.managed_policies)]


_AWS_POLICY = re.compile(r"arn:[\w-]+:iam::aws:policy/")


def is_aws_policy(arn: str) -> bool:
    """True for the ARN of a policy that AWS itself manages."""
    return _AWS_POLICY.match(arn) is not None


def administer(account: str, role_name: str) -> None:
    """Give a role all permissions, as Organizations does with the one that it makes in a new account."""
    for role in roles(account):
        if role.name == role_name:
            role.policies["AdministratorAccess"] = (
                '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
            )


_aws_policies: dict[str, Any] = {}
"""AWS's own managed policies, read once in a process."""


def iam_of(account: str, partition: str) -> Any:
    """moto's IAM backend of an account in a partition, made if need be."""
    return made("iam", account, partition)


def _all_aws_policies() -> dict[str, Any]:
    if not _aws_policies:
        _aws_policies.update(json.loads(MOTO.get("moto.iam.models:aws_managed_policies_data")))
    return _aws_policies


def _aws_policy(name: str, account: str, partition: str) -> Any:
    from_data = MOTO.get("moto.iam.models:AWSManagedPolicy.from_data")
    return from_data(name, account, partition, _all_aws_policies()[name])


def add_aws_policy(account: str, partition: str, name: str) -> str:
    """Give moto's IAM of an account one of AWS's own managed policies. Returns its ARN."""
    policy = _aws_policy(name, account, partition)
    iam_of(account, partition).managed_policies.setdefault(policy.arn, policy)
    return str(policy.arn)


def load_aws_policies(account: str, partition: str) -> None:
    """Give moto's IAM of an account all of AWS's own managed policies, which it leaves out to start faster."""
    backend = iam_of(account, partition)
    if backend.aws_managed_policies:
        return
    backend.aws_managed_policies = [_aws_policy(name, account, partition) for name in _all_aws_policies()]
    backend.managed_policies = {
        policy.arn: policy for policy in backend.aws_managed_policies
    } | backend.managed_policies


def roles_of_profile(account: str, name: str, partition: str) -> list[str]:
    """The ARNs of the roles of an instance profile."""
    found = backends("iam", account, partition)
    profiles = (each for backend in found for each in list(backend.instance_profiles.values()))
    return [str(role.arn) for profile in profiles if profile.name == name for role in profile.roles]


def iam_arn(arn: str) -> str:
    """The ARN of a user, group, role or policy with the path that it has, if there is such a one."""
    parts = Arn.of(arn)
    kind, _, name = parts.resource.partition("/")
    found = find_holder(parts.account, kind, name, parts.partition)
    return arn if found is None else str(found.arn)


def clients_of_provider(account: str, partition: str, arn: str) -> list[str] | None:
    """The audiences that an OpenID Connect provider of an account takes; None if there is no such provider."""
    backend = existing("iam", account, partition)
    found = None if backend is None else backend.open_id_providers.get(arn)
    return None if found is None else list(found.client_id_list)


def saml_metadata(account: str, partition: str, name: str) -> str | None:
    """The metadata document of an account's SAML provider; None if there is no such provider."""
    backend = existing("iam", account, partition)
    found = None if backend is None else backend.saml_providers.get(name)
    return None if found is None else str(found.saml_metadata_document or "")


def tags_of_user(account: str, arn: str) -> dict[str, str]:
    """The tags of a user."""
    found = (each.tagger.list_tags_for_resource(arn)["Tags"] for each in backends("iam", account))
    return {tag["Key"]: tag["Value"] for tags in found for tag in tags}


def tags_of_role(arn: str) -> dict[str, str]:
    """The tags of a role, as a resource."""
    role = find_role(arn)
    return {} if role is None else {tag["Key"]: tag["Value"] for tag in role.tags or []}
