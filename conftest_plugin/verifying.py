"""``aws_case``, its marker and ``--kmsmock-verify-aws``: what they are for is imported only where they are used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from kmsmock.verify.case import AwsCase

PLUGIN = "kmsmock-verify-aws"
MARKER = (
    "verify_aws(reads=False, makes=()): a case, which takes the fixture aws_case: what it makes and removes ('key', "
    "'alias', ...), or that it only reads. --kmsmock-verify-aws runs it against an account of AWS as well."
)


def add_options(group: pytest.OptionGroup) -> None:
    """Whose account, and consent."""
    group.addoption(
        "--kmsmock-verify-aws",
        nargs="?",
        const="",
        type=_profile,
        metavar="PROFILE",
        help="run the cases of @pytest.mark.verify_aws, and no other test, in worlds and against the AWS account "
        "whose credentials boto3 finds (or of PROFILE), and write what differs into verify-aws.json",
    )
    group.addoption(
        "--kmsmock-verify-aws-yes",
        action="store_true",
        help="run cases that make something in the account without asking",
    )
    group.addoption(
        "--kmsmock-verify-aws-settle",
        type=float,
        default=5,
        metavar="SECONDS",
        help="how long aws_case.settle() waits in the account for a change to be known everywhere (5)",
    )


def configure(config: pytest.Config) -> None:
    """Do what is asked for. Raises UsageError for options that say nothing, or the opposite, together."""
    config.addinivalue_line("markers", MARKER)
    profile: str | None = config.getoption("kmsmock_verify_aws")
    if profile is None:
        if config.getoption("kmsmock_verify_aws_yes"):
            raise pytest.UsageError("--kmsmock-verify-aws-yes is consent to --kmsmock-verify-aws: add that")
        return
    from conftest_plugin import verify_aws

    verify_aws.configure(config, profile, PLUGIN)


@pytest.fixture
def aws_case(request: pytest.FixtureRequest) -> Iterator[AwsCase]:
    """Clients for a case (``@pytest.mark.verify_aws(...)``): of a fresh world and, in a run with
    ``--kmsmock-verify-aws``, of an account of AWS."""
    from kmsmock.verify.case import Declared

    marker = request.node.get_closest_marker("verify_aws")
    if marker is None:
        raise TypeError("aws_case is for tests with @pytest.mark.verify_aws(reads=True), or makes=[...]")
    declared = Declared.of(marker.args, marker.kwargs)
    run = request.config.pluginmanager.get_plugin(PLUGIN)
    if run is not None:
        with run.case(request, declared) as case:
            yield case
        return
    from kmsmock.verify.places import in_a_world

    with in_a_world("0", declared) as case:
        yield case


def _profile(value: str) -> str:
    """A profile; a test that follows the option is not meant to be one."""
    if value and ("::" in value or value.endswith(".py") or Path(value).exists()):
        raise pytest.UsageError(
            f"--kmsmock-verify-aws={value}: give a profile of AWS's configuration, with an equals sign, or none "
            f"(--kmsmock-verify-aws= {value})"
        )
    return value
