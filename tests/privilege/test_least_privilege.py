"""``world.least_privilege``: what it writes is put in as it is, and the flow passes again, and nothing beside it."""

import json

import pytest

from tests.support.claims import OTHER, OWNER, allow, policy, refused
from tests.support.policies import assume, denied, encrypt, lacks, make_key, root, session_arn, signing, trust, use

S3 = "s3.us-east-1.amazonaws.com"
TENANT = {"EncryptionContext": {"tenant": "a"}}


def put_in(world, account, role, found):
    """The policies of an answer in place of today's, through boto3."""
    iam = account.client("iam")
    name = role.arn.split("/")[1]
    for each in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=each)
    if found.identity_policy is not None:
        iam.put_role_policy(RoleName=name, PolicyName="least", PolicyDocument=json.dumps(found.identity_policy))
    for key, document in found.key_policies.items():
        world.account(OWNER).client("kms").put_key_policy(KeyId=key, Policy=json.dumps(document))


def only(document):
    """The one statement of a policy, but for whoever manages the key."""
    (found,) = [each for each in document["Statement"] if each.get("Sid") != "Manage"]
    return found


def of_role(name, account=OWNER):
    return f"arn:aws:iam::{account}:role/{name}"


def alone(name):
    """The account, for one of its roles: IAM decides, and for nobody else."""
    return {"aws:PrincipalArn": of_role(name)}


def test_objects_are_written_and_read_with_the_key_through_s3_alone(aws_world, owner, key):
    """ "Using IAM policies with AWS KMS": kms:ViaService; S3's encryption context is the object's ARN."""
    app = owner.role("app", policies=[allow(["kms:*", "s3:*"])])
    app.client("s3").create_bucket(Bucket="invoices")

    def flow():
        s3 = app.client("s3")
        for name in ("1", "2"):
            s3.put_object(Bucket="invoices", Key=name, Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
            assert s3.get_object(Bucket="invoices", Key=name)["Body"].read() == b"x"

    flow()
    found = aws_world.least_privilege(app)
    objects = ["arn:aws:s3:::invoices/1", "arn:aws:s3:::invoices/2"]
    seen = {"kms:EncryptionContext:aws:s3:arn": objects, "kms:ViaService": S3}
    used = ["kms:Decrypt", "kms:GenerateDataKey"]
    assert found.identity_policy == policy(
        {"Effect": "Allow", "Action": used, "Resource": key, "Condition": {"StringEquals": seen}},
        {"Effect": "Allow", "Action": "s3:CreateBucket", "Resource": "arn:aws:s3:::invoices"},
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": objects},
    )
    assert found.key_policies == {
        key: policy(
            use(root(OWNER), used, Condition={"StringEquals": {**alone("app"), **seen}}),
            use([root(OWNER)], "kms:PutKeyPolicy", Sid="Manage"),
        )
    }
    put_in(aws_world, owner, app, found)
    flow()
    with lacks(app.caller.principal.arn, "kms:GenerateDataKey", key, "resource-based policy"):
        app.client("kms").generate_data_key(KeyId=key, KeySpec="AES_256")
    with refused("AccessDenied", status=403):
        app.client("s3").put_object(Bucket="invoices", Key="3", Body=b"x")
    put_in(aws_world, owner, app, aws_world.least_privilege(app))
    flow()


def test_another_account_needs_both_sides_and_its_role_is_named(aws_world, owner, other, kms):
    """ "Allowing users in other accounts to use a KMS key"."""
    key = make_key(kms, use(root(OTHER)))
    reader, idle = (other.role(name, policies=[allow("kms:*")]) for name in ("reader", "idle"))
    blob = encrypt(kms, key)["CiphertextBlob"]
    reader.client("kms").decrypt(CiphertextBlob=blob, KeyId=key)
    found = aws_world.least_privilege(reader)
    assert only(found.identity_policy) == {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key}
    assert use(of_role("reader", OTHER), "kms:Decrypt") in found.key_policies[key]["Statement"]
    put_in(aws_world, other, reader, found)
    assert reader.client("kms").decrypt(CiphertextBlob=blob, KeyId=key)["Plaintext"] == b"x"
    assert encrypt(kms, key)["KeyId"] == key, "what others needed of the key stays allowed"
    with refused("AccessDeniedException"):
        idle.client("kms").decrypt(CiphertextBlob=blob, KeyId=key)
    with refused("AccessDeniedException"):
        encrypt(reader.client("kms"), key)


def test_grants_are_narrowed_to_the_operations_and_the_encryption_context(aws_world, owner, kms):
    """ "Using grant constraints"; the arguments are CreateGrant's."""
    key, clerk = make_key(kms), owner.user("clerk")
    operations = ["Encrypt", "Decrypt", "DescribeKey"]
    given = kms.create_grant(KeyId=key, GranteePrincipal=clerk.arn, Operations=operations, Name="clerk")
    blob = encrypt(clerk.client("kms"), key, **TENANT)["CiphertextBlob"]
    clerk.client("kms").decrypt(CiphertextBlob=blob, **TENANT)
    found = aws_world.least_privilege(clerk)
    assert (found.identity_policy, found.key_policies) == (None, {})
    assert found.grants == [
        {
            "KeyId": key,
            "GranteePrincipal": clerk.arn,
            "Operations": ["Encrypt", "Decrypt"],
            "Constraints": {"EncryptionContextEquals": TENANT["EncryptionContext"]},
            "Name": "clerk",
        }
    ]
    assert str(found.diff[0]) == (
        f"over-wide: Encrypt, Decrypt, DescribeKey for user clerk in grant {given['GrantId'][:8]}; "
        "used: Encrypt, Decrypt with the encryption context {'tenant': 'a'}"
    )
    kms.revoke_grant(KeyId=key, GrantId=given["GrantId"])
    assert aws_world.least_privilege(clerk).grants == found.grants, "also of a grant that has been revoked"
    kms.create_grant(**found.grants[0])
    assert clerk.client("kms").decrypt(CiphertextBlob=blob, **TENANT)["Plaintext"] == b"x"
    with refused("AccessDeniedException"):
        clerk.client("kms").describe_key(KeyId=key)
    with refused("AccessDeniedException"):
        encrypt(clerk.client("kms"), key)


def test_of_several_encryption_contexts_a_grant_demands_what_all_have(aws_world, owner, kms):
    key, clerk = make_key(kms), owner.user("clerk")
    kms.create_grant(KeyId=key, GranteePrincipal=clerk.arn, Operations=["Encrypt"])
    for number in "12":
        encrypt(clerk.client("kms"), key, EncryptionContext={"tenant": "a", "number": number})
    (grant,) = aws_world.least_privilege(clerk).grants
    assert grant["Constraints"] == {"EncryptionContextSubset": {"tenant": "a"}}


def test_a_grant_that_makes_grants_keeps_what_its_children_need(aws_world, owner, kms):
    """ "Granting CreateGrant permission": a child gives no more than its parent, and is bound by no less."""
    key, boss, clerk = make_key(kms), owner.user("boss"), owner.user("clerk")
    kms.create_grant(KeyId=key, GranteePrincipal=boss.arn, Operations=["CreateGrant", "Encrypt", "Decrypt"])
    boss.client("kms").create_grant(KeyId=key, GranteePrincipal=clerk.arn, Operations=["Encrypt"])
    (grant,) = aws_world.least_privilege(boss).grants
    assert (grant["Operations"], "Constraints" in grant) == (["CreateGrant", "Encrypt"], False)


def test_a_role_stands_for_its_sessions_however_it_is_named(aws_world, owner, key):
    app = owner.role("app", policies=[allow("kms:*")], trust=trust(root(OWNER)))
    steward = owner.user("steward", [allow("sts:AssumeRole", app_arn := of_role("app"))])
    session = signing(assume(steward.client("sts"), app_arn), region_name="us-east-1")
    encrypt(session, key, **TENANT)
    answers = [aws_world.least_privilege(each) for each in (app, app_arn, session_arn("app"))]
    assert [each.principal for each in answers] == [app_arn] * 3
    assert {str(each) for each in answers} == {str(answers[0])}
    assert only(answers[0].identity_policy)["Condition"] == {"StringEquals": {"kms:EncryptionContext:tenant": "a"}}
    assert only(aws_world.least_privilege(steward).identity_policy)["Resource"] == app_arn


def test_a_key_policy_that_names_the_caller_is_narrowed_to_the_encryption_context(aws_world, owner, kms):
    """IAM has no say then: "When to use key policies"; what today's statement demands beside is kept."""
    app = owner.role("app")
    terms = {"StringLike": {"kms:EncryptionContext:tenant": "?"}, "Bool": {"aws:SecureTransport": "true"}}
    key = make_key(kms, use(of_role("app"), "kms:*", Condition=terms))
    for tenant in "ab":
        encrypt(app.client("kms"), key, EncryptionContext={"tenant": tenant})
    found = aws_world.least_privilege(app)
    narrow = {"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"kms:EncryptionContext:tenant": ["a", "b"]}}
    assert found.identity_policy is None
    assert only(found.key_policies[key]) == use(of_role("app"), "kms:Encrypt", Condition=narrow)
    put_in(aws_world, owner, app, found)
    encrypt(app.client("kms"), key, **TENANT)
    with refused("AccessDeniedException"):
        encrypt(app.client("kms"), key, EncryptionContext={"tenant": "c"})
    made = kms.create_key(Policy=json.dumps(found.key_policies[key]))["KeyMetadata"]["Arn"]
    encrypt(app.client("kms"), made, **TENANT)


def test_whoever_may_do_more_without_a_condition_needs_no_statement_with_one(aws_world, owner, key):
    app = owner.role("app", policies=[allow(["kms:*", "s3:*"])])
    app.client("s3").create_bucket(Bucket="invoices")
    app.client("s3").put_object(Bucket="invoices", Key="1", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    app.client("kms").generate_data_key(KeyId=key, KeySpec="AES_256")
    statements = aws_world.least_privilege(app).identity_policy["Statement"]
    assert {"Effect": "Allow", "Action": "kms:GenerateDataKey", "Resource": key} in statements
    assert len([each for each in statements if "kms:GenerateDataKey" in each["Action"]]) == 1


def test_a_deny_that_has_denied_or_could_is_kept(aws_world, owner, key):
    """Also one that has not struck: the least is nowhere wider than today."""
    no_c = {"StringEquals": {"kms:EncryptionContext:tenant": "c"}}
    struck = {"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*", "Sid": "Never"}
    could = {"Effect": "Deny", "Action": "kms:*", "Resource": "*", "Condition": no_c}
    idle = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    app = owner.role(
        "app", policies=[policy({"Effect": "Allow", "Action": "kms:*", "Resource": "*"}, struck, could, idle)]
    )
    blob = encrypt(app.client("kms"), key)["CiphertextBlob"]

    def stays_denied():
        why = "with an explicit deny in an identity-based policy"
        with denied(app.caller.principal.arn, "kms:Decrypt", key, why):
            app.client("kms").decrypt(CiphertextBlob=blob)

    stays_denied()
    found = aws_world.least_privilege(app)
    assert [each for each in found.identity_policy["Statement"] if each["Effect"] == "Deny"] == [struck, could]
    assert [(each.kind, each.today) for each in found.diff if each.today.startswith("Deny")] == [
        ("kept", "Deny kms:Decrypt on *"),
        ("kept", f"Deny kms:* on * if {json.dumps(no_c)}"),
        ("not needed", "Deny s3:* on *"),
    ]
    put_in(aws_world, owner, app, found)
    encrypt(app.client("kms"), key)
    stays_denied()


def test_a_deny_that_stood_for_a_while_is_left_out(aws_world, owner, key):
    """What was denied before a policy was changed, and allowed afterwards, stays allowed."""
    app = owner.role("app", policies=[policy({"Effect": "Deny", "Action": "kms:*", "Resource": "*"})])
    with refused("AccessDeniedException"):
        encrypt(app.client("kms"), key)
    document = json.dumps(allow("kms:Encrypt", key))
    owner.client("iam").put_role_policy(RoleName="app", PolicyName="policy-1", PolicyDocument=document)
    encrypt(app.client("kms"), key)
    found = aws_world.least_privilege(app)
    assert only(found.identity_policy) == {"Effect": "Allow", "Action": "kms:Encrypt", "Resource": key}
    assert ("left out", "Deny kms:* on *") in [(each.kind, each.today) for each in found.diff]


def test_the_difference_is_told_in_words(aws_world, owner, key):
    wide, idle = allow(["kms:*", "s3:*"]), allow("sqs:SendMessage", f"arn:aws:sqs:us-east-1:{OWNER}:orders")
    app = owner.role("app", policies=[wide, idle])
    app.client("s3").create_bucket(Bucket="invoices")
    app.client("s3").put_object(Bucket="invoices", Key="1", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    found = aws_world.least_privilege(app)
    assert [str(each) for each in found.diff] == [
        'over-wide: kms:*, s3:* on * in inline policy "policy-1" of role app; '
        "used: s3:CreateBucket, s3:PutObject; GenerateDataKey through s3",
        f'unused: sqs:SendMessage on arn:aws:sqs:us-east-1:{OWNER}:orders in inline policy "policy-2" of role app',
        f"over-wide: kms:* for root of {OWNER} in key policy of {key}; used: GenerateDataKey by role app through s3",
    ]
    told = str(found)
    assert told.startswith(f"the least privilege of {of_role('app')}\n  over-wide: kms:*, s3:* on * in ")
    assert f"\nkey policy of {key}:\n  {{\n" in told
    assert found.as_dict()["identity_policy"] == found.identity_policy
    assert json.loads(json.dumps(found.as_dict()))["diff"][1]["kind"] == "unused"
    assert "over-wide" in found._repr_html_()


def test_policies_that_are_as_narrow_as_can_be_have_nothing_said_of_them(aws_world, owner, kms):
    app = owner.role("app")
    key = make_key(kms, use(of_role("app"), "kms:Encrypt"))
    encrypt(app.client("kms"), key)
    found = aws_world.least_privilege(app)
    assert [each.today for each in found.diff] == [f"kms:* for root of {OWNER}"]
    assert [each.kind for each in found.diff] == ["unused"]


def test_the_root_user_needs_no_policy_of_iam_and_names_that_were_reserved_are_literal(aws_world, owner, kms, key):
    encrypt(kms, key)
    found = aws_world.least_privilege(owner.root)
    assert found.identity_policy is None
    condition = {"StringEquals": {"aws:PrincipalArn": root(OWNER)}}
    assert only(found.key_policies[key]) == use(root(OWNER), "kms:Encrypt", Condition=condition)
    app = owner.role("app", policies=[allow("s3:*")])
    s3 = app.client("s3")
    s3.create_bucket(Bucket="invoices")
    s3.put_object(Bucket="invoices", Key="${aws:username}*", Body=b"x")
    least = aws_world.least_privilege(app)
    assert least.identity_policy["Statement"][1]["Resource"] == "arn:aws:s3:::invoices/${$}{aws:username}${*}"
    put_in(aws_world, owner, app, least)
    s3.put_object(Bucket="invoices", Key="${aws:username}*", Body=b"x")
    with refused("AccessDenied", status=403):
        s3.put_object(Bucket="invoices", Key="${aws:username}1", Body=b"x")


def test_what_is_still_to_be_made_is_any_of_its_kind(aws_world, owner, key):
    """ "Actions, resources, and condition keys for Amazon EC2": a volume has no id before it is made."""
    app = owner.role("app", policies=[allow(["kms:*", "ec2:*"])])
    ec2 = app.client("ec2")
    volume = {"AvailabilityZone": "us-east-1a", "Size": 1, "Encrypted": True, "KmsKeyId": key}
    ec2.create_volume(**volume)
    found = aws_world.least_privilege(app)
    resources = [
        each["Resource"] for each in found.identity_policy["Statement"] if each["Action"] == "ec2:CreateVolume"
    ]
    assert resources == [f"arn:aws:ec2:us-east-1:{OWNER}:volume/*"]


def test_a_managed_key_has_a_policy_that_nobody_can_change(aws_world, owner):
    app = owner.role("app", policies=[allow("s3:*")])
    app.client("s3").create_bucket(Bucket="invoices")
    app.client("s3").put_object(Bucket="invoices", Key="1", Body=b"x", ServerSideEncryption="aws:kms")
    found = aws_world.least_privilege(app)
    assert found.key_policies == {}
    assert {"s3:CreateBucket", "s3:PutObject"} == {each["Action"] for each in found.identity_policy["Statement"]}


def test_a_boundary_stays_and_limits_nobody_more(aws_world, owner, key):
    """The caller is not named in the key policy where the account is: named himself, he would be limited by none."""
    app = owner.role("app", policies=[allow("kms:*")], boundary=allow(["kms:Encrypt", "kms:DescribeKey"]))
    encrypt(app.client("kms"), key)
    with lacks(app.caller.principal.arn, "kms:Decrypt", key, "permissions boundary"):
        app.client("kms").decrypt(CiphertextBlob=encrypt(owner.client("kms"), key)["CiphertextBlob"])
    put_in(aws_world, owner, app, aws_world.least_privilege(app))
    encrypt(app.client("kms"), key)
    with refused("AccessDeniedException"):
        app.client("kms").describe_key(KeyId=key)


def test_who_asked_for_nothing_needs_nothing_and_a_wrong_name_is_an_error(aws_world, owner):
    app = owner.role("app", policies=[allow("kms:*")])
    found = aws_world.least_privilege(app)
    assert (found.identity_policy, found.key_policies, found.grants, found.diff) == (None, {}, [], ())
    assert str(found) == f"the least privilege of {of_role('app')}\n  no policy has to allow anything"
    app.client("kms").list_keys()
    with pytest.raises(ValueError, match=r"nobody of that name has asked for anything; did you mean '.*role/app'\?"):
        aws_world.least_privilege(of_role("ap"))
    with pytest.raises(TypeError, match="principal=7: give a text, such as 'arn:aws:iam::111111111111:role/app'"):
        aws_world.least_privilege(7)
