"""Who is shown the variables of a function: only those who may decrypt them with the function's key.

"Securing Lambda environment variables" (Lambda developer guide): who views a function under a customer managed key needs
kms:Decrypt; others get Environment.Error. The words are those of public reports (a TryHackMe room on functions of another
account, and pipelines whose UpdateFunctionCode answered with Environment.Error).
"""

import pytest

from tests.support.claims import OWNER, allow
from tests.support.functions import lacking, make_function, make_role, package, person

pytestmark = pytest.mark.evidence(
    "reported", 'public reports of Environment.Error; "Securing Lambda environment variables"'
)

VARIABLES = {"PASSWORD": "swordfish"}
BEFORE = (
    "Lambda was unable to decrypt your environment variables because the KMS access was denied. "
    "Please check your KMS permissions. KMS Exception: AccessDeniedException KMS Message: "
)
FUNCTION = f"arn:aws:lambda:us-east-1:{OWNER}:function:function"
NAMED = {"FunctionName": "function"}

SHOWS = {
    "GetFunction": lambda client: client.get_function(**NAMED)["Configuration"],
    "GetFunctionConfiguration": lambda client: client.get_function_configuration(**NAMED),
    "ListFunctions": lambda client: client.list_functions()["Functions"][0],
    "ListVersionsByFunction": lambda client: client.list_versions_by_function(**NAMED)["Versions"][0],
    "PublishVersion": lambda client: client.publish_version(**NAMED),
    "UpdateFunctionCode": lambda client: client.update_function_code(**NAMED, ZipFile=package()),
    "UpdateFunctionConfiguration": lambda client: client.update_function_configuration(**NAMED, Description="new"),
}


@pytest.fixture
def functions(owner, key):
    client = owner.client("lambda")
    make_function(client, make_role(owner), VARIABLES, KMSKeyArn=key)
    return client


@pytest.mark.parametrize("operation", SHOWS)
def test_who_may_not_decrypt_sees_an_error_in_place_of_the_variables(owner, functions, key, operation):
    alice = person(owner)
    shown = SHOWS[operation](alice.client("lambda"))
    assert shown["Environment"] == {
        "Error": {"ErrorCode": "AccessDeniedException", "Message": BEFORE + lacking(alice, "kms:Decrypt", key)}
    }
    assert shown["KMSKeyArn"] == key


@pytest.mark.parametrize("operation", SHOWS)
def test_who_may_decrypt_sees_the_variables(owner, functions, operation):
    reader = person(owner, "kms:Decrypt").client("lambda")
    assert SHOWS[operation](reader)["Environment"] == {"Variables": VARIABLES}


@pytest.mark.parametrize("operation", SHOWS)
@pytest.mark.parametrize("lost", ["disable_key", "schedule_key_deletion"])
def test_nobody_sees_variables_whose_key_cannot_be_used(functions, kms, key, operation, lost):
    getattr(kms, lost)(KeyId=key)
    environment = SHOWS[operation](functions)["Environment"]
    assert "Variables" not in environment
    assert key in environment["Error"]["Message"]


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({"kms:ViaService": "lambda.us-east-1.amazonaws.com"}, True),
        ({"kms:ViaService": "s3.us-east-1.amazonaws.com"}, False),
        ({"kms:EncryptionContext:aws:lambda:FunctionArn": FUNCTION}, True),
        ({"kms:EncryptionContext:aws:lambda:FunctionArn": FUNCTION + "s"}, False),
    ],
)
def test_the_caller_decrypts_through_lambda_for_the_function(aws_world, owner, functions, key, condition, allowed):
    reader = owner.user("reader", [allow("kms:Decrypt", key, Condition={"StringEquals": condition})])
    environment = reader.client("lambda").get_function_configuration(**NAMED)["Environment"]
    assert ("Variables" in environment) is allowed
    decision = aws_world.decisions[-1]
    assert (decision.action, decision.caller, decision.resource) == ("kms:Decrypt", reader.arn, key)


def test_each_version_is_under_the_key_that_it_was_published_with(owner, functions, kms, key):
    version = functions.publish_version(**NAMED)["Version"]
    second = kms.create_key()["KeyMetadata"]["Arn"]
    functions.update_function_configuration(**NAMED, KMSKeyArn=second)
    kms.disable_key(KeyId=key)
    shown = {each["Version"]: each["Environment"] for each in functions.list_versions_by_function(**NAMED)["Versions"]}
    assert shown["$LATEST"] == {"Variables": VARIABLES}
    assert "Variables" not in shown[version]
    by_name = functions.get_function_configuration(**NAMED, Qualifier=version)
    assert "Error" in by_name["Environment"]


def test_who_makes_a_function_and_may_not_decrypt_is_told_so_in_the_answer(owner, key):
    maker = person(owner, "kms:CreateGrant", "kms:Encrypt")
    made = make_function(maker.client("lambda"), make_role(owner), VARIABLES, KMSKeyArn=key)
    assert made["Environment"]["Error"]["ErrorCode"] == "AccessDeniedException"
    assert owner.client("lambda").get_function_configuration(**NAMED)["Environment"] == {"Variables": VARIABLES}


def test_variables_under_the_key_of_aws_are_shown_to_everybody_in_the_account(owner):
    # "To use the default key no further permission is needed" (the same page)
    make_function(owner.client("lambda"), make_role(owner), VARIABLES)
    reader = person(owner).client("lambda")
    for operation, show in SHOWS.items():
        assert show(reader)["Environment"] == {"Variables": VARIABLES}, operation


def test_a_function_without_variables_shows_no_error(owner, key):
    made = make_function(owner.client("lambda"), make_role(owner), KMSKeyArn=key)
    assert "Environment" not in made
    assert "Error" not in person(owner).client("lambda").get_function_configuration(**NAMED).get("Environment", {})
