"""Versions that the suite was not run with are told at the first world of a process, once, with what may not work."""

import importlib
import re
import subprocess
import sys
import warnings
from enum import EnumMeta

import pytest

import kmsmock
from kmsmock.foreign import versions
from kmsmock.foreign.contract import Contract, has
from kmsmock.foreign.versions import Known, table
from tests.support.contracts import CONTRACTS
from tests.support.sources import ROOT

DECLARED = ROOT.joinpath("pyproject.toml").read_text().partition("dependencies = [")[2].partition("]\n\n")[0]
FLOORS = dict(re.findall(r'"([\w-]+)(?:\[[\w,]+\])?>=([\d.]+)', DECLARED))
BOTOCORE = Known("1.44.4", "1.44.8", 2, "clients")


@pytest.mark.parametrize(
    ("version", "covered"),
    [
        ("1.44.4", True),
        ("1.44.3", False),
        ("1.43.127", False),
        ("1.44.99", True),  # of a fix, nobody is told
        ("1.45.0", False),
        ("2.0", False),
        ("1.44.10.dev3", True),
        ("of unknown version", True),
    ],
)
def test_a_range_ends_where_a_library_may_have_changed_inside(version, covered):
    assert BOTOCORE.covers(version) is covered


def test_a_range_of_which_every_number_counts_ends_with_its_last_version():
    moto = Known("5.2.5", "5.2.5", 3, "services")
    assert [moto.covers(f"5.2.{fix}") for fix in (4, 5, 6)] == [False, True, False]
    assert moto.covers("5.2.6.dev1") is False
    assert (str(moto), str(BOTOCORE)) == ("5.2.5", "1.44.4 to 1.44.8")


def test_what_is_installed_here_is_known():
    assert list(versions.outside((library, versions.installed(library)) for library in table())) == []


def test_the_first_versions_are_the_floors_that_are_declared():
    known = {library: known.first for library, known in table().items() if known.if_imported is None}
    assert (
        known.pop("Python")
        == re.search(r'requires-python = ">=([\d.]+)"', ROOT.joinpath("pyproject.toml").read_text())[1]
    )
    assert FLOORS.pop("boto3") == FLOORS["botocore"]
    assert known == {library: FLOORS[library] for library in known}


def test_every_library_with_a_list_of_names_has_its_versions():
    assert {each.library for each in CONTRACTS.values()} <= set(table())


def test_a_list_shows_the_versions_of_the_table():
    assert Contract("moto", {}).works_with == str(table()["moto"])


@pytest.fixture
def older_moto(monkeypatch):
    """As in a new process, where an older moto is installed."""
    installed = versions.installed
    monkeypatch.setattr(versions, "installed", lambda library: "5.2.1" if library == "moto" else installed(library))
    monkeypatch.setattr(versions, "_due", ["first"])


def test_the_first_world_names_the_library_its_versions_and_what_may_not_work(older_moto):
    with (
        pytest.warns(
            kmsmock.VersionWarning,
            match=re.escape(
                "kmsmock's own suite has not been run with moto 5.2.1 (but with 5.2.5): services other than KMS may "
                "not work. If your suite passes, silence this with the filter "
                "ignore::kmsmock.VersionWarning."
            ),
        ) as told,
        kmsmock.World(),
    ):
        pass
    assert [each.filename for each in told] == [__file__]
    with warnings.catch_warnings(), kmsmock.World():
        warnings.simplefilter("error")


def test_where_warnings_are_errors_nothing_is_left_behind_and_the_next_world_is_entered(older_moto):
    with pytest.raises(kmsmock.VersionWarning, match=r"moto 5\.2\.1"):
        kmsmock.World().__enter__()
    assert kmsmock.door.patched() == ""
    with kmsmock.World():
        pass


def test_what_nobody_imported_is_not_looked_at(monkeypatch):
    monkeypatch.setattr(versions, "_due", ["first"])
    asked = []
    monkeypatch.setattr(versions, "installed", lambda library: asked.append(library) or "of unknown version")
    versions.tell_once({"yaml"})
    assert {"moto", "PyYAML"} <= set(asked)
    assert not {"aiobotocore", "pydantic"} & set(asked)
    versions.tell_once({"aiobotocore"})
    assert "aiobotocore" not in asked


def test_the_tests_after_the_first_with_a_world_are_told_nothing(pytester):
    pytester.makepyfile(
        """
        from kmsmock.foreign import versions

        versions.installed = lambda library: "5.2.1" if library == "moto" else "of unknown version"

        def test_first(aws_world): ...
        def test_second(aws_world): ...
        """
    )
    done = pytester.runpytest_subprocess("-p", "no:randomly")
    done.assert_outcomes(passed=2, warnings=1)
    done.stdout.fnmatch_lines(["*VersionWarning: kmsmock's own suite has not been run with moto 5.2.1*"])


def test_nothing_is_looked_at_before_the_first_world():
    code = "import sys, kmsmock, conftest_plugin.plugin; print('kmsmock.foreign.versions' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def removable(contract):
    """Each listed name that stands in its owner itself, as a text and as what is to be taken from whom."""
    for name in contract.names:
        module, _, path = name.partition(":")
        *owners, last = path.split(".")
        try:
            owner = importlib.import_module(module)
            for each in owners:
                owner = getattr(owner, each)
        except (ImportError, AttributeError):
            continue  # of an extra, or of another version
        if last in vars(owner) and name not in contract.optional and not isinstance(owner, EnumMeta):
            yield name, owner, last


@pytest.mark.parametrize(
    "library", ["moto", "botocore", "urllib3", "freezegun", "Python", "unittest", "pytest", "PyYAML"]
)
def test_every_listed_name_that_a_version_lacks_is_told_with_the_versions(library, monkeypatch):
    contract, told = CONTRACTS[library], 0
    for name, owner, last in removable(contract):
        with monkeypatch.context() as without:
            without.delattr(owner, last)
            if has(owner, last):
                continue  # of a base too, declared for instances, or set by a method
            try:
                contract.require(name)
            except kmsmock.KmsMockError as error:
                message = str(error)
        dotted, told = name.replace(":", "."), told + 1
        assert f" has no {dotted}, which kmsmock needs: {contract.names[name]}. Known to work: " in message
        del message
    assert told >= {"moto": 150, "botocore": 30}.get(library, 1)
