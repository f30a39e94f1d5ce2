"""All benchmarks as one table of ratios within one run, and as JSON: ``python -m benchmarks [--json FILE] [NAME ...]``.

Says at the end which figures are over the limits that the project promises. It never fails for that: machines differ.
"""

import argparse
from importlib import import_module
from pathlib import Path

from benchmarks.figures import write

MODULES = (
    "calls", "operations", "objects", "instances", "services", "clients", "decisions", "policies", "travel", "scale",
    "suites", "endpoint", "loading",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(MODULES)}; default: all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    asked = parser.parse_args()
    unknown = sorted(set(asked.names) - set(MODULES))
    if unknown:
        parser.error(f"no benchmark is called {', '.join(unknown)}: there are {', '.join(MODULES)}")
    figures = []
    for name in asked.names or MODULES:
        for figure in import_module(f"benchmarks.{name}").figures():
            figures.append(figure)
            print(figure, flush=True)
    over = [each for each in figures if not each.kept]
    print(f"{len(figures)} figures, {len(over)} over their limit")
    if asked.json is not None:
        write(figures, asked.json)


if __name__ == "__main__":
    main()
