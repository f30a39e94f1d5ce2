"""Keys and aliases of a template."""

from __future__ import annotations

from collections.abc import Iterator

from kmsmock.loading.cloudformation import rows
from kmsmock.loading.cloudformation.rows import Place, Properties, Resource, Row
from kmsmock.loading.things import Thing


def _keys(place: Place, resource: Resource, properties: Properties) -> Iterator[Thing]:
    yield rows.thing(
        "key",
        place,
        resource,
        KeyId=place.identity(resource).ref,
        Policy=properties.get("KeyPolicy"),
        Description=properties.get("Description"),
        KeySpec=properties.get("KeySpec"),
        KeyUsage=properties.get("KeyUsage"),
        Origin=properties.get("Origin"),
        MultiRegion=rows.is_true(properties.get("MultiRegion", False)),
        PrimaryKeyArn=properties.get("PrimaryKeyArn"),
        Enabled=rows.is_true(properties.get("Enabled", True)),
        EnableKeyRotation=rows.is_true(properties.get("EnableKeyRotation", False)),
        RotationPeriodInDays=properties.get("RotationPeriodInDays"),
        Tags=rows.tags_of(properties),
    )


def _aliases(place: Place, resource: Resource, properties: Properties) -> Iterator[Thing]:
    yield rows.thing(
        "alias",
        place,
        resource,
        AliasName=rows.given(place, resource, "AliasName"),
        TargetKeyId=properties.get("TargetKeyId"),
    )


ROWS: dict[str, Row] = {
    "AWS::KMS::Key": Row(
        rows.key,
        _keys,
        frozenset(
            {
                "KeyPolicy",
                "Description",
                "KeySpec",
                "KeyUsage",
                "Origin",
                "MultiRegion",
                "Enabled",
                "EnableKeyRotation",
                "RotationPeriodInDays",
                "Tags",
            }
        ),
    ),
    "AWS::KMS::ReplicaKey": Row(
        rows.replica, _keys, frozenset({"KeyPolicy", "Description", "PrimaryKeyArn", "Enabled", "Tags"})
    ),
    "AWS::KMS::Alias": Row(rows.alias, _aliases, frozenset({"AliasName", "TargetKeyId"})),
}
