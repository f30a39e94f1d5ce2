"""Service and resource control policies, from the organizations that a test makes through boto3.

Follows "Service control policies" and "Resource control policies" in the AWS Organizations user guide. moto keeps
organizations and attaches policies, and applies none of them.
"""

from __future__ import annotations

from typing import Any, Literal

from kmsmock.iam import Hold, Layer, Policies, Policy, Principal, Source
from kmsmock.iam.document import PolicyKind
from kmsmock.identity.directory import compile_stored
from kmsmock.records import organizations

Kind = Literal["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"]
Levels = tuple[tuple[Source, ...], ...]


class Organizations:
    """What the organizations of a world demand, remembered until a request to moto may have changed it."""

    def __init__(self) -> None:
        self._levels: dict[tuple[str, Kind], Levels | None] = {}
        self._places: dict[str, tuple[str, str] | None] = {}

    def forget(self) -> None:
        self._levels.clear()
        self._places.clear()

    def limit(self, policies: Policies, principal: Principal, owner: str) -> Policies:
        """``policies`` with those of the caller's and of the resource owner's organization."""
        if not organizations.are_there():
            return policies
        scp = None if principal.kind in ("service", "provider", "anonymous") else self._of(principal.account, _SCP)
        rcp = self._of(owner, _RCP)
        if scp is None and rcp is None:
            return policies
        return policies._replace(scp=scp, rcp=tuple(each for level in rcp or () for each in level))

    def place_of(self, account: str) -> tuple[str, str] | None:
        """The organization id and the path of an account (``o-x/r-x/ou-x/``); None without an organization."""
        if account not in self._places:
            self._places[account] = _place(account)
        return self._places[account]

    def _of(self, account: str, kind: Kind) -> Levels | None:
        asked = (account, kind)
        if asked not in self._levels:
            self._levels[asked] = _levels(account, kind)
        return self._levels[asked]


_SCP: Kind = "SERVICE_CONTROL_POLICY"
_RCP: Kind = "RESOURCE_CONTROL_POLICY"


def _levels(account: str, kind: Kind) -> Levels | None:
    """The control policies of each level above an account. The management account is under none."""
    found = organizations.chain(account)
    if found is None or found[0].master_account_id == account or found[0].feature_set != "ALL":
        return None
    return tuple(tuple(_sources(node, kind, found[0].master_account_id)) for node in found[1])


_WHAT = {"ROOT": "the root", "ORGANIZATIONAL_UNIT": 'OU "{}"', "ACCOUNT": 'account "{}"'}


def _sources(node: Any, kind: Kind, management: str) -> list[Source]:
    """The policies that are attached to a node; where there is no SCP, one that allows nothing."""
    form: PolicyKind
    layer, form = (Layer.SCP, "identity") if kind == _SCP else (Layer.RCP, "resource")
    node_is = f"{_WHAT[node.type].format(node.name)} ({node.id})"
    found = [
        Source(
            layer,
            f'{layer.value} "{policy.name}" ({policy.id}) of {node_is}',
            compile_stored(policy.content, form),
            policy.arn,
            hold=Hold(node_is, management, policy.aws_managed),
        )
        for policy in node.attached_policies
        if policy.type == kind
    ]
    if found or layer is Layer.RCP:
        return found
    nothing = Policy("2012-10-17", "", ())
    return [Source(layer, f"none of {node_is}", nothing, hold=Hold(node_is, management, fixed=True))]


def _place(account: str) -> tuple[str, str] | None:
    found = organizations.chain(account)
    if found is None:
        return None
    organization, chain = found
    path = "/".join([organization.id, *(node.id for node in chain if node.id != account)])
    return organization.id, f"{path}/"
