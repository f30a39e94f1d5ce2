"""Every error that the model can answer has a cause in words and something to do."""

import ast
import importlib
import inspect
from pathlib import Path
from typing import get_args

import pytest

from kmsmock.authorization.document_kinds import KINDS
from kmsmock.call import Problem
from kmsmock.errors import AwsError
from kmsmock.faults import STATUS, TEXTS
from kmsmock.iam import Layer
from kmsmock.identity import errors as credential_errors
from kmsmock.kms import states
from kmsmock.kms.errors import grants, keys, lifetime
from kmsmock.kms.handlers import key_stores
from kmsmock.refusals import causes, finding, service_causes
from kmsmock.refusals.kms_causes import INVALID_STATE, OF_KMS
from kmsmock.refusals.service_causes import BY_CODE, OTHER
from kmsmock.services import MODULES, generic, sns
from kmsmock.services import states as states_of_machines
from kmsmock.services.awslambda import functions
from kmsmock.services.dynamodb import keys as dynamodb_keys
from kmsmock.services.kms import outages
from kmsmock.services.rds import records as rds_records
from kmsmock.wire import complaints
from kmsmock.wire.models import NAMES_BY_ID, service_model
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


def errors_in_the_sources():
    """Every AwsError that is made in the product: the file, and the expression of its code."""
    for path in sorted((ROOT / "kmsmock").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "AwsError":
                yield str(path.relative_to(ROOT / "kmsmock")), node.args[0]


def written(file, code):
    """The codes that an expression can have, as far as it is written there; None where it is worked out."""
    if isinstance(code, ast.Constant):
        return {code.value}
    if isinstance(code, ast.IfExp):
        both = [written(file, each) for each in (code.body, code.orelse)]
        return None if None in both else set().union(*both)
    if isinstance(code, ast.Name):
        found = getattr(importlib.import_module(f"kmsmock.{file.removesuffix('.py').replace('/', '.')}"), code.id, None)
        return {found} if isinstance(found, str) else None
    return None


def first_arguments(file, name, number=0):
    """The texts that a file gives to a function."""
    tree = ast.parse((ROOT / "kmsmock" / file).read_text(encoding="utf-8"))
    calls = [each for each in ast.walk(tree) if isinstance(each, ast.Call) and getattr(each.func, "id", "") == name]
    for call in calls:
        given = call.args[number]
        values = given.values if isinstance(given, ast.Dict) else [given]
        yield from (each for value in values for each in written(file, value) or ())


OF_KMS_ITSELF = {*TEXTS, *STATUS, *service_model("kms").shape_names}
WORDS = [*complaints._BY_PROTOCOL.values(), *complaints._BY_SERVICE.values()]
BY_TEST: set[str] = set()
"""Whatever a test asks for by ``world.fault`` has the cause of a fault."""
DECLARED = "declared"
"""One of those that botocore's models declare for the operation."""

WORKED_OUT = {
    ("authorization/documents.py", "KINDS[kind].code"): {each.code for each in KINDS.values()},
    ("errors.py", "code"): {"ValidationException", "ValidationError", *(each.invalid for each in WORDS)},
    ("faults.py", "code"): BY_TEST,
    ("faults.py", "fault.error.code"): BY_TEST,
    ("identity/errors.py", "words[0]"): {
        words[0]
        for three in (
            *credential_errors._BY_SERVICE.values(), credential_errors._JSON, credential_errors._QUERY,
            tuple(credential_errors._OF_SERVICE.values()),
        )
        for words in three
    },
    ("kms/errors/lifetime.py", "code"): {
        "XksKeyAlreadyInUseException", "XksProxyUriInUseException", "XksProxyUriEndpointInUseException",
        *(code for _, code in key_stores._UNIQUE.values()),
    },
    ("services/awslambda/functions.py", "code"): {code for code, _ in functions._CANNOT_DECRYPT.values()},
    ("services/dynamodb/keys.py", "code"): {code for code, _, _ in dynamodb_keys._KINDS.values()},
    ("services/ec2/refusals.py", "code"): {"InvalidParameterValue", "InvalidParameter"},
    ("services/generic.py", "code"): DECLARED,
    ("services/generic.py", "next(iter(fitting), 'InternalFailure')"): DECLARED,
    ("services/generic.py", "next(iter(fitting), 'ThrottlingException')"): DECLARED,
    ("services/key_switches.py", "code"): set(first_arguments("services/key_switches.py", "_says")),
    ("services/kms/outages.py", "told[0]"): {
        told[0] for outage in outages._BY_SERVICE.values() for told in outage if told is not None
    },
    ("services/kms/translation.py", "codes.get(error.code, otherwise)"): {
        *states_of_machines._CODES.values(),
        *(
            code
            for file in ("services/states.py", "services/kinesis.py", "services/ssm.py")
            for number in (0, 1)
            for code in first_arguments(file, "by_code", number)
        ),
    },
    ("services/rds/databases.py", "kind.wrong_state"): {kind.wrong_state for kind in (rds_records.INSTANCE, rds_records.CLUSTER)},
    ("services/rds/starting.py", "kind.wrong_state"): {kind.wrong_state for kind in (rds_records.INSTANCE, rds_records.CLUSTER)},
    ("services/rds/snapshot_listing.py", "kind.snapshot_missing"): {
        kind.snapshot_missing for kind in (rds_records.INSTANCE, rds_records.CLUSTER)
    },
    ("services/s3/errors.py", "f'KMS.{error.code}'"): {f"KMS.{code}" for code in OF_KMS_ITSELF},
    ("services/secretsmanager/keys.py", "failure"): {"DecryptionFailure", "EncryptionFailure"},
    ("services/sns.py", "_CODES.get(error.code, 'KMSInvalidState')"): set(sns._CODES.values()),
    ("services/sqs.py", "f'KMS.{code}'"): {f"KMS.{code}" for code in OF_KMS_ITSELF},
    ("wire/answers.py", "error.get('Code', str(status))"): DECLARED,
    ("wire/complaints.py", "_words(operation).invalid"): {each.invalid for each in WORDS},
    ("wire/complaints.py", "code"): {"MissingParameter"},
    ("wire/complaints.py", "bad"): {"MalformedInput", "InvalidParameterValue"},
}  # fmt: skip
"""Where a code is worked out: the file and the expression, and the codes that it can have."""


def test_every_place_where_a_code_is_worked_out_is_listed_with_its_codes():
    found = {(file, ast.unparse(code)) for file, code in errors_in_the_sources() if written(file, code) is None}
    assert found == WORKED_OUT.keys()
    assert all(codes for codes in WORKED_OUT.values() if codes is not BY_TEST)


def test_every_code_of_an_error_that_is_written_out_is_listed_with_a_cause():
    codes = {*TEXTS, *STATUS}.union(*(written(file, code) or () for file, code in errors_in_the_sources())) - {""}
    assert len(codes) > 120
    assert codes - BY_CODE.keys() == set()


def test_every_code_that_is_worked_out_has_a_cause():
    codes = set().union(*(codes for codes in WORKED_OUT.values() if codes is not DECLARED))
    assert {code for code in codes if finding.by_code(code) is OTHER} == set()


def declared():
    """The codes that botocore declares for the operations of KMS and of the integrated services."""
    for name in ("kms", *(NAMES_BY_ID.get(each, each) for each in MODULES)):
        model = service_model(name)
        for operation in model.operation_names:
            for shape in model.operation_model(operation).error_shapes:
                yield str(shape.metadata.get("error", {}).get("code", shape.name))


FITTING = ("kms", "throttl", "internal", "unavailable", "notfound", "nosuch", *generic._DENIALS, *generic._COMPLAINTS)
"""What the codes have in them of which a service chooses where it has no words of its own."""


def test_the_codes_that_services_declare_have_a_cause_and_something_to_do():
    codes = set(declared())
    assert len(codes) > 700
    unknown = {code for code in codes if finding.by_code(code) is OTHER}
    assert {code for code in unknown if any(word in code.lower() for word in FITTING)} == set()
    assert len(unknown) < len(codes) / 10  # of these the message says all that is known
    assert all(finding.by_code(code).remedies for code in codes)


def test_no_code_goes_with_two_causes():
    listed = [code for codes in service_causes._CODES.values() for code in codes]
    assert sorted(listed) == sorted(BY_CODE)


def test_every_layer_and_every_problem_of_credentials_has_a_cause():
    assert set(causes.BY_LAYER) == set(Layer)
    assert set(causes.CREDENTIALS) == set(get_args(Problem))


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
