"""Keys and grants by themselves, without a call: what the model says of them."""

from datetime import datetime, timedelta

import pytest

from kmsmock.iam import compile_policy
from kmsmock.model.grant import Grant, GrantIndex
from kmsmock.model.key import Family, Key, KeyMaterial, KeyPolicy, rotation_of, start_yearly

NOON = datetime(2026, 3, 1, 12)
USER = "arn:aws:iam::111111111111:user/u"
ALLOW = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}


def material(name, secret=b"s"):
    return KeyMaterial(name, secret, NOON)


def make(*materials, region="us-east-1", spec="SYMMETRIC_DEFAULT", family=None):
    arn = f"arn:aws:kms:{region}:111111111111:key/k"
    policy = KeyPolicy("", compile_policy(ALLOW, kind="resource"))
    return Key(arn, "k", "111111111111", region, NOON, "", spec, "ENCRYPT_DECRYPT", "AWS_KMS", "CUSTOMER", policy,
               list(materials), family=family)  # fmt: skip


@pytest.mark.parametrize(
    ("secrets", "missing"),
    [([], True), ([b"s"], False), ([None], True), ([b"s", b"s"], False), ([None, b"s"], True), ([b"s", None], True)],
)
def test_a_key_lacks_material_if_it_lacks_any_that_it_used(secrets, missing):
    """ "Importing key material": a key without one of its materials is PendingImport."""
    assert make(*(material(b"m", secret) for secret in secrets)).materials_missing is missing


def test_a_material_is_found_by_its_id_and_the_last_is_current():
    old, new = material(b"old"), material(b"new")
    key = make(old, new)
    assert key.current is new
    assert (key.material(b"old"), key.material(b"new"), key.material(b"none")) == (old, new, None)
    assert (old.imported, key.state, key.resumes) == (False, "Enabled", "Enabled")


def test_a_key_knows_its_relatives():
    family = Family("us-east-1")
    alone, primary, replica = make(), make(family=family), make(region="eu-west-1", family=family)
    family.keys.update({"us-east-1": primary, "eu-west-1": replica})
    assert [each.multi_region for each in (alone, primary, replica)] == [False, True, True]
    assert [each.multi_region_type for each in (alone, primary, replica)] == [None, "PRIMARY", "REPLICA"]
    assert [each is alone for each in alone.related] == [True]
    assert [each.region for each in replica.related] == ["us-east-1", "eu-west-1"]


def test_related_keys_rotate_together():
    family = Family("us-east-1")
    primary, replica, alone = make(family=family), make(region="eu-west-1", family=family), make()
    family.keys.update({"us-east-1": primary, "eu-west-1": replica})
    start_yearly(replica)
    assert rotation_of(primary) is rotation_of(replica)
    assert rotation_of(alone) is not rotation_of(primary)
    assert (rotation_of(primary).period, rotation_of(primary).due) == (365, NOON + timedelta(days=365))
    assert (rotation_of(alone).period, rotation_of(alone).on_demand) == (None, 0)


@pytest.mark.parametrize(("spec", "symmetric"), [("SYMMETRIC_DEFAULT", True), ("RSA_2048", False), ("HMAC_256", False)])
def test_one_spec_is_symmetric(spec, symmetric):
    assert make(spec=spec).symmetric is symmetric


# --- grants -----------------------------------------------------------------------------------------------------------


def grant(name, operations=("Encrypt",), **more):
    return Grant(name, "arn:aws:kms:us-east-1:111111111111:key/k", USER, operations, "111111111111", NOON, **more)


ADMITS = [
    # the constraint, the encryption context, whether it admits it
    ({}, {"a": "1"}, True),
    ({}, None, True),
    ({"context_equals": {"a": "1"}}, {"a": "1"}, True),
    ({"context_equals": {"a": "1"}}, {"a": "1", "b": "2"}, False),
    ({"context_equals": {"a": "1"}}, {"A": "1"}, False),
    ({"context_equals": {"a": "1"}}, {}, False),
    ({"context_equals": {"a": "1"}}, None, True),
    ({"context_subset": {"a": "1"}}, {"a": "1", "b": "2"}, True),
    ({"context_subset": {"a": "1", "b": "2"}}, {"a": "1"}, False),
    ({"context_subset": {"a": "1", "b": "2"}}, {"a": "1", "b": "3"}, False),
    ({"context_subset": {"a": "1"}}, None, True),
]


@pytest.mark.parametrize(("constraint", "context", "admitted"), ADMITS)
def test_a_constraint_admits_contexts_as_the_guide_says(constraint, context, admitted):
    """ "Using grant constraints" in the KMS developer guide."""
    assert grant("g", **constraint).admits(context) is admitted
    index = GrantIndex()
    index.add(grant("g", **constraint))
    for number in range(9):  # so many that each is no longer looked at
        index.add(grant(f"other {number}", context_equals={"x": str(number)}))
    assert ("g" in {each.id for each in index.fitting(USER, "Encrypt", context)}) is admitted or context is None


def test_a_grant_counts_for_its_grantee_and_its_operations_until_it_is_removed():
    key = make()
    assert key.grant("g") is None
    key.add_grant(grant("g"))
    key.add_grant(grant("h", ("Decrypt",)))
    assert [each.id for each in key.grants.fitting(USER, "Encrypt", {})] == ["g"]
    assert not list(key.grants.fitting(USER, "Sign", {}))
    assert not list(key.grants.fitting("arn:aws:iam::111111111111:user/other", "Encrypt", {}))
    key.grants.remove("g")
    assert not list(key.grants.fitting(USER, "Encrypt", {}))
    assert (key.grant("g"), key.grant("h").id) == (None, "h")


def test_of_grants_that_are_alike_another_counts_when_one_is_gone():
    index = GrantIndex()
    for name in ("g", "h"):
        index.add(grant(name, context_subset={"a": "1"}))
    index.remove("g")
    assert [each.id for each in index.fitting(USER, "Encrypt", {"a": "1"})] == ["h"]


def test_grants_are_alike_whatever_the_order_of_their_operations_and_since_when_they_are_known():
    index = GrantIndex()
    index.add(grant("g", ("Encrypt", "Decrypt"), known_from=NOON))
    others = {
        "operations": grant("x", ("Encrypt",)),
        "constraint": grant("x", ("Decrypt", "Encrypt"), context_subset={"a": "1"}),
        "source": grant("x", ("Decrypt", "Encrypt"), source_arn="arn:aws:s3:::b"),
    }
    assert [each.id for each in index.alike(grant("x", ("Decrypt", "Encrypt")))] == ["g"]
    assert [name for name, other in others.items() if list(index.alike(other))] == []
