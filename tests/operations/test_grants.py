"""Grants, through boto3."""

import pytest

from tests.conftest import allow, policy, refused

ROLE = "arn:aws:iam::111111111111:role/worker"


@pytest.fixture
def worker(owner):
    """A role without any policy."""
    return owner.role("worker")


def test_a_grant_lets_a_role_without_policies_use_the_key(kms, key, worker):
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    with refused("AccessDeniedException"):
        worker.client("kms").decrypt(CiphertextBlob=blob)
    grant = kms.create_grant(KeyId=key, GranteePrincipal=worker.arn, Operations=["Decrypt"])
    assert worker.client("kms").decrypt(CiphertextBlob=blob, GrantTokens=[grant["GrantToken"]])["Plaintext"] == b"x"
    with refused("AccessDeniedException"):
        worker.client("kms").encrypt(KeyId=key, Plaintext=b"x")
    kms.revoke_grant(KeyId=key, GrantId=grant["GrantId"])
    with refused("AccessDeniedException"):
        worker.client("kms").decrypt(CiphertextBlob=blob)


@pytest.mark.parametrize(
    ("constraint", "context", "fits"),
    [
        ({"EncryptionContextEquals": {"a": "1"}}, {"a": "1"}, True),
        ({"EncryptionContextEquals": {"a": "1"}}, {"a": "1", "b": "2"}, False),
        ({"EncryptionContextSubset": {"a": "1"}}, {"a": "1", "b": "2"}, True),
        ({"EncryptionContextSubset": {"a": "1"}}, {"A": "1"}, False),
        ({"EncryptionContextSubset": {"a": "1"}}, {}, False),
    ],
)
def test_a_constraint_looks_at_the_encryption_context_of_the_call(kms, key, worker, constraint, context, fits):
    kms.create_grant(KeyId=key, GranteePrincipal=worker.arn, Operations=["Encrypt"], Constraints=constraint)
    if fits:
        worker.client("kms").encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=context)
    else:
        with refused("AccessDeniedException"):
            worker.client("kms").encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=context)


def test_constraints_do_not_limit_describe_key(kms, key, worker):
    constraint = {"EncryptionContextEquals": {"a": "1"}}
    kms.create_grant(KeyId=key, GranteePrincipal=worker.arn, Operations=["DescribeKey"], Constraints=constraint)
    assert worker.client("kms").describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key


def test_an_explicit_deny_beats_a_grant(owner, kms, key):
    denied = owner.role("denied", [policy({"Effect": "Deny", "Action": "kms:Encrypt", "Resource": "*"})])
    kms.create_grant(KeyId=key, GranteePrincipal=denied.arn, Operations=["Encrypt"])
    with refused(
        "AccessDeniedException",
        "User: arn:aws:sts::111111111111:assumed-role/denied/kmsmock is not authorized to perform: kms:Encrypt "
        f"on resource: {key} with an explicit deny in an identity-based policy",
    ):
        denied.client("kms").encrypt(KeyId=key, Plaintext=b"x")


def test_a_grant_is_listed_as_aws_shows_it_without_its_token(kms, key, worker):
    made = kms.create_grant(
        KeyId=key,
        GranteePrincipal=worker.arn,
        RetiringPrincipal=worker.arn,
        Operations=["Decrypt", "Encrypt"],
        Constraints={"EncryptionContextSubset": {"a": "1"}},
        Name="n",
    )
    (shown,) = kms.list_grants(KeyId=key)["Grants"]
    created = shown.pop("CreationDate")
    assert created.microsecond == 0
    assert shown == {
        "KeyId": key,
        "GrantId": made["GrantId"],
        "Name": "n",
        "GranteePrincipal": ROLE,
        "RetiringPrincipal": ROLE,
        "IssuingAccount": "arn:aws:iam::111111111111:root",
        "Operations": ["Decrypt", "Encrypt"],
        "Constraints": {"EncryptionContextSubset": {"a": "1"}},
    }
    assert kms.list_retirable_grants(RetiringPrincipal=ROLE)["Grants"][0]["GrantId"] == made["GrantId"]
    assert kms.list_grants(KeyId=key, GrantId=made["GrantId"])["Grants"]
    assert kms.list_grants(KeyId=key, GranteePrincipal="arn:aws:iam::111111111111:root")["Grants"] == []


def test_the_same_name_and_parameters_give_the_same_grant_and_a_new_token(kms, key, worker):
    wanted = {"KeyId": key, "GranteePrincipal": worker.arn, "Operations": ["Decrypt"]}
    first, second = kms.create_grant(Name="n", **wanted), kms.create_grant(Name="n", **wanted)
    assert first["GrantId"] == second["GrantId"]
    assert first["GrantToken"] != second["GrantToken"]
    assert kms.create_grant(**wanted)["GrantId"] != kms.create_grant(**wanted)["GrantId"]


def test_the_retiring_principal_retires_by_token_or_id_and_others_may_not(owner, kms, key, worker):
    bystander = owner.role("bystander", [allow("kms:RetireGrant")])
    wanted = {"KeyId": key, "GranteePrincipal": worker.arn, "RetiringPrincipal": worker.arn, "Operations": ["Decrypt"]}
    first, second = kms.create_grant(**wanted), kms.create_grant(**wanted)
    with refused("AccessDeniedException"):
        owner.role("stranger").client("kms").retire_grant(KeyId=key, GrantId=first["GrantId"])
    worker.client("kms").retire_grant(GrantToken=first["GrantToken"])
    worker.client("kms").retire_grant(KeyId=key, GrantId=second["GrantId"])
    assert kms.list_grants(KeyId=key)["Grants"] == []
    third = kms.create_grant(**wanted)
    bystander.client("kms").retire_grant(KeyId=key, GrantId=third["GrantId"])
    assert kms.list_grants(KeyId=key)["Grants"] == []


def test_a_grant_needs_principals_that_exist_and_operations_that_the_key_can_do(kms, key):
    ghost = "arn:aws:iam::111111111111:role/ghost"
    with refused("InvalidArnException", f"ARN does not refer to a valid principal: {ghost}"):
        kms.create_grant(KeyId=key, GranteePrincipal=ghost, Operations=["Decrypt"])
    with refused("ValidationException"):
        kms.create_grant(KeyId=key, GranteePrincipal="arn:aws:iam::111111111111:root", Operations=["Decrypt", "Sign"])


def test_a_grantee_can_pass_on_no_more_than_he_has(owner, kms, key, worker):
    constraint = {"EncryptionContextSubset": {"a": "1"}}
    kms.create_grant(
        KeyId=key, GranteePrincipal=worker.arn, Operations=["CreateGrant", "Decrypt"], Constraints=constraint
    )
    helper = owner.role("helper").arn
    mine = worker.client("kms")
    mine.create_grant(KeyId=key, GranteePrincipal=helper, Operations=["Decrypt"], Constraints=constraint)
    for wider in ({"Operations": ["Encrypt"], "Constraints": constraint}, {"Operations": ["Decrypt"]}):
        with refused("AccessDeniedException"):
            mine.create_grant(KeyId=key, GranteePrincipal=helper, **wider)


def test_unknown_grants_are_refused(kms, key):
    with refused("InvalidGrantIdException", ""):
        kms.revoke_grant(KeyId=key, GrantId="0" * 64)
    with refused("InvalidGrantTokenException", ""):
        kms.retire_grant(GrantToken="nonsense")
    with refused("ValidationException", "Grant token OR (grant ID, key ID) must be specified"):
        kms.retire_grant()
