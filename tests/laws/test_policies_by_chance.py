"""Policies by chance, as ``python -m tools.fuzz_policies`` makes them for as long as one likes: AWS refuses or decides."""

import json

import pytest

from kmsmock.iam import MalformedPolicy, compile_policy, parse
from tools import fuzz_policies
from tools.policy_documents import documents


def run(number, seed, storing):
    return fuzz_policies.run(seed, lambda report: report.documents >= number, storing)


def test_no_document_makes_the_evaluator_stumble():
    report = run(100, 18, storing=False)
    assert report.decisions > 100
    assert report.bugs == []


def test_no_document_makes_a_call_stumble_neither_the_one_that_stores_it_nor_those_that_it_decides():
    report = run(42, 9, storing=True)
    answered = {name for name, _ in report.answers if not name.startswith("use")}
    assert len(answered) == 21
    assert {code for _, code in report.answers} > {"stored", "MalformedPolicyDocument"}
    assert report.bugs == []


def test_a_text_that_only_the_client_cannot_send_is_no_bug(aws_world):
    report, iam = fuzz_policies.Report(), aws_world.account("111111111111").client("iam")
    fuzz_policies._send(report, "client", "d", lambda: iam.create_user(UserName="\ud800"))
    assert (report.bugs, report.answers["client", "botocore"]) == ([], 1)
    fuzz_policies._send(report, "world", "d", "\ud800".encode)
    assert [where for where, *_ in report.bugs] == ["world"]


def test_a_seed_makes_the_same_documents():
    one, other = documents(3), documents(3)
    assert [next(one) for _ in range(20)] == [next(other) for _ in range(20)]


FOUND = [
    pytest.param('{"Version": "2012-10-17", "Id": ' + "[" * 340 + "]" * 340 + ', "Statement": []}', id="nested Id"),
    pytest.param('{"Statement": [{"Sid": ' + '{"a":' * 340 + "1" + "}" * 340 + "}]}", id="nested Sid"),
    pytest.param('{"Statement": [{"Sid": "\\ud800"}]}', id="half a surrogate pair"),
    pytest.param('{"Statement": [{"Sid": NaN}]}', id="no number"),
    pytest.param('{"Id": ' + "9" * 5000 + "}", id="a number of 5,000 digits"),
    pytest.param("\ufeff{}", id="a byte order mark"),
    pytest.param('{"Statement": 1, "Statement": 2}', id="a name twice"),
]


@pytest.mark.parametrize("document", FOUND)
def test_what_is_no_json_of_a_policy_is_malformed(document):
    with pytest.raises(MalformedPolicy):
        parse(document)


@pytest.mark.parametrize("element", ["Id", "Sid"])
@pytest.mark.parametrize("value", [None, 7, True, ["a"], {"a": "b"}])
def test_an_id_is_a_text(element, value):
    statement = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": statement}
    (statement if element == "Sid" else document)[element] = value
    with pytest.raises(MalformedPolicy, match="Syntax errors in policy"):
        compile_policy(json.dumps(document))
