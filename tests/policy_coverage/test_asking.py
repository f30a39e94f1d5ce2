"""``world.policy_coverage()``: what was counted, asked and printed."""

import json
from contextlib import suppress

import pytest
from botocore.exceptions import ClientError

from kmsmock.coverage.page import page
from kmsmock.coverage.spans import as_data, spans
from tests.support.claims import OWNER, allow, policy
from tests.support.policies import DELEGATION, encrypt, use

TENANT = {"StringNotEquals": {"kms:EncryptionContext:tenant": "a"}}
NO_TENANT = {**use("*", ["kms:Encrypt", "kms:Decrypt"], effect="Deny", Condition=TENANT), "Sid": "OnlyOwnTenant"}


@pytest.fixture
def account(aws_world):
    return aws_world.account(OWNER)


@pytest.fixture
def kms(account):
    return account.client("kms")


def create(kms, *statements, **more):
    text = json.dumps({**policy(DELEGATION, *statements), **more})
    return kms.create_key(Policy=text)["KeyMetadata"]["Arn"]


def states(found):
    return {each.label: each.state for each in found.statements}


def part(statement, element):
    return {each.key or each.value: (each.matched, each.against) for each in statement.parts if each.element == element}


def test_a_statement_allows_denies_does_not_match_or_is_never_looked_at(aws_world, kms):
    never = {**use("*", "kms:Verify", effect="Deny"), "Sid": "NoVerify"}
    key = create(kms, NO_TENANT, never)
    kms.create_key(Policy=json.dumps(policy({**DELEGATION, "Sid": "Unused"})))
    with suppress(ClientError):
        encrypt(kms, key)
    used, unused = aws_world.policy_coverage()
    assert states(used) == {'"Delegate"': "allowed", '"OnlyOwnTenant"': "denied", '"NoVerify"': "not matched"}
    assert states(unused) == {'"Unused"': "never looked at"}
    assert [(each.allowed, each.denied, each.unmatched) for each in used.statements] == [
        (1, 0, 0),
        (0, 1, 0),
        (0, 0, 1),
    ]
    assert (aws_world.policy_coverage().percent, used.percent, unused.percent) == (
        50.0,
        pytest.approx(66.67, 0.001),
        0.0,
    )


def test_a_condition_is_exercised_once_it_was_true_and_false(aws_world, kms):
    key = create(kms, NO_TENANT)
    with suppress(ClientError):
        encrypt(kms, key)
    [found] = aws_world.policy_coverage()
    assert found.missing == (
        '"OnlyOwnTenant": Action kms:Decrypt, StringNotEquals kms:EncryptionContext:tenant never false',
    )
    encrypt(kms, key, EncryptionContext={"tenant": "a"})
    [found] = aws_world.policy_coverage()
    assert part(found.statements[1], "Condition") == {"StringNotEquals kms:EncryptionContext:tenant": (1, 1)}
    assert found.missing == ('"OnlyOwnTenant": Action kms:Decrypt',)


def test_values_take_part_in_what_they_cover(aws_world, account, kms):
    first, second = create(kms), create(kms, Id="other")
    caller = account.user("u", [allow(["kms:Enc*", "kms:Encrypt", "kms:Decrypt"], [first, second])]).client("kms")
    encrypt(caller, first)
    [statement] = aws_world.policy_coverage().where(kind="inline")[0].statements
    assert part(statement, "Action") == {"kms:Enc*": (1, 0), "kms:Encrypt": (1, 0), "kms:Decrypt": (0, 0)}
    assert [each.exercised for each in statement.parts if each.element == "Resource"] == [True, False]


def test_values_of_not_elements_are_exercised_by_what_they_spare(aws_world, account, kms):
    spared, other = account.user("spared"), account.user("other")
    named = {"AWS": [account.root.arn, spared.arn, other.arn]}
    statement = {"Sid": "No", "Effect": "Deny", "NotPrincipal": named, "NotAction": ["kms:Put*", "kms:Get*"]}
    key = create(kms, {**statement, "Resource": "*"})
    kms.get_key_policy(KeyId=key)
    with suppress(ClientError):
        encrypt(spared.client("kms"), key)
    [found] = aws_world.policy_coverage()
    [_, no] = found.statements
    assert list(part(no, "NotPrincipal").values()) == [(0, 1), (0, 1), (0, 0)]


def test_the_same_document_of_many_lines_is_one_policy(aws_world, kms):
    kms.describe_key(KeyId=create(kms))
    first = aws_world.policy_coverage()[0].places
    kms.create_key(Policy=json.dumps(policy(DELEGATION)))
    [found] = aws_world.policy_coverage()
    assert len(found.places) == 2
    assert first[0] in found.places


def test_ids_that_aws_makes_up_tell_no_policies_apart(aws_world, account, kms):
    for name in ("a", "b"):
        account.user(name, [allow("kms:Decrypt", create(kms))])
    [found] = aws_world.policy_coverage().where(kind="inline")
    assert found.document["Statement"][0]["Resource"] == f"arn:aws:kms:us-east-1:{OWNER}:key/<id>"


def test_policies_of_one_name_are_merged_where_that_is_asked_for(aws_world, kms):
    for tenant in ("a", "b", "c"):
        condition = {"StringNotEquals": {"kms:EncryptionContext:tenant": tenant}}
        key = create(kms, {**NO_TENANT, "Condition": condition}, Id="tenant-key")
        with suppress(ClientError):
            encrypt(kms, key, EncryptionContext={"tenant": "a"})
    apart = aws_world.policy_coverage()
    assert [each.title.partition(" ")[2] for each in apart] == [
        f'key policy "tenant-key" ({number} of 3)' for number in (1, 2, 3)
    ]
    [found] = aws_world.policy_coverage(merge=["tenant-*"])
    assert [each.allowed + each.denied for each in found.statements] == [3, 2]
    assert len(aws_world.policy_coverage(merge=["other-*"])) == 3


def test_it_can_be_selected_and_asserted(aws_world, account, kms):
    key = create(kms, NO_TENANT)
    encrypt(account.user("u", [allow("kms:Encrypt")]).client("kms"), key, EncryptionContext={"tenant": "a"})
    found = aws_world.policy_coverage()
    assert [each.kind for each in found.where(exercised=True)] == ["inline"]
    assert len(found.where(place="tests/policy_coverage/test_asking.py")) == 2
    assert [each.kind for each in found.where(name="policy-1")] == ["inline"]
    assert found.missing == [f'{found.where(kind="key")[0].title}: "OnlyOwnTenant": not matched']
    assert found.percent_of_parts == pytest.approx(100 * 5 / 10)
    with pytest.raises(TypeError, match="'percent': policies are told apart by kind, name, place, exercised"):
        found.where(percent=100)


def test_it_is_printed_as_a_table(aws_world, account, kms):
    key = create(kms, NO_TENANT)
    encrypt(account.user("u", [allow("kms:Encrypt")]).client("kms"), key, EncryptionContext={"tenant": "a"})
    first, second = (each.title for each in aws_world.policy_coverage())
    wide = max(len(first), len(second))
    assert str(aws_world.policy_coverage()).splitlines() == [
        f"{'policy'.ljust(wide)}  stmts  exercised  missing  cover",
        "-" * (wide + 34),
        f"{first.ljust(wide)}      2          1        1    50%",
        '    "OnlyOwnTenant": not matched',
        f"{second.ljust(wide)}      1          1        0   100%",
        "-" * (wide + 34),
        f"{'TOTAL'.ljust(wide)}      3          2        1    67%",
    ]


def test_it_is_written_for_machines(aws_world, kms):
    key = create(kms, NO_TENANT, Id="k")
    encrypt(kms, key, EncryptionContext={"tenant": "a"})
    told = json.loads(json.dumps(aws_world.policy_coverage().as_dict()))
    assert {name: told[name] for name in ("version", "statements", "exercised", "percent")} == {
        "version": 1,
        "statements": 2,
        "exercised": 1,
        "percent": 50.0,
    }
    [found] = told["policies"]
    assert (found["kind"], found["name"], found["whose"]) == (
        "key",
        "k",
        [f"key policy of {key.rpartition('/')[0]}/<id>"],
    )
    assert found["statements"][1]["state"] == "not matched"
    assert found["statements"][1]["parts"][-1] == {
        "element": "Condition",
        "key": "StringNotEquals kms:EncryptionContext:tenant",
        "value": "a",
        "matched": 0,
        "against": 1,
        "exercised": False,
        "missing": "StringNotEquals kms:EncryptionContext:tenant never true",
    }


def test_the_text_is_cut_into_pieces_that_know_their_state(aws_world, kms):
    key = create(kms, NO_TENANT)
    with suppress(ClientError):
        encrypt(kms, key)
    [found] = aws_world.policy_coverage()
    pieces = spans(found)
    assert json.loads("".join(each.text for each in pieces)) == found.document
    assert [(each.text, each.note) for each in pieces if each.state == "missing"] == [
        ('"kms:Decrypt"', "Action kms:Decrypt"),
        (
            '"kms:EncryptionContext:tenant": "a"',
            "StringNotEquals kms:EncryptionContext:tenant never false",
        ),
    ]
    assert {each.state for each in pieces} == {"", "allowed", "denied", "missing"}
    assert json.loads(json.dumps(as_data(found)))["spans"] == [list(each) for each in pieces]


def test_names_are_text_on_the_page(aws_world, kms):
    create(kms, {**NO_TENANT, "Sid": "<script>alert(1)</script>"}, Id='"><b>')
    told = page(aws_world.policy_coverage())
    assert "<script>" not in told
    assert '"><b>' not in told
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in told


def test_nothing_is_counted_twice(aws_world, kms):
    encrypt(kms, create(kms))
    assert str(aws_world.policy_coverage()) == str(aws_world.policy_coverage())
