"""The suite on the oldest and the newest versions that are declared, and on each Python: ``python -m tools.matrix``.

``python -m tools.matrix newest`` is for a job that runs each day: it tells when moto or botocore have changed inside.
``python -m tools.matrix oldest --pytest tests/kms -x`` runs a part of the suite. Environments are made by uv (of PyPI),
anew each time, for ``newest`` is another every day. ``oldest`` is without the extra ``pqc``, which asks for a newer
cryptography; what needs it, or a newer botocore, is skipped there and says why (``tests/support/floors.py``). A
row of a table is printed for each. When the newest passes, write
its versions into ``kmsmock/foreign/versions.json``.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
_SHOWN = ("moto", "botocore", "cryptography", "pytest", "freezegun", "urllib3")


class Row(NamedTuple):
    """An environment: a Python, and which of the versions that ``pyproject.toml`` allows."""

    python: str
    resolution: str
    extras: str = "all,test"
    forced: str = ""
    """What is put in afterwards: what moto's extras bring of others asks for a newer one than kmsmock does."""


ROWS = {
    "oldest": Row("3.10", "lowest-direct", "cloudformation,ed25519ph,enclaves,iam,server,test", "cryptography==42.0.0"),
    "3.10": Row("3.10", "highest"),
    "3.11": Row("3.11", "highest"),
    "3.12": Row("3.12", "highest"),
    "newest": Row("3.13", "highest"),
    "3.14": Row("3.14", "highest"),
}


def run(name: str, home: Path, arguments: list[str]) -> bool:
    """Make an environment, run the suite in it, and print a row of the table."""
    row, place = ROWS[name], home / name
    python = str(place / "bin" / "python")
    uv = (sys.executable, "-m", "uv")
    try:
        _call(*uv, "venv", "--quiet", "--clear", "--python", _python(row.python), str(place))
    except subprocess.CalledProcessError:
        print(f"| {name} | {row.python} | | there is no such Python here |", flush=True)
        return True
    _call(
        *uv,
        "pip",
        "install",
        "--quiet",
        "--python",
        python,
        "--resolution",
        row.resolution,
        "--editable",
        f".[{row.extras}]",
    )
    if row.forced:
        _call(*uv, "pip", "install", "--quiet", "--python", python, "--no-deps", row.forced)
    frozen = _call(*uv, "pip", "freeze", "--quiet", "--python", python).splitlines()
    found = dict(line.split("==") for line in frozen if "==" in line)
    done = subprocess.run([python, "-m", "pytest", "-q", *arguments], cwd=ROOT, check=False)  # noqa: S603  what was asked for
    versions = ", ".join(f"{library} {found[library]}" for library in _SHOWN)
    outcome = "passed" if done.returncode == 0 else "FAILED"
    print(f"| {name} | {row.python} | {versions} | {outcome} |", flush=True)
    return done.returncode == 0


def _python(version: str) -> str:
    """A Python that pyenv has, or the version, for uv to look for or to download."""
    found = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    return str(found[-1]) if found else version


def _call(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout  # noqa: S603


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.matrix", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("rows", nargs="*", metavar="row", help=f"{', '.join(ROWS)} (default: all)")
    parser.add_argument("--home", type=Path, default=ROOT / ".venv" / "matrix", help="where the environments are made")
    parser.add_argument("--pytest", nargs=argparse.REMAINDER, default=[], help="what follows is for pytest")
    given = parser.parse_args()
    outcomes = [run(name, given.home, given.pytest) for name in given.rows or ROWS]
    sys.exit(not all(outcomes))


if __name__ == "__main__":
    main()
