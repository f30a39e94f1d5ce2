"""Functions of other accounts, named by their ARNs ("Granting function access to other accounts", Lambda developer guide).

Who reads the configuration of another account's function is not shown its variables: a public walk-through (TryHackMe)
has "Lambda was unable to decrypt your environment variables because the KMS access was denied." from get-function.
"""

import pytest

from tests.support.claims import OTHER, allow, refused
from tests.support.functions import make_function, make_role

pytestmark = pytest.mark.evidence(
    "reported", 'a public walk-through of get-function across accounts; "Granting function access to other accounts"'
)

VARIABLES = {"PASSWORD": "swordfish"}
KEY_SIDE = (
    "because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based "
    "policy explicitly denies access"
)


@pytest.fixture
def functions(owner):
    client = owner.client("lambda")
    make_function(client, make_role(owner), VARIABLES)
    return client


@pytest.fixture
def arn(functions):
    return functions.get_function_configuration(FunctionName="function")["FunctionArn"]


@pytest.fixture
def caller(other):
    return other.user("caller", [allow("*")])


def share(functions, action):
    functions.add_permission(FunctionName="function", StatementId=action[7:], Action=action, Principal=OTHER)


def test_a_function_that_is_shared_runs_for_another_account(functions, arn, caller):
    share(functions, "lambda:InvokeFunction")
    assert caller.client("lambda").invoke(FunctionName=arn)["StatusCode"] == 200


def test_a_function_that_is_not_shared_is_closed_to_another_account(functions, arn, caller):
    where = f"is not authorized to perform: lambda:InvokeFunction on this resource {KEY_SIDE}"
    with refused("AccessDeniedException", f"User: {caller.arn} {where}", 403):
        caller.client("lambda").invoke(FunctionName=arn)


def test_the_variables_of_another_accounts_function_are_not_shown(functions, arn, caller):
    share(functions, "lambda:GetFunction")
    environment = caller.client("lambda").get_function(FunctionName=arn)["Configuration"]["Environment"]
    assert environment["Error"]["ErrorCode"] == "AccessDeniedException"
    before = (
        "Lambda was unable to decrypt your environment variables because the KMS access was denied. "
        "Please check your KMS permissions. KMS Exception: AccessDeniedException KMS Message: "
    )
    assert environment["Error"]["Message"].startswith(before)


def test_the_own_function_is_named_by_its_arn_as_well(functions, arn):
    assert functions.get_function_configuration(FunctionName=arn)["Environment"] == {"Variables": VARIABLES}
    assert functions.invoke(FunctionName=arn)["StatusCode"] == 200
