"""Keys under arbitrary calls and jumps in time, held to a simulation that puts nothing off."""

from datetime import datetime, timedelta, timezone
from functools import cache

import boto3
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_der_public_key
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, multiple, precondition, rule

import kmsmock
from tests.support.eager import HOME, SIMULATED, Eager, Refused

START = datetime(2030, 1, 1, tzinfo=timezone.utc)
REGIONS = (HOME, "eu-west-1", "ap-south-1")
MATERIAL = b"\1" * 32
PERIODS = st.one_of(st.none(), st.integers(90, 120), st.integers(90, 2560))
HOURS = st.one_of(st.none(), st.integers(1, 24 * 60), st.integers(1, 365 * 24 - 1))
"""Of imported material; None for ever."""
JUMPS = st.one_of(st.integers(1, 48), st.integers(1, 24 * 100), st.integers(1, 24 * 365 * 3))
HOUR = timedelta(hours=1)
SHA256 = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


@cache
def client(region):
    return boto3.client("kms", region, aws_access_key_id="testing", aws_secret_access_key="testing")


def asked(ask, *args, **params):
    """The answer of AWS or of the simulation, or its refusal as code and text."""
    try:
        return ask(*args, **params), None
    except Refused as refusal:
        return None, (refusal.code, refusal.text)
    except ClientError as refusal:
        if refusal.response["ResponseMetadata"]["HTTPStatusCode"] != 400:
            raise
        return None, (refusal.response["Error"]["Code"], refusal.response["Error"]["Message"])


def present(**fields):
    return {name: value for name, value in fields.items() if value is not None}


class Lifecycle(RuleBasedStateMachine):
    keys = Bundle("keys")
    anywhere = st.sampled_from((HOME, *REGIONS))

    def __init__(self):
        super().__init__()
        self.world = kmsmock.World()
        self.world.start()
        self.world.clock.freeze(START)
        self.simulation = Eager(START)
        self.ciphertexts = []

    def teardown(self):
        try:
            for family in self.simulation.families:
                for region in REGIONS:
                    self.look(family, region)
            self.decrypt_all()
            self.compare_trails()
        finally:
            self.world.stop()

    def both(self, name, family, region, *args, **params):
        """The same call to both; they answer, or refuse in the same words. Returns both answers."""
        expected = asked(getattr(self.simulation, SIMULATED[name]), family, *args)
        answer = asked(getattr(client(region), name), KeyId=family.arn.rsplit("/", 1)[1], **params)
        assert answer[1] == expected[1], name
        return answer[0], expected[0]

    # --- calls ------------------------------------------------------------------------------------------------------

    @initialize(target=keys, periods=st.lists(PERIODS, min_size=2, max_size=2), hours=HOURS)
    def start(self, periods, hours):
        """A rotating key, a rotating key in two Regions, and one whose material expires."""
        plain, shared = self.create(external=False, multi=False), self.create(external=False, multi=True)
        imported = self.create(external=True, multi=True)
        for family, period in zip((plain, shared), periods, strict=True):
            self.enable_rotation(family, period)
        self.import_material(imported, HOME, hours)
        for family in (shared, imported):
            self.replicate(family, REGIONS[1])
        return multiple(plain, shared, imported)

    @precondition(lambda self: len(self.simulation.families) < 5)
    @rule(target=keys, external=st.booleans(), multi=st.booleans())
    def create(self, external, multi):
        made = client(HOME).create_key(MultiRegion=multi, Origin="EXTERNAL" if external else "AWS_KMS")
        return self.simulation.create(made["KeyMetadata"]["Arn"], external=external, multi=multi)

    @rule(family=keys, region=st.sampled_from(REGIONS[1:]))
    def replicate(self, family, region):
        if family.multi:
            self.both("replicate_key", family, HOME, region, ReplicaRegion=region)

    @rule(family=keys, period=PERIODS)
    def enable_rotation(self, family, period):
        if not family.external:
            self.both("enable_key_rotation", family, HOME, period, **present(RotationPeriodInDays=period))

    @rule(family=keys)
    def disable_rotation(self, family):
        if not family.external:
            self.both("disable_key_rotation", family, HOME)

    @rule(family=keys)
    def rotate_now(self, family):
        if not family.external:
            self.both("rotate_key_on_demand", family, HOME)

    @rule(family=keys, region=anywhere)
    def disable(self, family, region):
        self.both("disable_key", family, region, region)

    @rule(family=keys, region=anywhere)
    def enable(self, family, region):
        self.both("enable_key", family, region, region)

    @rule(family=keys, region=anywhere, days=st.integers(7, 30))
    def schedule_deletion(self, family, region, days):
        answer, copy = self.both("schedule_key_deletion", family, region, region, days, PendingWindowInDays=days)
        if answer is not None:
            del answer["ResponseMetadata"]
            assert answer == present(
                KeyId=copy.arn, KeyState=copy.state, PendingWindowInDays=days, DeletionDate=copy.deletion
            )

    @rule(family=keys, region=anywhere)
    def cancel_deletion(self, family, region):
        self.both("cancel_key_deletion", family, region, region)

    @rule(family=keys, region=anywhere, hours=HOURS)
    def import_material(self, family, region, hours):
        if not family.external:
            return
        given, refusal = asked(
            client(region).get_parameters_for_import,
            KeyId=family.arn.rsplit("/", 1)[1],
            WrappingAlgorithm="RSAES_OAEP_SHA_256",
            WrappingKeySpec="RSA_2048",
        )
        valid_to = None if hours is None else self.simulation.now + timedelta(hours=hours)
        if refusal is not None:
            assert refusal == asked(self.simulation.import_material, family, region, valid_to)[1]
            return
        self.both(
            "import_key_material",
            family,
            region,
            region,
            valid_to,
            ImportToken=given["ImportToken"],
            EncryptedKeyMaterial=load_der_public_key(given["PublicKey"]).encrypt(MATERIAL, SHA256),
            ExpirationModel=f"KEY_MATERIAL_{'DOES_NOT_EXPIRE' if hours is None else 'EXPIRES'}",
            **present(ValidTo=valid_to),
        )

    @rule(family=keys, region=anywhere)
    def delete_material(self, family, region):
        if family.external:
            self.both("delete_imported_key_material", family, region, region)

    @rule(family=keys, region=anywhere)
    def encrypt(self, family, region):
        answer, _ = self.both("encrypt", family, region, region, Plaintext=b"x")
        if answer is not None:
            self.ciphertexts.append((answer["CiphertextBlob"], family, len(family.materials) - 1))

    @rule(family=keys, region=anywhere, hours=JUMPS)
    def lie_idle(self, family, region, hours):
        """Disabled, and enabled after a while."""
        self.disable(family, region)
        self.jump(hours)
        self.enable(family, region)

    @rule(family=keys, hours=st.one_of(st.integers(-1, 1), st.integers(1, 24 * 365)))
    def miss_a_rotation(self, family, hours):
        """Disabled when it was due, and enabled about then or later."""
        self.enable_rotation(family, None)
        self.disable(family, HOME)
        if family.due is not None and family.due > self.simulation.now + HOUR:
            self.jump((family.due - self.simulation.now) // HOUR + hours)
        self.enable(family, HOME)

    @rule(hours=st.sampled_from((-1, 0, 1)))
    def jump_to_what_comes_next(self, hours):
        """To its very instant, an hour before, or an hour after."""
        instant = self.simulation.comes_next()
        if instant is not None and instant > self.simulation.now + HOUR:
            self.jump((instant - self.simulation.now) // HOUR + hours)

    @rule(family=keys, region=anywhere, days=st.integers(7, 30), hours=st.integers(1, 24 * 40), again=st.booleans())
    def be_spared(self, family, region, days, hours, again):
        """Scheduled for deletion, and cancelled after a while, if it is not too late; perhaps not for long."""
        self.schedule_deletion(family, region, days)
        if again:
            self.delete_material(family, region)
        self.jump(hours)
        self.cancel_deletion(family, region)
        if again:
            self.schedule_deletion(family, region, 30)
            self.jump(24 * 29)
            self.look(family, region)

    @rule(hours=JUMPS)
    def jump(self, hours):
        self.world.clock.advance(hours=hours)
        self.simulation.pass_time(timedelta(hours=hours))

    # --- looks ------------------------------------------------------------------------------------------------------

    @rule(family=keys, region=anywhere)
    def look(self, family, region):
        """Everything that a key shows of itself."""
        kms, key = client(region), family.arn.rsplit("/", 1)[1]
        shown, refusal = asked(kms.describe_key, KeyId=key)
        copy, expected = asked(family.copy, region)
        assert refusal == expected
        if copy is None:
            return
        shown = shown["KeyMetadata"]
        seen = [shown.get(name) for name in ("Arn", "KeyState", "Enabled", "DeletionDate", "ValidTo")]
        valid_to = copy.valid_to if copy.imported else None
        assert seen == [copy.arn, copy.state, copy.state == "Enabled", copy.deletion, valid_to]
        if copy.state == "PendingReplicaDeletion":
            assert shown["PendingDeletionWindowInDays"] == copy.window
        if family.multi:
            replicas = {item["Region"] for item in shown["MultiRegionConfiguration"]["ReplicaKeys"]}
            assert replicas == set(family.copies) - {HOME}
        self.compare_rotation(kms, key, family, region)

    def compare_rotation(self, kms, key, family, region):
        status = kms.get_key_rotation_status(KeyId=key)
        seen = [status.get(name) for name in ("KeyRotationEnabled", "RotationPeriodInDays", "NextRotationDate")]
        on = self.simulation.shows_rotation(family, region)
        assert seen == ([True, family.period, family.due] if on else [False, None, None])
        listed = materials(kms, key)
        assert [item.get("RotationDate") and (item["RotationDate"], item["RotationType"]) for item in listed] == (
            family.materials
        )
        assert len({item["KeyMaterialId"] for item in listed}) == len(listed)
        assert [item["KeyMaterialState"] for item in listed[-1:]] == ["CURRENT"] * bool(listed)

    @rule()
    def decrypt_all(self):
        """Each ciphertext opens wherever the key is usable, and names the material that made it."""
        known = {}
        for blob, family, number in self.ciphertexts:
            for region in family.copies:
                opened, refusal = asked(client(region).decrypt, CiphertextBlob=blob)
                assert refusal == asked(self.simulation.use, family, region)[1]
                if opened is not None:
                    if id(family) not in known:
                        known[id(family)] = materials(client(region), opened["KeyId"])
                    seen = (opened["Plaintext"], opened["KeyId"], opened["KeyMaterialId"])
                    assert seen == (b"x", family.copies[region].arn, known[id(family)][number]["KeyMaterialId"])

    def compare_trails(self):
        """What AWS did by itself, with its instants."""
        names = ("RotateKey", "DeleteKey", "DeleteExpiredKeyMaterial")
        seen = [
            (event["eventTime"], event["eventName"], event["resources"][0]["ARN"])
            for event in self.world.events
            if event["eventName"] in names
        ]
        wanted = [(f"{when:%Y-%m-%dT%H:%M:%SZ}", name, arn) for when, name, arn in self.simulation.acts]
        assert [when for when, _, _ in seen] == sorted(when for when, _, _ in seen)
        assert sorted(seen) == sorted(wanted)


def materials(kms, key):
    pages = kms.get_paginator("list_key_rotations").paginate(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")
    return [item for page in pages for item in page["Rotations"]]


TestLifecycle = Lifecycle.TestCase
TestLifecycle.settings = settings(
    max_examples=40,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
