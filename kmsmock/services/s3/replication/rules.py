"""Which rules of a replication configuration are about an object ("Replication configuration")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kmsmock.model.sealed import Sealed

Rule = Mapping[str, Any]
Tags = Mapping[str, str]


def for_object(rules: Iterable[Rule], name: str, tags: Tags, sealed: Sealed | None) -> list[Rule]:
    """The rules by which a new object is replicated, one for each destination: the one with the highest priority."""
    under_kms = sealed is not None and sealed.envelope is not None
    fitting = (rule for rule in rules if _fits(rule, name, tags) and (not under_kms or takes_kms_objects(rule)))
    return _one_for_each_destination(fitting)


def for_marker(rules: Iterable[Rule], name: str) -> list[Rule]:
    """The rules by which a delete marker is replicated: those that say so, and those of the first schema."""
    fitting = (rule for rule in rules if _fits(rule, name, {}) and _replicates_markers(rule))
    return _one_for_each_destination(fitting)


def _replicates_markers(rule: Rule) -> bool:
    if "Filter" not in rule:
        return True
    return (rule.get("DeleteMarkerReplication") or {}).get("Status") == "Enabled"


def takes_kms_objects(rule: Rule) -> bool:
    """True if the rule is also about objects under SSE-KMS and DSSE-KMS."""
    criteria = rule.get("SourceSelectionCriteria") or {}
    return bool((criteria.get("SseKmsEncryptedObjects") or {}).get("Status") == "Enabled")


def _fits(rule: Rule, name: str, tags: Tags) -> bool:
    if rule.get("Status") != "Enabled":
        return False
    chosen = rule.get("Filter") or {}
    both = chosen.get("And") or {}
    prefix = both.get("Prefix") or chosen.get("Prefix") or rule.get("Prefix") or ""
    wanted = [*both.get("Tags", ()), *([chosen["Tag"]] if "Tag" in chosen else [])]
    return name.startswith(prefix) and all(tags.get(each["Key"]) == each["Value"] for each in wanted)


def _one_for_each_destination(rules: Iterable[Rule]) -> list[Rule]:
    chosen: dict[str, Rule] = {}
    for rule in sorted(rules, key=lambda each: int(each.get("Priority", 0))):
        chosen[rule["Destination"]["Bucket"]] = rule
    return list(chosen.values())
