"""Runs moto's own tests with moto alone and inside a world, and writes docs/moto-suites.md from what may differ.

``python -m tools.moto_suites run SDIST [folders]`` runs each folder of the unpacked sdist's tests twice, each time in a
process of its own, and keeps the results in ``SDIST/results``; ``python -m tools.moto_suites compare SDIST`` tells what
differs and is not in ``tools/moto_suites.toml``, and the CPU time of both. Where SDIST does not exist, pip downloads
the sdist of the installed version to it. ``python -m tools.moto_suites page`` writes the page; a test fails when it is
out of date. With ``--way audit`` both are for the suites as they stand under ``pytest --kmsmock=audit``. Needs what
moto's tests need: ``pip install moto[all,server] parameterized``.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

if sys.version_info >= (3, 11):
    import tomllib
else:  # pytest brings it
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "moto-suites.md"
LIST = Path(__file__).with_suffix(".toml")
ALONE, WITHIN, AUDIT = "alone", "within", "audit"
_PLUGIN = {AUDIT: ["-p", "conftest_plugin.plugin", "--kmsmock=audit"]}


_HEAD = """\
# moto's own tests inside a world

This page is made by `python -m tools.moto_suites page` from `tools/moto_suites.toml`; a test fails when it is out of
date. `python -m tools.moto_suites run` and `compare` run the tests of moto's sdist, each folder once with moto alone
and once with a world around each test, and tell what passes alone, does not pass within and is not on this list.

A name without `[…]` is meant with all its parameters. Tests that need Docker or the network are left out, and those
that fail with moto alone do not count.

"""


class Run(NamedTuple):
    """The results of one folder in one of the two ways."""

    outcomes: dict[str, dict[str, Any]]
    cpu: float
    wall: float
    unfinished: str | None


def known() -> dict[str, Any]:
    """What may differ, and how wide a world which tests need."""
    return tomllib.loads(LIST.read_text(encoding="utf-8"))


def fetch(sdist: Path) -> None:
    """Download and unpack the sdist of the moto that is installed."""
    name = f"moto=={version('moto')}"
    sdist.parent.mkdir(parents=True, exist_ok=True)
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", ":all:", "-d", str(sdist.parent), name]
    subprocess.run(pip, check=True)  # noqa: S603  # a developer's tool, of a developer's arguments
    (archive,) = sdist.parent.glob("moto-*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(sdist.parent, filter="data")
    archive.with_name(archive.name.removesuffix(".tar.gz")).rename(sdist)


def run(sdist: Path, folder: str, way: str, timeout: float) -> None:
    """Run one folder, and write its results, CPU and wall time to ``SDIST/results``."""
    results = sdist / "results" / f"{folder}.{way}.jsonl"
    results.parent.mkdir(exist_ok=True)
    results.write_text("", encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MOTO_"))}
    env = clean | {"PYTHONPATH": str(ROOT), "MOTO_SUITES_RESULTS": str(results.absolute())}
    if way == WITHIN:
        env["MOTO_SUITES_WORLDS"] = json.dumps(known()["worlds"])
    command = [sys.executable, "-m", "pytest", f"tests/{folder}", "-q", "--color=no", "-p", "tools.moto_suites_plugin"]
    command += ["-p", "no:cacheprovider", "-p", "no:randomly", *_PLUGIN.get(way, ["-p", "no:kmsmock"])]
    command += ["-m", "not network and not requires_docker"]
    started = time.monotonic()
    with results.with_suffix(".txt").open("w", encoding="utf-8") as output:
        child = subprocess.Popen(command, cwd=sdist, env=env, stdout=output, stderr=output, start_new_session=True)  # noqa: S603  # likewise
        while (ended := os.wait4(child.pid, os.WNOHANG))[0] == 0:
            if time.monotonic() - started > timeout:
                os.killpg(child.pid, signal.SIGKILL)
                ended = os.wait4(child.pid, 0)
                break
            time.sleep(0.2)
        child.returncode = os.waitstatus_to_exitcode(ended[1])
    cpu = ended[2].ru_utime + ended[2].ru_stime
    with results.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"cpu": cpu, "wall": time.monotonic() - started, "code": child.returncode}) + "\n")


def read(sdist: Path, folder: str, way: str) -> Run | None:
    """What a run has written; None where there was none, or where it has not ended."""
    results = sdist / "results" / f"{folder}.{way}.jsonl"
    if not results.exists():
        return None
    lines = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    if not lines or "cpu" not in lines[-1]:
        return None
    last = lines.pop()
    outcomes = {line["test"]: line for line in lines if "test" in line}
    begun = [line["begins"] for line in lines if "begins" in line]
    unfinished = begun[-1] if begun and begun[-1] not in outcomes else None
    return Run(outcomes, last["cpu"], last["wall"], unfinished)


def folders(sdist: Path) -> list[str]:
    """The folders of moto's tests."""
    return sorted(path.name for path in (sdist / "tests").glob("test_*") if path.is_dir())


def differing(alone: Run, within: Run) -> dict[str, str]:
    """The tests that pass alone and not inside a world, and what they say there."""
    return {
        test: within.outcomes.get(test, {}).get("said", "did not run")
        for test, outcome in alone.outcomes.items()
        if outcome["outcome"] == "passed" and within.outcomes.get(test, {}).get("outcome") != "passed"
    }


def reason(test: str, entries: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The entry of the list that a test is on; a name without ``[…]`` stands for the test with all its parameters."""
    names = (test.removeprefix("tests/"), test.removeprefix("tests/").partition("[")[0])
    return next((entry for entry in entries if any(name in entry["tests"] for name in names)), None)


def compare(sdist: Path, way: str = WITHIN) -> int:
    """Tell what differs and is not on the list, what is on it and does not differ, and the time of both."""
    entries, seen, ran = known()["differs"], {}, []
    for folder in folders(sdist):
        alone, within = read(sdist, folder, ALONE), read(sdist, folder, way)
        if alone is None or within is None:
            print(f"{folder}: was not run {ALONE if alone is None else way}")
            continue
        ran.append((folder, alone, within))
        for how, each in ((ALONE, alone), (way, within)):
            if each.unfinished:
                print(f"{folder}: {how}, it did not get past {each.unfinished}")
        seen |= differing(alone, within)
    new = {test: said for test, said in seen.items() if reason(test, entries) is None}
    found = {id(reason(test, entries)) for test in seen}
    print("\n".join(f"{test}\n    {said}" for test, said in new.items()))
    print("\n".join(f"nothing differs any more of: {each['why']}" for each in entries if id(each) not in found))
    _tell_times(ran)
    print(f"{len(seen)} tests pass alone and not {way}; {len(new)} of them are not on the list")
    return len(new)


def _tell_times(ran: list[tuple[str, Run, Run]]) -> None:
    """The seconds of each folder, as ``tools/moto_suites.toml`` has them; only runs that came to their end count."""
    print("# CPU alone, CPU within")
    for folder, alone, within in ran:
        if not (alone.unfinished or within.unfinished):
            print(f"{folder} = [{alone.cpu:.1f}, {within.cpu:.1f}]")


def _times(measured: Mapping[str, Sequence[float]]) -> str:
    """The table of what was measured, and the sum of it."""
    rows = {**measured, "**all of these**": [sum(column) for column in zip(*measured.values(), strict=True)]}
    lines = ["| folder | CPU alone | CPU within | ratio |", "|---" * 4 + "|"]
    lines += [
        f"| {name} | {alone:.1f} | {within:.1f} | {within / alone:.2f} |" for name, (alone, within) in rows.items()
    ]
    return "\n".join(lines) + "\n"


def page() -> str:
    """The whole page."""
    data = known()
    parts = [
        _HEAD,
        data["ran"],
        data["audit"],
        f"\n## What it costs\n\n{data['times']['says']}\n",
        _times(data["times"]["folders"]),
    ]
    for name, kind in data["kinds"].items():
        entries = [entry for entry in data["differs"] if entry["kind"] == name]
        count = sum(entry["count"] for entry in entries)
        parts.append(f"\n## {kind['title']}: {count} tests\n\n{kind['says']}\n")
        parts += [_section(entry) for entry in entries]
    return "".join(parts)


def _section(entry: Mapping[str, Any]) -> str:
    tests = "".join(f"- `{name}`\n" for name in entry["tests"])
    audit = f"; {entry['audit']} under audit" if "audit" in entry else ""
    return f"\n### {entry['why'][0].upper()}{entry['why'][1:]} ({entry['count']}{audit})\n\n{tests}"


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.moto_suites", description=__doc__)
    parser.add_argument("what", choices=("run", "compare", "page"))
    parser.add_argument("sdist", nargs="?", type=Path)
    parser.add_argument("folders", nargs="*")
    parser.add_argument("--way", choices=(ALONE, WITHIN, AUDIT), help="run, or compare with, one way only")
    parser.add_argument("--timeout", type=float, default=900, help="seconds for one folder in one way")
    asked = parser.parse_args()
    if asked.what == "page":
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    if asked.sdist is None:
        parser.error("name the folder of moto's sdist")
    if not asked.sdist.exists():
        fetch(asked.sdist)
    if asked.what == "compare":
        return 1 if compare(asked.sdist, asked.way or WITHIN) else 0
    for folder in asked.folders or folders(asked.sdist):
        for way in [asked.way] if asked.way else [ALONE, WITHIN]:
            run(asked.sdist, folder, way, asked.timeout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
