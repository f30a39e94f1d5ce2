"""The whole table: every operation on every kind of key in every state, each state reached as a user would."""

import itertools
from dataclasses import dataclass
from functools import cache

import boto3
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_der_public_key

from kmsmock.wire import models
from tests.support import state_facts as facts
from tests.support.claims import refused
from tests.support.floors import newest_botocore
from tests.support.key_stores import HSM, XKS
from tests.support.state_facts import AWAY, CELLS, HOME, NEVER_IMPORTED, OK, OPERATIONS, Kind, expected

pytestmark = [
    pytest.mark.kmsmock(account_id=facts.ACCOUNT, delays=True),
    pytest.mark.evidence(
        "documented", '"Key states of AWS KMS keys" (developer guide); rows that were recorded are as recorded'
    ),
]

# {(operation, kind, state): (what the facts say, what the product does)}: not compared until the product is right.
# --- keys -------------------------------------------------------------------------------------------------------------

NO_GRANT = "0" * 64
NO_MATERIAL = {"ImportToken": b"x", "EncryptedKeyMaterial": b"x"}
_numbers = itertools.count()


@dataclass
class Subject:
    """A key, and what calls on it need: made while the key was usable, a placeholder if it never was."""

    kms: object
    arn: str
    kind: Kind
    wrapped: dict
    store: str = ""
    helper: str = ""
    helper_ciphertext: bytes = b"x"
    peer: str = ""
    peer_key: bytes = b"x"
    grants: tuple = (NO_GRANT, NO_GRANT)
    ciphertext: bytes = b"x"
    signature: bytes = b"x"
    mac: bytes = b"x"
    capsule: bytes = b"x"

    @property
    def state(self):
        return self.kms.describe_key(KeyId=self.arn)["KeyMetadata"]["KeyState"]


@cache
def client(region):
    """Clients take long to make; they belong to whatever world is active when they call."""
    return boto3.client("kms", region, aws_access_key_id="testing", aws_secret_access_key="testing")


@cache
def material(spec):
    if spec == "SYMMETRIC_DEFAULT":
        return b"m" * 32
    if spec.startswith("HMAC"):
        return b"m" * (int(spec[-3:]) // 8)
    key = client(HOME).create_key()["KeyMetadata"]["KeyId"]
    return client(HOME).generate_data_key_pair(KeyId=key, KeyPairSpec=spec)["PrivateKeyPlaintext"]


def wrapped(kms, arn, kind):
    """The parameters with which a key imports its material, as often as one likes."""
    given = kms.get_parameters_for_import(KeyId=arn, **facts.wrapping(kind))
    public, secret = load_der_public_key(given["PublicKey"]), material(kind.spec)
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    if kind.asymmetric:
        blob = public.encrypt(b"w" * 32, oaep) + keywrap.aes_key_wrap_with_padding(b"w" * 32, secret)
    else:
        blob = public.encrypt(secret, oaep)
    forever = "KEY_MATERIAL_DOES_NOT_EXPIRE"
    return {"ImportToken": given["ImportToken"], "EncryptedKeyMaterial": blob, "ExpirationModel": forever}


def in_new_store(world, kind):
    """The parameters with which CreateKey makes a key in a custom key store that has just been connected."""
    number = next(_numbers)
    given = {**HSM, "CloudHsmClusterId": f"cluster-{number:011}".translate(str.maketrans("0189", "abcd"))}
    if kind.origin == "EXTERNAL_KEY_STORE":
        given = {**XKS, "XksProxyUriEndpoint": f"https://proxy{number}.example.com"}
    store = client(HOME).create_custom_key_store(CustomKeyStoreName=f"store{number}", **given)["CustomKeyStoreId"]
    client(HOME).connect_custom_key_store(CustomKeyStoreId=store)
    world.clock.advance(minutes=21)
    return {"CustomKeyStoreId": store, **({"XksKeyId": "key"} if kind.origin == "EXTERNAL_KEY_STORE" else {})}


def create(world, kind, state):
    """A key of a kind, usable unless the state that it is for comes before that."""
    asked = {"KeySpec": kind.spec, "KeyUsage": kind.usage, "Origin": kind.origin, "MultiRegion": kind.role != "SINGLE"}
    if kind.in_store:
        asked |= in_new_store(world, kind)
    made = client(HOME).create_key(**asked)["KeyMetadata"]
    home = Subject(client(HOME), made["Arn"], kind, NO_MATERIAL, store=asked.get("CustomKeyStoreId", ""))
    bring(home, use=state != NEVER_IMPORTED or kind.role == "REPLICA")
    alone = kind.role == "PRIMARY" and state in ("PendingDeletion", NEVER_IMPORTED)
    if kind.role == "SINGLE" or alone:
        return home
    client(HOME).replicate_key(KeyId=made["KeyId"], ReplicaRegion=AWAY)
    away = Subject(client(AWAY), made["Arn"].replace(HOME, AWAY), kind, NO_MATERIAL)
    if state != "Creating":
        world.clock.advance(seconds=11)
        bring(away, use=state != NEVER_IMPORTED)
    return away if (kind.role == "REPLICA") != (state == "Updating") else home  # the update changes their roles


def bring(key, use):
    if key.kind.origin == "EXTERNAL":
        key.wrapped = wrapped(key.kms, key.arn, key.kind)
        if use:
            key.kms.import_key_material(KeyId=key.arn, **key.wrapped)


def equip(key, state):
    kms, kind = key.kms, key.kind
    key.helper = kms.create_key()["KeyMetadata"]["Arn"]
    key.helper_ciphertext = key.ciphertext = kms.encrypt(KeyId=key.helper, Plaintext=b"x")["CiphertextBlob"]
    key.peer = kms.create_key(KeySpec=kind.spec, KeyUsage=kind.usage)["KeyMetadata"]["Arn"]
    for name, target in (("deleted", key.arn), ("leaving", key.arn), ("coming", key.peer)):
        kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=target)
    if not facts.can_have_grants(state):
        return
    key.grants = tuple(ask(key, "CreateGrant")["GrantId"] for _ in range(2))
    if kind.usage == "ENCRYPT_DECRYPT":
        key.ciphertext = ask(key, "Encrypt")["CiphertextBlob"]
    elif kind.usage == "SIGN_VERIFY":
        key.signature = ask(key, "Sign")["Signature"]
    elif kind.usage == "GENERATE_VERIFY_MAC":
        key.mac = ask(key, "GenerateMac")["Mac"]
    elif kind.usage == "KEY_AGREEMENT":
        key.peer_key = kms.get_public_key(KeyId=key.peer)["PublicKey"]
    elif kind.usage == "ENCAPSULATE_DECAPSULATE":
        key.capsule = ask(key, "Encapsulate")["SharedSecretCiphertextBlob"]


TRANSITIONS = {
    "Disabled": lambda key: key.kms.disable_key(KeyId=key.arn),
    "PendingDeletion": lambda key: key.kms.schedule_key_deletion(KeyId=key.arn),
    "PendingReplicaDeletion": lambda key: key.kms.schedule_key_deletion(KeyId=key.arn),
    "PendingImport": lambda key: key.kms.delete_imported_key_material(KeyId=key.arn),
    "Unavailable": lambda key: key.kms.disconnect_custom_key_store(CustomKeyStoreId=key.store),
    "Updating": lambda key: client(HOME).update_primary_region(KeyId=key.arn.split("/")[1], PrimaryRegion=AWAY),
}


def reach(world, kind, state, equipped=True):
    """A key of a kind in a state."""
    key = create(world, kind, state)
    if equipped:
        equip(key, state)
    if state in TRANSITIONS:
        TRANSITIONS[state](key)
    assert key.state == state.partition(",")[0]
    return key


# --- the walk ---------------------------------------------------------------------------------------------------------

# These take the key to another state, if only the last ones another place in its family: then a new one goes on.
MOVING = (
    "CancelKeyDeletion", "DeleteImportedKeyMaterial", "DisableKey", "EnableKey", "ImportKeyMaterial",
    "ScheduleKeyDeletion", "ReplicateKey", "UpdatePrimaryRegion",
)  # fmt: skip
STAYING = [operation for operation in OPERATIONS if operation not in MOVING]


def ask(key, operation, **otherwise):
    name = operation.partition("/")[0]
    named = {} if name in facts.WITHOUT_KEY_ID else {"KeyId": key.arn}
    usual = facts.CALLS[operation](key) if operation in facts.CALLS else {}
    return getattr(key.kms, xform_name(name))(**{**named, **usual, **otherwise})


def outcome(key, operation):
    try:
        ask(key, operation)
    except ClientError as caught:
        error, status = caught.response["Error"], caught.response["ResponseMetadata"]["HTTPStatusCode"]
        return (error["Code"], error["Message"].replace(key.arn, "ARN"), *([] if status == 400 else [status]))
    return OK


@newest_botocore
def test_the_walk_leaves_out_no_operation_and_no_spec_and_no_state():
    model = models.service_model("kms")
    takes_a_key = {
        name
        for name in model.operation_names
        if {"KeyId", "TargetKeyId", "DestinationKeyId"} & set(model.operation_model(name).input_shape.members)
    }
    assert {name.partition("/")[0] for name in OPERATIONS} == takes_a_key | {"DeleteAlias"}
    assert set(facts.SPECS) == set(model.shape_for("KeySpec").enum) - {"SM2"}
    assert {state.partition(",")[0] for _, state in CELLS} == set(model.shape_for("KeyState").enum)


@pytest.mark.parametrize(("kind", "state"), CELLS, ids=str)
def test_every_operation_does_what_aws_does(aws_world, kind, state):
    key = reach(aws_world, kind, state)
    seen = {operation: outcome(key, operation) for operation in STAYING}
    assert key.state == state.partition(",")[0]
    for operation in MOVING:
        key = key or reach(aws_world, kind, state, equipped=False)
        seen[operation] = outcome(key, operation)
        if key.state != state.partition(",")[0]:
            assert seen[operation] == OK
            key = None
    assert seen == {operation: expected(operation, kind, state) for operation in OPERATIONS}


# --- surprising cells, written by hand --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "state", "operation", "otherwise", "code", "text"),
    facts.SURPRISING_REFUSALS,
    ids=["-".join(map(str, cell[:3])) for cell in facts.SURPRISING_REFUSALS],
)
def test_what_is_refused_surprisingly(aws_world, kind, state, operation, otherwise, code, text):
    key = reach(aws_world, kind, state)
    with refused(code, text.replace("ARN", key.arn)):
        ask(key, operation, **otherwise)


@pytest.mark.parametrize(
    ("kind", "state", "operation", "answer", "then"),
    facts.SURPRISING_SUCCESSES,
    ids=["-".join(map(str, cell[:3])) for cell in facts.SURPRISING_SUCCESSES],
)
def test_what_succeeds_surprisingly(aws_world, kind, state, operation, answer, then):
    key = reach(aws_world, kind, state)
    assert answer.items() <= ask(key, operation).items()
    assert key.state == then


def test_re_encrypt_names_the_key_that_cannot_and_the_source_if_neither_can(aws_world):
    key = reach(aws_world, facts.SYM, "Disabled")
    for side in ("source", "destination"):
        with refused("DisabledException", f"{key.arn} is disabled."):
            ask(key, f"ReEncrypt/{side}")
    key.kms.schedule_key_deletion(KeyId=key.helper)
    with refused("DisabledException", f"{key.arn} is disabled."):
        ask(key, "ReEncrypt/source")
    with refused(facts.INVALID, f"{key.helper} is pending deletion."):
        ask(key, "ReEncrypt/destination")


def test_an_alias_goes_from_a_key_pending_deletion_and_not_to_one(aws_world):
    key = reach(aws_world, facts.SYM, "PendingDeletion")
    ask(key, "UpdateAlias/old target")
    for name in ("coming", "leaving"):
        with refused(facts.INVALID, f"{key.arn} is pending deletion."):
            key.kms.update_alias(AliasName=f"alias/{name}", TargetKeyId=key.arn)


def test_a_disabled_key_that_is_scheduled_for_deletion_is_refused_for_that(aws_world):
    key = reach(aws_world, facts.SYM, "Disabled")
    due = ask(key, "ScheduleKeyDeletion", PendingWindowInDays=7)["DeletionDate"]
    for operation in ("Encrypt", "EnableKey", "ScheduleKeyDeletion"):
        with refused(facts.INVALID, f"{key.arn} is pending deletion."):
            ask(key, operation)
    assert ask(key, "DescribeKey")["KeyMetadata"]["DeletionDate"] == due


def test_material_lost_while_deletion_is_pending_is_missed_when_it_is_cancelled(aws_world):
    key = reach(aws_world, facts.EXTERNAL, "PendingDeletion")
    ask(key, "DeleteImportedKeyMaterial")
    ask(key, "CancelKeyDeletion")
    assert key.state == "PendingImport"


def test_rotation_shows_off_while_deletion_is_pending_but_not_while_replicas_are_waited_for(aws_world):
    for kind, state, shown in ((facts.SYM, "PendingDeletion", False), (facts.PRIMARY, "PendingReplicaDeletion", True)):
        key = reach(aws_world, kind, "Enabled", equipped=False)
        ask(key, "EnableKeyRotation")
        assert ask(key, "ScheduleKeyDeletion")["KeyState"] == state
        assert ask(key, "GetKeyRotationStatus")["KeyRotationEnabled"] is shown
        ask(key, "CancelKeyDeletion")
        assert ask(key, "GetKeyRotationStatus")["KeyRotationEnabled"] is True


def test_a_replica_scheduled_for_deletion_while_it_is_made_does_not_come_to_life(aws_world):
    key = reach(aws_world, facts.REPLICA, "Creating")
    ask(key, "ScheduleKeyDeletion")
    aws_world.clock.advance(minutes=1)
    assert key.state == "PendingDeletion"


def test_a_primary_that_is_moved_back_while_it_moves_is_enabled_in_the_end(aws_world):
    key = reach(aws_world, facts.PRIMARY, "Updating")
    ask(key, "UpdatePrimaryRegion")
    aws_world.clock.advance(minutes=5)
    assert key.state == "Enabled"


def test_a_key_whose_store_is_disconnected_is_unusable_also_after_its_deletion_is_cancelled(aws_world):
    key = reach(aws_world, facts.HSM_KEY, "PendingDeletion")
    TRANSITIONS["Unavailable"](key)
    assert key.state == "PendingDeletion"
    ask(key, "CancelKeyDeletion")
    ask(key, "EnableKey")
    with refused(facts.INVALID, f"{key.arn} is unavailable."):
        ask(key, "Encrypt")
