"""Whatever stands in a file: it loads, or is refused with what is accepted, and everything in it is named in the report."""

import contextlib
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kmsmock
from kmsmock.loading.cloudformation.resources import ROWS as TEMPLATE
from kmsmock.loading.dumps import _READERS
from kmsmock.loading.organizations import KEYS
from kmsmock.loading.terraform.rows import ROWS as PLAN
from tests.support.claims import OWNER

TEXTS = st.sampled_from(
    ["", "a", "*", "arn:aws:iam::111111111111:role/a", "arn:aws:kms:eu-west-1:111111111111:key/k", "alias/a", "{", "[]"]
)
ATOMS = st.none() | st.booleans() | st.integers(-1, 3) | TEXTS
FUNCTIONS = (
    "Ref",
    "Fn::GetAtt",
    "Fn::Join",
    "Fn::Sub",
    "Fn::If",
    "Fn::Select",
    "Fn::Split",
    "Fn::FindInMap",
    "Fn::Cidr",
)
COMMON = ("Version", "Statement", "Effect", "Principal", "Action", "AWS", "Resource", "references", "constant_value")


def values(names):
    """Any JSON whose objects have some of these names."""
    keys = st.sampled_from((*names, *COMMON, *FUNCTIONS))
    return st.recursive(ATOMS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3))


@st.composite
def templates(draw):
    """Templates of resources of every type, each with some of the properties that are looked at."""
    resources = {}
    for kind in draw(st.lists(st.sampled_from(sorted(TEMPLATE)), max_size=4)):
        given = values(sorted(TEMPLATE[kind].taken))
        properties = draw(st.dictionaries(st.sampled_from(sorted(TEMPLATE[kind].taken)), given, max_size=4) | given)
        resources[f"R{len(resources)}"] = {"Type": kind, "Properties": properties}
    names = ("Conditions", "Parameters", "Outputs", "Mappings")
    more = draw(st.dictionaries(st.sampled_from(names), st.dictionaries(st.just("a"), values(())), max_size=2))
    return {"Resources": resources, **more}


@st.composite
def plans(draw):
    """Plans of resources of every type, each with some of the arguments that are looked at, known or not."""
    resources, changes, configured = [], [], []
    for kind in draw(st.lists(st.sampled_from(sorted(PLAN)), max_size=4)):
        address = f"{kind}.r{len(resources)}"
        arguments = st.sampled_from(sorted(PLAN[kind].taken))
        about = {"address": address, "mode": "managed", "type": kind, "name": f"r{len(resources)}"}
        given = draw(st.dictionaries(arguments, values(()), max_size=4))
        resources.append({**about, "values": given})
        not_known = draw(st.dictionaries(arguments, st.just(True), max_size=2))
        changes.append({**about, "change": {"actions": ["create"], "after": given, "after_unknown": not_known}})
        configured.append({"address": address, "expressions": draw(st.dictionaries(arguments, values(()), max_size=3))})
    return {
        "format_version": "1.2",
        "planned_values": {"root_module": {"resources": resources}},
        "resource_changes": changes,
        "configuration": {"root_module": {"resources": configured}},
    }


def outputs():
    """Outputs of commands of which a dump consists."""
    inner = ("KeyId", "Arn", "Id", "Type", "GrantId", "AliasName", "PolicyName", "RoleName", "Rules", "PolicySummary")
    given = values(inner)
    return st.dictionaries(st.sampled_from(sorted({*_READERS, *KEYS})), given | st.lists(given), min_size=1, max_size=2)


def loaded(folder, document):
    """The report of a file, or what is said instead; nothing else may be raised."""
    path = folder / "file.json"
    path.write_text(json.dumps(document))
    with contextlib.suppress(ValueError), kmsmock.load(path, account_id=OWNER, region_name="eu-west-1") as world:
        str(world.loaded)
        return world.loaded
    return None


def named(report):
    """All places of which the report says anything."""
    return " ".join(each.where for each in (*report.taken, *report.ignored))


ANY = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@ANY
@given(document=templates())
def test_any_template_loads_and_each_resource_is_named(tmp_path, document):
    told = named(loaded(tmp_path, document))
    assert [each for each in document["Resources"] if each not in told] == []


@ANY
@given(document=plans())
def test_any_plan_loads_and_each_resource_is_named(tmp_path, document):
    told = named(loaded(tmp_path, document))
    resources = document["planned_values"]["root_module"]["resources"]
    assert [each["address"] for each in resources if each["address"] not in told] == []


@ANY
@given(document=outputs())
def test_any_output_loads_or_is_told(tmp_path, document):
    loaded(tmp_path, document)


@ANY
@given(document=values(("Resources", "format_version", "planned_values", "artifacts", "root_module", "configuration")))
def test_any_json_loads_or_is_refused_with_what_is_accepted(tmp_path, document):
    loaded(tmp_path, document)


@pytest.mark.parametrize("section", ["planned_values", "resource_changes", "configuration", "prior_state", "variables"])
@pytest.mark.parametrize("odd", [None, [], {}, "x", [7], {"root_module": [1]}, {"root_module": {"resources": [{}]}}])
def test_a_plan_whose_sections_are_odd_loads_or_is_refused(tmp_path, section, odd):
    loaded(tmp_path, {"format_version": "1.2", "planned_values": {}, section: odd})
