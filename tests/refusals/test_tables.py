"""Every error that the model can answer has a cause in words and something to do."""

import ast
import inspect
from pathlib import Path

import pytest

from kmsmock.errors import AwsError
from kmsmock.faults import STATUS, TEXTS
from kmsmock.iam import Layer
from kmsmock.identity import errors as credential_errors
from kmsmock.kms import states
from kmsmock.kms.errors import grants, keys, lifetime
from kmsmock.refusals import causes, finding, service_causes
from kmsmock.refusals.kms_causes import INVALID_STATE, OF_KMS
from kmsmock.refusals.service_causes import BY_CODE, OTHER
from tools import refusals_page

ROOT = Path(__file__).parents[2]
FUNCTIONS = [
    function
    for module in (grants, keys, lifetime)
    for function in vars(module).values()
    if inspect.isfunction(function) and function.__module__ == module.__name__
]
ALL = set(refusals_page.every())
AMBIGUOUS = {keys.unsupported, keys.tag_error, keys.malformed_policy, lifetime.key_store_parameter, keys.dry_run}
"""Functions that say whatever they are told."""
TOLD = [each for each in FUNCTIONS if each not in {*AMBIGUOUS, INVALID_STATE}]


def an_error(function):
    """What a function says of some values."""
    given = {"int": 3, "Sequence[str]": ["Sign", "Verify"]}
    parameters = inspect.signature(function).parameters.values()
    return function(*(given.get(str(each.annotation), f"some-{each.name}") for each in parameters))


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: each.__name__)
def test_every_error_of_kms_has_a_cause(function):
    assert function is INVALID_STATE or function in OF_KMS


@pytest.mark.parametrize("function", TOLD, ids=lambda each: each.__name__)
def test_the_cause_is_found_again_by_the_text(function):
    found = finding.by_text(an_error(function))
    assert found is not None
    assert found == OF_KMS[function]


def test_every_refusal_of_a_state_has_a_cause_of_its_own(aws_world):
    kms = aws_world.account("111111111111").client("kms")
    key = aws_world.store.keys[kms.create_key()["KeyMetadata"]["Arn"]]
    tables = [each for name, each in vars(states).items() if name.isupper() and isinstance(each, dict)]
    assert len(tables) > 8
    for refusal in {refusal for table in tables for refusal in table.values()}:
        found = finding.by_text(refusal(key))
        assert found is not None
        assert found.code.startswith(("KMS-STATE-", "KMS-KEY-ORIGIN"))


def codes_in_the_sources():
    """The code of every AwsError that is written out in the product."""
    for path in (ROOT / "kmsmock").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and node.args
                and getattr(node.func, "id", getattr(node.func, "attr", "")) == "AwsError"
            ):
                first = node.args[0]
                if isinstance(first, ast.Constant) and first.value:
                    yield first.value


def test_every_code_of_an_error_that_is_written_out_has_a_cause():
    codes = {*codes_in_the_sources(), *TEXTS, *STATUS}
    codes |= {words[0] for three in credential_errors._BY_SERVICE.values() for words in three}
    assert len(codes) > 100
    assert {code for code in codes if finding.by_code(code) is OTHER} == set()


def test_no_code_goes_with_two_causes():
    listed = [code for codes in service_causes._CODES.values() for code in codes]
    assert sorted(listed) == sorted(BY_CODE)


def test_every_layer_and_every_problem_of_credentials_has_a_cause():
    assert set(causes.BY_LAYER) == set(Layer)
    assert set(causes.CREDENTIALS) == {"deleted", "inactive", "expired", "token"}


@pytest.mark.parametrize("cause", sorted(ALL), ids=lambda each: each.code)
def test_every_cause_says_what_is_wrong_and_what_to_do(cause):
    assert cause.code == cause.code.upper()
    assert cause.why.endswith(".")
    assert cause.remedies
    assert all(each.strip() for each in cause.remedies)


def test_an_error_of_nobody_has_a_cause_too():
    assert finding.by_text(AwsError("SomethingElse")) is None
    assert finding.by_code("SomethingElse").remedies


def test_the_page_of_refusals_is_up_to_date():
    assert refusals_page.PAGE.read_text(encoding="utf-8") == refusals_page.page()
