"""Variables of functions: encrypted by who makes the function, decrypted by its role, which has a grant and no permission."""

import re

import pytest

from tests.support import floors
from tests.support.claims import OWNER
from tests.support.ec2 import grants, kms_events
from tests.support.policies import lacking, make_key, use
from tests.support.refusals import Refusal, refused_as
from tests.support.service_cases import (
    CODE,
    EXECUTION_ROLE,
    UNCONFIGURED,
    UNDECRYPTED,
    environment,
    make_execution_role,
)
from tests.support.services import actions, contexts, decided, person, refused_somehow

pytestmark = pytest.mark.evidence(
    "reported", 'public reports of refused creations and invocations; "Securing Lambda environment variables"'
)

FUNCTION = f"arn:aws:lambda:us-east-1:{OWNER}:function:function"
CONTEXT = {"aws:lambda:FunctionArn": FUNCTION}
ROLE = f"arn:aws:iam::{OWNER}:role/{EXECUTION_ROLE}"
SESSION = f"arn:aws:sts::{OWNER}:assumed-role/{EXECUTION_ROLE}/"


@pytest.fixture
def functions(owner):
    make_execution_role(owner)
    return owner.client("lambda")


def make_function(functions, key=None, text="first", **options):
    named = {"KMSKeyArn": key} if key else {}
    return functions.create_function(
        FunctionName="function",
        Runtime="python3.12",
        Role=ROLE,
        Handler="code.handler",
        **{"Code": {"ZipFile": CODE}, **environment(text), **named, **options},
    )


def update(functions, **options):
    return functions.update_function_configuration(FunctionName="function", **options)


def invoke(functions):
    return functions.invoke(FunctionName="function")["StatusCode"]


def unconfigured(code, text):
    """Lambda refuses to make or change the function, and passes on what KMS said."""
    pattern = re.escape(f"{UNCONFIGURED}{code}") + " ?" + re.escape(f"KMS Message: {text}") + ".*"
    return refused_as(Refusal("InvalidParameterValueException", 400, pattern), None)


# --- making and changing --------------------------------------------------------------------------------------------------------


def test_a_function_is_made_with_a_grant_for_its_role_and_an_encryption_in_its_name(aws_world, owner, functions, key):
    with kms_events(aws_world) as events:
        make_function(functions, key)
    assert contexts(events, "Encrypt") == [CONTEXT]
    found = grants(owner, key)
    assert {each["GranteePrincipal"] for each in found} == {ROLE}
    assert any("Decrypt" in each["Operations"] for each in found)
    for each in found:
        (constraint,) = each["Constraints"].values()
        assert constraint == CONTEXT


@pytest.mark.parametrize("lacks", ["kms:CreateGrant", "kms:Encrypt"])
def test_making_a_function_needs_a_grant_and_an_encryption(owner, functions, key, lacks):
    needed = {"kms:CreateGrant", "kms:Encrypt", "kms:DescribeKey", "kms:GenerateDataKey", "kms:Decrypt"}
    maker = person(owner, *(needed - {lacks}))
    with refused_somehow("InvalidParameterValueException"):
        make_function(maker.client("lambda"), key)
    assert functions.list_functions()["Functions"] == []
    make_function(person(owner, *needed, name="both").client("lambda"), key)


def test_a_denied_grant_is_told_with_the_words_of_kms(owner, functions, key):
    maker = person(owner, "kms:Encrypt", "kms:DescribeKey", "kms:Decrypt", "kms:GenerateDataKey")
    with unconfigured("AccessDeniedException", lacking(maker, "kms:CreateGrant", key)):
        make_function(maker.client("lambda"), key)


def test_a_key_policy_may_demand_that_grants_are_for_aws(owner, functions, kms):
    maker = person(owner)
    only = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    rest = ["kms:Encrypt", "kms:DescribeKey", "kms:Decrypt", "kms:GenerateDataKey*"]
    key = make_key(kms, use(maker.arn, rest), use(maker.arn, "kms:CreateGrant", Condition=only))
    make_function(maker.client("lambda"), key)


def test_another_key_is_checked_and_taken(owner, functions, kms, key):
    second = kms.create_key()["KeyMetadata"]["Arn"]
    make_function(functions, key)
    kms.disable_key(KeyId=second)
    with unconfigured("DisabledException", f"{second} is disabled."):
        update(functions, KMSKeyArn=second)
    assert functions.get_function_configuration(FunctionName="function")["KMSKeyArn"] == key
    kms.enable_key(KeyId=second)
    assert update(functions, KMSKeyArn=second)["KMSKeyArn"] == second
    assert {each["GranteePrincipal"] for each in grants(owner, second)} == {ROLE}
    kms.disable_key(KeyId=key)
    assert invoke(functions) == 200


def test_new_variables_are_encrypted_anew(aws_world, functions, key):
    make_function(functions, key)
    with kms_events(aws_world) as events:
        update(functions, **environment("second"))
    assert contexts(events, "Encrypt") == [CONTEXT]


def test_a_refused_change_leaves_the_variables(functions, kms, key):
    make_function(functions, key)
    kms.disable_key(KeyId=key)
    with unconfigured("DisabledException", f"{key} is disabled."):
        update(functions, **environment("second"))
    kms.enable_key(KeyId=key)
    assert functions.get_function_configuration(FunctionName="function")["Environment"]["Variables"] == {
        "TEXT": "first"
    }


def test_without_a_key_nobody_needs_a_permission(owner, functions):
    maker = person(owner)
    make_function(maker.client("lambda"))
    assert invoke(maker.client("lambda")) == 200


def test_a_function_without_variables_has_nothing_to_encrypt(aws_world, functions, key):
    make_function(functions, key, Environment={"Variables": {}})
    with decided(aws_world) as asked:
        assert invoke(functions) == 200
    assert asked == []


# --- running ----------------------------------------------------------------------------------------------------------------------


def test_the_role_decrypts_by_its_grant_whoever_invokes(aws_world, owner, functions, key):
    make_function(functions, key)
    with decided(aws_world) as asked:
        assert invoke(person(owner).client("lambda")) == 200
    assert actions(asked) == ["kms:Decrypt"]
    assert asked[0].caller.startswith(SESSION)


def undecrypted(code, error, text):
    pattern = UNDECRYPTED.replace("{error}", error).replace("{text}", text)
    return refused_as(Refusal(code, 502, pattern), None)


def test_a_revoked_grant_stops_the_function(owner, functions, kms, key):
    make_function(functions, key)
    for each in grants(owner, key):
        kms.revoke_grant(KeyId=key, GrantId=each["GrantId"])
    with undecrypted("KMSAccessDeniedException", "AccessDeniedException", f"User: {SESSION}.* kms:Decrypt .*"):
        invoke(functions)


def test_a_permission_of_the_role_serves_as_well_as_a_grant(owner, functions, kms, key):
    make_function(functions, key)
    for each in grants(owner, key):
        kms.revoke_grant(KeyId=key, GrantId=each["GrantId"])
    allow = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}}'
    owner.client("iam").put_role_policy(RoleName=EXECUTION_ROLE, PolicyName="decrypt", PolicyDocument=allow)
    assert invoke(functions) == 200


def test_a_role_that_was_made_anew_is_another_one_until_the_function_is_updated(owner, functions, key):
    make_function(functions, key)
    owner.client("iam").delete_role(RoleName=EXECUTION_ROLE)
    make_execution_role(owner)
    with undecrypted("KMSAccessDeniedException", "AccessDeniedException", f"User: {SESSION}.* kms:Decrypt .*"):
        invoke(functions)
    make_execution_role(owner, "another-role")
    update(functions, Role=f"arn:aws:iam::{OWNER}:role/another-role")
    update(functions, Role=ROLE)
    assert invoke(functions) == 200


def test_another_role_has_a_grant_of_its_own(owner, functions, key):
    make_function(functions, key)
    other = make_execution_role(owner, "another-role")
    update(functions, Role=other)
    assert other in {each["GranteePrincipal"] for each in grants(owner, key)}
    assert invoke(functions) == 200


@pytest.mark.parametrize(
    ("bad", "code", "error", "text"),
    [
        ("disable_key", "KMSDisabledException", "DisabledException", "is disabled"),
        ("schedule_key_deletion", "KMSInvalidStateException", "KMSInvalidStateException", "is pending deletion"),
    ],
)
def test_a_function_runs_again_once_its_key_does(functions, kms, key, bad, code, error, text):
    make_function(functions, key)
    getattr(kms, bad)(KeyId=key)
    with undecrypted(code, error, f"{key} {text}\\."):
        invoke(functions)
    if bad == "schedule_key_deletion":
        kms.cancel_key_deletion(KeyId=key)
    kms.enable_key(KeyId=key)
    assert invoke(functions) == 200


def test_an_explicit_deny_for_the_role_wins_over_its_grant(functions, kms):
    key = make_key(kms, use(ROLE, "kms:Decrypt", "Deny"))
    make_function(functions, key)
    with refused_somehow("KMSAccessDeniedException", status=502):
        invoke(functions)


def test_an_alias_is_not_an_arn_of_a_key(functions, kms, key):
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    with unconfigured("InvalidArnException", "Key Aliases are not supported for this operation."):
        make_function(functions, f"arn:aws:kms:us-east-1:{OWNER}:alias/app")


def test_the_key_of_a_function_is_not_looked_at_by_what_deletes_it(aws_world, functions, kms, key):
    make_function(functions, key)
    kms.disable_key(KeyId=key)
    with decided(aws_world) as asked:
        functions.delete_function(FunctionName="function")
    assert asked == []


def test_a_list_names_the_key_of_a_function_whatever_its_state(functions, kms, key):
    make_function(functions, key)
    kms.disable_key(KeyId=key)
    assert [each["KMSKeyArn"] for each in functions.list_functions()["Functions"]] == [key]


def test_a_published_version_keeps_its_variables_and_their_key(functions, kms, key):
    second = kms.create_key()["KeyMetadata"]["Arn"]
    make_function(functions, key)
    version = functions.publish_version(FunctionName="function")["Version"]
    update(functions, KMSKeyArn=second)
    kms.disable_key(KeyId=key)
    assert invoke(functions) == 200
    with undecrypted("KMSDisabledException", "DisabledException", f"{key} is disabled\\."):
        functions.invoke(FunctionName="function", Qualifier=version)


def test_an_event_is_accepted_but_the_function_does_not_run(functions, kms, key):
    make_function(functions, key)
    kms.disable_key(KeyId=key)
    assert functions.invoke(FunctionName="function", InvocationType="Event")["StatusCode"] == 202


def test_a_second_function_of_the_name_changes_nothing(owner, functions, kms, key):
    make_function(functions, key)
    with refused_somehow("ResourceConflictException", status=409):
        make_function(functions)
    kms.disable_key(KeyId=key)
    with refused_somehow("KMSDisabledException", status=502):
        invoke(functions)


def test_a_function_that_is_made_anew_without_a_key_needs_none(functions, kms, key):
    make_function(functions, key)
    functions.delete_function(FunctionName="function")
    kms.disable_key(KeyId=key)
    make_function(functions)
    assert invoke(functions) == 200


def test_a_key_may_be_taken_away_from_a_function(functions, kms, key):
    make_function(functions, key)
    update(functions, KMSKeyArn="")
    assert "KMSKeyArn" not in functions.get_function_configuration(FunctionName="function")
    kms.disable_key(KeyId=key)
    assert invoke(functions) == 200


def test_a_refused_encryption_leaves_no_grant(owner, functions, key):
    maker = person(owner, "kms:CreateGrant", "kms:DescribeKey")
    with refused_somehow("InvalidParameterValueException"):
        make_function(maker.client("lambda"), key)
    assert grants(owner, key) == []


# --- packages -------------------------------------------------------------------------------------------------------------------

PACKAGED = {"Service": "lambda.amazonaws.com"}


def code_key(kms):
    """A key whose policy lets Lambda encrypt packages."""
    for_functions = {"StringLike": {"kms:EncryptionContext:aws:lambda:FunctionArn": FUNCTION}}
    return make_key(kms, use(PACKAGED, ["kms:GenerateDataKey", "kms:Decrypt"], Condition=for_functions))


def test_a_package_is_encrypted_by_lambda_itself_without_a_grant(aws_world, owner, functions, kms):
    key = code_key(kms)
    with decided(aws_world) as asked:
        make_function(functions, Code={"ZipFile": CODE, "SourceKMSKeyArn": key}, Environment={"Variables": {}})
    assert {each.caller for each in asked} == {"lambda.amazonaws.com"}
    assert actions(asked) == ["kms:GenerateDataKey", "kms:Decrypt"]
    assert grants(owner, key) == []
    code = functions.get_function(FunctionName="function")["Code"]
    assert (code["SourceKMSKeyArn"], "Error" in code) == (key, False)
    assert code["Location"]


@floors.newest_botocore
def test_who_may_not_decrypt_is_not_told_where_the_package_is(owner, functions, kms):
    key = code_key(kms)
    make_function(functions, Code={"ZipFile": CODE, "SourceKMSKeyArn": key})
    alice = person(owner)
    code = alice.client("lambda").get_function(FunctionName="function")["Code"]
    assert "Location" not in code
    assert code["Error"]["ErrorCode"] == "AccessDeniedException"
    assert lacking(alice, "kms:Decrypt", key) in code["Error"]["Message"]


def test_a_key_that_does_not_let_lambda_in_makes_no_function(functions, kms, key):
    with refused_somehow("InvalidParameterValueException"):
        make_function(functions, Code={"ZipFile": CODE, "SourceKMSKeyArn": key})
    assert functions.list_functions()["Functions"] == []
    make_function(functions)
    with refused_somehow("InvalidParameterValueException"):
        functions.update_function_code(FunctionName="function", ZipFile=CODE, SourceKMSKeyArn=key)
    assert "SourceKMSKeyArn" not in functions.get_function(FunctionName="function")["Code"]


def test_a_version_keeps_its_package(functions, kms):
    key = code_key(kms)
    make_function(functions, Code={"ZipFile": CODE, "SourceKMSKeyArn": key}, Publish=True)
    functions.update_function_code(FunctionName="function", ZipFile=CODE)
    assert "SourceKMSKeyArn" not in functions.get_function(FunctionName="function")["Code"]
    assert functions.get_function(FunctionName="function", Qualifier="1")["Code"]["SourceKMSKeyArn"] == key
