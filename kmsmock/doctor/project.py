"""A project as the doctor sees it: sources, requirements and settings, all of it read and none of it run."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from kmsmock.doctor import requirements, settings
from kmsmock.doctor.findings import Place
from kmsmock.doctor.requirements import Declared
from kmsmock.doctor.settings import Setting
from kmsmock.doctor.sources import Source
from kmsmock.doctor.tree import Tree, Unread

_MATTERS = re.compile(rb"boto|moto|kmsmock|aws|kms|freezegun|time_machine|vcr|responses|localstack", re.IGNORECASE)
"""Files without any of these words have nothing to do with AWS, and are not parsed."""


class Project:
    """What is in some paths."""

    def __init__(self, paths: Sequence[Path]) -> None:
        tree = Tree(paths)
        self.paths = tuple(paths)
        self.files = tree.files
        self.unread: list[Unread] = tree.unread
        self.sources: list[Source] = []
        self.declared: list[Declared] = []
        self.pytest: list[Setting] = []
        self.environment: list[Setting] = []
        self.images: list[tuple[str, Place]] = []
        for file in tree.files:
            if file.suffix == ".py":
                data = tree.data(file)
                if data is not None and _MATTERS.search(data):
                    self._reading(file, self._source, data)
            if file.suffix != ".py" or file.name == "setup.py":
                text = tree.text(file)
                if text is not None:
                    self._reading(file, self._settings, text)

    def requires(self, *names: str) -> list[Declared]:
        """The requirements of these names, as ``packaging`` spells them."""
        return [each for each in self.declared if each.name in names]

    def _source(self, file: Path, data: bytes) -> None:
        self.sources.append(Source(str(file), data))

    def _settings(self, file: Path, text: str) -> None:
        self.images.extend(settings.images(file, text))
        self.environment.extend(settings.of_environment(file, text))
        self.pytest.extend(settings.of_pytest(file, text))
        self.declared.extend(requirements.read(file, text))

    def _reading(self, file: Path, read: Callable[..., None], *given: object) -> None:
        """Note what cannot be read, and go on."""
        try:
            read(file, *given)
        except SyntaxError as problem:
            self.unread.append(Unread(str(file), f"Python cannot read line {problem.lineno or 0}: {problem.msg}"))
        except ValueError as problem:
            self.unread.append(Unread(str(file), str(problem).partition("\n")[0] or type(problem).__name__))
