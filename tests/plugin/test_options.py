"""The options of World, of the marker and of the documentation are one table."""

from dataclasses import fields
from inspect import signature
from pathlib import Path

import kmsmock
from conftest_plugin.plugin import MARKER
from kmsmock.options import NAMES, WorldOptions

CHEAT_SHEET = Path(__file__).parents[2].joinpath("docs/cheat-sheet.md").read_text()


def test_world_takes_the_options_of_the_table_with_their_defaults():
    parameters = signature(kmsmock.World).parameters
    assert tuple(parameters) == (*NAMES, "from_snapshot")
    assert [each.default for each in parameters.values()] == [*(each.default for each in fields(WorldOptions)), None]


def test_the_marker_takes_them_as_they_are_written_out():
    written = ", ".join(f"{each.name}={each.default!r}" for each in fields(WorldOptions))
    assert MARKER.startswith(f"kmsmock({written}, acting_as=None, load=None): ")


def test_every_option_is_explained_and_on_the_cheat_sheet():
    for name in NAMES:
        assert f"``{name}" in str(WorldOptions.__doc__), name
        assert name in CHEAT_SHEET, name


def test_a_world_tells_its_options():
    assert kmsmock.World(enforce="audit", service_caches=True).options == WorldOptions(
        enforce="audit", service_caches=True
    )
