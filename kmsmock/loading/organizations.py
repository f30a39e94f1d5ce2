"""What outputs of ``aws organizations`` tell together: each tells a part, by ids, and some only their folder's name.

Layout and names follow the API reference of AWS Organizations (DescribeOrganization, ListRoots, …). Whatever is not in
any output is assumed to be as AWS makes it, which the report says: units below the root, and policies that allow all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kmsmock.iam.arn import Arn
from kmsmock.loading.things import Kind, Read, Thing

KEYS = (
    *("Organization", "Roots", "OrganizationalUnits", "OrganizationalUnit", "Accounts", "Account"),
    *("Policies", "Policy", "Targets", "Parents"),
)
"""What stands in an output of these commands."""
_ALL = {"SERVICE_CONTROL_POLICY": "p-FullAWSAccess", "RESOURCE_CONTROL_POLICY": "p-RCPFullAWSAccess"}
"""The policies of AWS's own that allow everything, attached to all that is new, as long as their type is in use."""


class Piece(NamedTuple):
    """One output: the file, whom it is about (by the file's or the folder's name), and what stands in it."""

    file: str
    owner: str
    says: Mapping[str, Any]


@dataclass(slots=True)
class _Organization:
    """One organization, as far as it is told; children by id."""

    id: str
    management: str
    partition: str
    where: str
    about: dict[str, Any] = field(default_factory=dict)
    root: dict[str, Any] = field(default_factory=dict)
    units: dict[str, dict[str, Any]] = field(default_factory=dict)
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)
    targets: dict[str, list[str]] = field(default_factory=dict)


def is_piece(output: Mapping[str, Any]) -> bool:
    """Whether an output is one of these commands: policies are those of IAM, keys and buckets, too."""
    summaries = output.get("Policies")
    if isinstance(summaries, list):
        return all(isinstance(each, Mapping) and "Type" in each for each in summaries)
    if "Policy" in output:
        return isinstance(output["Policy"], Mapping) and "PolicySummary" in output["Policy"]
    return any(isinstance(output.get(key), (list, Mapping)) for key in KEYS)


def read(pieces: Sequence[Piece]) -> Read:
    """The things of all organizations that several outputs tell of."""
    found, known, parents = Read(), dict[str, _Organization](), dict[str, str]()
    rest = list[Piece]()
    for piece in pieces:
        try:
            rest += _take(piece, known, parents)
        except (KeyError, TypeError, AttributeError, ValueError, IndexError) as problem:
            found.ignore(piece.file, "file", f"it is not understood: {problem!r}")
    for piece in rest:
        _take_policies(piece, known, found)
    for each in known.values():
        found.things += _things(each, parents, found)
    return found


# --- what an output tells -------------------------------------------------------------------------------------------


def _take(piece: Piece, known: dict[str, _Organization], parents: dict[str, str]) -> Iterator[Piece]:
    """Take what an output tells of the tree. Gives it back where it is of policies, which hang in the tree."""
    output = piece.says
    if "Organization" in output:
        about = output["Organization"]
        _home(about["Arn"], piece, known).about = dict(about)
    for root in output.get("Roots") or []:
        _home(root["Arn"], piece, known).root = dict(root)
    for key, table in (("OrganizationalUnits", "units"), ("Accounts", "accounts")):
        single = output.get(key.removesuffix("s"))
        for each in output.get(key) or ([single] if single else []):
            getattr(_home(each["Arn"], piece, known), table)[str(each["Id"])] = dict(each)
            if piece.owner.startswith(("r-", "ou-")):
                parents[str(each["Id"])] = piece.owner
    for parent in output.get("Parents") or []:
        parents[piece.owner] = str(parent["Id"])
    if "Policy" in output or "Policies" in output or "Targets" in output:
        yield piece


def _home(text: str, piece: Piece, known: dict[str, _Organization]) -> _Organization:
    """The organization that an ARN of its tree names."""
    arn = Arn.find(str(text))
    if arn is None:
        raise ValueError(f"{text} is no ARN")
    organization = arn.resource.split("/")[1]
    made = _Organization(organization, arn.account, arn.partition, piece.file)
    return known.setdefault(organization, made)


def _take_policies(piece: Piece, known: Mapping[str, _Organization], found: Read) -> None:
    """What an output tells of policies: those of AWS's own are in every organization that was told of."""
    output = piece.says
    listed: list[tuple[Any, Any]] = [(each, None) for each in output.get("Policies") or []]
    if "Policy" in output:
        listed.append((output["Policy"].get("PolicySummary") or {}, output["Policy"].get("Content")))
    homes = {home.id: home for home in known.values()}
    for summary, content in listed:
        policy = str(summary.get("Id"))
        named = str(summary.get("Arn")).split("/")
        mine = [homes[named[1]]] if len(named) > 1 and named[1] in homes else list(homes.values())
        for home in mine:
            kept = {**home.policies.get(policy, {}), **summary, "where": piece.file}
            home.policies[policy] = kept if content is None else {**kept, "Content": content}
            if piece.owner.startswith(("r-", "ou-")) or piece.owner.isdigit():
                home.targets.setdefault(policy, []).append(piece.owner)
    if "Targets" in output:
        _take_targets(piece, list(homes.values()))
    if not homes:
        found.ignore(piece.file, "file", "nothing tells which organization this is of: describe-organization does")


def _take_targets(piece: Piece, homes: Sequence[_Organization]) -> None:
    """To what a policy is attached, in the organization that the targets are in; perhaps it is to nothing."""
    for home in homes:
        if piece.owner in home.policies:
            home.targets.setdefault(piece.owner, [])
        for target in piece.says["Targets"] or []:
            if f"/{home.id}/" in str(target.get("Arn")):
                home.targets.setdefault(piece.owner, []).append(str(target.get("TargetId")))


# --- what is made of it ---------------------------------------------------------------------------------------------


def _things(home: _Organization, parents: Mapping[str, str], found: Read) -> Iterator[Thing]:
    root = str(home.root.get("Id") or "r-load")
    prefix = f"arn:{home.partition}:organizations::{home.management}"
    if not home.root:
        found.notes.append(f"{home.where}: list-roots is not there, so the root of {home.id} is called {root}")
    given = {"Id": home.id, "FeatureSet": home.about.get("FeatureSet"), "RootId": root}
    given["RootName"] = home.root.get("Name")
    yield _thing(home, "organization", f"{prefix}:organization/{home.id}", given, found)
    for unit in sorted(home.units, key=lambda each: len(_above(each, parents))):
        own = {
            "Id": unit,
            "Name": home.units[unit].get("Name") or unit,
            "ParentId": _parent(unit, home, parents, found),
        }
        yield _thing(home, "organizational unit", str(home.units[unit]["Arn"]), own, found)
    for account, about in home.accounts.items():
        own = {"Id": account, "Name": about.get("Name") or account, "ParentId": _parent(account, home, parents, found)}
        own["Email"] = about.get("Email") or f"{account}@example.com"
        yield _thing(home, "member account", str(about["Arn"]), own, found)
    yield from _policies(home, root, found)


def _above(child: str, parents: Mapping[str, str]) -> list[str]:
    found = list[str]()
    while child in parents and child not in found:
        found.append(child)
        child = parents[child]
    return found


def _parent(child: str, home: _Organization, parents: Mapping[str, str], found: Read) -> str:
    root = str(home.root.get("Id") or "r-load")
    parent = parents.get(child)
    if parent is not None and (parent == root or parent in home.units):
        return parent
    if child != home.management or parent is not None:
        found.notes.append(f"{home.where}: what {child} is in is not there, so it is taken to be right below the root")
    return root


def _policies(home: _Organization, root: str, found: Read) -> Iterator[Thing]:
    nodes = [root, *home.units, *dict.fromkeys([*home.accounts, home.management])]
    for policy, about in home.policies.items():
        where, kind = str(about["where"]), about.get("Type")
        if kind not in _ALL:
            found.ignore(where, str(about.get("Name") or policy), f"no {kind} has a say in who may do what")
        elif policy not in _ALL.values() and about.get("Content") is None:
            found.ignore(where, str(about.get("Name") or policy), "its text is not there: describe-policy tells it")
        elif policy in home.targets:
            yield _policy(home, policy, about, list(dict.fromkeys(home.targets[policy])), found)
        elif policy not in _ALL.values():
            found.notes.append(f"{where}: to what {policy} is attached is not there, so it is attached to nothing")
            yield _policy(home, policy, about, [], found)
    for kind, policy in _ALL.items():
        if policy not in home.targets:
            what = f"to what {policy} of {home.id} is attached"
            found.notes.append(f"{home.where}: {what} is not there, so that is taken to be everything")
            yield _policy(home, policy, {"Type": kind, "Name": policy[2:]}, nodes, found)


def _policy(home: _Organization, policy: str, about: Mapping[str, Any], targets: Sequence[str], found: Read) -> Thing:
    form = str(about["Type"]).lower()
    owner = "aws:policy" if policy in _ALL.values() else f"{home.management}:policy/{home.id}"
    arn = str(about.get("Arn") or f"arn:{home.partition}:organizations::{owner}/{form}/{policy}")
    given = {**{name: about.get(name) for name in ("Name", "Type", "Content", "Description")}, "Id": policy}
    return _thing(home, "control policy", arn, {**given, "Targets": list(targets)}, found)


def _thing(home: _Organization, kind: Kind, arn: str, given: Mapping[str, Any], found: Read) -> Thing:
    name = str(given.get("Id"))
    found.names[name] = arn
    return Thing(kind, arn, home.management, "us-east-1", given, f"{home.where}, {name}", name)
