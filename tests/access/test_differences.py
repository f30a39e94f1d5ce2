"""What ``access_diff`` tells: whose access, under which conditions, by what, and what is taken for granted."""

import json

import pytest

import kmsmock

HOME, AWAY = "111111111111", "222222222222"
ROOT, FRIEND = f"arn:aws:iam::{HOME}:root", f"arn:aws:iam::{AWAY}:root"
READER = f"arn:aws:iam::{AWAY}:role/reader"
DECRYPT = ("kms:Decrypt",)


def statement(principal, action="kms:Decrypt", effect="Allow", condition=None, **more):
    condition = {} if condition is None else {"Condition": condition}
    return {"Effect": effect, "Principal": principal, "Action": action, "Resource": "*", **condition, **more}


ACCOUNT = statement({"AWS": ROOT}, "kms:*")


def template(*statements, roles=None, **properties):
    """A key, and roles with what each may do by its own policy."""
    document = {"Version": "2012-10-17", "Statement": [ACCOUNT, *statements]}
    made = {
        name: {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": name,
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
                "Policies": [{"PolicyName": "use", "PolicyDocument": {"Version": "2012-10-17", "Statement": own}}],
            },
        }
        for name, own in (roles or {}).items()
    }
    return {
        "Resources": {"Data": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": document, **properties}}, **made}
    }


def own(action="kms:Decrypt", condition=None):
    condition = {} if condition is None else {"Condition": condition}
    return {"Effect": "Allow", "Action": action, "Resource": "*", **condition}


@pytest.fixture
def diff(tmp_path):
    """Two templates, compared."""

    def compare(old, new, **how):
        paths = []
        for name, described in (("old", old), ("new", new)):
            paths.append(tmp_path / name / "stack.json")
            paths[-1].parent.mkdir(exist_ok=True)
            paths[-1].write_text(json.dumps(described))
        return kmsmock.access_diff(*paths, account_id=HOME, region_name="eu-west-1", **how)

    return compare


def told(found):
    return [(each.change, each.principal, each.actions, each.conditions) for each in found]


def test_a_statement_that_is_written_in_another_way_is_no_difference(diff):
    old = template(roles={"app": [own(["kms:Decrypt", "kms:Encrypt"])]})
    again = [own("kms:DECRYPT"), own("kms:Encrypt"), own("kms:Decrypt", {"Bool": {"aws:SecureTransport": "true"}})]
    found = diff(old, template(statement({"AWS": HOME}), roles={"app": again}))
    assert found == []
    assert str(found) == "no access to keys is new, and none is gone"


def test_a_role_that_may_more_is_told_with_the_statements_that_let_it(diff):
    (change,) = diff(template(roles={"app": []} | {"app": [own("s3:*")]}), template(roles={"app": [own()]}))
    assert told([change]) == [("new", f"arn:aws:iam::{HOME}:role/app", DECRYPT, ())]
    assert change.by[1] == 'Allow number 1 in inline policy "use" of role app'
    assert (change.kind, change.assumed, change.called[0]) == ("role", "", "Data")


def test_a_narrower_condition_takes_away_what_it_leaves_out(diff):
    def within(*services):
        return template(roles={"app": [own(condition={"StringEquals": {"kms:ViaService": list(services)}})]})

    s3, sqs = "s3.eu-west-1.amazonaws.com", "sqs.eu-west-1.amazonaws.com"
    app = f"arn:aws:iam::{HOME}:role/app"
    assert told(diff(within(s3, sqs), within(s3))) == [("gone", app, DECRYPT, (f'kms:ViaService is "{sqs}"',))]
    assert told(diff(template(roles={"app": [own()]}), within(s3))) == [
        ("gone", app, DECRYPT, (f'kms:ViaService is not "{s3}", or is absent',))
    ]


def test_a_deny_takes_away_and_is_named(diff):
    deny = statement("*", effect="Deny", condition={"Bool": {"aws:SecureTransport": "false"}}, Sid="TlsOnly")
    found = diff(template(roles={"app": [own()]}), template(deny, roles={"app": [own()]}))
    assert {each.conditions for each in found} == {('aws:SecureTransport is "false"',)}
    assert found.where(kind="role")[0].against[0].startswith('Deny "TlsOnly" in key policy of ')
    assert 'now denied by Deny "TlsOnly" in the key policy' in str(found)


def test_conditions_on_addresses_dates_and_numbers_are_told_by_their_bounds(diff):
    network = {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.0.2.0/24"]}}
    date = {"DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}
    age = {"NumericLessThan": {"aws:MultiFactorAuthAge": "300"}}
    for condition, words in (
        (network, "aws:SourceIp is in 10.0.0.0/8 or in 192.0.2.0/24"),
        (date, "aws:CurrentTime is < 2027-01-01T00:00:00Z"),
        (age, "aws:MultiFactorAuthAge is < 300"),
    ):
        (change,) = diff(template(), template(statement({"AWS": FRIEND}, condition=condition)))
        assert change.conditions == (words,)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (["a*"], ["?"], {"gone": 'is like "a*" except like "?"', "new": 'is like "?" except like "a*"'}),
        (["*"], ["?"], {"gone": 'is like "*" except like "?"'}),
    ],
)
def test_patterns_are_told_apart_by_texts_that_only_some_of_them_cover(diff, old, new, words):
    def named(patterns):
        tenant = {"StringLike": {"kms:EncryptionContext:tenant": patterns}}
        return template(statement({"AWS": FRIEND}, condition=tenant))

    found = {
        each.change: each.conditions[0].removeprefix("kms:EncryptionContext:tenant ")
        for each in diff(named(old), named(new))
    }
    assert found == words


def test_a_text_that_patterns_share_is_not_all_that_they_share(diff):
    """The shortest text that both cover is the one that is named; others are in no statement."""

    def within(*services):
        return template(statement({"AWS": FRIEND}, condition={"StringLike": {"kms:ViaService": list(services)}}))

    s3 = "s3.us-east-1.amazonaws.com"
    both = {
        "StringLike": {"kms:ViaService": "s3.*"},
        "ForAnyValue:StringLike": {"kms:ViaService": "*.us-east-1.amazonaws.com"},
    }
    (change,) = diff(within(s3), template(statement({"AWS": FRIEND}, condition=both)))
    assert change.change == "new"
    assert change.conditions[0].endswith(f'except "{s3}"')


def test_a_wider_network_is_new_by_what_it_adds(diff):
    def within(*networks):
        return template(statement({"AWS": FRIEND}, condition={"IpAddress": {"aws:SourceIp": list(networks)}}))

    assert told(diff(within("10.1.0.0/16"), within("10.0.0.0/8"))) == [
        ("new", FRIEND, DECRYPT, ("aws:SourceIp is in 10.0.0.0/8 except in 10.1.0.0/16",))
    ]


def test_who_is_named_and_is_in_no_file_is_told_with_what_is_taken_for_granted(diff):
    (change,) = diff(template(), template(statement({"AWS": READER})))
    assert told([change]) == [("new", READER, DECRYPT, ())]
    assert change.assumed == f"account {AWAY} has such a role, and lets it do this"
    (own_role,) = diff(template(), template(statement({"AWS": f"arn:aws:iam::{HOME}:role/admin"})))
    assert own_role.assumed == f"account {HOME} has such a role"


def test_an_account_stands_for_whomever_it_lets_in(diff):
    admins = {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{AWAY}:role/admin-*"}}
    found = diff(template(), template(statement({"AWS": FRIEND}, condition=admins)))
    assert told(found) == [("new", FRIEND, DECRYPT, (f'aws:PrincipalArn is like "arn:aws:iam::{AWAY}:role/admin-*"',))]
    assert found[0].kind == "account"


def test_everybody_of_an_organization_is_anyone_under_that_condition(diff):
    found = diff(template(), template(statement("*", condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})))
    assert ("new", "*", DECRYPT, ('aws:PrincipalOrgID is "o-1"',)) in told(found)


def test_everybody_of_an_account_that_a_condition_names_is_that_account(diff):
    caller = {"StringEquals": {"kms:CallerAccount": AWAY, "kms:ViaService": "s3.eu-west-1.amazonaws.com"}}
    assert told(diff(template(), template(statement("*", condition=caller)))) == [
        ("new", FRIEND, DECRYPT, ('kms:ViaService is "s3.eu-west-1.amazonaws.com"',))
    ]


def test_a_service_has_what_only_services_have(diff):
    source = {"StringEquals": {"aws:SourceAccount": HOME}, "StringNotEquals": {"kms:ViaService": "nobody"}}
    found = diff(template(), template(statement({"Service": "logs.eu-west-1.amazonaws.com"}, condition=source)))
    assert told(found) == [
        ("new", "logs.eu-west-1.amazonaws.com", DECRYPT, (f'aws:SourceAccount is "{HOME}"',)),
    ]


def test_actions_that_a_key_cannot_do_are_nobodys(diff):
    found = diff(template(), template(statement({"AWS": FRIEND}, "kms:*")))
    assert {"kms:Sign", "kms:GenerateMac", "kms:CreateKey"}.isdisjoint(found[0].actions)
    assert found[0].others == ()
    assert "do all that can be done with it (" in str(found)
    signing = {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}
    (change,) = diff(template(**signing), template(statement({"AWS": FRIEND}, ["kms:Sign", "kms:Decrypt"]), **signing))
    assert change.actions == ("kms:Sign",)


def test_a_key_that_is_there_on_one_side_only_is_all_new_or_gone(diff):
    assert [each.principal for each in diff({"Resources": {}}, template()).new] == [ROOT]
    assert [each.principal for each in diff(template(), {"Resources": {}}).gone] == [ROOT]


def test_the_encryption_context_is_told_by_pairs_and_by_their_names(diff):
    only = {
        "ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["tenant"]},
        "Null": {"kms:EncryptionContextKeys": "false"},
    }
    (change,) = diff(template(), template(statement({"AWS": FRIEND}, condition=only)))
    assert change.conditions == (
        "kms:EncryptionContext:tenant is there",
        "another pair of the encryption context is absent",
    )


def test_policy_variables_are_filled_in_for_whoever_asks(diff):
    tagged = {"StringEquals": {"kms:EncryptionContext:team": "${aws:username}"}}
    path = {"StringEquals": {"kms:EncryptionContext:team": "${aws:PrincipalAccount}"}}
    assert diff(template(roles={"app": [own("s3:*")]}), template(roles={"app": [own(condition=tagged)]})) == []
    (change,) = diff(template(roles={"app": [own("s3:*")]}), template(roles={"app": [own(condition=path)]}))
    assert change.conditions == (f'kms:EncryptionContext:team is "{HOME}"',)


def test_more_combinations_than_are_looked_at_are_said(diff):
    many = {f"kms:EncryptionContext:k{number}": ["a", "b", "c"] for number in range(9)}
    found = diff(template(), template(statement({"AWS": FRIEND}, condition={"StringNotEquals": many})))
    assert "more combinations of conditions for kms:Decrypt" in found.notes[0]
    assert "there may be differences beside those that are told" in str(found)


# --- in a world -----------------------------------------------------------------------------------------------------


@pytest.fixture
def key(aws_world):
    kms = aws_world.account(HOME).client("kms")
    made = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/data", TargetKeyId=made)
    return made


def test_grants_are_told_with_their_constraints(aws_world, key):
    reader = aws_world.account(HOME).role("reader").caller.principal.principal_arn
    before = aws_world.access()
    grant = (
        aws_world.account(HOME)
        .client("kms")
        .create_grant(
            KeyId=key,
            GranteePrincipal=reader,
            Operations=["Decrypt", "DescribeKey"],
            Constraints={"EncryptionContextEquals": {"tenant": "a"}},
        )["GrantId"]
    )
    assert told(aws_world.access_diff(before)) == [
        ("new", reader, ("kms:DescribeKey",), ()),
        (
            "new",
            reader,
            DECRYPT,
            ('kms:EncryptionContext:tenant is "a"', "another pair of the encryption context is absent"),
        ),
    ]
    assert {each.by for each in aws_world.access_diff(before)} == {(f"grant {grant}",)}


def test_a_role_that_was_deleted_may_no_more(aws_world, key):
    account = aws_world.account(HOME)
    role = account.role("app", [{"Version": "2012-10-17", "Statement": own("kms:Decrypt")}])
    before = aws_world.access()
    iam = account.client("iam")
    iam.delete_role_policy(RoleName="app", PolicyName="policy-1")
    assert told(aws_world.access_diff(before)) == [("gone", role.caller.principal.principal_arn, DECRYPT, ())]
    iam.delete_role(RoleName="app")
    found = aws_world.access_diff(before).where(principal=role, key="alias/data", action="kms:decrypt")
    assert [each.change for each in found] == ["gone"]


def test_keys_of_two_worlds_are_the_same_by_their_alias():
    pictures = []
    for statements in ([], [statement({"AWS": FRIEND})]):
        with kmsmock.World(account_id=HOME) as world:
            kms = world.account(HOME).client("kms")
            policy = {"Version": "2012-10-17", "Statement": [ACCOUNT, *statements]}
            made = kms.create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]
            kms.create_alias(AliasName="alias/data", TargetKeyId=made)
            pictures.append(world.access())
    assert [(each.principal, each.key) for each in kmsmock.access_diff(*pictures)] == [(FRIEND, made)]


@pytest.mark.parametrize(
    ("condition", "problem", "words"),
    [
        ({"change": "other"}, ValueError, "change='other': give one of new, gone"),
        (
            {"actions": "kms:Decrypt"},
            TypeError,
            "'actions': differences are told apart by change, principal, kind, key",
        ),
    ],
)
def test_where_says_what_it_takes(aws_world, condition, problem, words):
    with pytest.raises(problem, match=words):
        aws_world.access_diff(aws_world.access()).where(**condition)


def test_what_is_no_picture_and_no_path_is_refused(aws_world, tmp_path):
    with pytest.raises(TypeError, match=r"give what world\.access\(\) returned; kmsmock\.access_diff"):
        aws_world.access_diff("plan.json")
    with pytest.raises(TypeError, match=r"new=7: give a path, a list of paths, or what world\.access"):
        kmsmock.access_diff(aws_world.access(), 7)
    with pytest.raises(ValueError, match="there is no such file or folder"):
        kmsmock.access_diff(tmp_path / "none.json", aws_world.access())
