"""Policy coverage as one HTML page that needs nothing else: the table, and each policy's text in colours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from kmsmock.coverage.policies import Policy, percent_of
from kmsmock.coverage.spans import Span, spans
from kmsmock.coverage.text import percent

_CLASSES = {
    "allowed": "hit",
    "denied": "hit",
    "not matched": "not",
    "never looked at": "never",
    "missing": "miss",
}
STYLE = """
:root { color-scheme: light dark; --hit: #d7f0dc; --not: #fbe3c0; --never: #f8d0d0; --miss: #ffd54a; }
@media (prefers-color-scheme: dark) { :root { --hit: #12401f; --not: #55390b; --never: #5a1a1a; --miss: #7a5c00; } }
body { font: 16px/1.5 system-ui, sans-serif; margin: 1rem auto; max-width: 70rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .25rem .5rem; text-align: right; border-bottom: 1px solid #8886; }
th:first-child, td:first-child { text-align: left; overflow-wrap: anywhere; }
pre { overflow: auto; padding: .75rem; border: 1px solid #8886; }
.hit { background: var(--hit); } .not { background: var(--not); } .never { background: var(--never); }
.miss { background: var(--miss); text-decoration: underline wavy; }
"""
_LEGEND = (
    ("hit", "matched: it allowed or denied"),
    ("not", "looked at, and never matched"),
    ("never", "never looked at"),
    ("miss", "no test needed this part of a statement that matched"),
)


def page(policies: Sequence[Policy]) -> str:
    """The whole page."""
    return "\n".join(
        (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>Policy coverage</title>\n<style>{STYLE}</style>\n</head>",
            "<body>\n<main>\n<h1>Policy coverage</h1>",
            *_table(policies),
            "<p>" + " ".join(f'<span class="{name}">{escape(words)}</span>' for name, words in _LEGEND) + "</p>",
            *(_policy(number, each) for number, each in enumerate(policies)),
            "</main>\n</body>\n</html>\n",
        )
    )


def _table(policies: Sequence[Policy]) -> Iterator[str]:
    yield '<table>\n<thead><tr><th scope="col">policy</th><th scope="col">stmts</th>'
    yield '<th scope="col">exercised</th><th scope="col">missing</th><th scope="col">cover</th></tr></thead>\n<tbody>'
    for number, each in enumerate(policies):
        yield _row(f'<a href="#p{number}">{escape(each.title)}</a>', len(each.statements), each.exercised)
    yield "</tbody>\n<tfoot>"
    yield _row("total", sum(len(each.statements) for each in policies), sum(each.exercised for each in policies))
    yield "</tfoot>\n</table>"


def _row(title: str, statements: int, exercised: int) -> str:
    cells = (statements, exercised, statements - exercised, percent(percent_of(exercised, statements)))
    return f"<tr><td>{title}</td>{''.join(f'<td>{each}</td>' for each in cells)}</tr>"


def _policy(number: int, policy: Policy) -> str:
    lines = "".join(f"<li>{escape(each)}</li>" for each in policy.missing)
    told = f"<ul>{lines}</ul>" if lines else "<p>Nothing is missing.</p>"
    about = ", ".join((*policy.places[1:], *policy.whose))
    return (
        f'<section>\n<h2 id="p{number}">{escape(policy.title)}</h2>\n<p>{escape(about)}</p>\n{told}\n'
        f'<pre tabindex="0">{text(policy)}</pre>\n</section>'
    )


def text(policy: Policy) -> str:
    """The text of a policy as HTML, to stand in a ``pre``; the classes are those of ``STYLE``."""
    return "".join(map(_span, spans(policy)))


def _span(span: Span) -> str:
    if not span.state:
        return escape(span.text)
    return f'<span class="{_CLASSES[span.state]}" title="{escape(span.note)}">{escape(span.text)}</span>'
