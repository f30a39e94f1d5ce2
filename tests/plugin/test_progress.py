"""The bar that shows while mutants are tried, on a person's terminal."""

from contextlib import nullcontext

from conftest_plugin.progress import Progress


def shown(uncaptured):
    with Progress(uncaptured) as progress:
        progress.begin(2)
        progress.advance()
        progress.advance()


def test_it_shows_what_is_done_of_what_there_is(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    shown(nullcontext)
    told = capsys.readouterr().out
    assert "policy mutants" in told
    assert "2/2" in told


def test_nothing_is_shown_where_nobody_looks(capsys, request):
    shown(None)
    config = request.config
    with Progress.of(config, wanted=False) as progress:
        progress.begin(1)
        progress.advance()
    assert capsys.readouterr().out == ""
