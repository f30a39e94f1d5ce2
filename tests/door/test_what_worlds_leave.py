"""Entry 12 of issue 18: a world that is over is gone, with all that moto made in it."""

import ast
from importlib.util import find_spec
from pathlib import Path

import pytest

import kmsmock
from conftest_plugin.worlds import Worlds
from kmsmock.bridge.caches import CACHED
from tests.support.claims import OWNER
from tools.soak_worlds import USES, objects, one


def sns(account):
    client = account.client("sns")
    topic = client.create_topic(Name="topic")["TopicArn"]
    client.subscribe(TopicArn=topic, Protocol="email", Endpoint="somebody@example.com")


def rds(account):
    account.client("rds").describe_orderable_db_instance_options(Engine="neptune")


def balancers(account):
    """A service that looks into moto's EC2 without being asked for EC2."""
    account.client("elbv2").describe_load_balancers()
    account.client("efs").describe_file_systems()


WAYS = {**USES, "sns": sns, "rds": rds, "services beside EC2": balancers}


@pytest.fixture(autouse=True)
def the_report_keeps_no_world(monkeypatch):
    """The plugin keeps the last worlds of a test until the test has ended, for its report."""
    monkeypatch.setattr(Worlds, "__call__", lambda worlds, store: None)


@pytest.mark.parametrize("use", WAYS.values(), ids=WAYS)
def test_worlds_leave_no_object_of_kmsmock_or_of_moto(use):
    """What is made once in a process is there after the first two."""
    one(use)
    one(use)
    before = objects()
    for _ in range(3):
        one(use)
    assert objects() - before == {}


def test_nor_do_worlds_inside_of_one_that_stays(aws_world):
    aws_world.account(OWNER).client("ec2").describe_subnets()
    one(USES["all"])
    one(USES["all"])
    before = objects()
    for _ in range(3):
        one(USES["all"])
    assert objects() - before == {}


def test_addresses_in_the_subnets_of_the_outer_world_go_on_after_an_inner_one(aws_world):
    """moto remembers in a cache where it is among the addresses of a subnet."""
    ec2 = aws_world.account(OWNER).client("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    first = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["PrivateIpAddress"]
    with kmsmock.World() as inner:
        inner.account(OWNER).client("ec2").describe_subnets()
    second = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["PrivateIpAddress"]
    assert first != second


def cached_methods():
    """moto's methods that have a cache which holds their ``self``."""
    root = Path(find_spec("moto").origin).parent
    for path in root.rglob("*.py"):
        text = path.read_text()
        if "cache" not in text:
            continue
        module = "moto." + ".".join(path.relative_to(root).with_suffix("").parts)
        for kind in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)):
            for method in (node for node in kind.body if isinstance(node, ast.FunctionDef)):
                named = [getattr(each, "id", getattr(each, "attr", "")) for each in method.decorator_list]
                if method.args.args[:1] and method.args.args[0].arg == "self" and {"cache", "lru_cache"} & set(named):
                    yield f"{module}:{kind.name}.{method.name}"


def test_every_cache_of_moto_that_holds_records_is_let_go():
    assert set(cached_methods()) == set(CACHED)
