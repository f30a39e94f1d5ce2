"""``aws_case``: a case sends nothing but what is known to be harmless, and two runs of it are comparable."""

from datetime import datetime, timezone
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kmsmock.errors import KmsMockError
from kmsmock.verify import operations
from kmsmock.verify.case import Declared, NotInACase
from kmsmock.verify.differences import ABSENT, compare
from kmsmock.verify.normal import normalise
from kmsmock.verify.places import in_a_world, in_the_account
from kmsmock.verify.transcript import Exchange, Transcript
from kmsmock.wire import models

READING, MAKING = Declared(True, ()), Declared(False, ("key", "alias", "bucket"))
SOMEBODYS = "1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.mark.parametrize(
    ("declared", "service", "call", "params", "said"),
    [
        (READING, "kms", "create_key", {}, "kms:CreateKey makes something (key), and @pytest.mark.verify_aws does"),
        (MAKING, "kms", "create_grant", {}, "kms:CreateGrant makes something (grant), and @pytest.mark.verify_aws"),
        (READING, "kms", "disable_key", {"KeyId": SOMEBODYS}, "kms:DisableKey changes something, and"),
        (MAKING, "kms", "disable_key", {"KeyId": SOMEBODYS}, f"kms:DisableKey: KeyId '{SOMEBODYS}' is nothing that"),
        (
            MAKING,
            "kms",
            "create_alias",
            {"AliasName": "alias/a", "TargetKeyId": SOMEBODYS},
            f"kms:CreateAlias: TargetKeyId '{SOMEBODYS}' is nothing that the case made itself",
        ),
        (MAKING, "kms", "delete_alias", {"AliasName": "alias/a"}, "kms:DeleteAlias: AliasName 'alias/a' is nothing"),
        (MAKING, "kms", "rotate_key_on_demand", {"KeyId": SOMEBODYS}, "kms:RotateKeyOnDemand is not in"),
        (MAKING, "iam", "create_user", {"UserName": "u"}, "iam:CreateUser is not in kmsmock/verify/operations.py"),
        (MAKING, "s3", "create_bucket", {"Bucket": "mine"}, "s3:CreateBucket: Bucket has to be one of aws_case.name"),
    ],
)
def test_what_is_not_known_to_be_harmless_is_not_sent(declared, service, call, params, said):
    with in_a_world("0", declared) as case, pytest.raises(NotInACase) as caught:
        getattr(case.client(service), call)(**params)
    assert str(caught.value).startswith(said)
    assert case.transcript.exchanges == []


def test_what_a_case_made_is_its_to_change_and_is_removed():
    bills = []
    with in_a_world("0", MAKING, costs=bills.append) as case:
        kms = case.client("kms")
        key = kms.create_key()["KeyMetadata"]
        kms.create_alias(AliasName="alias/a", TargetKeyId=key["KeyId"])
        kms.disable_key(KeyId=key["Arn"])
        names = [str(each) for each in case.made]
    assert names == [f"key {key['Arn']}", "alias alias/a"]
    (bill,) = bills
    # an hour of a key at a dollar for each of November's 720 to March's 744, and five requests at 0.03 for 10,000
    assert bill.made == ("key", "alias")
    assert bill.requests == 5
    assert Decimal(1) / 745 < bill.total - 5 * Decimal("0.000003") < Decimal(1) / 671


def test_the_account_is_not_asked_while_a_world_would_answer(aws_world, monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with pytest.raises(KmsMockError, match="a world is active"):
        in_the_account(None, 0)


@pytest.mark.parametrize("said", [{}, {"reads": True, "makes": ["key"]}, {"makes": ["castle"]}, {"writes": True}])
def test_a_case_says_whether_it_reads_or_what_it_makes(said):
    with pytest.raises(TypeError, match=r"takes reads=True, or makes=\[\.\.\.\]"):
        Declared.of((), said)


def test_the_tables_name_operations_that_there_are_and_each_removal_is_one():
    named = {
        *operations.MAKES,
        *((service, making.removal) for (service, _), making in operations.MAKES.items()),
        *(
            (service, each)
            for table in (operations.CHANGES, operations.READS)
            for service in table
            for each in table[service]
        ),
    }
    assert [(s, each) for s, each in named if each not in models.service_model(s).operation_names] == []


# --- comparing --------------------------------------------------------------------------------------------------------

uuids = st.uuids().map(str)
accounts = st.integers(10**11, 10**12 - 1).map(str)


def transcript(account, ids, sealed, when):
    """A run in which two keys are named, the first of them again."""
    first, second = (f"arn:aws:kms:us-east-1:{account}:key/{each}" for each in ids)
    error = {"Code": "DisabledException", "Message": f"{first} is disabled."}
    return Transcript(
        account,
        f"arn:aws:iam::{account}:user/{sealed.hex()}x",
        "run",
        [
            Exchange("kms", "CreateKey", {}, {"KeyMetadata": {"Arn": first, "CreationDate": when}}, 200),
            Exchange("kms", "CreateKey", {}, {"KeyMetadata": {"Arn": second, "CreationDate": when}}, 200),
            Exchange("kms", "Encrypt", {"KeyId": second}, {"CiphertextBlob": sealed}, 200),
            Exchange("kms", "Decrypt", {"CiphertextBlob": sealed}, {"Error": error}, 400),
        ],
    )


@settings(suppress_health_check=[HealthCheck.too_slow])  # whoever draws first reads the constants of all modules
@given(
    accounts,
    accounts,
    *[st.lists(uuids, min_size=2, max_size=2, unique=True)] * 2,
    *[st.binary(min_size=4, max_size=4)] * 2,
)
def test_what_no_two_runs_have_in_common_is_no_difference(one, other, ids, others, sealed, again):
    moments = datetime(2030, 1, 1, tzinfo=timezone.utc), datetime(2031, 1, 1, tzinfo=timezone.utc)
    runs = [transcript(one, ids, sealed, moments[0]), transcript(other, others, again, moments[1])]
    assert compare(*map(normalise, runs)) == []


def test_another_key_in_a_message_is_a_difference():
    runs = [
        transcript("1" * 12, [str(n) * 8 + "-0000-4000-8000-000000000000" for n in (1, 2)], b"1", None) for _ in "ab"
    ]
    message = runs[1].exchanges[3].answer["Error"]["Message"].replace("11111111-", "22222222-")
    runs[1].exchanges[3].answer["Error"]["Message"] = message
    (found,) = compare(*map(normalise, runs))
    assert (found.call, found.where) == (4, "answer.Error.Message")
    assert found.world.endswith("key/<id 1> is disabled.")
    assert found.aws.endswith("key/<id 2> is disabled.")


def test_calls_that_one_side_made_alone_are_a_difference():
    one, other = ([{"operation": name, "answer": {}} for name in names] for names in (["a", "b"], ["a"]))
    assert [(each.call, each.world, each.aws) for each in compare(one, other)] == [(2, ["b"], ABSENT)]
    assert [(each.call, each.world, each.aws) for each in compare(other, one)] == [(2, ABSENT, ["b"])]
