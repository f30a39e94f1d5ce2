"""Lint of worlds and of what can be loaded: what stands where, what is deleted, and what is not known."""

import json

import pytest

import kmsmock
from tests.support.lint import ACCOUNT, APP, DEFAULT, ROOT, USE, allow, codes, document, only


def trust(*services, aws=()):
    principal = {"Service": list(services)} | ({"AWS": list(aws)} if aws else {})
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})


@pytest.fixture
def template(tmp_path):
    """Writes a template of these resources, and returns its path."""

    def write(**resources):
        path = tmp_path / "template.json"
        typed = {name: {"Type": f"AWS::{kind}", "Properties": given} for name, (kind, given) in resources.items()}
        path.write_text(json.dumps({"Resources": typed}))
        return path

    return write


@pytest.fixture
def dump(tmp_path):
    """Writes the dump of an account with these roles and one key, and returns its folder."""

    def write(policy, roles=("app",), **details):
        folder = tmp_path / "dump" / ACCOUNT
        key = folder / "us-east-1" / "kms" / "1234abcd-12ab-34cd-56ef-1234567890ab"
        key.mkdir(parents=True)
        arn = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{key.name}"
        given = {"KeyId": key.name, "Arn": arn, "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT"}
        listed = [
            {"RoleName": name, "RoleId": f"AROAEXAMPLE{name.upper()}", "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}"}
            | {"Path": "/", "AssumeRolePolicyDocument": trust("lambda.amazonaws.com")}
            for name in roles
        ]
        (key / "describe-key.json").write_text(json.dumps({"KeyMetadata": {**given, "KeyManager": "CUSTOMER"}}))
        (key / "get-key-policy.json").write_text(json.dumps({"Policy": json.dumps(policy)}))
        (folder / "get-account-authorization-details.json").write_text(
            json.dumps(
                {"RoleDetailList": listed, "UserDetailList": [], "GroupDetailList": [], "Policies": [], **details}
            )
        )
        return folder.parent

    return write


def test_a_finding_tells_the_file_and_the_name_in_it(template):
    path = template(Data=("KMS::Key", {"KeyPolicy": document(DEFAULT, allow({"AWS": "*"}, "kms:Decrypt", Sid="All"))}))
    found = only(kmsmock.lint(path))
    assert (found.where, found.statement, found.path) == ("template.json, Data", "All", "Statement/2/Principal")
    assert found.policy.startswith("key policy of arn:aws:kms:us-east-1:123456789012:key/")


def test_a_key_of_a_template_may_be_of_any_account_unless_it_is_given(template):
    path = template(Data=("KMS::Key", {"KeyPolicy": document(DEFAULT)}))
    assert codes(kmsmock.lint(path)) == []
    assert codes(kmsmock.lint(path, account_id="444455556666")) == ["KMS002"]


def test_a_key_of_a_template_may_be_in_any_region_unless_it_is_given(template):
    condition = {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}
    path = template(Data=("KMS::Key", {"KeyPolicy": document(DEFAULT, allow({"AWS": APP}, USE, Condition=condition))}))
    assert codes(kmsmock.lint(path)) == []
    assert codes(kmsmock.lint(path, region_name="eu-west-1", account_id=ACCOUNT)) == []
    assert codes(kmsmock.lint(path, region_name="us-east-1", account_id=ACCOUNT)) == ["KMS008"]


def test_a_policy_that_kms_would_refuse_is_found_though_the_default_one_decides(template):
    path = template(Data=("KMS::Key", {"KeyPolicy": document(allow({"AWS": "arn:aws:iam::*:root"}, "kms:*"))}))
    found = only(kmsmock.lint(path))
    assert (found.code, found.where) == ("KMS001", "template.json, Data")
    assert found.what == "AWS would not store it: Policy contains a statement with one or more invalid principals."


def test_a_key_that_does_not_encrypt_is_not_asked_to(template):
    policy = document(DEFAULT, allow({"AWS": APP}, USE), allow({"AWS": APP}, ["kms:Sign", "kms:Decrypt"]))
    given = {"KeyPolicy": policy, "KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}
    found = only(kmsmock.lint(template(Data=("KMS::Key", given)), account_id=ACCOUNT))
    assert (found.code, found.path) == ("KMS014", "Statement/2/Action")
    assert found.what.startswith("a key of spec ECC_NIST_P256 for SIGN_VERIFY can never do kms:Decrypt, kms:Encrypt, ")


def test_a_key_of_rsa_makes_no_data_keys_and_has_no_encryption_context(template):
    condition = {"StringEquals": {"kms:EncryptionContext:team": "red"}}
    policy = document(
        DEFAULT,
        allow({"AWS": APP}, ["kms:GenerateDataKey*"]),
        allow({"AWS": APP}, ["kms:Encrypt", "kms:Decrypt"], Condition=condition),
    )
    given = {"KeyPolicy": policy, "KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"}
    assert codes(kmsmock.lint(template(Data=("KMS::Key", given)), account_id=ACCOUNT)) == ["KMS014", "KMS009"]


def test_a_statement_about_another_key_is_about_nothing(template):
    other = {**allow({"AWS": APP}, USE), "Resource": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/other"}
    found = only(kmsmock.lint(template(Data=("KMS::Key", {"KeyPolicy": document(DEFAULT, other)}))))
    assert (found.code, found.severity, found.path) == ("KMS011", "error", "Statement/2/Resource")
    assert found.fix == 'Write "Resource": "*", which is this key'


def test_a_function_that_may_delete_its_key_is_a_workload(template):
    app = {"AssumeRolePolicyDocument": trust("lambda.amazonaws.com"), "RoleName": "app"}
    path = template(
        App=("IAM::Role", app),
        Data=("KMS::Key", {"KeyPolicy": document(DEFAULT, allow({"AWS": APP}, "kms:*"))}),
    )
    found = only(kmsmock.lint(path, account_id=ACCOUNT))
    assert (found.code, found.principal) == ("KMS005", APP)
    assert found.what == (
        f"{APP} (lambda.amazonaws.com assumes it) may delete the key and write its policy, as well as use it"
    )


def test_a_function_that_may_delete_keys_by_its_own_policy_is_found_there(template):
    wide = {"PolicyName": "all", "PolicyDocument": document({"Effect": "Allow", "Action": "kms:*", "Resource": "*"})}
    app = {"AssumeRolePolicyDocument": trust("lambda.amazonaws.com"), "RoleName": "app", "Policies": [wide]}
    found = only(kmsmock.lint(template(App=("IAM::Role", app)), account_id=ACCOUNT))
    assert (found.code, found.policy) == ("KMS005", f'inline policy "all" of {APP}')
    person = {**app, "AssumeRolePolicyDocument": trust("lambda.amazonaws.com", aws=[ROOT])}
    assert codes(kmsmock.lint(template(App=("IAM::Role", person)), account_id=ACCOUNT)) == []


def test_a_role_that_is_not_in_an_account_of_which_all_roles_are_loaded_does_not_exist(dump):
    gone = f"arn:aws:iam::{ACCOUNT}:role/gone"
    found = only(kmsmock.lint(dump(document(DEFAULT, allow({"AWS": [APP, gone]}, USE)))))
    assert (found.code, found.principal) == ("KMS012", gone)
    assert found.what == f"{gone} does not exist in its account"


def test_a_role_of_an_account_that_is_loaded_in_part_may_exist(dump):
    policy = document(DEFAULT, allow({"AWS": [f"{APP}2", "arn:aws:iam::444455556666:role/far"]}, USE))
    assert codes(kmsmock.lint(dump(policy, IsTruncated=True))) == []


def test_an_id_in_a_policy_is_that_of_somebody_who_was_deleted(dump):
    found = kmsmock.lint(dump(document(DEFAULT, allow({"AWS": ["AROAEXAMPLEAPP", "AROAEXAMPLEGONE"]}, USE))))
    assert [(each.code, each.principal) for each in found] == [("KMS012", "AROAEXAMPLEGONE")]
    assert found[0].what.startswith("AROAEXAMPLEGONE does not exist any more: who was meant is deleted")


def test_a_key_whose_only_manager_was_deleted_is_locked(dump):
    found = kmsmock.lint(dump(document(allow({"AWS": f"arn:aws:iam::{ACCOUNT}:role/admin"}, "kms:*"))))
    assert codes(found) == ["KMS002", "KMS012"]
    assert "it names only arn:aws:iam::111122223333:role/admin, which does not exist any more" in found[0].what


def test_what_a_plan_does_not_tell_is_not_judged(tmp_path):
    key = {"address": "aws_kms_key.data", "mode": "managed", "type": "aws_kms_key", "name": "data"}
    planned = {**key, "values": {"description": "data", "key_usage": "ENCRYPT_DECRYPT"}}
    change = {**key, "change": {"actions": ["create"], "after": {}, "after_unknown": {"policy": True}}}
    plan = {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {"root_module": {"resources": [planned]}},
        "resource_changes": [change],
    }
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan))
    found = kmsmock.lint(path, severity="note")
    assert (list(found), found.looked_at) == ([], 0)
    assert str(found).splitlines() == [
        "not judged: plan.json, aws_kms_key.data: only an apply will tell it",
        "0 policies looked at: nothing found",
    ]


def test_what_is_not_understood_is_told_beside_what_is_found(template):
    path = template(Data=("KMS::Key", {"KeyPolicy": document(DEFAULT)}), Clock=("Example::Clock", {}))
    found = kmsmock.lint(path)
    assert str(found) == "1 policy looked at: nothing found; 1 thing in the files not understood"
    assert [each.partition(": ")[0] for each in found.as_dict()["not_read"]] == ["template.json, Clock"]


def test_events_for_an_encrypted_topic_have_no_source(template):
    bound = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    events = allow({"Service": "events.amazonaws.com"}, ["kms:Decrypt", "kms:GenerateDataKey"], Condition=bound)
    key = ("KMS::Key", {"KeyPolicy": document(DEFAULT, events)})
    assert codes(kmsmock.lint(template(Data=key), account_id=ACCOUNT)) == []
    path = template(Data=key, Alarms=("SNS::Topic", {"TopicName": "alarms", "KmsMasterKeyId": {"Ref": "Data"}}))
    found = only(kmsmock.lint(path, account_id=ACCOUNT))
    assert (found.code, found.path) == ("KMS009", "Statement/2/Condition")
    assert found.what == (
        "aws:SourceAccount is never there where EventBridge sends to an encrypted topic, as "
        f"arn:aws:sns:us-east-1:{ACCOUNT}:alarms is: the statement allows nothing"
    )


# --- worlds ---------------------------------------------------------------------------------------------------------


def test_a_world_says_what_is_wrong_in_it(aws_world):
    owner = aws_world.account(ACCOUNT)
    owner.role("app")
    kms = owner.client("kms")
    policy = document(DEFAULT, allow({"AWS": APP}, "kms:CreateGrant", Sid="Grants"))
    arn = kms.create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/data", TargetKeyId=arn)
    found = only(aws_world.lint())
    assert (found.code, found.policy, found.where) == ("KMS006", f"key policy of {arn} (alias/data)", "")
    with pytest.raises(AssertionError, match=r"(?s)^lint finds something:\nwarning KMS006 key policy of .*1 warning$"):
        kmsmock.assert_no_findings(aws_world)
    kmsmock.assert_no_findings(aws_world, ignore=["KMS006"])
    kmsmock.assert_no_findings(aws_world, severity="error")
    assert aws_world.lint().where(principal=owner.get_role("app").arn) == [found]


def test_a_world_as_it_begins_has_nothing_wrong(aws_world):
    aws_world.account(ACCOUNT).client("kms").create_key()
    kmsmock.assert_no_findings(aws_world, severity="note")


def test_who_was_deleted_in_a_world_is_gone_though_there_is_another_of_the_name(aws_world):
    owner = aws_world.account(ACCOUNT)
    owner.role("app")
    policy = document(DEFAULT, allow({"AWS": APP}, "kms:Decrypt"))
    owner.client("kms").create_key(Policy=json.dumps(policy))
    assert codes(aws_world.lint()) == []
    owner.client("iam").delete_role(RoleName="app")
    owner.role("app")
    found = only(aws_world.lint())
    assert (found.code, found.principal) == ("KMS012", APP)


def test_a_managed_policy_is_looked_at_once(aws_world):
    owner = aws_world.account(ACCOUNT)
    wide = json.dumps(document({"Effect": "Allow", "Action": "kms:*", "Resource": "*"}))
    arn = owner.client("iam").create_policy(PolicyName="wide", PolicyDocument=wide)["Policy"]["Arn"]
    for name in ("one", "two"):
        owner.role(name, policies=[arn], trust="lambda.amazonaws.com")
    found = only(aws_world.lint(select=["KMS005"]))
    assert found.policy == f"managed policy {arn}"
    assert found.principal == f"arn:aws:iam::{ACCOUNT}:role/one, arn:aws:iam::{ACCOUNT}:role/two"


def test_a_file_is_looked_at_beside_a_world_that_is_active(aws_world, template):
    arn = aws_world.account(ACCOUNT).client("kms").create_key()["KeyMetadata"]["Arn"]
    path = template(Data=("KMS::Key", {"KeyPolicy": document(DEFAULT, allow("*", "kms:Decrypt"))}))
    assert codes(kmsmock.lint(path)) == ["KMS004"]
    assert list(aws_world.store.keys) == [arn]
    assert codes(aws_world.lint()) == []


def test_lint_leaves_no_trace(aws_world):
    aws_world.account(ACCOUNT).client("kms").create_key()
    before = (len(aws_world.events), len(aws_world.decisions), len(aws_world.refusals))
    aws_world.lint(severity="note")
    assert (len(aws_world.events), len(aws_world.decisions), len(aws_world.refusals)) == before
