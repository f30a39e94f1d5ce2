"""An organization with its units, accounts and control policies, put into moto's records of its management account.

moto makes up the ids of what it makes; here they become those that things have at their source.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kmsmock.records import backends

Values = Mapping[str, Any]
_KINDS = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")


def make_organization(management: str, partition: str, values: Values) -> None:
    """An organization and its root. Raises ValueError where the account has one, or is in another."""
    backend = _backend(management, partition)
    if backend.org is not None or management in _members():
        raise ValueError(f"account {management} is in an organization already")
    before = set(backends.table("iam") or {})
    backend.create_organization(partition, FeatureSet=str(values.get("FeatureSet") or "ALL"))
    _forget_accounts_since(before)
    made: Any = backend.org
    made.id, made.root_id = str(values["Id"]), str(values["RootId"])
    (root,) = backend.ou
    root.id, root.name = str(values["RootId"]), str(values.get("RootName") or "Root")
    root.policy_types = [{"Type": kind, "Status": "ENABLED"} for kind in _KINDS]
    for each in (root, *backend.accounts, *backend.policies):
        each.organization_id = made.id
    backend.accounts[0].parent_id = root.id
    for node in (root, *backend.accounts):
        node.attached_policies.clear()
    for policy in backend.policies:
        policy.attachments.clear()


def make_unit(management: str, partition: str, values: Values) -> None:
    """An organizational unit below another, or below the root."""
    backend = _of(management, partition)
    backend.create_organizational_unit(Name=str(values["Name"]), ParentId=str(values["ParentId"]))
    _made_as(backend.ou[-1], str(values["Id"]))


def make_account(management: str, partition: str, values: Values) -> None:
    """A member, or what is known of the management account, whose place may be another than the root."""
    backend, account = _of(management, partition), str(values["Id"])
    if account != management:
        if account in _members():
            raise ValueError(f"account {account} is in an organization already")
        before = set(backends.table("iam") or {})
        backend.create_account(AccountName=str(values["Name"]), Email=str(values["Email"]))
        _forget_accounts_since(before)
        _members().pop(backend.accounts[-1].id)
        _made_as(backend.accounts[-1], account)
        _members()[account] = (management, partition)
    found = next(each for each in backend.accounts if each.id == account)
    found.name, found.email, found.parent_id = str(values["Name"]), str(values["Email"]), str(values["ParentId"])


def make_policy(management: str, partition: str, values: Values) -> None:
    """A service or resource control policy, attached to its targets. Raises ValueError for a target that is not there.

    Those of AWS's own are there with the organization.
    """
    backend, policy = _of(management, partition), str(values["Id"])
    if all(each.id != policy for each in backend.policies):
        given = {name: str(values.get(name) or "") for name in ("Name", "Description", "Type", "Content")}
        backend.create_policy(**given)
        backend.policies[-1].id = policy
    nodes = {each.id: each for each in (*backend.ou, *backend.accounts)}
    made = next(each for each in backend.policies if each.id == policy)
    for target in values["Targets"]:
        if target not in nodes:
            raise ValueError(f"it is attached to {target}, which is not there")
        made.attachments.append(nodes[target])
        nodes[target].attached_policies.append(made)


def _made_as(record: Any, wanted: str) -> None:
    """What was made just now gets its id; moto attached to it what AWS attaches to what is new."""
    for policy in record.attached_policies:
        policy.attachments.remove(record)
    record.attached_policies.clear()
    record.id = wanted


def _backend(management: str, partition: str) -> Any:
    return backends.made("organizations", management, partition)


def _of(management: str, partition: str) -> Any:
    found = _backend(management, partition)
    if found.org is None:
        raise ValueError(f"the organization of account {management} is not there")
    return found


def _members() -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = backends.table("organizations").master_accounts
    return found


def _forget_accounts_since(before: Iterable[str]) -> None:
    """moto makes a role in an account whose number it makes up, which here is another's."""
    accounts = backends.table("iam") or {}
    for each in set(accounts) - set(before):
        del accounts[each]
