"""Each rule: what it finds, what it says of it, and what is nearly so and is not found."""

import pytest

from kmsmock.linting.rules.table import RULES
from tests.support.lint import ACCOUNT, APP, DEFAULT, ROOT, USE, allow, codes, deny, lint, only

FAR = "arn:aws:iam::444455556666:role/far"


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_finds_its_bad_example_and_not_its_good_one(rule, tmp_path):
    assert codes(lint(tmp_path, *rule.bad, select=[rule.code], severity="note")) == [rule.code]
    assert codes(lint(tmp_path, *rule.good, select=[rule.code], severity="note")) == []


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_tells_its_page_and_what_to_do(rule, tmp_path):
    found = only(lint(tmp_path, *rule.bad, select=[rule.code], severity="note"))
    assert found.page.startswith("https://docs.aws.amazon.com/")
    assert (found.title, found.page) == (rule.title, rule.page)
    assert found.fix
    assert str(found).splitlines()[0] == f"{found.severity} {rule.code} {found.place}: {found.what}"


NOBODY = {
    "users only": [allow({"AWS": APP}, USE)],
    "another account only": [allow({"AWS": FAR}, "kms:*")],
    "a Deny of everybody": [DEFAULT, deny("*", "kms:PutKeyPolicy")],
    "a Deny of all but one who may not": [DEFAULT, deny({"AWS": "*"}, "kms:Put*"), allow({"AWS": APP}, "kms:Decrypt")],
}
SOMEBODY = {
    "the account": [DEFAULT],
    "a role": [allow({"AWS": APP}, "kms:Put*")],
    "under conditions": [allow({"AWS": APP}, "kms:*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})],
    "a Deny under conditions": [DEFAULT, deny("*", "kms:*", Condition={"StringNotEquals": {"aws:PrincipalArn": APP}})],
    "a Deny that spares one": [DEFAULT, {**deny("", "kms:PutKeyPolicy"), "Principal": {"AWS": FAR}}],
    "everybody of the account": [
        allow("*", "kms:*", Condition={"StringEquals": {"kms:CallerAccount": ACCOUNT}}),
    ],
    "the account's number": [allow({"AWS": ACCOUNT}, "kms:*")],
}


@pytest.mark.parametrize("statements", NOBODY.values(), ids=NOBODY)
def test_a_key_that_nobody_can_manage_is_found(statements, tmp_path):
    found = only(lint(tmp_path, *statements, select=["KMS002"]))
    assert (found.severity, found.what) == ("error", "nobody may change the key policy again (kms:PutKeyPolicy)")


@pytest.mark.parametrize("statements", SOMEBODY.values(), ids=SOMEBODY)
def test_a_key_that_somebody_can_manage_is_not(statements, tmp_path):
    assert codes(lint(tmp_path, *statements, select=["KMS002"])) == []


def test_of_which_account_a_key_is_must_be_known_to_say_that_another_is_foreign(tmp_path):
    assert codes(lint(tmp_path, allow({"AWS": FAR}, "kms:*"), account_id=None, select=["KMS002"])) == []


OPEN = {
    "an encryption context": {"StringEquals": {"kms:EncryptionContext:team": "red"}},
    "not of an organization": {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
    "an organization, if there is one": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
    "any ARN": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}, "Bool": {"aws:SecureTransport": "true"}},
    "any address": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}},
    "encryption in transit": {"Bool": {"aws:SecureTransport": "true"}},
}
CLOSED = {
    "an account": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}},
    "the key's organization": {"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}},
    "a network": {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}},
    "an endpoint": {"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}},
    "a source": {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{ACCOUNT}-*"}},
    "attested": {"StringEqualsIgnoreCase": {"kms:RecipientAttestation:PCR0": "ab"}},
}


@pytest.mark.parametrize("condition", [name for name in OPEN if name != "any ARN"])
def test_conditions_that_anybody_meets_limit_nothing(condition, tmp_path):
    found = only(lint(tmp_path, DEFAULT, allow("*", "kms:Decrypt", Condition=OPEN[condition]), select=["KMS004"]))
    assert (found.principal, found.path) == ("*", "Statement/2/Principal")
    assert found.what.startswith("everybody of every account may kms:Decrypt")


def test_who_is_no_role_does_not_hide_who_is(tmp_path):
    statement = allow("*", "kms:Decrypt", Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*"}})
    assert codes(lint(tmp_path, DEFAULT, statement)) == ["KMS004"]


@pytest.mark.parametrize("condition", CLOSED.values(), ids=CLOSED)
def test_conditions_on_who_or_where_the_caller_is_limit(condition, tmp_path):
    assert codes(lint(tmp_path, DEFAULT, allow("*", "kms:Decrypt", Condition=condition), select=["KMS004"])) == []


def test_a_deny_that_no_stranger_gets_past_limits_too(tmp_path):
    spared = deny("*", "kms:*", Condition={"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}})
    statement = allow("*", "kms:Decrypt")
    assert codes(lint(tmp_path, DEFAULT, statement, spared)) == []
    plain = deny("*", "kms:*", Condition={"Bool": {"aws:SecureTransport": "false"}})
    assert codes(lint(tmp_path, DEFAULT, statement, plain)) == ["KMS004"]


def test_a_not_principal_lets_in_the_rest_of_the_world(tmp_path):
    statement = {"Effect": "Allow", "NotPrincipal": {"AWS": APP}, "Action": "kms:Decrypt", "Resource": "*"}
    assert codes(lint(tmp_path, DEFAULT, statement)) == ["KMS004"]


def test_the_account_beside_those_that_are_named_is_a_note(tmp_path):
    named = allow({"AWS": APP}, ["kms:Decrypt", "kms:DescribeKey"], Sid="App")
    found = only(lint(tmp_path, DEFAULT, named, severity="note"))
    assert (found.code, found.severity, found.principal) == ("KMS003", "note", ROOT)
    assert (
        found.what
        == 'whoever the account\'s policies of IAM let in may kms:Decrypt, not only whom statement "App" names'
    )
    far = allow({"AWS": FAR}, ["kms:Decrypt", "kms:DescribeKey"])
    assert codes(lint(tmp_path, DEFAULT, far, severity="note")) == []
    limited = {**DEFAULT, "Condition": {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/admin"}}}
    assert codes(lint(tmp_path, limited, named, severity="note")) == []


def test_a_grant_that_can_hand_on_everything_is_found_once_for_a_statement(tmp_path):
    users = [APP, f"arn:aws:iam::{ACCOUNT}:user/bob"]
    found = only(lint(tmp_path, DEFAULT, allow({"AWS": users}, [*USE, "kms:CreateGrant"])))
    assert (found.code, found.principal) == ("KMS006", f"{APP}, {users[1]}")
    assert found.what == f"{APP}, {users[1]} may give anybody a grant for anything that the key can do"


GRANTS = {
    "for a grantee": {"StringEquals": {"kms:GranteePrincipal": APP}},
    "through a service": {"StringEquals": {"kms:ViaService": "ec2.us-east-1.amazonaws.com"}},
    "with a constraint": {"StringEquals": {"kms:GrantConstraintType": "EncryptionContextSubset"}},
    "for a resource": {"Bool": {"kms:GrantIsForAWSResource": "true"}},
}


@pytest.mark.parametrize("condition", GRANTS.values(), ids=GRANTS)
def test_a_grant_that_is_limited_is_not_found(condition, tmp_path):
    assert codes(lint(tmp_path, DEFAULT, allow({"AWS": APP}, "kms:CreateGrant", Condition=condition))) == []


def test_a_condition_on_grants_that_is_not_for_grants_limits_nothing(tmp_path):
    condition = {"BoolIfExists": {"kms:BypassPolicyLockoutSafetyCheck": "false"}}
    assert codes(
        lint(tmp_path, DEFAULT, allow({"AWS": APP}, "kms:CreateGrant", Condition=condition), select=["KMS006"])
    ) == ["KMS006"]


def test_a_policy_of_iam_that_gives_grants_on_every_key_is_found(tmp_path):
    statement = {"Effect": "Allow", "Action": "kms:CreateGrant", "Resource": "*"}
    found = only(lint(tmp_path, statement))
    assert (found.code, found.policy) == ("KMS006", f"policy of IAM in {tmp_path / 'policy.json'}")


DEPUTIES = {
    "an account": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    "a source": {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{ACCOUNT}-bucket"}},
    "an organization": {"StringEquals": {"aws:SourceOrgID": "o-a1b2c3d4e5"}},
    "an encryption context": {"StringLike": {"kms:EncryptionContext:aws:sns:topicArn": f"arn:aws:sns:*:{ACCOUNT}:*"}},
}


@pytest.mark.parametrize("condition", DEPUTIES.values(), ids=DEPUTIES)
def test_a_service_that_is_bound_to_an_account_is_not_found(condition, tmp_path):
    statement = allow({"Service": "sns.amazonaws.com"}, USE, Condition=condition)
    assert codes(lint(tmp_path, DEFAULT, statement, select=["KMS007"])) == []


def test_a_service_whose_source_may_be_anybodys_is_found(tmp_path):
    anybody = {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}}
    services = {"Service": ["sns.amazonaws.com", "s3.amazonaws.com"]}
    found = only(lint(tmp_path, DEFAULT, allow(services, ["kms:Decrypt"], Condition=anybody)))
    assert (found.code, found.principal) == ("KMS007", "sns.amazonaws.com")
    assert found.what == "sns.amazonaws.com may kms:Decrypt for a resource of any account"


def test_a_deny_for_all_services_binds_them_too(tmp_path):
    bound = deny(
        "*",
        "kms:*",
        Condition={
            "StringNotEqualsIfExists": {"aws:SourceAccount": ACCOUNT},
            "Bool": {"aws:PrincipalIsAWSService": "true"},
        },
    )
    assert codes(lint(tmp_path, DEFAULT, allow({"Service": "sns.amazonaws.com"}, USE), bound)) == []
