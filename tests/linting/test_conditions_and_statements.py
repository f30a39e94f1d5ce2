"""Conditions that never hold or always do, statements that change nothing, sizes and documents."""

import json

import pytest

from tests.support.lint import ACCOUNT, APP, DEFAULT, ROOT, USE, allow, codes, deny, document, lint, only

VIA = {
    "s3.amazonaws.com": "it has no Region; s3.us-east-1.amazonaws.com is one that has",
    "s3.us-east-9.amazonaws.com": "there is no Region us-east-9; did you mean us-east-2?",
    "efs.us-east-1.amazonaws.com": "the service is called elasticfilesystem",
    "secretmanager.us-east-1.amazonaws.com": "there is no service secretmanager; did you mean secretsmanager?",
    "S3.us-east-1.amazonaws.com": "it is written in small letters, s3.us-east-1.amazonaws.com",
    "s3.*.amazonaws.com": "StringEquals takes * and ? as they stand; StringLike is meant",
    "s3": "it is a service, a Region and amazonaws.com, with dots between",
}


@pytest.mark.parametrize("value", VIA)
def test_a_via_service_that_no_call_has_is_found(value, tmp_path):
    condition = {"StringEquals": {"kms:ViaService": [value, "sqs.us-east-1.amazonaws.com"]}}
    found = only(lint(tmp_path, DEFAULT, allow({"AWS": APP}, "kms:Decrypt", Condition=condition)))
    assert (found.code, found.what) == ("KMS008", f"no call has kms:ViaService {value}: {VIA[value]}")


@pytest.mark.parametrize("value", ["sns.us-west-2.amazonaws.com", "rds.eu-*.amazonaws.com"])
def test_a_via_service_of_another_region_is_found_where_the_region_is_known(value, tmp_path):
    condition = {"StringLike": {"kms:ViaService": value}}
    statement = allow({"AWS": APP}, "kms:Decrypt", Condition=condition)
    found = only(lint(tmp_path, DEFAULT, statement))
    assert found.what == (
        f"no call has kms:ViaService {value}: the key is in us-east-1, and services use keys of their Region"
    )
    assert codes(lint(tmp_path, DEFAULT, statement, region_name=None)) == []


@pytest.mark.parametrize(
    "value",
    [
        ["sns.us-west-2.amazonaws.com", "sns.us-east-1.amazonaws.com"],
        ["*.us-east-1.amazonaws.com"],
        ["s3.*.amazonaws.com"],
        ["${aws:PrincipalTag/service}.us-east-1.amazonaws.com"],
        ["someservicethatisnew.us-east-1.amazonaws.com"],
    ],
)
def test_a_via_service_that_a_call_may_have_is_not_found(value, tmp_path):
    statement = allow({"AWS": APP}, "kms:Decrypt", Condition={"StringLike": {"kms:ViaService": value}})
    assert codes(lint(tmp_path, DEFAULT, statement, select=["KMS008"])) == []


NEVER = {
    "a source, for a role": (
        allow({"AWS": APP}, "kms:Decrypt", Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}}),
        "aws:SourceAccount is never there but where a service asks for itself, which is no user and no role: the "
        "statement allows nothing",
    ),
    "an organization, for a service": (
        allow({"Service": "sns.amazonaws.com"}, "kms:Decrypt", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
        "aws:PrincipalOrgID is never there where sns.amazonaws.com asks: the statement allows nothing",
    ),
    "a Deny": (
        deny("*", "kms:Decrypt", Condition={"Bool": {"kms:GrantIsForAWSResource": "false"}}),
        "kms:GrantIsForAWSResource is never there for kms:Decrypt: the statement denies nothing",
    ),
    "a name that is nearly one": (
        allow({"AWS": APP}, "kms:Decrypt", Condition={"StringEquals": {"kms:ViaServices": "s3.us-east-1.amazonaws.com"}}),
        "there is no condition key kms:ViaServices; did you mean kms:ViaService?",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("statement", "told"), NEVER.values(), ids=NEVER)
def test_a_condition_key_that_is_never_there_is_found(statement, told, tmp_path):
    found = only(lint(tmp_path, DEFAULT, statement))
    assert (found.code, found.what) == ("KMS009", told)


SOMETIMES = {
    "where one action has it": allow({"AWS": APP}, USE, Condition={"StringEquals": {"kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}}),
    "where it need not be there": allow({"AWS": APP}, "kms:Sign", Condition={"StringEqualsIfExists": {"kms:EncryptionContext:a": "b"}}),
    "where it must not": deny("*", "kms:Decrypt", Condition={"Null": {"kms:GrantOperations": "true"}}),
    "where both may ask": allow({"AWS": APP, "Service": "sns.amazonaws.com"}, "kms:DescribeKey", Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}}),
    "where it is not said": allow({"AWS": APP}, "kms:Decrypt", Condition={"StringEquals": {"saml:sub_type": "persistent"}}),
}  # fmt: skip


@pytest.mark.parametrize("statement", SOMETIMES.values(), ids=SOMETIMES)
def test_a_condition_key_that_may_be_there_is_not_found(statement, tmp_path):
    assert codes(lint(tmp_path, DEFAULT, statement, select=["KMS009"])) == []


@pytest.mark.parametrize(
    "other",
    [{"Null": {"aws:PrincipalOrgPaths": "false"}}, {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-*"}}],
)
def test_for_all_values_with_a_condition_that_wants_the_key_is_not_found(other, tmp_path):
    condition = {"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": ["o-a1b2c3d4e5/*"]}}
    statement = allow({"AWS": APP}, "kms:Decrypt", Condition=condition)
    assert codes(lint(tmp_path, DEFAULT, statement)) == ["KMS010"]
    assert codes(lint(tmp_path, DEFAULT, {**statement, "Condition": {**condition, **other}})) == []


def test_for_all_values_of_a_key_that_is_always_there_is_not_found(tmp_path):
    condition = {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}
    statement = allow({"AWS": APP}, ["kms:TagResource", "kms:UntagResource"], Condition=condition)
    assert codes(lint(tmp_path, DEFAULT, statement)) == []


def test_for_all_values_in_a_deny_is_not_found(tmp_path):
    condition = {"ForAllValues:StringNotEquals": {"kms:EncryptionContextKeys": ["team"]}}
    assert codes(lint(tmp_path, DEFAULT, deny({"AWS": APP}, "kms:Decrypt", Condition=condition))) == []


IDLE = {
    "the same twice": [allow({"AWS": APP}, USE, Sid="One"), allow({"AWS": [APP]}, USE[::-1], Sid="Two")],
    "by a wildcard": [allow({"AWS": APP}, ["kms:De*"], Sid="One"), allow({"AWS": APP}, "kms:Decrypt", Sid="Two")],
    "by everybody": [
        allow("*", "kms:Decrypt", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, Sid="One"),
        allow(
            {"AWS": APP},
            "kms:Decrypt",
            Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1", "kms:EncryptionContext:a": "b"}},
            Sid="Two",
        ),
    ],
    "a Deny": [
        deny("*", "kms:ScheduleKeyDeletion", Sid="One"),
        deny({"AWS": APP}, "kms:ScheduleKeyDeletion", Sid="Two"),
    ],
}


@pytest.mark.parametrize("statements", IDLE.values(), ids=IDLE)
@pytest.mark.parametrize("turned", [False, True])
def test_a_statement_that_changes_nothing_is_found(statements, turned, tmp_path):
    found = only(lint(tmp_path, DEFAULT, *(statements[::-1] if turned else statements)))
    needless = "One" if turned and statements is IDLE["the same twice"] else "Two"
    assert (found.code, found.statement, found.severity) == ("KMS011", needless, "warning")


NEEDED = {
    "a role beside its account": [allow({"AWS": APP}, "kms:*")],
    "another principal": [allow({"AWS": APP}, USE), allow({"AWS": f"{APP}2"}, USE)],
    "more conditions": [
        allow({"AWS": APP}, USE, Condition={"Bool": {"aws:SecureTransport": "true"}}),
        allow({"AWS": APP}, "kms:Decrypt", Condition={"Bool": {"aws:ViaAWSService": "true"}}),
    ],
    "another effect": [allow({"AWS": APP}, "kms:Decrypt"), deny({"AWS": APP}, "kms:Decrypt")],
}


@pytest.mark.parametrize("statements", NEEDED.values(), ids=NEEDED)
def test_a_statement_that_changes_something_is_not_found(statements, tmp_path):
    assert codes(lint(tmp_path, DEFAULT, *statements, select=["KMS011"], severity="note")) == []


def test_a_policy_of_iam_that_says_twice_what_is_not_of_kms_is_not_found(tmp_path):
    of_s3 = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    of_kms = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}
    assert codes(lint(tmp_path, of_s3, of_s3)) == []
    assert codes(lint(tmp_path, of_kms, of_kms)) == ["KMS011"]


def test_what_the_default_statement_covers_is_a_note(tmp_path):
    found = only(lint(tmp_path, DEFAULT, allow({"AWS": ROOT}, USE), select=["KMS011"], severity="note"))
    assert (found.severity, found.what) == (
        "note",
        'statement "Enable IAM User Permissions" says all of it: without it nothing changes',
    )


def test_a_policy_that_is_larger_than_kms_takes_is_an_error(tmp_path):
    found = lint(tmp_path, DEFAULT, allow({"AWS": [f"{APP}-{number:05}" for number in range(900)]}, "kms:Decrypt"))
    assert [(each.code, each.severity) for each in found] == [("KMS013", "error")]


def test_a_policy_of_another_service_is_looked_at_and_nothing_is_said(tmp_path):
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    bucket = {**allow("*", "s3:GetObject"), "Resource": "arn:aws:s3:::b/*"}
    assert str(lint(tmp_path, trust)) == str(lint(tmp_path, bucket)) == "1 policy looked at: nothing found"


def test_what_kms_would_refuse_is_found(tmp_path):
    statement = allow({"AWS": APP}, "kms:Decrypt", Condition={"StringEquals": {"aws:ResourceTag/a": "b"}})
    assert codes(lint(tmp_path, DEFAULT, statement)) == ["KMS001"]
    statement = allow({"AWS": "arn:aws:iam::*:role/app"}, "kms:Decrypt")
    assert codes(lint(tmp_path, DEFAULT, statement)) == ["KMS001"]


def test_lines_and_json_say_the_same(tmp_path):
    found = lint(tmp_path, DEFAULT, allow("*", "kms:Decrypt"))
    plain = json.loads(json.dumps(found.as_dict()))
    assert [each["what"] for each in plain["findings"]] == [each.what for each in found]
    assert plain["findings"][0]["path"] == "Statement/2/Principal"
    assert document(DEFAULT)["Statement"] == [DEFAULT]
