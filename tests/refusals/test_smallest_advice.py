"""What is advised is no more than is needed: it lets the request pass, and nothing smaller that can be made of it does.

Smaller is: one of the statements left out, the statement at one level of SCPs less, a statement without its action, its
principal or its resource, and a statement that demands what the request does not have.
"""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, assume, given, settings

from kmsmock.iam import MalformedPolicy, decide
from kmsmock.iam.advice import applied, blocking, changes, lacking, place
from kmsmock.iam.nearness import nearest, of_service
from tests.iam.test_policy_cases import TABLED, WRITTEN, ask
from tests.support.policies_by_chance import ASKED, LAYERS, compiled, request

ELEMENTS = ("Action", "Resource", "Principal")
NOBODY = {"StringEquals": {"aws:userid": "nobody at all"}}


def denied(asked, layers):
    """A request that nothing allows, its policies, and what is advised."""
    policies = compiled(layers)
    wanted = request(asked, layers)
    decision = decide(wanted, policies)
    assume(decision.effect == "implicitDeny")
    made = changes(wanted, policies, decision.layer, decide)
    assume(made)
    return wanted, policies, made


def narrower(statement):
    """The statement with one element less, or with a condition more."""
    for name in ELEMENTS:
        if name in statement:
            yield {**statement, name: []} if name != "Principal" else {**statement, name: {"AWS": []}}
    yield {**statement, "Condition": {**statement.get("Condition", {}), **NOBODY}}


def smaller(wanted, policies, made):
    """The policies with what is advised, each time with a little less of it."""
    for left_out in made:
        yield applied(wanted, policies, [each for each in made if each is not left_out])
    for number, change in enumerate(made):
        for statement in narrower(change.statement):
            instead = [*made[:number], change._replace(statement=statement), *made[number + 1 :]]
            with suppress(MalformedPolicy):  # an identity policy has no statement without an action
                yield applied(wanted, policies, instead)
    after = applied(wanted, policies, made)
    for without in lacking(wanted, policies) if after.scp != policies.scp else ():
        levels = zip(policies.scp, after.scp, strict=True)
        yield after._replace(scp=tuple(before if before is without else now for before, now in levels))


@settings(max_examples=150, deadline=None)
@given(ASKED, LAYERS)
def test_what_is_advised_lets_the_request_pass_and_nothing_smaller_does(asked, layers):
    wanted, policies, made = denied(asked, layers)
    assert decide(wanted, applied(wanted, policies, made)).allowed
    for less in smaller(wanted, policies, made):
        assert not decide(wanted, less).allowed


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(ASKED, LAYERS)
def test_the_conditions_of_what_came_near_are_kept(asked, layers):
    wanted, policies, made = denied(asked, layers)
    first, decision = made[0], decide(wanted, policies)
    assume(first.layer is place(wanted, decision.layer))  # another one may have made that needless
    near = next(
        (
            each
            for each in nearest(wanted, policies, blocking(wanted, policies, place(wanted, decision.layer)))
            if each.statement.conditions and of_service(each.statement, wanted.action)
        ),
        None,
    )
    assume(near is not None)
    kept = first.statement["Condition"]

    def keys(block):
        return {key for values in block.values() for key in values}

    written = near.statement.raw["Condition"]
    assert keys(kept) == keys(written)
    failing = {each.shown for each in near.failing}
    for operator, values in written.items():
        for key, value in values.items():
            if f"{operator} {key}" not in failing:
                assert kept[operator][key] == value


DENIED = [
    pytest.param(case, id=name) for name, case in WRITTEN + TABLED if case["expected"].get("effect") == "implicitDeny"
]


@pytest.mark.parametrize("case", DENIED)
def test_what_is_advised_for_the_written_cases_lets_them_pass_and_nothing_smaller_does(case):
    decision = ask(**case)
    wanted, policies = decision.request, decision.policies
    made = changes(wanted, policies, decision.layer, decide)
    if not made:
        assert "No statement that can be added allows it" in decision.explain()
        return
    assert decide(wanted, applied(wanted, policies, made)).allowed
    for less in smaller(wanted, policies, made):
        assert not decide(wanted, less).allowed
