"""A block that nobody enters changes nothing, and a test of it would be green for the wrong reason: it warns."""

import gc
import warnings

import pytest

import kmsmock

BLOCKS = {
    "world.fault(…)": lambda world, alice: world.fault("kms", "Decrypt", error="ThrottlingException"),
    "world.request_context(…)": lambda world, alice: world.request_context(**{"aws:SourceIp": "10.0.0.1"}),
    "world.permissions()": lambda world, alice: world.permissions(),
    "acting()": lambda world, alice: alice.acting(),
}


@pytest.fixture
def alice(owner):
    return owner.user("alice")


@pytest.mark.parametrize("written", BLOCKS)
def test_whoever_forgets_the_with_is_told_where(aws_world, alice, written):
    with pytest.warns(RuntimeWarning) as told:
        BLOCKS[written](aws_world, alice)
    (warning,) = told
    assert str(warning.message) == f"{written} has no effect by itself: write `with {written}:`"
    assert warning.filename == __file__


@pytest.mark.parametrize("written", BLOCKS)
def test_a_block_that_is_entered_or_decorates_warns_of_nothing(aws_world, alice, written):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with BLOCKS[written](aws_world, alice):
            pass

        @BLOCKS[written](aws_world, alice)
        def function():
            return 1

        assert (function(), function()) == (1, 1)
        gc.collect()


def test_a_decorated_function_acts_each_time_it_is_called(aws_world, alice):
    import boto3

    @alice.acting()
    def who():
        return boto3.client("sts").get_caller_identity()["Arn"]

    assert who() == who() == alice.arn
    assert boto3.client("sts").get_caller_identity()["Arn"] != alice.arn


def test_a_block_that_cannot_begin_says_why_and_warns_of_nothing(aws_world):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match="Encrytp"), aws_world.fault("kms", "Encrytp", error="ThrottlingException"):
            pass
        gc.collect()
    assert isinstance(aws_world, kmsmock.World)
