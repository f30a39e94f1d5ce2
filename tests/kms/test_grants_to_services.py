"""Grants whose grantee or retiring principal is an AWS service, what a grant may allow, and how many there are.

"CreateGrant" of the KMS API reference: a service as grantee needs a SourceArn, and somebody who retires the grant.
"""

import pytest

from kmsmock.quotas import RESOURCES
from tests.support.claims import OWNER, refused
from tests.support.policies import root

pytestmark = pytest.mark.evidence(
    "documented",
    "CreateGrant (API reference, with service principals): the rules; numbers are those of the quotas page",
)

SOURCE = f"arn:aws:backup:us-east-1:{OWNER}:backup-vault:vault"
SERVICE = "backup.amazonaws.com"
TO_A_SERVICE = {
    "GranteeServicePrincipal": SERVICE,
    "RetiringServicePrincipal": "ebs.amazonaws.com",
    "Constraints": {"SourceArn": SOURCE},
}
ALWAYS = ["CreateGrant", "RetireGrant", "DescribeKey"]
DATA_KEYS = [
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
]
CAN = {
    ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"): ["Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", *DATA_KEYS],
    ("RSA_2048", "ENCRYPT_DECRYPT"): ["Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GetPublicKey"],
    ("ECC_NIST_P256", "SIGN_VERIFY"): ["Sign", "Verify", "GetPublicKey"],
    ("HMAC_256", "GENERATE_VERIFY_MAC"): ["GenerateMac", "VerifyMac"],
    ("ECC_NIST_P256", "KEY_AGREEMENT"): ["DeriveSharedSecret", "GetPublicKey"],
}
"""Key spec and usage -> what a grant may allow beside ALWAYS ("Grant operations")."""
ALL = sorted({each for operations in CAN.values() for each in operations})


def create(kms, key, **params):
    return kms.create_grant(KeyId=key, Operations=["Decrypt"], **params)


def test_a_grant_to_a_service_is_shown_as_such(kms, key):
    made = create(kms, key, **TO_A_SERVICE)
    (shown,) = kms.list_grants(KeyId=key)["Grants"]
    assert shown["GrantId"] == made["GrantId"]
    assert {name: shown[name] for name in TO_A_SERVICE} == TO_A_SERVICE
    assert not shown.keys() & {"GranteePrincipal", "RetiringPrincipal"}


def test_a_principal_may_retire_the_grant_of_a_service_and_a_service_that_of_a_principal(owner, kms, key):
    mine = root(OWNER)
    create(kms, key, GranteeServicePrincipal=SERVICE, RetiringPrincipal=mine, Constraints={"SourceArn": SOURCE})
    create(kms, key, GranteePrincipal=mine, RetiringServicePrincipal=SERVICE)
    retirers = {
        (each.get("RetiringPrincipal"), each.get("RetiringServicePrincipal"))
        for each in kms.list_grants(KeyId=key)["Grants"]
    }
    assert retirers == {(mine, None), (None, SERVICE)}


@pytest.mark.evidence("assumed", "the rules are documented, the texts are chosen here")
@pytest.mark.parametrize(
    ("without", "more", "message"),
    [
        ("Constraints", {}, "A SourceArn grant constraint is required when GranteeServicePrincipal is specified."),
        ("RetiringServicePrincipal", {}, "A retiring principal is required when GranteeServicePrincipal is specified."),
        (
            "GranteeServicePrincipal",
            {},
            "Exactly one of GranteePrincipal and GranteeServicePrincipal must be specified.",
        ),
        (
            None,
            {"GranteePrincipal": root(OWNER)},
            "Exactly one of GranteePrincipal and GranteeServicePrincipal must be specified.",
        ),
        (
            None,
            {"RetiringPrincipal": root(OWNER)},
            "RetiringPrincipal and RetiringServicePrincipal cannot both be specified.",
        ),
    ],
)
def test_a_grant_to_a_service_has_all_that_it_needs_and_no_more(kms, key, without, more, message):
    params = {name: value for name, value in TO_A_SERVICE.items() if name != without}
    with refused("ValidationException", message):
        create(kms, key, **params, **more)
    assert kms.list_grants(KeyId=key)["Grants"] == []


def test_a_source_goes_beside_a_constraint_on_the_context(kms, key):
    context = {"EncryptionContextEquals": {"a": "1"}}
    create(kms, key, **TO_A_SERVICE | {"Constraints": {"SourceArn": SOURCE, **context}})
    (shown,) = kms.list_grants(KeyId=key)["Grants"]
    assert shown["Constraints"] == {"SourceArn": SOURCE, **context}
    both = {**context, "EncryptionContextSubset": {"a": "1"}}
    with refused("ValidationException"):
        create(kms, key, **TO_A_SERVICE | {"Constraints": {"SourceArn": SOURCE, **both}})


def test_a_source_alone_may_limit_the_grant_of_an_asymmetric_key(kms):
    """Only a constraint on the encryption context needs a key that takes one."""
    key = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["Arn"]
    create(kms, key, **TO_A_SERVICE)
    with refused(
        "ValidationException",
        "EncryptionContext is supported only when creating a grant for a symmetric encryption KMS key.",
    ):
        create(kms, key, GranteePrincipal=root(OWNER), Constraints={"EncryptionContextEquals": {"a": "1"}})


def test_only_services_that_act_for_a_caller_name_a_service_where_a_principal_is_meant(kms, key):
    with refused("InvalidArnException", f"ARN does not refer to a valid principal: {SERVICE}"):
        create(kms, key, GranteePrincipal=SERVICE)


def test_the_grants_that_a_service_may_retire_are_listed_by_its_name(kms, key):
    made = create(kms, key, **TO_A_SERVICE)
    (shown,) = kms.list_retirable_grants(RetiringServicePrincipal="ebs.amazonaws.com")["Grants"]
    assert shown["GrantId"] == made["GrantId"]
    assert kms.list_retirable_grants(RetiringServicePrincipal=SERVICE)["Grants"] == []


def test_grants_are_filtered_by_the_service_that_has_them(kms, key):
    made = create(kms, key, **TO_A_SERVICE)
    create(kms, key, GranteePrincipal=root(OWNER))
    (shown,) = kms.list_grants(KeyId=key, GranteeServicePrincipal=SERVICE)["Grants"]
    assert shown["GrantId"] == made["GrantId"]


@pytest.mark.parametrize(("spec", "usage"), CAN)
def test_a_grant_allows_what_its_key_can_do(kms, spec, usage):
    key = kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["Arn"]
    possible = [*ALWAYS, *CAN[spec, usage]]
    made = kms.create_grant(KeyId=key, GranteePrincipal=root(OWNER), Operations=possible)
    (shown,) = kms.list_grants(KeyId=key, GrantId=made["GrantId"])["Grants"]
    assert shown["Operations"] == possible
    kind = "symmetric" if spec in ("SYMMETRIC_DEFAULT", "HMAC_256") else "asymmetric"
    for operation in set(ALL) - set(possible):
        with refused("ValidationException") as told:
            kms.create_grant(KeyId=key, GranteePrincipal=root(OWNER), Operations=[operation])
        assert told.response["Error"]["Message"].startswith(
            f"Operations [{operation}] are not supported when creating a grant for a {kind} KMS key "
            f"with key usage {usage}. Valid operations are ["
        )


def test_a_page_of_grants_has_fifty_unless_another_size_is_asked_for(kms, key):
    """The default of Limit, in ListGrants and ListRetirableGrants."""
    for number in range(51):
        create(kms, key, GranteePrincipal=root(OWNER), RetiringPrincipal=root(OWNER), Name=str(number))
    for page in (kms.list_grants(KeyId=key), kms.list_retirable_grants(RetiringPrincipal=root(OWNER))):
        assert (len(page["Grants"]), page["Truncated"]) == (50, True)
    rest = kms.list_grants(KeyId=key, Marker=kms.list_grants(KeyId=key)["NextMarker"])
    assert (len(rest["Grants"]), rest["Truncated"]) == (1, False)


@pytest.mark.evidence(
    "assumed", "the number is documented; the text is worded as that of the recorded quota of aliases"
)
def test_a_customer_key_has_fifty_thousand_grants_and_not_one_more(aws_world, kms, key):
    """ "Resource quotas": grants per customer managed key; the number is made small here, where only it is looked at."""
    assert RESOURCES["grants per key"].limit == 50_000
    aws_world.quotas({"grants per key": 2})
    for name in "ab":
        create(kms, key, GranteePrincipal=root(OWNER), Name=name)
    with refused(
        "LimitExceededException", "Grants per key quota for this account in this region is 2, current usage is 2."
    ):
        create(kms, key, GranteePrincipal=root(OWNER), Name="c")
    again = create(kms, key, GranteePrincipal=root(OWNER), Name="a")  # which is the first of them
    assert again["GrantId"] in {each["GrantId"] for each in kms.list_grants(KeyId=key)["Grants"]}


def test_an_aws_managed_key_has_no_such_quota(aws_world, owner):
    """Grants of services on their own keys do not count ("Resource quotas")."""
    aws_world.quotas({"grants per key": 0})
    ec2 = owner.client("ec2", region_name="us-east-1")
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1, Encrypted=True)["VolumeId"]
    assert ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["Encrypted"] is True
