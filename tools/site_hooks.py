"""What MkDocs is told beside mkdocs.yml: the pages at the root of the repository are pages of the site, too."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
PAGES = {"contributing.md": "CONTRIBUTING.md", "security.md": "SECURITY.md", "changelog.md": "CHANGELOG.md"}
"""Pages of the site, and where they stand."""


def on_files(files: Files, config: Any) -> Files:
    """Add them, with their links as they are in ``docs``."""
    for name, source in PAGES.items():
        text = ROOT.joinpath(source).read_text(encoding="utf-8")
        files.append(File.generated(config, name, content=linked(text)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """GitHub wants a backslash before ``|`` within code in a table; MkDocs shows it."""
    return re.sub(
        r"^\|.*$", lambda row: _CODE.sub(lambda code: code[0].replace("\\|", "|"), row[0]), markdown, flags=re.MULTILINE
    )


_CODE = re.compile(r"`[^`\n]+`")


def linked(text: str) -> str:
    """The text of a page at the root, as it stands in ``docs``."""
    for name, source in PAGES.items():
        text = text.replace(f"]({source}", f"]({name}")
    return re.sub(r"\]\(docs/", "](", text)
