"""``@kmsmock.World()`` on functions, coroutines and classes of tests, as ``mock_aws`` and ``freeze_time`` stand there."""

import asyncio
import functools
import inspect
import re
import unittest
from unittest import mock

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kmsmock
from kmsmock import KmsMockError, active


def keys():
    return boto3.client("kms", region_name="us-east-1").list_keys()["Keys"]


def make_key():
    return boto3.client("kms", region_name="us-east-1").create_key()["KeyMetadata"]["Arn"]


# --- functions ------------------------------------------------------------------------------------------------------


@kmsmock.World(account_id="111111111111")
def test_a_test_is_in_a_world_with_these_options():
    assert ":111111111111:" in make_key()


@kmsmock.World()
def test_a_test_is_given_the_world_and_its_clock(aws_clock, tmp_path, aws_world):
    """Parameters that pytest does not take for fixtures; others are fixtures as ever."""
    assert aws_world.clock is aws_clock
    assert aws_world.store is active.active()
    assert tmp_path.exists()


@pytest.mark.parametrize("region", ["eu-west-1", "us-west-2"])
@kmsmock.World()
def test_a_decorated_test_has_parameters(region, aws_world):
    assert aws_world.account("111111111111").client("kms", region).list_keys()["Keys"] == []


@mock.patch("os.getlogin")
@kmsmock.World()
@mock.patch("os.getpid")
def test_a_decorated_test_has_mocks(getpid, getlogin, aws_world, tmp_path):
    assert isinstance(getpid, mock.Mock)
    assert isinstance(getlogin, mock.Mock)
    assert tmp_path.exists()
    assert aws_world.store is active.active()


def test_each_call_has_a_fresh_world():
    @kmsmock.World()
    def make(aws_world):
        make_key()
        return len(keys()), aws_world

    (first, one), (second, two) = make(), make()
    assert (first, second) == (1, 1)
    assert one is not two
    assert active.active() is None


def test_a_function_may_call_itself():
    @kmsmock.World()
    def nested(depth):
        make_key()
        return [len(keys()), *(nested(depth - 1) if depth else []), len(keys())]

    assert nested(2) == [1] * 6


def test_what_a_function_was_is_kept():
    @kmsmock.World()
    def made(first, aws_world, *, second=2):
        """What it does."""
        return first, second

    assert (made.__name__, made.__doc__) == ("made", "What it does.")
    assert str(inspect.signature(made)) == "(first, *, second=2)"
    assert made(1) == (1, 2)
    assert made(1, second=3) == (1, 3)


def test_a_function_that_fails_leaves_its_world():
    @kmsmock.World()
    def fail():
        make_key()
        raise LookupError("of the test")

    with pytest.raises(LookupError, match="of the test"):
        fail()
    assert active.active() is None


def test_the_decorator_is_a_world_that_can_be_entered_as_well():
    world = kmsmock.World(region_name="eu-west-1")
    within = world(lambda: active.active().region_name)
    with world:
        assert within() == "eu-west-1"
        assert active.active() is world.store


def test_static_methods_and_partials_are_decorated():
    class Making:
        @kmsmock.World()
        @staticmethod
        def static(aws_world):
            return aws_world

        @kmsmock.World()
        @classmethod
        def of_class(cls, aws_world):
            return cls, aws_world

    assert isinstance(Making.static(), kmsmock.World)
    assert Making.of_class()[0] is Making
    assert kmsmock.World()(functools.partial(len, "four"))() == 4
    assert kmsmock.World()(len)("four") == 4


@pytest.mark.parametrize("what", ["def made():\n    yield", "async def made():\n    yield"])
def test_generators_are_refused(what):
    names = {}
    exec(what, names)
    said = "World() does not decorate made, a generator: its caller would be in its world, too, between the values. "
    with pytest.raises(TypeError, match=re.escape(said + "Write `with kmsmock.World() as world:` inside of it")):
        kmsmock.World()(names["made"])


def test_what_is_no_function_is_refused():
    with pytest.raises(
        TypeError, match=re.escape("World() decorates functions and classes of tests, not 7; a fixture")
    ):
        kmsmock.World()(7)
    with pytest.raises(TypeError, match=re.escape("has no method whose name begins with test: decorate its methods")):
        kmsmock.World()(KmsMockError)
    with pytest.raises(TypeError, match=re.escape("World decorates with parentheses, as in @kmsmock.World()")):
        kmsmock.World(keys)


@settings(max_examples=5, deadline=None)
@given(number=st.integers(0, 3))
@kmsmock.World()
def test_each_example_has_a_fresh_world(number, aws_world):
    for _ in range(number):
        make_key()
    assert len(keys()) == number


@kmsmock.World()
@settings(max_examples=5, deadline=None)
@given(number=st.integers(0, 3))
def test_all_examples_share_the_world_outside_of_them(aws_world, number):
    before = len(keys())
    make_key()
    assert len(keys()) == before + 1
    assert aws_world.store is active.active()


# --- coroutines -----------------------------------------------------------------------------------------------------


def test_a_coroutine_is_in_a_world_until_it_is_done():
    @kmsmock.World()
    async def made(aws_world):
        await asyncio.sleep(0)
        make_key()
        return len(keys()), aws_world

    async def both():
        return [await made(), await made()]

    assert inspect.iscoroutinefunction(made)
    assert [number for number, _ in asyncio.run(both())] == [1, 1]
    assert active.active() is None


def test_coroutines_at_the_same_time_are_told_that_one_world_is_active():
    @kmsmock.World()
    async def made():
        await asyncio.sleep(0)

    async def both():
        await asyncio.gather(made(), made())

    with pytest.raises(KmsMockError, match="in one process worlds are entered one inside of the other"):
        asyncio.run(both())


# --- unittest -------------------------------------------------------------------------------------------------------


@kmsmock.World(region_name="eu-west-1")
class TestOfUnittest(unittest.TestCase):
    aws_world: kmsmock.World

    def setUp(self):
        self.key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
        self.addCleanup(self.clean_up)

    def clean_up(self):
        assert active.active() is self.aws_world.store

    def tearDown(self):
        assert len(boto3.client("kms").list_keys()["Keys"]) == 2

    def test_what_set_up_made_is_there(self):
        assert self.key.startswith("arn:aws:kms:eu-west-1:")
        boto3.client("kms").create_key()

    def test_the_world_is_given(self, aws_world, aws_clock):
        assert aws_world is self.aws_world
        assert aws_clock is aws_world.clock
        boto3.client("kms").create_key()


class TestThatInherits(TestOfUnittest):
    """Without the decorator; its tests and inherited ones are in worlds, also where it has a setUp of its own."""

    def setUp(self):
        make_key()
        self.key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]

    def tearDown(self):
        assert active.active() is self.aws_world.store

    def test_another(self):
        assert len(boto3.client("kms").list_keys()["Keys"]) == 1
        assert len(keys()) == 1


@kmsmock.World(region_name="us-west-2")
class TestThatHasOptionsOfItsOwn(TestThatInherits):
    def setUp(self):
        assert self.aws_world.region_name == "us-west-2"
        self.key = "arn:aws:kms:eu-west-1:"
        boto3.client("kms").create_key()
        make_key()


@kmsmock.World()
class TestOfCoroutines(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.key = make_key()

    async def test_what_set_up_made_is_there(self):
        await asyncio.sleep(0)
        assert [each["KeyArn"] for each in keys()] == [self.key]

    async def test_the_world_is_given(self, aws_world):
        await asyncio.sleep(0)
        assert aws_world.store is active.active()


def run(case):
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    return result


def test_unittest_itself_runs_decorated_cases():
    for case in (TestOfUnittest, TestThatInherits, TestThatHasOptionsOfItsOwn, TestOfCoroutines):
        result = run(case)
        assert result.wasSuccessful(), result.errors + result.failures
        assert result.testsRun >= 2


def test_a_set_up_that_fails_leaves_no_world():
    @kmsmock.World()
    class Case(unittest.TestCase):
        def setUp(self):
            make_key()
            raise LookupError("of the test")

        def test_never(self):
            raise AssertionError

    result = run(Case)
    assert "LookupError: of the test" in result.errors[0][1]
    assert active.active() is None
    with pytest.raises(LookupError, match="of the test"):
        Case("test_never").debug()
    assert active.active() is None


@kmsmock.World(region_name="eu-west-1")
class TestOfAClassThatIsSetUp(unittest.TestCase):
    aws_world: kmsmock.World
    ended = ()

    @classmethod
    def setUpClass(cls):
        cls.key = cls.aws_world.account("111111111111").client("kms").create_key()["KeyMetadata"]["Arn"]
        cls.client = boto3.client("kms")

    @classmethod
    def tearDownClass(cls):
        assert active.active() is cls.aws_world.store

    def setUp(self):
        make_key()

    def test_each_finds_it_as_it_was_left(self, aws_world):
        assert aws_world is type(self).aws_world
        assert len(keys()) == 1
        kms = aws_world.account("111111111111").client("kms")
        assert [each["KeyArn"] for each in kms.list_keys()["Keys"]] == [self.key]
        kms.disable_key(KeyId=self.key)
        aws_world.clock.advance(days=100)

    test_again = test_each_finds_it_as_it_was_left


class TestThatIsSetUpAsWell(TestOfAClassThatIsSetUp):
    @classmethod
    def setUpClass(cls):
        assert active.active() is None or cls.aws_world.store is active.active()
        super().setUpClass()
        cls.other = cls.client.create_key()["KeyMetadata"]["Arn"]

    def test_both_are_there(self):
        assert self.other in [each["KeyArn"] for each in self.client.list_keys()["Keys"]]
        self.client.disable_key(KeyId=self.other)


class TestOfAnotherThatIsNot(TestOfCoroutines):
    @classmethod
    def setUpClass(cls):
        cls.early = boto3.client("kms", region_name="us-west-2").create_key()["KeyMetadata"]["Arn"]

    async def test_what_the_class_made_is_there(self):
        found = boto3.client("kms", region_name="us-west-2").list_keys()["Keys"]
        assert [each["KeyArn"] for each in found] == [self.early]


def test_unittest_itself_sets_classes_up():
    for case in (TestOfAClassThatIsSetUp, TestThatIsSetUpAsWell, TestOfAnotherThatIsNot):
        result = run(case)
        assert result.wasSuccessful(), result.errors + result.failures
        assert active.active() is None
        assert "aws_world" not in vars(case)


def test_a_class_whose_set_up_fails_leaves_no_world():
    @kmsmock.World()
    class Case(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            make_key()
            raise LookupError("of the class")

        def test_never(self):
            raise AssertionError

    assert "LookupError: of the class" in run(Case).errors[0][1]
    assert active.active() is None


# --- classes of tests for pytest ------------------------------------------------------------------------------------

CLASSES = """
import boto3
import kmsmock
import pytest


class Base:
    def test_inherited(self):
        boto3.client("kms").create_key()
        assert len(boto3.client("kms").list_keys()["Keys"]) == 2


@kmsmock.World(region_name="eu-west-1")
class TestDecorated(Base):
    @pytest.fixture
    def key(self, aws_world):
        return boto3.client("kms").list_keys()["Keys"][0]["KeyArn"]

    def setup_method(self):
        boto3.client("kms").create_key()

    def teardown_method(self):
        assert len(boto3.client("kms").list_keys()["Keys"]) >= 1

    @pytest.mark.parametrize("number", [1, 2])
    def test_has_what_was_set_up(self, key, number, aws_world):
        assert ":eu-west-1:" in key
        assert aws_world.account("111111111111").id == "111111111111"
        assert len(boto3.client("kms").list_keys()["Keys"]) == 1

@kmsmock.World(region_name="eu-west-1")
class TestAround:
    class TestWithin:
        def test_is_in_a_world_as_well(self):
            assert boto3.client("kms").list_keys()["Keys"] == []


class TestThatInherits(TestDecorated):
    @pytest.mark.kmsmock(region_name="us-west-2")
    def test_options_of_the_closest_win(self, aws_world):
        assert aws_world.region_name == "us-west-2"


def test_outside():
    from kmsmock import active
    assert active.active() is None
"""


def test_a_class_of_tests_has_the_worlds_of_the_fixture(pytester):
    pytester.makepyfile(CLASSES)
    pytester.runpytest_subprocess().assert_outcomes(passed=9)


def test_a_suite_that_is_switched_has_decorated_tests(pytester):
    pytester.makepyfile(CLASSES.partition("def test_outside")[0] + DECORATED)
    pytester.runpytest_subprocess("--kmsmock").assert_outcomes(passed=9)


DECORATED = """
@kmsmock.World(enforce="off")
def test_decorated(aws_world):
    assert aws_world.options.enforce == "off"
    assert aws_world.store is kmsmock.active.active()
"""
