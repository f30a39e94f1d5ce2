"""The ten most likely mistakes: each answers with one sentence that says what to write instead."""

import datetime
import re

import pytest

import kmsmock
from kmsmock import KmsMockError
from tests.support.child_suite import run
from tests.support.claims import OWNER, allow

SESSION = """
        import pytest

        @pytest.fixture(scope="session")
        def everything({name}): ...

        def test_{name}(everything): ...
        """
SUITES = {
    "options": """
        import pytest

        @pytest.mark.kmsmock(enforc="audit")
        def test_typo(aws_world): ...

        @pytest.mark.kmsmock(regions=["eu-west-1"])
        def test_other(aws_world): ...
        """,
    "aws_world": SESSION.format(name="aws_world"),
    "aws_clock": SESSION.format(name="aws_clock"),
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    return run(tmp_path_factory.mktemp("suites"), SUITES)


def says(kind, text):
    return pytest.raises(kind, match=re.escape(text))


# 1. wrong account id


@pytest.mark.parametrize("wrong", [111111111111, "1111", "1111-1111-1111", None, "١٢٣٤٥٦٧٨٩٠١٢"])
def test_a_wrong_account_id(aws_world, wrong):
    with says(
        (TypeError, ValueError), f"an account id is a string of 12 digits, such as '111111111111', not {wrong!r}"
    ):
        aws_world.account(wrong)


# 2. wrong Region


def test_a_wrong_region(owner):
    with says(ValueError, "region_name='us-east1': there is no such AWS Region; did you mean 'us-east-1'?"):
        owner.client("kms", "us-east1")


# 3. unknown marker option


def test_an_unknown_option(ran):
    assert ran["options"].outcomes == {"error": 2}
    told = ran["options"].text
    assert "@pytest.mark.kmsmock: unexpected keyword argument 'enforc'; did you mean 'enforce'?" in told
    assert "@pytest.mark.kmsmock: unexpected keyword argument 'regions'; did you mean 'extra_regions'?" in told
    assert "World.__init__" not in told


def test_an_unknown_option_of_a_world():
    with pytest.raises(TypeError, match="'enforc'"):
        kmsmock.World(enforc="audit")


# 4. a function-scoped fixture asked by a session fixture


@pytest.mark.parametrize("name", ["aws_world", "aws_clock"])
def test_a_session_fixture_asks_for_a_world_of_one_test(ran, name):
    assert ran[name].outcomes == {"error": 1}
    assert "with kmsmock.World() as world:" in ran[name].text


# 5. a world used twice


def test_a_world_used_twice():
    world = kmsmock.World()
    with world:
        pass
    for _ in range(2):
        with says(KmsMockError, "this world has been entered already; make a new World() for a fresh one"), world:
            pass


# 7. policies as dict, string, path or ARN


def test_a_policy_that_is_not_in_a_list(owner):
    for wrong in (allow("kms:*"), "arn:aws:iam::aws:policy/ReadOnlyAccess"):
        with says(TypeError, "policies is a list of policy documents; put the document in a list"):
            owner.role("app", wrong)


# 8. naive datetimes


def test_naive_datetimes_are_utc(aws_clock):
    assert aws_clock.move_to(datetime.datetime(2030, 1, 1)).isoformat() == "2030-01-01T00:00:00+00:00"
    for wrong in ("1 January", "2030-13-01"):
        with says(ValueError, "give ISO 8601, such as 2030-01-31T12:00"):
            aws_clock.move_to(wrong)
    for wrong in (datetime.date(2030, 1, 1), 1893456000):
        with says(TypeError, "a datetime or an ISO 8601 string is needed"):
            aws_clock.move_to(wrong)


# 9. advance(years=3)


@pytest.mark.parametrize(
    ("unit", "instead"),
    [
        ({"years": 3}, "advance() has no years: write advance(days=3 * 365), or move_to() with a date"),
        ({"months": 2}, "advance() has no months: write advance(days=2 * 30), or move_to() with a date"),
        ({"day": 3}, "advance() has no day; did you mean days?"),
        ({"foo": 3}, "advance() has no foo: it takes weeks, days, hours, minutes, seconds"),
        ({"days": "3"}, "advance(days='3'): give a number"),
        ({"days": float("inf")}, "advance(days=inf): "),
        ({"days": 10**10}, "advance(days=10000000000): "),
    ],
)
def test_units_of_time_that_there_are_not(aws_clock, unit, instead):
    before = aws_clock.now()
    with says((TypeError, ValueError), instead):
        aws_clock.advance(**unit)
    assert aws_clock.now() - before < datetime.timedelta(minutes=1)


@pytest.mark.parametrize("wrong", [3, "3 days", None])
def test_what_is_no_timedelta(aws_clock, wrong):
    with says(TypeError, "such as"):
        aws_clock.advance(wrong)


# 10. a forgotten role


def test_a_role_that_nobody_made(owner):
    owner.role("reader")
    with says(
        ValueError, f"account {OWNER} has no role 'raeder'; did you mean 'reader'? account.role('raeder') makes one"
    ):
        owner.get_role("raeder")


def test_a_role_that_nobody_made_in_a_simulation(aws_world, owner):
    owner.role("reader")
    with says(ValueError, f"account {OWNER} has no role 'raeder'; did you mean 'reader'"):
        kmsmock.simulate(f"arn:aws:iam::{OWNER}:role/raeder", "kms:Decrypt")
