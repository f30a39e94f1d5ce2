"""Clients that nobody here wrote, in processes of their own: they know the world by its address, and by nothing else."""

import pytest

from tests.support import programs
from tests.support.claims import allow


@pytest.fixture
def address(aws_world):
    with aws_world.endpoint() as url:
        yield url


@pytest.fixture
def app(owner):
    """Who may do everything."""
    return owner.role("app", policies=[allow("*")])


@pytest.fixture
def nobody(owner):
    """Who may do nothing."""
    return owner.role("nobody")


@pytest.fixture
def as_(address):
    """The environment of a program that is started as a principal."""

    def environment(principal):
        with principal.acting():
            return address.environment

    return environment


@pytest.fixture
def for_a_while(address, owner, app):
    """The environment of a program with a session of fifteen minutes."""
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{owner.id}:root"}, "Action": "sts:AssumeRole"}
    policy = {"Version": "2012-10-17", "Statement": [trust]}
    role = owner.role("visitor", policies=[allow("*")], trust=policy)
    sts = app.client("sts")
    made = sts.assume_role(RoleArn=role.arn, RoleSessionName="visit", DurationSeconds=900)["Credentials"]
    return {
        **address.environment,
        "AWS_ACCESS_KEY_ID": made["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
        "AWS_SESSION_TOKEN": made["SessionToken"],
    }


@pytest.fixture
def bucket(app):
    app.client("s3").create_bucket(Bucket="bucket")
    return "bucket"


@pytest.fixture
def doomed(kms, key, aws_world):
    """A function after whose call the key is gone, and eight days with it."""

    def pass_away():
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
        aws_world.clock.advance(days=8)

    return pass_away


def _kept(make, why_not):
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    program = make()
    yield program
    program.close()


@pytest.fixture(scope="session")
def javascript():
    """One process of Node.js for all tests: starting it takes longer than they do."""
    yield from _kept(programs.javascript, programs.why_no_javascript)


@pytest.fixture(scope="session")
def botocore():
    yield from _kept(programs.botocore, lambda: None)


@pytest.fixture(params=["botocore", "javascript"])
def sdk(request):
    """An SDK in a process of its own, whose ``name`` tells which."""
    program = request.getfixturevalue(request.param)
    program.name = request.param
    return program


@pytest.fixture
def call(sdk):
    """A call, and its output or its error: ``call(environment, service, operation, **input)``."""

    def ask(environment, service, operation, **given):
        told = sdk.ask(environment=environment, service=service, operation=operation, input=given)
        if "error" in told:
            error = told["error"]
            return error["code"], error["status"], error["message"]
        assert told["status"] == 200
        return told["output"]

    return ask
