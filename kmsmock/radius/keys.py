"""Which key is meant: by its ARN, its id, or an alias."""

from __future__ import annotations

from kmsmock.errors import a_text, nearest
from kmsmock.iam.arn import Arn
from kmsmock.model.alias import Alias
from kmsmock.model.key import Key
from kmsmock.store import Store

_EXAMPLE = "arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def find(store: Store, name: str) -> Key:
    """The key of this world, also one that has been deleted, that an ARN, a key id, an alias or its ARN means.

    A bare id or alias is looked for in the world's own account and Region first, and then everywhere. Raises TypeError
    for what is no text, and ValueError for a key that there never was and for a name that several keys have.
    """
    known = {**store.deleted_keys, **store.keys}
    if a_text("key", name, _EXAMPLE) in known:
        return known[name]
    found = [known[each.target] for each in store.aliases.values() if name in (each.arn, each.name)]
    found += [key for arn, key in known.items() if arn.rpartition("/")[2] == name]
    own = [each for each in found if (each.account, each.region) == (store.account_id, store.region_name)]
    chosen = own or found
    if len(chosen) == 1:
        return chosen[0]
    if chosen:
        raise ValueError(f"key={name!r}: there are {len(chosen)} of them; give an ARN: {', '.join(_arns(chosen))}")
    raise ValueError(f"key={name!r}: this world never had such a key{_hint(name, known, store.aliases)}")


def _arns(keys: list[Key]) -> list[str]:
    return sorted(each.arn for each in keys)


def _hint(name: str, known: dict[str, Key], aliases: dict[str, Alias]) -> str:
    """What was meant, among names of the same form; else which forms there are."""
    arns = Arn.find(name) is not None
    names = (
        [*known, *aliases]
        if arns
        else [*(each.rpartition("/")[2] for each in known), *(each.name for each in aliases.values())]
    )
    meant = nearest(name, names)
    return f"; did you mean {meant!r}?" if meant else "; give its ARN, its id, or an alias"
