"""Where a statement stands: file and line, for policies that came from a file."""

import json

import pytest

from kmsmock.iam import Layer, Policies, Principal, Request, Source, compile_policy, decide, places

OWNER = "111111111111"
KEY = f"arn:aws:kms:us-east-1:{OWNER}:key/k"
USER = Principal("user", f"arn:aws:iam::{OWNER}:user/u", OWNER, f"arn:aws:iam::{OWNER}:user/u", "AIDAU")
FIRST = '{"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*"}'
SECOND = '{"Sid": "{[\\"Statement\\": [{", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}'


@pytest.fixture
def written(tmp_path):
    """Where the statements of a text stand, as the lines of the file that it is in."""

    def write(text, known=None):
        path = tmp_path / "p.json"
        path.write_text(text, encoding="utf-8")
        known = {} if known is None else known
        document = json.loads(text)
        document = document.get("PolicyDocument", document)
        places.add(known, path, document, lambda file, line: f"{file}:{line}")
        raw = document.get("Statement", [])
        found = places.of(known, raw if isinstance(raw, list) else [raw])
        assert all(each.startswith(f"{path.absolute()}:") for each in found)
        return [int(each.rpartition(":")[2]) for each in found]

    return write


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (f'{{"Statement": {FIRST}}}', [1]),
        (f'{{"Statement": [{FIRST}]}}', [1]),
        (f'{{\n"Statement": [\n{FIRST},\n\n{SECOND}]}}', [3, 5]),
        (f'{{\n"Statement"\n:\t[\r\n\t{FIRST}\r\n,{SECOND} , {FIRST}\n]}}', [4, 5, 5]),
        (f'\n\n{{"Statement": {FIRST}}}', [3]),
        (f'{{"Statement":\n{SECOND}, "Version": "2012-10-17"}}', [2]),
        (f'{{"PolicyName": "p",\n"PolicyDocument": {{\n"Statement": [{FIRST}]}}}}', [3]),
        ('{"Statement": []}', []),
        ('{"Version": "2012-10-17"}', []),
        ('{"Statement": "none"}', []),
    ],
)
def test_each_statement_begins_on_a_line(written, text, lines):
    assert written(text) == lines


def test_statements_are_known_by_what_they_say_whatever_the_order_of_their_elements(written):
    known = {}
    written(f'{{"Statement": [{FIRST}]}}', known)
    again = {"Resource": "*", "Effect": "Allow", "Action": "kms:Encrypt"}
    (found,) = places.of(known, [again])
    assert found.endswith("p.json:1")
    assert places.of(known, [{**again, "Action": "kms:Decrypt"}]) == ()
    assert places.of({}, [again]) == ()


# --- in a decision --------------------------------------------------------------------------------------------------

STATEMENT = json.loads(FIRST)
PLACES = {json.dumps([STATEMENT], sort_keys=True): ("app.json:7",)}
NAMED = {"Principal": "*"}


def source(layer, **element):
    kind = "resource" if element else "identity"
    return Source(layer, layer.value, compile_policy({"Statement": [{**STATEMENT, **element}]}, kind=kind))


def test_every_layer_of_a_decision_knows_the_places_of_its_statements():
    named = {json.dumps([{**STATEMENT, **NAMED}], sort_keys=True): ("key.json:3",)}
    policies = Policies(
        identity=(source(Layer.IDENTITY),),
        boundary=(source(Layer.BOUNDARY),),
        session=(source(Layer.SESSION),),
        scp=((source(Layer.SCP),), (source(Layer.SCP),)),
        rcp=(source(Layer.RCP, **NAMED),),
        resource=(source(Layer.RESOURCE, **NAMED),),
        vpce=(source(Layer.VPCE, **NAMED),),
    )
    decision = decide(Request(USER, "kms:Encrypt", KEY, OWNER, {}), policies)
    found = places.placed(decision, {**PLACES, **named})
    seen = found.policies
    own = [*seen.identity, *seen.boundary, *seen.session, *(each for level in seen.scp for each in level)]
    assert [each.places for each in own] == [("app.json:7",)] * 5
    assert [each.places for each in (*seen.rcp, *seen.resource, *seen.vpce)] == [("key.json:3",)] * 3
    assert [each.places for each, _ in found.matched] == [("key.json:3",)]
    assert "Decided by: Allow number 1 (key.json:3) in resource-based policy" in found.explain()
    assert found.effect == decision.effect == "allowed"


def test_layers_that_are_not_there_stay_away_and_unknown_policies_as_they_are():
    decision = decide(Request(USER, "kms:Encrypt", KEY, OWNER, {}), Policies(identity=(source(Layer.IDENTITY),)))
    found = places.placed(decision, {"[]": ("x:1",)})
    assert found == decision
    assert (found.policies.boundary, found.policies.scp, found.policies.vpce) == (None, None, None)
    assert places.placed(decision, {}) is decision


def test_a_statement_beyond_those_that_are_known_has_no_place():
    two = Source(
        Layer.IDENTITY, "p", compile_policy({"Statement": [STATEMENT, {**STATEMENT, "Sid": "S"}]}), places=("a.json:1",)
    )
    first, second = two.policy.statements
    assert (two.place(first), two.place(second)) == ("a.json:1", "")
    assert (two.named(first), two.named(second)) == ("Allow number 1 (a.json:1)", 'Allow "S"')
