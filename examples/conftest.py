"""``story``: lets an example tell what it does. ``--narrate`` prints it; without, the examples are ordinary tests."""

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError

collect_ignore = ["from_moto"]
"""A suite of its own, as it was before kmsmock: pytest examples/from_moto."""


def pytest_addoption(parser):
    parser.addoption("--narrate", action="store_true", help="print what each example did, who was refused, and why")


class Story:
    """The lines that one example tells."""

    def __init__(self, world):
        self.world = world
        self.lines = []

    def say(self, text):
        self.lines.append(f"  {text}")

    @contextmanager
    def refused(self, text, code) -> Iterator[None]:
        """The block must be refused with this error code; tells AWS's words and kmsmock's explanation."""
        with pytest.raises(ClientError) as caught:
            yield
        error = caught.value.response["Error"]
        assert error["Code"] == code, error
        self.say(f"{text}: refused")
        self.lines.append(textwrap.indent(textwrap.fill(f"AWS says: {code}: {error['Message']}", 104), "      "))

    def explain_last_denial(self):
        decision = next(decision for decision in reversed(self.world.decisions) if not decision.allowed)
        self.lines.append(textwrap.indent(decision.explain(), "      | "))
        return decision


@pytest.fixture
def story(request, aws_world) -> Iterator[Story]:
    told = Story(aws_world)
    yield told
    if request.config.getoption("--narrate"):
        title = (request.function.__doc__ or request.node.name).strip().splitlines()[0]
        reporter = request.config.pluginmanager.get_plugin("terminalreporter")
        capture = request.config.pluginmanager.get_plugin("capturemanager")
        with capture.global_and_fixture_disabled():
            reporter.write_line("")
            reporter.write_line(title, bold=True)
            for line in told.lines:
                reporter.write_line(line)
