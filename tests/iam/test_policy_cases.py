"""Policy evaluation as data: every case of cases is put to decide(), and all that it expects must hold.

What a case leaves out: alice, a user of the owner, decrypts with a key under the default key policy; a bare statement is
a document that allows kms:* on *; the owner issued a grant. Each cell of a condition file's table is a case, too: whether
an IAM policy with that condition allows. "Matching" values satisfy the operator, negated or not.
"""

import json
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from kmsmock.iam import GrantView, Layer, MatchKind, Policies, Principal, Request, Source, compile_policy, decide
from kmsmock.iam.messages import denial_message

pytestmark = pytest.mark.evidence(
    "documented", '"IAM JSON policy elements" and "Policy evaluation logic" (IAM user guide)'
)

FOLDER = Path(__file__).parent / "cases"
JSON = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.rglob("*.json"))}
CALLERS, DOCUMENTS, MATRIX = JSON.pop("_callers"), JSON.pop("_policies"), JSON.pop("_matrix")
OWNER = "111111111111"
KEY = f"arn:aws:kms:us-east-1:{OWNER}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
KEYS = {"name", "source", "caller", "request", "policies", "grants", "by_ciphertext", "expected"}
STATEMENT = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}


def cells(file):
    """The cells of a condition file's table as cases."""
    for row, outcomes in file.get("table", {}).items():
        values = file["operators"][row.rpartition(":")[2].removesuffix("IfExists")]
        condition = {row.partition("=")[0]: {file["key"]: values["wanted"]}}
        for cell, allowed in zip(file["columns"], outcomes, strict=True):
            name, seen = f"{row}, {cell}", MATRIX["cells"][cell]
            seen = [values[each] for each in seen] if isinstance(seen, list) else values.get(seen)
            yield {
                "name": name,
                "source": "assumed" if name in file["assumed"] else file["source"],
                "request": {"context": {} if seen is None else {file["key"].lower(): seen}},
                "policies": {"identity": [{"Condition": condition}]},
                "expected": {"effect": "allowed" if allowed else "implicitDeny"},
            }


WRITTEN = [(f"{stem}::{case['name']}", case) for stem, file in JSON.items() for case in file["cases"]]
TABLED = [(f"{stem}::{case['name']}", case) for stem, file in JSON.items() for case in cells(file)]


def source(layer, document):
    document = DOCUMENTS[document] if isinstance(document, str) else document
    if "document" in document:
        return replace(source(layer, document["document"]), arn=document["arn"])
    if "Statement" not in document:
        left_out = {name: value for name, value in STATEMENT.items() if f"Not{name}" not in document}
        document = {"Version": "2012-10-17", "Statement": [left_out | document]}
    kind = "resource" if layer in (Layer.RESOURCE, Layer.RCP, Layer.VPCE) else "identity"
    return Source(layer, "case", compile_policy(document, kind=kind))


def ask(caller="alice", request=(), policies=(), grants=(), **_):
    who = CALLERS[caller] if isinstance(caller, str) else CALLERS.get(caller.get("like"), {}) | caller
    caller = Principal(**{name: value for name, value in who.items() if name != "like"})
    request = {"action": "kms:Decrypt", "resource": KEY, "owner": OWNER, "context": {}} | dict(request)
    context = {key: tuple(seen) if isinstance(seen, list) else seen for key, seen in request.pop("context").items()}
    policies = {"resource": ["delegation"]} | dict(policies)
    for layer in Layer:
        if (name := layer.name.lower()) in policies:
            levels = policies[name] if layer is Layer.SCP else [policies[name]]
            found = tuple(tuple(source(layer, each) for each in level) for level in levels)
            policies[name] = found if layer is Layer.SCP else found[0]
    operation = frozenset({request["action"].partition(":")[2]})
    issued = [(each.get("issuing_account", OWNER), MatchKind[each["kind"]]) for each in grants]
    policies["grants"] = tuple(GrantView("g", caller.arn, operation, *each) for each in issued)
    return decide(Request(caller, context=context, **request), Policies(**policies))


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in WRITTEN + TABLED])
def test_decision(case):
    expected, decision = case["expected"], ask(**case)
    seen = {"effect": decision.effect, "layer": decision.layer.value, "side": decision.side}
    if "message" in expected:
        seen["message"] = denial_message(decision, by_ciphertext=case.get("by_ciphertext", False))
    unsaid = seen if decision.request.cross_account else seen | {"side": None}
    assert seen == unsaid | expected


def test_the_table_is_whole():
    names, sources = zip(*((name, case["source"]) for name, case in WRITTEN + TABLED), strict=True)
    assert len(names) == len({name.rpartition("::")[2] for name in names})
    assert len(WRITTEN) >= 230
    assert set().union(*(case for _, case in WRITTEN)) <= KEYS
    assert all(each and "shared" not in each for each in sources)
    rows = {"".join(row) for row in product(MATRIX["sets"], MATRIX["operators"], ["", "IfExists"])}
    rows |= {f"{each}Null={wanted}" for each, wanted in product(MATRIX["sets"], ["true", "false"])}
    assert {case["name"] for _, case in TABLED} == {f"{row}, {cell}" for row, cell in product(rows, MATRIX["cells"])}
