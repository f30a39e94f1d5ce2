"""Builds the wheel and the source distribution, and looks whether they may be published: ``make dist-check``.

Both are built twice, in folders of their own, and have the same bytes. What is in them is compared with
``tools/dist_contents.txt``, where a line is a folder and an ending; of those, every file that git knows has to be
there. Then the wheel is installed in a clean environment, where pip finds nothing amiss, and the README's first test
passes in an empty folder. The source distribution builds the same wheel. What was checked is left in ``dist``.

``python -m tools.dist_check --update`` writes the list. It needs the packages build and hatchling, and for the
environment PyPI.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[1]
CONTENTS = ROOT / "tools" / "dist_contents.txt"


def build(source: Path, home: Path) -> list[Path]:
    """The distributions of a tree, as files of a folder."""
    _call(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(home), str(source))
    return sorted(home.iterdir())


def names_in(distribution: Path) -> set[str]:
    """The files in it, without the folder in which a source distribution has them."""
    if distribution.suffix == ".whl":
        return set(zipfile.ZipFile(distribution).namelist())
    with tarfile.open(distribution) as opened:
        return {each.name.partition("/")[2] for each in opened if each.isfile()}


def kinds(names: Iterable[str]) -> set[str]:
    """Folders and endings: ``kmsmock/kms/*.py``. What is named after the version is told without it."""
    paths = [PurePosixPath(re.sub(r"-[\d.]+\w*(?=\.dist-info)", "", name)) for name in names]
    return {(path.parent / (f"*{path.suffix}" if path.suffix else path.name)).as_posix() for path in paths}


def listed() -> dict[str, set[str]]:
    """What is to be in the wheel and in the source distribution."""
    found: dict[str, set[str]] = {"wheel": set(), "sdist": set()}
    for line in CONTENTS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            where, _, kind = line.partition(" ")
            found[where].add(kind)
    return found


def _form(distribution: Path) -> str:
    return "wheel" if distribution.suffix == ".whl" else "sdist"


def compare(distribution: Path) -> list[str]:
    """What is wrong with the contents of one."""
    form, names = _form(distribution), names_in(distribution)
    wanted, found = listed()[form], kinds(names)
    wrong = [f"{form}: {each} is not on the list" for each in sorted(found - wanted)]
    wrong += [f"{form}: {each} is on the list, and not there" for each in sorted(wanted - found)]
    known = set(_call("git", "ls-files").splitlines())
    wrong += [f"{form}: {each} is missing" for each in sorted(known - names) if kinds([each]) <= wanted]
    made = {each for each in names if ".dist-info/" in each or each == "PKG-INFO"}
    return wrong + [f"{form}: {each} is not in git" for each in sorted(names - known - made)]


def install(wheel: Path, home: Path) -> None:
    """Install the wheel where nothing else is, and run the README's test as somebody who has seen nothing else."""
    venv.create(home / "venv", with_pip=True)
    python = str(home / "venv" / "bin" / "python")
    _call(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel), at=home)
    _call(python, "-m", "pip", "check", at=home)
    readme = ROOT.joinpath("README.md").read_text(encoding="utf-8")
    code = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)[0]
    folder = home / "empty"
    folder.mkdir()
    folder.joinpath("test_readme.py").write_text(code, encoding="utf-8")
    print(_call(python, "-m", "pytest", "-q", at=folder).splitlines()[-1])


def _call(*command: str, at: Path = ROOT) -> str:
    done = subprocess.run(command, cwd=at, capture_output=True, text=True, check=False, env=_environment())  # noqa: S603  what was asked for
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def _environment() -> dict[str, str]:
    """Nothing of this checkout is found by what is installed; what is built has the date of the commit."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "SOURCE_DATE_EPOCH")}
    asked = ("git", "log", "-1", "--format=%ct")
    date = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603  our own
    return {**kept, "SOURCE_DATE_EPOCH": date}


def _update(distributions: Iterable[Path]) -> None:
    lines = [f"{_form(each)} {kind}" for each in distributions for kind in sorted(kinds(names_in(each)))]
    head = "# What is in the distributions, by folder and ending: python -m tools.dist_check --update writes it.\n"
    CONTENTS.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """The command line."""
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        first, second = build(ROOT, home / "first"), build(ROOT, home / "second")
        if "--update" in sys.argv:
            _update(first)
        wrong = [f"{each.name} differs from build to build" for each, other in zip(first, second, strict=True)
                 if each.read_bytes() != other.read_bytes()]  # fmt: skip
        wrong += [each for distribution in first for each in compare(distribution)]
        sdist, wheel = sorted(first, key=lambda each: each.suffix == ".whl")
        with tarfile.open(sdist) as opened:
            opened.extractall(home / "unpacked", filter="data")
        (again,) = (
            each for each in build(next((home / "unpacked").iterdir()), home / "again") if each.suffix == ".whl"
        )
        wrong += [] if again.read_bytes() == wheel.read_bytes() else ["the source distribution builds another wheel"]
        if wrong:
            sys.exit("\n".join(wrong))
        install(wheel, home)
        shutil.rmtree(ROOT / "dist", ignore_errors=True)
        ROOT.joinpath("dist").mkdir()
        for each in first:
            shutil.copy(each, ROOT / "dist" / each.name)
            print(f"{sha256(each.read_bytes()).hexdigest()}  dist/{each.name}")


if __name__ == "__main__":
    main()
