"""Finds the keys that a call is about: by id, ARN, alias, alias ARN, ciphertext or grant."""

from __future__ import annotations

import re
from collections.abc import Callable

from kmsmock import errors
from kmsmock.call import Call, Target
from kmsmock.crypto import symmetric
from kmsmock.iam.arn import Arn, kms_arn
from kmsmock.kms import known, managed_keys
from kmsmock.kms.errors import grants as grant_errors
from kmsmock.kms.errors import keys as key_errors
from kmsmock.store import Store

_KEY_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32}")
_ARN = re.compile(r"arn:(?P<partition>[^:]+):kms:(?P<region>[^:]*):(?P<account>\d{12}):(?P<rest>(?:key|alias)/.+)")


Targets = Callable[[Store, Call], tuple[Target, ...]]


def key_arn(call: Call, key_id: str) -> str:
    """The ARN that a bare key id means: in the caller's account and the client's Region."""
    return kms_arn(key_id, call.partition, call.region, call.account)


def alias_arn(call: Call, name: str) -> str:
    """The ARN that a bare alias name means: in the caller's account and the client's Region."""
    return kms_arn(name, call.partition, call.region, call.account)


def find(
    store: Store, call: Call, key_id: str, action: str, *, aliases: bool, context_param: str = "EncryptionContext"
) -> Target:
    """Resolve a KeyId parameter ("KeyId" in the KMS API reference).

    A bare id or alias name means the caller's account and the client's Region. Raises NotFoundException for what does
    not exist in the caller's account, InvalidArnException for an alias where only keys are accepted.
    """
    match = _ARN.fullmatch(key_id)
    is_alias = key_id.startswith("alias/") or (match is not None and match["rest"].startswith("alias/"))
    if is_alias and not aliases:
        raise key_errors.alias_not_supported()
    if match is not None and match["region"] != call.region:
        raise key_errors.invalid_arn_region(match["region"])
    if key_id.startswith("arn:") and match is None:
        raise key_errors.invalid_arn(key_id)
    if is_alias:
        return _by_alias(store, call, key_id if match else alias_arn(call, key_id), action, context_param)
    if match is None and not _KEY_ID.fullmatch(key_id):
        raise key_errors.invalid_key_id(key_id)
    arn = key_id if match else key_arn(call, key_id)
    key = known.key(store, arn)
    owner = match["account"] if match else call.account
    if key is None and owner == call.account:
        raise known.explained(store, key_errors.key_not_found(arn), "key", arn, "the new key")
    return Target(action, arn, owner, key, context_param=context_param)


_OF_ALIASES = frozenset({"DeleteAlias", "UpdateAlias"})
"""What changes an alias begins with what it is, whatever is known of that."""


def _by_alias(store: Store, call: Call, arn: str, action: str, context_param: str = "EncryptionContext") -> Target:
    partition, _, region, owner, name = Arn.of(arn)
    of_service = call.via or call.caller.principal.kind == "service"
    if owner == call.account and (of_service or call.operation == "DescribeKey"):
        managed_keys.find_or_make(store, name, partition, region, owner)
    alias = store.aliases.get(arn) if call.operation in _OF_ALIASES else known.alias(store, arn)
    if alias is None:
        if owner == call.account:
            raise known.explained(store, key_errors.alias_not_found(arn), "alias", arn, "the new alias")
        return Target(action, arn, owner, alias=name, context_param=context_param)
    return Target(action, alias.target, owner, store.keys[alias.target], alias=name, context_param=context_param)


def check_grant_tokens(store: Store, call: Call) -> None:
    """Tokens only bridge the time until a grant is known everywhere, here none; but each must be one of KMS's."""
    for token in call.params.get("GrantTokens", ()):
        if token not in store.grant_tokens:
            store.insist(call, grant_errors.invalid_grant_token())


# --- how each row of the operation table finds its targets ---------------------------------------------------------


def account_wide(store: Store, call: Call) -> tuple[Target, ...]:
    """Operations on no particular key: IAM policies alone decide, on resource ``*``."""
    return (Target(f"kms:{call.operation}", "*", call.account),)


def the_key(store: Store, call: Call) -> tuple[Target, ...]:
    """KeyId as id or ARN."""
    return (find(store, call, call.params["KeyId"], f"kms:{call.operation}", aliases=False),)


def key_or_alias(store: Store, call: Call) -> tuple[Target, ...]:
    """KeyId in all four forms."""
    return (find(store, call, call.params["KeyId"], f"kms:{call.operation}", aliases=True),)


def optional_key(store: Store, call: Call) -> tuple[Target, ...]:
    """ListAliases: IAM alone decides; a KeyId is only a filter, but must exist."""
    if "KeyId" in call.params:
        find(store, call, call.params["KeyId"], f"kms:{call.operation}", aliases=False)
    return account_wide(store, call)


def new_key(store: Store, call: Call) -> tuple[Target, ...]:
    """CreateKey needs kms:TagResource as well when it is given tags."""
    needs = account_wide(store, call)
    if call.params.get("Tags"):
        needs += (Target("kms:TagResource", "*", call.account),)
    return needs


def replicated_key(store: Store, call: Call) -> tuple[Target, ...]:
    """ReplicateKey: permission on the primary, and to create (and tag) a key in the Region of the replica."""
    region = call.params["ReplicaRegion"]
    needs = (*the_key(store, call), Target("kms:CreateKey", "*", call.account, region=region))
    if call.params.get("Tags"):
        needs += (Target("kms:TagResource", "*", call.account, region=region),)
    return needs


def both_primaries(store: Store, call: Call) -> tuple[Target, ...]:
    """UpdatePrimaryRegion: permission on the primary, and on the replica that is to be it."""
    (primary,) = the_key(store, call)
    region = call.params["PrimaryRegion"]
    key = primary.key
    replica = None if key is None or key.family is None else key.family.keys.get(region)
    if key is None or replica is None or replica is key or key.multi_region_type != "PRIMARY":
        return (primary,)
    return (primary, Target(primary.action, replica.arn, replica.account, replica, region=region))


_ALIAS_CHARACTERS = re.compile(r"alias/[a-zA-Z0-9/_-]+")


def check_alias_name(name: str) -> None:
    """Raise the error of a name that no customer's alias can have ("Aliases in AWS KMS", developer guide)."""
    if not name.startswith("alias/"):
        raise key_errors.alias_prefix()
    if name == "alias/":
        raise key_errors.alias_empty()
    if not _ALIAS_CHARACTERS.fullmatch(name):
        raise key_errors.alias_characters(name)
    if name.startswith("alias/aws/"):
        raise key_errors.alias_reserved()


def alias_and_target(store: Store, call: Call) -> tuple[Target, ...]:
    """CreateAlias: permission on the alias and on the key."""
    action = f"kms:{call.operation}"
    name = call.params["AliasName"]
    check_alias_name(name)
    target_id = call.params["TargetKeyId"]
    if target_id.startswith("alias/") or ":alias/" in target_id:
        raise key_errors.alias_target_is_alias()
    return (
        find(store, call, target_id, action, aliases=False),
        Target(action, alias_arn(call, name), call.account),
    )


def alias_and_both_keys(store: Store, call: Call) -> tuple[Target, ...]:
    """UpdateAlias: permission on the new key, on the alias, and on the key that it names now."""
    action = f"kms:{call.operation}"
    new, alias = alias_and_target(store, call)
    current = _by_alias(store, call, alias.arn, action)
    return (new, alias, Target(action, current.arn, current.owner, current.key))


def alias_and_its_key(store: Store, call: Call) -> tuple[Target, ...]:
    """DeleteAlias: permission on the alias and on the key that it names."""
    action = f"kms:{call.operation}"
    check_alias_name(call.params["AliasName"])
    arn = alias_arn(call, call.params["AliasName"])
    current = _by_alias(store, call, arn, action)
    return (
        Target(action, current.arn, current.owner, current.key),
        Target(action, arn, call.account),
    )


def ciphertext_key(store: Store, call: Call) -> tuple[Target, ...]:
    """Decrypt: the key that the caller names, else the one that the ciphertext names."""
    return (_from_ciphertext(store, call, "kms:Decrypt", "KeyId", "EncryptionContext", "EncryptionAlgorithm"),)


def source_and_destination(store: Store, call: Call) -> tuple[Target, ...]:
    """ReEncrypt: kms:ReEncryptFrom on the key of the ciphertext, kms:ReEncryptTo on the destination key."""
    source = _from_ciphertext(
        store, call, "kms:ReEncryptFrom", "SourceKeyId", "SourceEncryptionContext", "SourceEncryptionAlgorithm"
    )
    destination = find(
        store,
        call,
        call.params["DestinationKeyId"],
        "kms:ReEncryptTo",
        aliases=True,
        context_param="DestinationEncryptionContext",
    )
    same_key = source.key is not None and source.key is destination.key
    return (source._replace(same_key=same_key), destination._replace(same_key=same_key))


def _from_ciphertext(store: Store, call: Call, action: str, name: str, context: str, algorithm: str) -> Target:
    key_id = call.params.get(name)
    ignored = call.dry_run and bool(call.params.get("DryRunModifiers"))
    if "CiphertextBlob" not in call.params and not ignored:
        raise key_errors.ciphertext_required()
    if key_id is not None:
        if _related_elsewhere(store, call, key_id):
            raise key_errors.incorrect_key()
        return find(store, call, key_id, action, aliases=True, context_param=context)
    if ignored or call.params.get(algorithm, "SYMMETRIC_DEFAULT") != "SYMMETRIC_DEFAULT":
        raise key_errors.key_id_required()
    material_id = symmetric.material_id_of(call.params["CiphertextBlob"])
    if material_id is None:
        raise key_errors.invalid_ciphertext()
    makers = store.key_by_material.get(material_id, ())
    for arn in makers:
        key = store.keys[arn]
        if key.region == call.region:
            return Target(action, arn, key.account, key, by_ciphertext=True, context_param=context)
    return _absent(call, action, (*store.deleted_materials.get(material_id, ()), *makers))


def _related_elsewhere(store: Store, call: Call, key_id: str) -> bool:
    """True for the ARN of a multi-Region key in another Region that made the ciphertext, as one here could have."""
    named = Arn.find(key_id)
    if named is None or named.region == call.region or "CiphertextBlob" not in call.params:
        return False
    makers = store.key_by_material.get(symmetric.material_id_of(call.params["CiphertextBlob"]) or b"", ())
    return key_id in makers and any(store.keys[arn].region == call.region for arn in makers)


def _absent(call: Call, action: str, makers: tuple[str, ...]) -> Target:
    """A ciphertext whose key is not here: deleted, or in another Region, which one may not tell from each other.

    Only for a deleted key of the caller's own account, AWS's answer was never recorded: here, that of naming the key.
    """
    here = next((arn for arn in makers if Arn.of(arn).region == call.region), None)
    if here is not None and Arn.of(here).account == call.account:
        raise key_errors.key_not_found(here)
    if not makers:
        raise key_errors.invalid_ciphertext()
    arn = here or makers[0]
    return Target(action, arn, Arn.of(arn).account, by_ciphertext=True)


def retired_grant(store: Store, call: Call) -> tuple[Target, ...]:
    """RetireGrant: the grant by its token, or by its id and the ARN of its key."""
    params = call.params
    token = params.get("GrantToken")
    if token is not None:
        grant = store.grant_tokens.get(token)
        key = None if grant is None else store.keys.get(grant.key_arn)
        if key is None or key.region != call.region:
            raise grant_errors.invalid_grant_token()
        return (Target("kms:RetireGrant", key.arn, key.account, key),)
    if "KeyId" not in params or "GrantId" not in params:
        raise grant_errors.grant_identifiers_missing()
    if not params["KeyId"].startswith("arn:"):
        raise errors.AwsError("NotFoundException", f"Invalid arn {params['KeyId']}")
    target = find(store, call, params["KeyId"], "kms:RetireGrant", aliases=False)
    if target.key is not None and target.key.grant(params["GrantId"]) is None:
        raise grant_errors.invalid_grant_id()
    return (target,)
