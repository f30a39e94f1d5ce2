"""``--kmsmock-results`` and ``--kmsmock-report``: whoever made a world, and whichever process had it, it is told once."""

import json
import subprocess
import sys
from textwrap import dedent

import pytest

from kmsmock.results import merging
from kmsmock.results.kinds import Decision, Event, Key
from tests.support import children

SUITE = """
    import unittest

    import boto3
    import pytest

    import kmsmock

    def make(world, description=""):
        kms = world.account("111111111111").client("kms")
        return kms.create_key(Description=description)["KeyMetadata"]["Arn"]

    def test_of_the_fixture(aws_world):
        make(aws_world)

    @pytest.mark.kmsmock
    def test_of_the_marker():
        boto3.client("kms", "us-east-1").create_key()

    def test_of_worlds_of_its_own():
        with kmsmock.World() as outer:
            make(outer)
            with kmsmock.World() as inner:
                make(inner)
                make(inner)
        with kmsmock.World():
            pass

    class TestOfUnittest(unittest.TestCase):
        def setUp(self):
            self.world = kmsmock.World()
            self.world.start()
            self.addCleanup(self.world.stop)

        def test_of_a_method(self):
            make(self.world)

    class TestOfAsyncCode(unittest.IsolatedAsyncioTestCase):
        async def test_of_a_coroutine(self):
            with kmsmock.World() as world:
                make(world)

    def test_that_fails(aws_world):
        make(aws_world)
        assert not "what it should"

    tried = []

    def test_that_is_tried_twice(aws_world, tmp_path_factory, request):
        mark = request.config.rootpath / "tried"
        make(aws_world)
        if not mark.exists():
            mark.touch()
            make(aws_world)
            assert not "the first time"

    def test_without_a_world():
        pass

    @pytest.fixture(scope="module")
    def shared():
        with kmsmock.World() as world:
            make(world, "made by the fixture")
            yield world

    class TestOfAWiderFixture:
        def test_of_the_first(self, shared):
            make(shared)

        def test_of_the_second(self, shared):
            make(shared)
            make(shared)
"""
FORKING = """
    import json
    import os

    import pytest
    from _pytest.runner import runtestprotocol

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(item, nextitem):
        '''As pytest-forked does it: what stands in a report goes over.'''
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        end, start = os.pipe()
        if not os.fork():
            for each in runtestprotocol(item, log=False):
                told = item.config.hook.pytest_report_to_serializable(config=item.config, report=each)
                os.write(start, json.dumps(told).encode() + b"\\n")
            os._exit(0)
        os.close(start)
        with os.fdopen(end) as reader:
            for line in reader:
                told = json.loads(line)
                report = item.config.hook.pytest_report_from_serializable(config=item.config, data=told)
                item.ihook.pytest_runtest_logreport(report=report)
        os.wait()
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True
"""


def run(folder, *options, code=SUITE, status=(0, 1)):
    (folder / "test_suite.py").write_text(dedent(code), encoding="utf-8")
    done = children.run(folder, "-p", "no:randomly", "-p", "no:cacheprovider", *options)
    assert done.returncode in status, done.stdout + done.stderr
    return done


def told(path):
    """What each test had: outcome, attempts, and of each world the keys, decisions and calls."""
    return {
        each.test.test.removeprefix("test_suite.py::"): (
            each.test.outcome,
            each.test.attempt,
            [
                (sum(isinstance(line, Key) for line in world.records), world.world.calls, world.world.over)
                for world in each.worlds
            ],
        )
        for each in merging.merged([path]).tests
    }


ONE = [(1, 1, True)]
EXPECTED = {
    "test_of_the_fixture": ("passed", 1, ONE),
    "test_of_the_marker": ("passed", 1, ONE),
    "test_of_worlds_of_its_own": ("passed", 1, [(2, 2, True), (1, 1, True), (0, 0, True)]),
    "TestOfUnittest::test_of_a_method": ("passed", 1, ONE),
    "TestOfAsyncCode::test_of_a_coroutine": ("passed", 1, ONE),
    "test_that_fails": ("failed", 2, ONE),
    "test_that_is_tried_twice": ("passed", 2, ONE),
    "TestOfAWiderFixture::test_of_the_first": ("passed", 1, [(2, 2, False)]),
    "TestOfAWiderFixture::test_of_the_second": ("passed", 1, [(4, 2, True)]),
}


@pytest.mark.parametrize("how", [(), ("-n", "2", "--dist", "loadfile")], ids=["alone", "workers"])
def test_each_world_is_told_once_whoever_made_it(tmp_path, how):
    run(tmp_path, "--kmsmock-results=results.jsonl", "--reruns=1", *how)
    assert told(tmp_path / "results.jsonl") == EXPECTED


def test_tests_that_are_forked_tell_the_same(tmp_path):
    """Each child tells it with the reports of its test."""
    (tmp_path / "conftest.py").write_text(dedent(FORKING), encoding="utf-8")
    (tmp_path / "tried").touch()
    run(tmp_path, "--kmsmock-results=results.jsonl", "-k", "not Wider")
    found = told(tmp_path / "results.jsonl")
    once = {name: (outcome, 1, worlds) for name, (outcome, _, worlds) in EXPECTED.items() if "Wider" not in name}
    assert found == once


def test_two_workers_tell_what_one_process_does(tmp_path):
    """Of everything but the time that it took; worlds are seeded by their tests."""

    def everything(name, *options):
        run(tmp_path, f"--kmsmock-results={name}", "-k", "fixture or marker or own", *options)
        found = merging.merged([tmp_path / name])
        kinds = (Key, Decision, Event)
        return {
            each.test.test: [[_timeless(line) for line in w.records if isinstance(line, kinds)] for w in each.worlds]
            for each in found.tests
            if "Wider" not in each.test.test
        }

    assert everything("alone.jsonl") == everything("workers.jsonl", "-n", "2")


def _timeless(line):
    instants = {"when": "", "until": "", "states": []}
    return line._replace(**{name: value for name, value in instants.items() if name in line._fields})


def test_a_folder_gets_a_file_of_each_run(tmp_path):
    (tmp_path / "results").mkdir()
    for _ in range(2):
        run(tmp_path, "--kmsmock-results=results", "-k", "test_of_the_fixture", status=(0,))
    paths = sorted((tmp_path / "results").glob("results-*.jsonl"))
    assert len(paths) == 2
    assert [each.test.test for each in merging.merged(paths).tests] == ["test_suite.py::test_of_the_fixture"] * 2


def test_a_report_is_one_page_and_so_is_that_of_the_command(tmp_path):
    run(
        tmp_path,
        "--kmsmock-report=report.html",
        "--kmsmock-results=results.jsonl",
        "-k",
        "test_of_the",
        status=(0,),
    )
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    command = [sys.executable, "-m", "kmsmock", "report", "results.jsonl", "-o", "again.html"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stdout == "again.html: 4 tests\n"
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == page
    data = json.loads(page.partition('id="data">')[2].partition("</script>")[0])
    assert len(data["tests"]) == 4


def test_a_wrong_file_is_told_by_the_command(tmp_path):
    (tmp_path / "wrong.jsonl").write_text("no results\n", encoding="utf-8")
    command = [sys.executable, "-m", "kmsmock", "report", "wrong.jsonl"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "kmsmock: wrong.jsonl:1: it is no JSON (Expecting value: line 1 column 1 (char 0))\n"
    )  # fmt: skip
    assert not (tmp_path / "report.html").exists()


def test_a_folder_without_results_is_told(tmp_path):
    command = [sys.executable, "-m", "kmsmock", "report", "."]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (2, "kmsmock: .: there is no *.jsonl in this folder\n")


def test_nothing_of_it_is_loaded_unless_it_is_asked_for(tmp_path):
    code = """
        import sys

        def test_of_a_world(aws_world):
            aws_world.account("111111111111").client("kms").create_key()
            loaded = [name for name in sys.modules if name.startswith(("kmsmock.results", "kmsmock.report"))]
            assert loaded == []
    """
    run(tmp_path, code=code, status=(0,))


def test_a_test_that_enters_many_worlds_has_the_numbers_of_all(tmp_path):
    code = """
        import kmsmock

        def test_of_many():
            for _ in range(25):
                with kmsmock.World() as world:
                    world.account("111111111111").client("kms").create_key()
    """
    run(tmp_path, "--kmsmock-results=results.jsonl", code=code, status=(0,))
    (test,) = merging.merged([tmp_path / "results.jsonl"]).tests
    assert [world.world.calls for world in test.worlds] == [1] * 25
    assert [bool(world.records) for world in test.worlds] == [True] * 20 + [False] * 5


@pytest.mark.parametrize("option", ["results=out/results.jsonl", "results=out", "report=out/report.html"])
def test_a_folder_that_is_not_there_is_told_before_the_tests_run(tmp_path, option):
    done = run(tmp_path, f"--kmsmock-{option}", status=(4,))
    assert f"ERROR: --kmsmock-{option}: there is no folder out" in done.stderr
