"""``python -m kmsmock serve``, as somebody starts it."""

import json
import signal
import socket
import subprocess
import sys
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from kmsmock.__main__ import main

TEMPLATE = {"Resources": {"Data": {"Type": "AWS::KMS::Key", "Properties": {"Description": "loaded"}}}}


@pytest.fixture
def begin(monkeypatch):
    """The program, and the lines that it wrote until it was ready."""
    running = []
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "KMSMOCK_TOKEN"):
        monkeypatch.delenv(name, raising=False)

    def begun(*options):
        command = [sys.executable, "-m", "kmsmock", "serve", "--port", "0", *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        running.append(process)
        return process, [process.stdout.readline().rstrip() for _ in range(2)]

    yield begun
    for each in running:
        each.kill()
        each.communicate()


def ask(url, path, token=None, body=None):
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    sent = None if body is None else json.dumps(body).encode()
    with urlopen(Request(f"{url}/_kmsmock{path}", sent, headers)) as answer:
        return json.load(answer)


def test_it_serves_what_it_is_told_to_until_it_is_told_to_end(begin, tmp_path):
    (tmp_path / "template.json").write_text(json.dumps(TEMPLATE))
    options = ("--load", str(tmp_path / "template.json"), "--clock", "2030-01-01", "--region", "eu-west-1")
    process, (first, second) = begin("--account", "111111111111", *options)
    url = first.rpartition(" ")[2]
    assert first == f"kmsmock serves account 111111111111 in eu-west-1 at {url}"
    assert url.startswith("http://127.0.0.1:")
    assert second == f"admin API: {url}/_kmsmock/"
    world = ask(url, "/world")
    assert (world["now"], world["keys"], world["loaded"]) == ("2030-01-01T00:00:00+00:00", 1, {"key": 1})
    ask(url, "/clock/advance", body={"days": 1})
    assert ask(url, "/reset", body={})["now"] == "2030-01-01T00:00:00+00:00"
    assert ask(url, "/world")["keys"] == 1
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    assert (process.stdout.read(), process.stderr.read()) == ("taken: 1 key\n", "")
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(url.removeprefix("http://").split(":"))


def test_where_others_may_ask_there_is_a_token_which_is_told_once(begin):
    process, (first, _) = begin("--host", "0.0.0.0")
    name, _, token = process.stdout.readline().rstrip().rpartition(" ")
    assert (name, len(token)) == ("token of the admin API:", 48)
    url = first.rpartition(" ")[2].replace("0.0.0.0", "127.0.0.1")
    with pytest.raises(HTTPError, match="401"):
        ask(url, "/world")
    assert ask(url, "/health")["status"] == "ok"
    assert ask(url, "/world", token)["account"] == "123456789012"
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 0
    assert (process.stdout.read(), process.stderr.read()) == ("", "")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--port", "70000"], "port=70000: ports go from 0, which is a free one, to 65535"),
        (["--account", "1"], "an account id is a string of 12 digits, such as '111111111111', not '1'"),
        (["--region", "us-nowhere-1"], "us-nowhere-1"),
        (["--clock", "soon"], "not a date that can be read: 'soon'; give ISO 8601, such as 2030-01-31T12:00"),
        (["--load", "no-such-plan.json"], "no-such-plan.json: there is no such file or folder"),
        (["--token", ""], "--token and KMSMOCK_TOKEN are printable ASCII without spaces, and not empty"),
        (["--token", "a b"], "--token and KMSMOCK_TOKEN are printable ASCII without spaces, and not empty"),
    ],
)
def test_what_cannot_be_served_is_told_in_a_line(options, said, capsys):
    assert main(["serve", *options]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # cheroot forgets the socket it tried
def test_a_port_that_is_taken_is_told_with_what_to_do(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"kmsmock: cannot listen at 127.0.0.1:{port}: ")
    assert said.endswith("; --port 0 is a free port\n")
