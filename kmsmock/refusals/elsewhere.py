"""Where a key or alias is that a refused call did not find."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from kmsmock.call import Call, Refused
from kmsmock.crypto import symmetric
from kmsmock.errors import nearest
from kmsmock.iam.arn import Arn
from kmsmock.store import Store

_NAMES = ("KeyId", "SourceKeyId", "DestinationKeyId", "TargetKeyId")


class Place(NamedTuple):
    """An ARN under which there is one, and the account and Region where the request looked."""

    arn: str
    account: str
    region: str
    sealed: bool = False
    """Whether it is the key of a ciphertext, which no other key opens."""

    @property
    def missed(self) -> bool:
        """Whether the request did not look there."""
        found = Arn.of(self.arn)
        return (found.account, found.region) != (self.account, self.region)

    @property
    def way(self) -> str:
        """What would find it."""
        found = Arn.of(self.arn)
        if found.region != self.region:
            other = "ReplicateKey to" if "key/mrk-" in self.arn else "" if self.sealed else "a key of"
            here = f", or {other} {self.region}" if other else ""
            return f"Use a client of Region {found.region}, where {self.arn} is{here}."
        return f"It is another account's: name it by its ARN, {self.arn}."


def named(call: Call) -> Iterator[str]:
    """What the call says of keys and aliases."""
    for name in _NAMES:
        said = call.params.get(name)
        if isinstance(said, str):
            yield said


def tail_of(said: str) -> str:
    """The end of the ARN of what is named."""
    return said.rpartition("/")[2] if "alias/" not in said else f"alias/{said.partition('alias/')[2]}"


def places(store: Store, refused: Refused) -> Iterator[Place]:
    """Where there is one of the name, or the key of the ciphertext."""
    call = refused.call
    if call is None:
        return
    for said in named(call):
        tail = tail_of(said)
        kept = [*store.aliases] if tail.startswith("alias/") else [*store.keys]
        for arn in kept:
            if arn.endswith((f"/{tail}", f":{tail}")):
                yield Place(arn, call.account, call.region)
    blob = call.params.get("CiphertextBlob")
    material = symmetric.material_id_of(blob) if isinstance(blob, bytes) else None
    for arn in store.key_by_material.get(material, ()) if material is not None else ():
        yield Place(arn, call.account, call.region, sealed=True)


def meant(store: Store, said: str) -> str | None:
    """The alias that may be meant by one that is not there."""
    if "alias/" not in said:
        name = nearest(f"alias/{said}", _aliases(store))
        return name if name == f"alias/{said}" else None
    return nearest(tail_of(said), _aliases(store))


def _aliases(store: Store) -> list[str]:
    return [f"alias/{arn.partition(':alias/')[2]}" for arn in store.aliases]
