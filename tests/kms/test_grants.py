"""Grants, through boto3."""

import json

import pytest

from tests.support.claims import allow, policy, refused

pytestmark = pytest.mark.evidence(
    "recorded", "stackd (testdata/aws/kms): grants, their lists, constraints and ends; getmoto/moto issue 5411"
)

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
    with refused("NotFoundException", f"Grant ID {'0' * 64} not found"):  # getmoto/moto issue 5411, measured
        kms.revoke_grant(KeyId=key, GrantId="0" * 64)
    with refused("InvalidGrantIdException", ""):
        kms.revoke_grant(KeyId=key, GrantId="no grant id")
    with refused("InvalidGrantTokenException", ""):
        kms.retire_grant(GrantToken="nonsense")
    with refused("ValidationException", "Grant token OR (grant ID, key ID) must be specified"):
        kms.retire_grant()


# --- who a grant is for ---------------------------------------------------------------------------------------------

ROOT = "arn:aws:iam::111111111111:root"


def unique_id(principal):
    """The AIDA… of a user, the AROA…:session of a role's session."""
    return principal.client("sts").get_caller_identity()["UserId"]


def recreated(owner, old):
    """Another user or role of the same name, and the unique id of the one that is gone."""
    iam, name, gone = owner.client("iam"), old.arn.rpartition("/")[2], unique_id(old).partition(":")[0]
    if ":user/" not in old.arn:
        iam.delete_role(RoleName=name)
        return owner.role(name), gone
    for each in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=name, AccessKeyId=each["AccessKeyId"])
    iam.delete_user(UserName=name)
    return owner.user(name), gone


@pytest.mark.parametrize(("kind", "prefix"), [("user", "AIDA"), ("role", "AROA")])
def test_a_new_principal_of_an_old_name_inherits_neither_grants_nor_the_key_policy(owner, kms, key, kind, prefix):
    old = getattr(owner, kind)("worker")
    delegation = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"}
    statement = {"Effect": "Allow", "Principal": {"AWS": old.arn}, "Action": "kms:DescribeKey", "Resource": "*"}
    kms.put_key_policy(KeyId=key, Policy=json.dumps(policy(delegation, statement)))
    kms.create_grant(KeyId=key, GranteePrincipal=old.arn, Operations=["Encrypt"])
    old.client("kms").describe_key(KeyId=key)
    old.client("kms").encrypt(KeyId=key, Plaintext=b"x")
    new, gone = recreated(owner, old)
    caller = new.client("sts").get_caller_identity()["Arn"]
    for action, call in (
        ("kms:DescribeKey", lambda: new.client("kms").describe_key(KeyId=key)),
        ("kms:Encrypt", lambda: new.client("kms").encrypt(KeyId=key, Plaintext=b"x")),
    ):
        with refused(
            "AccessDeniedException",
            f"User: {caller} is not authorized to perform: {action} on resource: {key} because no identity-based "
            f"policy allows the {action} action",
        ):
            call()
    assert gone.startswith(prefix)
    assert [grant["GranteePrincipal"] for grant in kms.list_grants(KeyId=key)["Grants"]] == [gone]
    assert f'"AWS" : "{gone}"' in kms.get_key_policy(KeyId=key)["Policy"]
    assert old.arn not in kms.get_key_policy(KeyId=key)["Policy"]


@pytest.mark.parametrize(
    ("kind", "named", "arn"),
    [
        ("user", lambda given: given, "arn:aws:iam::111111111111:user/worker"),
        ("role", lambda given: given.partition(":")[0], ROLE),
        ("role", lambda given: given, "arn:aws:sts::111111111111:assumed-role/worker/kmsmock"),
    ],
)
def test_a_unique_id_names_the_same_grantee_as_the_arn(owner, kms, key, kind, named, arn):
    principal = getattr(owner, kind)("worker")
    grantee = named(unique_id(principal))
    asked = {"KeyId": key, "Operations": ["Encrypt"], "Name": "n"}
    made = kms.create_grant(GranteePrincipal=grantee, **asked)["GrantId"]
    assert kms.create_grant(GranteePrincipal=arn, **asked)["GrantId"] == made
    for spelling in (grantee, arn):
        (shown,) = kms.list_grants(KeyId=key, GranteePrincipal=spelling)["Grants"]
        assert shown["GranteePrincipal"] == arn
    principal.client("kms").encrypt(KeyId=key, Plaintext=b"x")


@pytest.mark.parametrize("grantee", ["AROADEADDEADDEADDEAD1", "AROADEADDEADDEADDEAD1:session", "AIDADEADDEADDEADDEAD1"])
def test_the_unique_id_of_nobody_is_no_principal(kms, key, grantee):
    with refused("InvalidArnException", "GranteePrincipal does not refer to a valid principal."):
        kms.create_grant(KeyId=key, GranteePrincipal=grantee, Operations=["Encrypt"])
    with refused("InvalidArnException", "Input does not refer to a valid principal"):
        kms.list_grants(KeyId=key, GranteePrincipal=grantee)


def test_a_bare_account_id_is_the_root_of_the_account(owner, kms):
    alone = policy({"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": ["kms:CreateGrant", "kms:ListGrants"],
                    "Resource": "*"})  # fmt: skip
    key = kms.create_key(Policy=json.dumps(alone), BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]["Arn"]
    asked = {"KeyId": key, "Operations": ["Encrypt"], "Name": "n"}
    made = kms.create_grant(GranteePrincipal="111111111111", RetiringPrincipal="111111111111", **asked)["GrantId"]
    assert kms.create_grant(GranteePrincipal=ROOT, RetiringPrincipal=ROOT, **asked)["GrantId"] == made
    for spelling in ("111111111111", ROOT):
        (shown,) = kms.list_grants(KeyId=key, GranteePrincipal=spelling)["Grants"]
        assert (shown["GranteePrincipal"], shown["RetiringPrincipal"]) == (ROOT, ROOT)
        (shown,) = kms.list_retirable_grants(RetiringPrincipal=spelling)["Grants"]
        assert shown["GrantId"] == made
    owner.user("allowed", [allow("kms:Encrypt")]).client("kms").encrypt(KeyId=key, Plaintext=b"x")
    other = owner.user("other")
    with refused(
        "AccessDeniedException",
        f"User: {other.arn} is not authorized to perform: kms:Encrypt on resource: {key} because no identity-based "
        "policy allows the kms:Encrypt action",
    ):
        other.client("kms").encrypt(KeyId=key, Plaintext=b"x")


SESSION_WITH_PATH = "arn:aws:sts::111111111111:assumed-role/path/worker/session"


@pytest.mark.parametrize(
    ("grantee", "text"),
    [
        ("ec2.amazonaws.com", "ARN does not refer to a valid principal: ec2.amazonaws.com"),
        ("arn:aws-cn:iam::111111111111:root",
         "ARN does not refer to a valid principal: arn:aws-cn:iam::111111111111:root"),
        (ROLE.replace("aws", "aws-cn"), f"ARN does not refer to a valid principal: {ROLE.replace('aws', 'aws-cn')}"),
        (SESSION_WITH_PATH, f"ARN is not valid: {SESSION_WITH_PATH}"),
    ],
)  # fmt: skip
def test_who_cannot_be_given_a_grant_directly(kms, key, worker, grantee, text):
    with refused("InvalidArnException", text):
        kms.create_grant(KeyId=key, GranteePrincipal=grantee, Operations=["Encrypt"])


@pytest.mark.parametrize("parameter", ["GranteePrincipal", "RetiringPrincipal"])
def test_the_letters_of_a_principal_are_those_of_ascii(kms, key, parameter):
    member = parameter[0].lower() + parameter[1:]
    with refused(
        "ValidationException",
        f"1 validation error detected: Value 'é' at '{member}' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: ^[\w+=,.@:/-]+$",
    ):
        kms.create_grant(KeyId=key, Operations=["Encrypt"], **{"GranteePrincipal": ROOT, parameter: "é"})


def test_the_grants_of_another_accounts_principal_are_not_listed(kms, other):
    for stranger in (other.root.arn, other.user("bob").arn):
        with refused("InvalidArnException", f"ARN does not refer to a valid principal: {stranger}"):
            kms.list_retirable_grants(RetiringPrincipal=stranger)


@pytest.mark.evidence("assumed", "the code for the unique id of nobody: that of other principals that are not there")
def test_who_may_retire_is_named_by_a_unique_id_too_and_nobody_is_refused(owner, kms, key):
    """The code for the unique id of nobody is unverified."""
    user = owner.user("retiring")
    asked = {"KeyId": key, "GranteePrincipal": ROOT, "RetiringPrincipal": user.arn, "Operations": ["Encrypt"]}
    made = kms.create_grant(**asked)["GrantId"]
    (shown,) = kms.list_retirable_grants(RetiringPrincipal=unique_id(user))["Grants"]
    assert shown["GrantId"] == made
    nobody = "AIDADEADDEADDEADDEAD1"
    with refused("NotFoundException", f"Retiring principal {nobody} could not be found"):
        kms.list_retirable_grants(RetiringPrincipal=nobody)
    gone = "arn:aws:iam::111111111111:user/nobody"
    with refused("InvalidArnException", f"ARN does not refer to a valid principal: {gone}"):
        kms.list_retirable_grants(RetiringPrincipal=gone)


# --- names, tokens, constraints -------------------------------------------------------------------------------------


def test_the_order_of_operations_makes_no_other_grant(kms, key, worker):
    asked = {"KeyId": key, "GranteePrincipal": worker.arn, "Name": "n"}
    first = kms.create_grant(Operations=["Encrypt", "Decrypt"], **asked)["GrantId"]
    assert kms.create_grant(Operations=["Decrypt", "Encrypt"], **asked)["GrantId"] == first
    assert kms.create_grant(Operations=["Decrypt"], **asked)["GrantId"] != first


@pytest.mark.evidence("assumed", "the limits are documented, the text is chosen here")
@pytest.mark.parametrize("kind", ["EncryptionContextEquals", "EncryptionContextSubset"])
@pytest.mark.parametrize("context", [{str(number): "x" for number in range(9)}, {"a": "x" * 385}])
def test_a_constraint_has_eight_pairs_and_values_of_384_characters(kms, key, worker, kind, context):
    asked = {"KeyId": key, "GranteePrincipal": worker.arn, "Operations": ["Encrypt"]}
    kms.create_grant(Constraints={kind: {str(number): "x" * 384 for number in range(8)}}, **asked)
    text = "A grant constraint may have at most 8 pairs, with values of at most 384 characters."
    with refused("ValidationException", text):
        kms.create_grant(Constraints={kind: context}, **asked)


def test_a_token_is_good_in_the_region_of_its_grant_only(owner, kms, key, worker):
    token = kms.create_grant(KeyId=key, GranteePrincipal=worker.arn, Operations=["Encrypt"])["GrantToken"]
    with refused("InvalidGrantTokenException", ""):
        owner.client("kms", "eu-west-1").retire_grant(GrantToken=token)
    kms.retire_grant(GrantToken=token)
    assert kms.list_grants(KeyId=key)["Grants"] == []


def test_tokens_that_kms_never_gave_are_refused(kms, key, worker):
    token = kms.create_grant(KeyId=key, GranteePrincipal=worker.arn, Operations=["Encrypt"])["GrantToken"]
    kms.encrypt(KeyId=key, Plaintext=b"x", GrantTokens=[token])
    for tokens in (["nonsense"], [token, "nonsense"], [token[:-1]]):
        with refused("InvalidGrantTokenException", ""):
            kms.encrypt(KeyId=key, Plaintext=b"x", GrantTokens=tokens)


def test_retiring_an_unknown_grant_by_its_id_names_no_reason(kms, key):
    with refused("InvalidGrantIdException", ""):
        kms.retire_grant(KeyId=key, GrantId="0" * 64)
