"""Variables without a key of one's own: under aws/lambda, by a grant that dies with the execution role.

Public reports (hashicorp/terraform-provider-aws#6352, serverless/examples#279, aws/chalice#1103): the role is deleted and
made again under its name, and every invocation fails until the function gets the role anew.
"""

import json
import re

import pytest
from botocore.exceptions import ClientError

from tests.support.claims import OWNER
from tests.support.functions import ROLE, make_function, make_role, person

pytestmark = pytest.mark.evidence(
    "reported", "hashicorp/terraform-provider-aws#6352, serverless/examples#279, aws/chalice#1103"
)

VARIABLES = {"foo": "bar"}
DENIED = re.compile(
    "Lambda was unable to decrypt the environment variables because KMS access was denied. Please check the function's "
    f"KMS key settings. KMS Exception: AccessDeniedExceptionKMS Message: User: arn:aws:sts::{OWNER}:assumed-role/"
    rf"{ROLE}/function is not authorized to perform: kms:Decrypt on .*"
)


@pytest.fixture
def functions(owner):
    return owner.client("lambda")


def invoke(functions, **options):
    return functions.invoke(FunctionName="function", **options)["StatusCode"]


def recreate_role(account):
    account.client("iam").delete_role(RoleName=ROLE)
    return make_role(account)


def assert_denied(functions, **options):
    with pytest.raises(ClientError) as caught:
        invoke(functions, **options)
    error = caught.value.response["Error"]
    assert (error["Code"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]) == (
        "KMSAccessDeniedException",
        502,
    )
    assert DENIED.fullmatch(error["Message"]), error["Message"]


def test_a_role_made_anew_cannot_decrypt_what_its_namesake_could(owner, functions):
    make_function(functions, make_role(owner), VARIABLES)
    assert invoke(functions) == 200
    recreate_role(owner)
    assert_denied(functions)


def test_giving_the_role_anew_heals_the_function(owner, functions):
    make_function(functions, make_role(owner), VARIABLES)
    role = recreate_role(owner)
    functions.update_function_configuration(FunctionName="function", Role=make_role(owner, "another-role"))
    functions.update_function_configuration(FunctionName="function", Role=role)
    assert invoke(functions) == 200


def test_new_variables_heal_the_function(owner, functions):
    make_function(functions, make_role(owner), VARIABLES)
    recreate_role(owner)
    functions.update_function_configuration(FunctionName="function", Environment={"Variables": {"foo": "baz"}})
    assert invoke(functions) == 200


def test_a_function_without_variables_does_not_care(owner, functions):
    make_function(functions, make_role(owner))
    recreate_role(owner)
    assert invoke(functions) == 200


def test_variables_that_come_later_need_the_role_of_that_time(owner, functions):
    make_function(functions, make_role(owner))
    functions.update_function_configuration(FunctionName="function", Environment={"Variables": VARIABLES})
    recreate_role(owner)
    assert_denied(functions)


def test_taking_the_variables_away_heals_the_function(owner, functions):
    make_function(functions, make_role(owner), VARIABLES)
    recreate_role(owner)
    functions.update_function_configuration(FunctionName="function", Environment={"Variables": {}})
    assert invoke(functions) == 200


def test_a_key_taken_away_leaves_the_variables_under_the_key_of_aws(owner, functions, key):
    make_function(functions, make_role(owner), VARIABLES, KMSKeyArn=key)
    functions.update_function_configuration(FunctionName="function", KMSKeyArn="")
    assert invoke(functions) == 200
    recreate_role(owner)
    assert_denied(functions)


def test_the_default_key_is_made_with_the_first_variables_and_is_not_told(owner, functions, kms):
    made = make_function(functions, make_role(owner), VARIABLES)
    assert "KMSKeyArn" not in made
    about = kms.describe_key(KeyId="alias/aws/lambda")["KeyMetadata"]
    assert about["KeyManager"] == "AWS"
    (grant,) = kms.list_grants(KeyId=about["Arn"])["Grants"]
    assert grant["GranteePrincipal"] == f"arn:aws:iam::{OWNER}:role/{ROLE}"
    assert grant["Constraints"] == {
        "EncryptionContextEquals": {"aws:lambda:FunctionArn": f"arn:aws:lambda:us-east-1:{OWNER}:function:function"}
    }


def test_nobody_needs_a_permission_for_the_default_key(owner):
    role = make_role(owner)
    maker = person(owner).client("lambda")
    make_function(maker, role, VARIABLES)
    maker.update_function_configuration(FunctionName="function", Environment={"Variables": {"foo": "baz"}})
    assert invoke(maker) == 200


def test_a_function_of_a_stack_is_under_the_default_key_too(owner, functions):
    role = make_role(owner)
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": "function",
            "Role": role,
            "Runtime": "python3.12",
            "Handler": "index.handler",
            "Code": {"ZipFile": "def handler(event, context): pass"},
            "Environment": {"Variables": VARIABLES},
        },
    }
    owner.client("cloudformation").create_stack(
        StackName="stack", TemplateBody=json.dumps({"Resources": {"Function": function}})
    )
    assert invoke(functions) == 200
    recreate_role(owner)
    assert_denied(functions)
