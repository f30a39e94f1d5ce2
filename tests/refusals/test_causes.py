"""What a refusal says: its cause, how it came to it, and what to do."""

import base64
import json

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.claims import OTHER, OWNER, allow, policy

ROOT = f"arn:aws:iam::{OWNER}:root"


@pytest.fixture
def why(aws_world):
    """The one refusal of a call."""

    def refuse(call, **params):
        before = len(aws_world.refusals)
        with pytest.raises(ClientError):
            call(**params)
        (made,) = aws_world.refusals[before:]
        assert made.remedies
        assert made.cause in made.explain()
        return made

    return refuse


def test_a_disabled_key_tells_who_disabled_it_and_when(aws_clock, owner, kms, key, why):
    admin = owner.role("admin", [allow("*")])
    admin.client("kms").disable_key(KeyId=key)
    disabled = aws_clock.now()
    aws_clock.advance(days=2)
    made = why(kms.encrypt, KeyId=key, Plaintext=b"x")
    assert made.cause == "KMS-STATE-DISABLED"
    assert made.history[-1] == f"disabled by {admin.caller.principal.arn} at {disabled:%Y-%m-%d %H:%M:%S}, 2 days ago"
    assert "EnableKey" in made.remedies[0]


def test_a_key_that_waits_for_its_deletion(aws_clock, kms, key, why):
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    made = why(kms.encrypt, KeyId=key, Plaintext=b"x")
    assert (made.cause, made.key) == ("KMS-STATE-PENDING-DELETION", key)
    assert made.history[-1].startswith(f"scheduled for deletion by {ROOT} at ")
    assert "CancelKeyDeletion" in made.remedies[0]


def test_a_deleted_key_tells_who_scheduled_it_and_when_it_went(aws_clock, kms, key, why):
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    aws_clock.advance(days=8)
    made = why(kms.encrypt, KeyId=key, Plaintext=b"x")
    assert made.cause == "KMS-KEY-DELETED"
    assert made.history[-2].startswith(f"scheduled for deletion by {ROOT} at ")
    assert "8 days ago" in made.history[-2]
    assert made.history[-1].startswith("deleted by AWS Internal at ")
    assert "1 day ago" in made.history[-1]


def test_what_came_later_is_not_told(kms, key, why):
    kms.disable_key(KeyId=key)
    made = why(kms.encrypt, KeyId=key, Plaintext=b"x")
    kms.enable_key(KeyId=key)
    kms.schedule_key_deletion(KeyId=key)
    assert made.history[-1].startswith("disabled by")


def test_a_key_of_the_wrong_usage(kms, why):
    key = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    assert why(kms.encrypt, KeyId=key, Plaintext=b"x").cause == "KMS-KEY-USAGE"


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"app": "b"}, "'app' differs: 'a' then, 'b' now"),
        ({}, "'app' is missing (it was 'a')"),
        ({"app": "a", "more": "x"}, "'more' is too much"),
    ],
)
def test_a_wrong_context_is_compared_key_by_key(kms, key, why, sent, told):
    blob = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"app": "a"})["CiphertextBlob"]
    made = why(kms.decrypt, CiphertextBlob=blob, EncryptionContext=sent)
    assert made.cause == "KMS-CIPHERTEXT-CONTEXT"
    assert made.history[0] == f"encrypted under context {{'app': 'a'}}; sent {sent}: {told}"
    assert made.history[1].startswith(f"made by Encrypt of {ROOT} at ")


def test_the_context_of_what_was_encrypted_anew_is_the_new_one(kms, key, why):
    first = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"app": "a"})["CiphertextBlob"]
    blob = kms.re_encrypt(
        CiphertextBlob=first,
        SourceEncryptionContext={"app": "a"},
        DestinationKeyId=key,
        DestinationEncryptionContext={"app": "new"},
    )["CiphertextBlob"]
    made = why(kms.decrypt, CiphertextBlob=blob, EncryptionContext={"app": "a"})
    assert "'app' differs: 'new' then, 'a' now" in made.history[0]
    again = why(kms.re_encrypt, CiphertextBlob=blob, DestinationKeyId=key)
    assert "'app' is missing (it was 'new')" in again.history[0]


@pytest.mark.parametrize(("times", "told"), [(1, "once"), (2, "twice")])
def test_base64_that_was_not_decoded(kms, key, why, times, told):
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    for _ in range(times):
        blob = base64.b64encode(blob)
    made = why(kms.decrypt, CiphertextBlob=blob)
    assert made.cause == "KMS-CIPHERTEXT-BASE64"
    assert made.history == (f"it is a ciphertext that was encoded {told} too often",)
    assert made.remedies == ("Pass base64.b64decode(text) as CiphertextBlob.",)


def test_another_key_is_named_than_the_one_that_encrypted(kms, key, why):
    other = kms.create_key()["KeyMetadata"]["Arn"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    made = why(kms.decrypt, CiphertextBlob=blob, KeyId=other)
    assert made.cause == "KMS-CIPHERTEXT-OTHER-KEY"
    assert made.history[:2] == (f"made under {key}", f"the request names {other}")


def test_damaged_ciphertexts_and_others_bytes(kms, key, why):
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    changed = blob[:-1] + bytes([blob[-1] ^ 1])
    causes = [
        why(kms.decrypt, CiphertextBlob=each).cause
        for each in (
            changed,
            blob[:-1],
            blob[:40],
            b"plain text",
            b"\x02\x05xyz",
            blob.decode(errors="replace").encode(),
        )
    ]
    damaged, other = "KMS-CIPHERTEXT-DAMAGED", "KMS-CIPHERTEXT-NOT-OF-KMS"
    assert causes == [damaged, damaged, damaged, other, other, damaged]


def test_a_ciphertext_of_another_world(kms, key, why):
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    strange = blob[:5] + bytes(32) + blob[37:]
    assert why(kms.decrypt, CiphertextBlob=strange).cause == "KMS-CIPHERTEXT-UNKNOWN-KEY"


def test_a_key_in_another_region_is_found(owner, kms, key, why):
    made = why(owner.client("kms", "eu-west-1").encrypt, KeyId=key, Plaintext=b"x")
    assert made.cause == "KMS-KEY-OTHER-REGION"
    bare = why(owner.client("kms", "eu-west-1").encrypt, KeyId=key.rpartition("/")[2], Plaintext=b"x")
    assert bare.cause == "KMS-KEY-NOT-FOUND"
    assert key in bare.history[0]


def test_an_alias_that_is_spelled_nearly_right(kms, key, why):
    kms.create_alias(AliasName="alias/orders", TargetKeyId=key)
    made = why(kms.encrypt, KeyId="alias/order", Plaintext=b"x")
    assert made.cause == "KMS-ALIAS-NOT-FOUND"
    assert "there is an alias alias/orders" in made.history


def test_a_quota_tells_how_many_of_how_many(aws_world, aws_clock, kms, key, why):
    aws_clock.freeze()
    aws_world.quotas({"DescribeKey": 2})
    once = aws_world.account(OWNER).client("kms", config=Config(retries={"total_max_attempts": 1}))
    for _ in range(2):
        once.describe_key(KeyId=key)
    made = why(once.describe_key, KeyId=key)
    assert made.cause == "KMS-QUOTA-REQUESTS"
    assert made.history == (f"request 3 of 2 of quota 'DescribeKey' in this second, {OWNER} in us-east-1",)
    assert not made.decisions


def test_a_fault_says_that_the_test_asked_for_it(aws_world, kms, key, why):
    with aws_world.fault("kms", "Encrypt", error="DisabledException", times=1):
        made = why(kms.encrypt, KeyId=key, Plaintext=b"x")
    assert made.cause == "TEST-FAULT"
    assert 'world.fault("kms", "Encrypt", error="DisabledException")' in made.history[0]


def test_a_policy_names_the_statement_and_the_principal(kms, key, why):
    nobody = f"arn:aws:iam::{OWNER}:role/nobody"
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"},
        {"Sid": "Use", "Effect": "Allow", "Principal": {"AWS": nobody}, "Action": "kms:Decrypt", "Resource": "*"},
    ]
    made = why(kms.put_key_policy, KeyId=key, Policy=json.dumps(policy(*statements)))
    assert made.cause == "KMS-POLICY-PRINCIPAL"
    assert made.history == (f'statement 2 ("Use"), Principal: {nobody} does not exist',)


def test_a_policy_that_would_lock_its_author_out(kms, key, why):
    statement = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:Encrypt", "Resource": "*"}
    made = why(kms.put_key_policy, KeyId=key, Policy=json.dumps(policy(statement)))
    assert made.cause == "KMS-POLICY-LOCKOUT"


def test_expired_credentials(aws_clock, owner, key, why):
    given = owner.user("app").client("sts").get_session_token(DurationSeconds=900)["Credentials"]
    session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], "us-east-1")
    aws_clock.advance(hours=2)
    made = why(session.client("kms").describe_key, KeyId=key)
    assert (made.cause, made.principal) == ("CREDENTIALS-EXPIRED", "")


def test_a_service_tells_what_kms_refused_to_it(owner, kms, key, why):
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="bucket")
    kms.disable_key(KeyId=key)
    made = why(s3.put_object, Bucket="bucket", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert (made.service, made.operation, made.cause, made.key) == ("s3", "PutObject", "KMS-STATE-DISABLED", key)
    (inner,) = made.within
    assert (inner.operation, inner.via) == ("GenerateDataKey", ("s3.amazonaws.com",))
    assert made.history[-1].startswith(f"disabled by {ROOT}")


def test_a_denial_is_a_refusal_too(aws_world, owner, key, why):
    role = owner.role("reporter")
    made = why(role.client("kms").encrypt, KeyId=key, Plaintext=b"x")
    assert (made.cause, made.principal, made.key) == ("IAM-IDENTITY-POLICY", role.caller.principal.arn, key)
    assert made.decisions == (aws_world.decisions[-1],)
    assert made.decisions[0].explain() in made.explain()


def test_another_accounts_key_is_told_of_as_such(aws_world, key, why):
    other = aws_world.account(OTHER).client("kms")
    assert why(other.encrypt, KeyId=key, Plaintext=b"x").cause == "IAM-RESOURCE-POLICY"


def test_refusals_are_selected_grouped_and_written_out(aws_world, owner, kms, key, why):
    role = owner.role("reporter")
    denied = why(role.client("kms").encrypt, KeyId=key, Plaintext=b"secret")
    kms.disable_key(KeyId=key)
    disabled = why(kms.encrypt, KeyId=key, Plaintext=b"secret")
    found = aws_world.refusals
    assert [each.cause for each in found.where(principal=role)] == [denied.cause]
    assert [each.cause for each in found.where(cause="KMS-STATE-DISABLED", key=key)] == [disabled.cause]
    assert {cause: len(each) for cause, each in found.by("cause").items()} == {denied.cause: 1, disabled.cause: 1}
    assert list(found.by("test")) == [denied.test]
    assert denied.test.endswith("::test_refusals_are_selected_grouped_and_written_out")
    written = json.loads(found.to_json())
    assert [each["cause"] for each in written] == [denied.cause, disabled.cause]
    assert written[1]["parameters"] == {"KeyId": key, "Plaintext": "6 bytes"}
    assert "secret" not in found.to_json()
    with pytest.raises(TypeError, match="refusals are told apart by cause, test"):
        found.where(colour="red")


def test_what_cloudtrail_leaves_out_is_not_written_out_either(aws_world, owner, kms, key, why):
    password = "kmsPswd-of-the-cluster"
    nobody = owner.role("nobody").client
    why(nobody("kms").create_custom_key_store, CustomKeyStoreName="s", KeyStorePassword=password)
    why(kms.encrypt, KeyId="alias/none", Plaintext=b"x", GrantTokens=["token-of-a-grant"])
    user = {"AllocatedStorage": 20, "MasterUsername": "u", "MasterUserPassword": password}
    database = {"DBInstanceIdentifier": "d", "DBInstanceClass": "db.t3.micro", "Engine": "mysql"}
    why(nobody("rds").create_db_instance, **database, **user, StorageEncrypted=True, KmsKeyId=key)
    written = aws_world.refusals.to_json()
    assert password not in written
    assert "token-of-a-grant" not in written


def test_what_passes_leaves_no_refusal(aws_world, kms, key):
    kms.decrypt(CiphertextBlob=kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"])
    assert aws_world.refusals == []


@pytest.mark.kmsmock(enforce="audit", enforce_iam="all")
def test_what_audit_mode_let_pass_is_told_as_such(aws_world, owner, key):
    user = owner.user("app")
    blob = user.client("kms").encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert owner.client("kms").decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    user.client("s3").list_buckets()
    encrypt, listing = aws_world.refusals
    assert (encrypt.passed, encrypt.cause, encrypt.asked) == (True, "IAM-IDENTITY-POLICY", "kms:Encrypt")
    assert (listing.passed, listing.cause, listing.asked) == (True, "IAM-IDENTITY-POLICY", "s3:ListAllMyBuckets")
    assert "  let pass  would be AccessDeniedException (400)" in encrypt.explain()
    assert encrypt.place.startswith("tests/refusals/test_causes.py:")
    assert [each["passed"] for each in json.loads(aws_world.refusals.to_json())] == [True, True]


def test_what_no_policy_allows_is_not_said_to_want_one(aws_world, kms, key, why):
    """Operations without "Cross-account use" in the API reference; the key policy has no say in RetireGrant."""
    stranger = aws_world.account(OTHER).user("stranger", [allow("kms:*")])
    made = why(stranger.client("kms").disable_key, KeyId=key)
    assert (made.cause, made.denials) == ("KMS-KEY-OF-OTHER-ACCOUNT", ())
    assert made.remedies == (f"Call DisableKey as a principal of the account that owns {key}.",)
    grant = kms.create_grant(KeyId=key, GranteePrincipal=ROOT, Operations=["Encrypt"])["GrantId"]
    assert why(stranger.client("kms").retire_grant, KeyId=key, GrantId=grant).cause == "IAM-RESOURCE-POLICY"


def test_a_key_that_is_not_there_is_not_said_to_want_a_policy(aws_world, kms, key, why):
    stranger = aws_world.account(OTHER).user("stranger", [allow("kms:*")]).client("kms")
    made = why(stranger.encrypt, KeyId=f"{key[:-12]}{0:012}", Plaintext=b"x")
    assert (made.cause, made.denials) == ("KMS-KEY-ABSENT", ())


def test_the_managed_key_of_a_service_is_not_to_be_created(kms, why):
    made = why(kms.encrypt, KeyId="alias/aws/s3", Plaintext=b"x")
    assert made.remedies[0].startswith("Use a customer managed key")


def test_an_alias_that_is_nearly_right_is_named(kms, key, why):
    kms.create_alias(AliasName="alias/orders", TargetKeyId=key)
    assert why(kms.encrypt, KeyId="alias/order", Plaintext=b"x").remedies[0] == "Did you mean alias/orders?"
    assert why(kms.encrypt, KeyId="orders", Plaintext=b"x").remedies[0] == "Did you mean alias/orders?"
    assert why(kms.encrypt, KeyId="nothing", Plaintext=b"x").remedies[0].startswith("Pass the KeyId")
