"""moto's KMS backend of one account and Region, as a view of the world."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from moto.core.base_backend import BaseBackend
from moto.core.resource_tagging import TaggedResource
from moto.kms.models import KmsBackend

from kmsmock.bridge import failures, kms_calls
from kmsmock.kms import managed_keys
from kmsmock.model.key import Key
from kmsmock.records import serving


class WorldKms(KmsBackend):  # type: ignore[misc]  # moto is not typed for strict
    """The methods of moto's backend that other parts of moto use. The records it gives out are the world's own."""

    def __init__(self, region_name: str, account_id: str) -> None:
        BaseBackend.__init__(self, region_name, account_id)

    @property
    def keys(self) -> dict[str, Key]:
        """The keys of this account and Region by id."""
        found = kms_calls.up_to_date().keys.values()
        return {key.id: key for key in found if (key.account, key.region) == (self.account_id, self.region_name)}

    def describe_key(self, key_id: str) -> Key:
        """Raises AsMoto, moto's KeyError, for what does not exist."""
        name = key_id.split(":", 5)[-1]
        arn = self._arn(name if name.startswith(("alias/", "key/")) else f"key/{name}")
        store = kms_calls.up_to_date()
        if name.startswith("alias/"):
            self.alias_exists(name)
            arn = store.aliases[arn].target
        if arn not in store.keys:
            raise failures.AsMoto(key_id)
        return store.keys[arn]

    def alias_exists(self, alias_name: str) -> bool:
        """True for an alias of the world. That of an AWS managed key is made by asking, as services do."""
        store = kms_calls.up_to_date()
        managed_keys.find_or_make(store, alias_name, self.partition, self.region_name, self.account_id)
        return self._arn(alias_name) in store.aliases

    def get_key_id_from_alias(self, alias_name: str) -> str | None:
        return self.describe_key(alias_name).id if self.alias_exists(alias_name) else None

    def _arn(self, name: str) -> str:
        return f"arn:{self.partition}:kms:{self.region_name}:{self.account_id}:{name}"

    def create_key(self, policy: str | None, key_usage: str, key_spec: str, description: str, *_: Any) -> Key:
        created = kms_calls.call(
            "CreateKey",
            self.region_name,
            Policy=policy or None,
            KeyUsage=key_usage,
            KeySpec=key_spec,
            Description=description,
        )
        return serving.current().store.keys[created["KeyMetadata"]["Arn"]]

    def create_alias(self, target_key_id: str, alias_name: str) -> None:
        kms_calls.call("CreateAlias", self.region_name, TargetKeyId=target_key_id, AliasName=alias_name)

    def list_keys(self) -> Iterable[Key]:
        return self.keys.values()

    def iter_tagged_resources(self) -> Iterator[TaggedResource]:
        for key in self.list_keys():
            if key.tags:
                yield TaggedResource(arn=key.arn, tags=dict(key.tags), resource_type="kms:key")

    def tag_resource(self, arn: str, tags: dict[str, str]) -> None:
        given: list[dict[str, Any]] = [{"TagKey": name, "TagValue": value} for name, value in tags.items()]
        kms_calls.call("TagResource", self.region_name, KeyId=arn, Tags=given)

    def untag_resource(self, arn: str, tag_keys: list[str]) -> None:
        kms_calls.call("UntagResource", self.region_name, KeyId=arn, TagKeys=tag_keys)
