"""A small project, and what the doctor says of it."""

import json

import pytest

from kmsmock.__main__ import main


@pytest.fixture
def say(tmp_path, capsys):
    """Writes files and runs the doctor over them: the exit status, and the diagnosis as JSON."""

    def run(files, *arguments):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        status = main(["doctor", str(tmp_path), "--format", "json", *arguments])
        printed = capsys.readouterr()
        assert printed.err == ""
        return status, json.loads(printed.out)

    return run


@pytest.fixture
def found(say):
    """What the doctor finds in files: for each code the places, as ``file:line: what``."""

    def look(files):
        _, diagnosis = say(files)
        places = {}
        for each in diagnosis["findings"]:
            for place in each["places"]:
                if place["file"] != "installed":  # what is installed here is another matter
                    file = place["file"].rpartition("/")[2]
                    places.setdefault(each["code"], []).append(f"{file}:{place['line'] or 0}: {place['what']}")
        return places

    return look
