"""Accounts and assertions that read as claims."""

import gc
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto.core.config import default_user_config

import kmsmock
from kmsmock.active import changing
from kmsmock.clock import moving
from kmsmock.model.turns import turn
from tests.support import children, floors
from tests.support.both_ways import compared
from tests.support.claims import OTHER, OWNER, allow
from tests.support.organization import Organization
from tests.support.sockets import watched

pytest_plugins = ["pytester"]
_HERE = "KMSMOCK_TESTS_FEW_MODULES"


def pytest_configure(config):
    """``tools/evidence_page.py`` reads the marks."""
    config.addinivalue_line(
        "markers",
        "evidence(kind, source): by what a test knows what AWS does: recorded, documented, reported or assumed; and where",
    )
    config.addinivalue_line(
        "markers", "few_modules: of a test that is run where not all that the suite needs is imported"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """freezegun looks at all modules each time: who freezes a thousand times does so where there are few."""
    if pyfuncitem.get_closest_marker("few_modules") is None or _HERE in os.environ:
        return None
    options = ("-q", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist", pyfuncitem.nodeid)
    done = children.run(pyfuncitem.config.rootpath, *options, **{_HERE: "1"})
    assert done.returncode == 0, done.stdout + done.stderr
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """What an older library or a missing extra does not bring is not tested with it: ``python -m tools.matrix``."""
    try:
        return (yield)
    except Exception as error:
        reason = floors.why_not(error)
        if reason is None:
            raise
        pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """What collecting makes stays: looking for garbage in it again and again took a third of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


@settings(max_examples=1, database=None, suppress_health_check=list(HealthCheck))
@given(st.integers())
def read_constants(_):
    """hypothesis reads the constants of all modules for its first example, and would take that for a slow strategy."""


def pytest_collection_finish(session):
    """In a long run, look for garbage less often, and not in the models of botocore and moto, which stay to its end."""
    if len(session.items) < 1000:
        return
    with kmsmock.World() as world:
        account = world.account(OWNER)
        account.user("somebody", [allow("s3:*")])
        account.client("s3").list_buckets()
        account.client("ec2").describe_volumes()
        account.client("kms").list_keys()
    read_constants()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture
def pytester(pytester):
    """pytest's own, whose processes have what they import in common."""
    pytester.popen = children.popen_of(pytester)
    return pytester


@pytest.fixture
def nothing_imported(pytester):
    """Processes of pytester begin with nothing at all."""
    del pytester.popen


@pytest.fixture(autouse=True, scope="session")
def nothing_but_loopback():
    """The whole suite opens no connection but to loopback."""
    with watched() as reached:
        yield
    assert reached == []


@pytest.fixture(autouse=True, scope="session")
def both_ways_of_a_call_agree():
    """What any test gets of KMS without the wire is what it would have got over it."""
    with compared():
        yield


@pytest.fixture(autouse=True, scope="session")
def no_images_of_amazon():
    """moto's own switch: it makes no thousand images for each account, but for a test that asks for them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
        yield


@pytest.fixture(autouse=True)
def locks_are_given_back():
    """Who keeps a lock notices nothing itself, but all other threads wait for ever."""
    yield
    for lock in (turn, moving.held, changing.held):
        assert repr(lock).startswith("<unlocked ")


@pytest.fixture
def owner(aws_world):
    return aws_world.account(OWNER)


@pytest.fixture
def other(aws_world):
    return aws_world.account(OTHER)


@pytest.fixture
def kms(owner):
    """A KMS client of the root user of the owner's account."""
    return owner.client("kms")


@pytest.fixture
def key(kms):
    """The ARN of a key with the default key policy."""
    return kms.create_key()["KeyMetadata"]["Arn"]


@pytest.fixture
def organization(aws_world):
    """An organization that the owner's account manages."""
    return Organization(aws_world, OWNER)


@pytest.fixture
def member(organization):
    """The account in one of its units."""
    return organization.member


@pytest.fixture
def amazons(monkeypatch):
    """Amazon's public images are there, as in a world that nobody told otherwise."""
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "true")


@pytest.fixture
def no_containers(monkeypatch):
    """moto's own switch: functions are not run in containers."""
    monkeypatch.setitem(default_user_config, "lambda", {"use_docker": False})
