"""Aliases: create, move, delete, list."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kmsmock import clock
from kmsmock.call import Call
from kmsmock.crypto.specs import KEY_SPECS
from kmsmock.kms import managed_keys, room, states, targets
from kmsmock.kms.errors import keys as key_errors
from kmsmock.kms.handlers import paging
from kmsmock.model.alias import AWS_PREFIX, Alias
from kmsmock.model.key import Key
from kmsmock.model.spreading import Spreading
from kmsmock.store import Store


def create(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """CreateAlias."""
    name = call.params["AliasName"]
    arn = targets.alias_arn(call, name)
    if arn in store.aliases:
        raise key_errors.alias_exists(arn)
    _check_room(store, call, key)
    now = clock.now()
    _change(store, call, arn, key)
    store.aliases[arn] = Alias(arn, name, call.account, call.region, key.arn, now, now)
    key.aliases |= {arn}
    return {}


def update(store: Store, call: Call, new: Key, old: Key) -> dict[str, Any]:
    """UpdateAlias: only between keys of the same type and usage. A key that is pending deletion takes no alias."""
    name = call.params["AliasName"]
    states.insist(store, call, states.NOT_PENDING, new)
    if _kind(new) != _kind(old):
        store.insist(call, key_errors.alias_target_mismatch(), (new, old))
    if new is not old:
        _check_room(store, call, new)
    arn = targets.alias_arn(call, name)
    _change(store, call, arn, new, *([] if new is old else [old]))
    store.aliases[arn] = replace(store.aliases[arn], target=new.arn, updated=clock.now())
    old.aliases -= {arn}
    new.aliases |= {arn}
    return {}


def delete(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """DeleteAlias."""
    arn = targets.alias_arn(call, call.params["AliasName"])
    _change(store, call, arn, key)
    del store.aliases[arn]
    key.aliases -= {arn}
    return {}


def _change(store: Store, call: Call, alias_arn: str, *keys: Key) -> None:
    """An alias, and the aliases of its keys, are about to change."""
    spreading = store.records(Spreading)
    spreading.change(call.operation, "alias", alias_arn, store.aliases.get(alias_arn))
    for key in keys:
        spreading.change(call.operation, "aliases", key.arn, key.aliases)


def list_(store: Store, call: Call) -> dict[str, Any]:
    """ListAliases, of one key if KeyId is given."""
    wanted = None
    if "KeyId" in call.params:
        wanted = targets.find(store, call, call.params["KeyId"], "kms:ListAliases", aliases=False).arn
    found = {
        alias.name: _entry(alias)
        for alias in store.aliases.values()
        if alias.account == call.account and alias.region == call.region and wanted in (None, alias.target)
    }
    if wanted is None:
        found = _predefined(call) | found
    answer = sorted(found.items())
    return paging.page("Aliases", answer, call, 50, mark=lambda item: item[0], show=lambda item: item[1])


def _entry(alias: Alias) -> dict[str, Any]:
    return {
        "AliasName": alias.name,
        "AliasArn": alias.arn,
        "TargetKeyId": alias.target.rsplit("/", 1)[-1],
        "CreationDate": alias.created,
        "LastUpdatedDate": alias.updated,
    }


def _predefined(call: Call) -> dict[str, dict[str, Any]]:
    """The aliases that AWS made for its services and that have no key yet."""
    names = (f"{AWS_PREFIX}{service}" for service in managed_keys.PREDEFINED)
    return {name: {"AliasName": name, "AliasArn": targets.alias_arn(call, name)} for name in names}


_KINDS = {"symmetric", "hmac"}


def _kind(key: Key) -> tuple[str, str]:
    family = KEY_SPECS[key.spec].family
    return (family if family in _KINDS else "asymmetric", key.usage)


def _check_room(store: Store, call: Call, key: Key) -> None:
    room.for_one_more(store, call, "aliases per key", len(key.aliases), key_errors.alias_quota, key)
