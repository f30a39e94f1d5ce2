"""Plugins that interrupt tests, run them again or in children of their own: the next test finds all as it was."""

import pytest

AFTER = """
def test_after():
    import datetime, os, botocore.endpoint
    from kmsmock import active
    from kmsmock.door import patched
    assert patched() == "" and active.active() is None
    assert datetime.datetime.now().year < 2030
    assert os.environ.get("AWS_ACCESS_KEY_ID") is None
"""


@pytest.fixture
def run(pytester, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)

    def run_with(code, *options):
        pytester.makepyfile(code + AFTER)
        return pytester.runpytest_subprocess("-p", "no:randomly", "-p", "no:cacheprovider", *options)

    return run_with


def test_a_timeout_in_the_midst_of_a_call(run):
    pytest.importorskip("pytest_timeout")
    done = run(
        """
import threading, pytest

@pytest.mark.timeout(1, method="signal", func_only=True)
def test_hangs(aws_world):
    aws_world.clock.freeze("2040-01-01")
    with aws_world.account("111111111111").root.acting():
        kms = aws_world.account("111111111111").client("kms")
        kms.meta.events.register("before-send", lambda **_: threading.Event().wait(60))
        kms.list_keys()
"""  # where it waits: struck at an instruction without a line, pytest itself ends in a TypeError
    )
    done.assert_outcomes(passed=1, failed=1)


def test_tests_that_are_run_again(run):
    pytest.importorskip("pytest_rerunfailures")
    done = run(
        """
import kmsmock
tries = []

def test_flaky(aws_world):
    kms = aws_world.account("111111111111").client("kms")
    assert kms.list_keys()["Keys"] == []
    kms.create_key()
    aws_world.clock.advance(days=4000)
    left = kmsmock.World()
    tries.append(left)
    assert len(tries) > 1
""",
        "--reruns=2",
    )
    assert done.parseoutcomes().get("passed") == 2
    assert done.parseoutcomes().get("rerun") == 1


def test_fixtures_that_fail_and_generators_that_are_closed_late(run):
    done = run(
        """
import gc, pytest, kmsmock

@pytest.fixture
def broken(aws_world):
    aws_world.clock.freeze("2040-01-01")
    raise ZeroDivisionError

@pytest.fixture
def broken_on_the_way_out(aws_world):
    aws_world.clock.freeze("2040-01-01")
    yield
    raise ZeroDivisionError

def test_setup(broken): pass
def test_teardown(broken_on_the_way_out): pass

def worlds():
    with kmsmock.World() as world:
        yield world

def test_a_generator_that_is_left_to_the_garbage():
    world = next(worlds())
    gc.collect()
"""
    )
    done.assert_outcomes(passed=3, errors=2)


def test_ctrl_c(run):
    done = run(
        """
def test_interrupted(aws_world):
    aws_world.clock.freeze("2040-01-01")
    raise KeyboardInterrupt
"""
    )
    assert done.ret == pytest.ExitCode.INTERRUPTED
