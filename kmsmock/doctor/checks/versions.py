"""Versions and pins: what the project asks for, and what is installed, beside what kmsmock needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import metadata

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from kmsmock.doctor.findings import Check, Finding, Place
from kmsmock.doctor.project import Project
from kmsmock.foreign import versions

PIN = Check(
    "VERSIONS-PINNED",
    "change",
    "the project asks for a version that kmsmock cannot work with",
    "pip, uv and Poetry find no set of versions with kmsmock in it: it needs {needed}.",
    "{write}",
)
CLIENT = Check(
    "VERSIONS-OF-CLIENTS",
    "change",
    "a client pins what kmsmock needs in another version",
    "pip does not install {name} next to kmsmock: it asks for {asked}. It runs with what kmsmock needs all the same.",
    "pip install --no-deps {name}, once kmsmock and the rest are installed",
)
LOCK = Check(
    "VERSIONS-LOCKED",
    "change",
    "a lock file has versions that kmsmock cannot work with",
    "Installing from the lock file leaves {name} as it is: kmsmock needs {needed}.",
    "Add kmsmock to the test requirements and lock again, so that {name} goes up with it.",
)
INSTALLED = Check(
    "VERSIONS-INSTALLED",
    "change",
    "what is installed here is not what kmsmock needs",
    "kmsmock needs {needed}; with another version the first world may fail, or warn (kmsmock.VersionWarning).",
    "pip install '{needed}'",
)
OTHERS = Check(
    "VERSIONS-OF-OTHERS",
    "look",
    "an installed package pins what kmsmock needs in another version",
    "pip does not install {name} next to kmsmock by itself: it asks for {asked}, kmsmock for {needed}.",
    "Install kmsmock and what it needs first, then: pip install --no-deps {name}",
)
UNTRIED = Check(
    "VERSIONS-UNTRIED",
    "look",
    "versions that kmsmock's own suite has not been run with",
    "The first world of a process warns (kmsmock.VersionWarning): {sentence}.",
    'filterwarnings = ["ignore::kmsmock.VersionWarning"], if your suite passes',
)
PYTHON = Check(
    "VERSIONS-PYTHON",
    "look",
    "the project also supports Pythons that kmsmock does not",
    "kmsmock needs Python {needed}. Tools that lock for all supported Pythons find no set of versions for the others.",
    'kmsmock; python_version >= "3.10"',
)
CHECKS = (PIN, CLIENT, LOCK, INSTALLED, OTHERS, UNTRIED, PYTHON)


_CLIENTS: Mapping[str, str] = {
    "aioboto3": "aiobotocore 2, which asks for a botocore that is too old",
    "aws-encryption-sdk-cli": "aws-encryption-sdk 3",
    "amazon-s3-encryption-client-python": "cryptography below 49",
}
"""Clients whose newest version has such pins (docs/reference/clients.md)."""
_OLDEST: Mapping[str, Requirement] = {"aiobotocore": Requirement("aiobotocore>=3.10")}
"""What asks for a botocore that is too old, up to this version."""


def find(project: Project) -> Iterator[Finding]:
    """Requirements, locks and installed versions that part from kmsmock's."""
    needed = _needed()
    for each in project.declared:
        wanted = needed.get(canonicalize_name(each.name)) or _OLDEST.get(each.name)
        if wanted is not None and not may_meet(each.specifier, wanted.specifier):
            tells = {"name": each.name, "needed": _said(wanted), "write": _said(wanted, each.extras)}
            yield Finding(LOCK if each.locked else PIN, each.text, each.place, tells)
        elif each.name in _CLIENTS and not each.locked:
            yield Finding(CLIENT, each.text, each.place, {"name": each.name, "asked": _CLIENTS[each.name]})
    yield from _of_this_environment()
    yield from _pythons(project)


def own_requirements() -> list[Requirement]:
    """What kmsmock itself declares, for the Python that runs this."""
    return [each for each in _requirements("kmsmock") if each.marker is None or each.marker.evaluate({"extra": ""})]


def may_meet(one: SpecifierSet, other: SpecifierSet) -> bool:
    """Whether some version is in both. They can only part at the versions that they name, and next to these."""
    both = one & other
    named = [each.version.removesuffix(".*") for each in both]
    return not named or any(_contains(both, version) for each in named for version in _around(each))


def _contains(specifiers: SpecifierSet, version: Version | str) -> bool:
    """A text that is no version is in nothing but ``===`` of itself; older releases of packaging raise there."""
    try:
        return specifiers.contains(version, prereleases=True)
    except InvalidVersion:
        return all(each.operator == "===" for each in specifiers)


def _around(named: str) -> Iterator[Version | str]:
    """A version, and those right after and before it at each of its places."""
    try:
        release = Version(named).release
    except InvalidVersion:
        yield named
        return
    yield Version(named)
    for place in range(len(release)):
        yield Version(".".join(map(str, (*release[:place], release[place] + 1))))
        if release[place]:
            yield Version(".".join(map(str, (*release[:place], release[place] - 1, 10**9))))
    yield Version(".".join(map(str, (*release, 1))))


@cache
def _needed() -> Mapping[NormalizedName, Requirement]:
    return {canonicalize_name(each.name): each for each in own_requirements()}


@cache
def _of_this_environment() -> Sequence[Finding]:
    """What is installed goes on being installed as long as this runs."""
    return list(_installed(_needed()))


def _installed(needed: Mapping[NormalizedName, Requirement]) -> Iterator[Finding]:
    here = Place("installed")
    for name, requirement in needed.items():
        version = versions.installed(name)
        if version != versions.ABSENT and not requirement.specifier.contains(version, prereleases=True):
            yield Finding(INSTALLED, f"{name} {version}", here, {"needed": _said(requirement)})
    for other in _others():
        for asked in _requirements(other):
            wanted = needed.get(canonicalize_name(asked.name))
            if wanted is None or (asked.marker is not None and not asked.marker.evaluate({"extra": ""})):
                continue
            if not may_meet(asked.specifier, wanted.specifier):
                tells = {"name": other, "asked": _said(asked), "needed": _said(wanted)}
                yield Finding(OTHERS, f"{other} {versions.installed(other)}", here, tells)
    known = [name for name, row in versions.table().items() if row.if_imported is None or name in needed]
    for sentence in versions.outside((name, versions.installed(name)) for name in known):
        yield Finding(UNTRIED, sentence.partition(" (")[0], here, {"sentence": sentence})


def _pythons(project: Project) -> Iterator[Finding]:
    if versions.installed("kmsmock") == versions.ABSENT:
        return
    own = metadata.metadata("kmsmock")["Requires-Python"]
    oldest = Version(next(each.version for each in SpecifierSet(own)))
    for each in project.requires("python"):
        lower = [Version(one.version) for one in each.specifier if one.operator in (">=", "~=")]
        if lower and max(lower) < oldest:
            yield Finding(PYTHON, each.text, each.place, {"needed": own})


@cache
def _others() -> Sequence[str]:
    return sorted({each.name for each in metadata.distributions() if each.name} - {"kmsmock"})


@cache
def _requirements(name: str) -> Sequence[Requirement]:
    try:
        listed = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return ()
    found = []
    for each in listed:
        try:
            found.append(Requirement(each))
        except InvalidRequirement:
            continue
    return found


def _said(requirement: Requirement, extras: Iterable[str] = ()) -> str:
    """A requirement as one writes it, the lowest version first; with more extras if need be."""
    listed = ",".join(sorted({*requirement.extras, *extras}))
    bounds = ",".join(sorted(map(str, requirement.specifier), key=lambda each: each.startswith("<")))
    return f"{requirement.name}[{listed}]{bounds}" if listed else f"{requirement.name}{bounds}"
