"""aws-encryption-cli, called as its entry point calls it. Its exit status is a text, None for success."""

import logging

import pytest
from aws_encryption_sdk_cli import cli

pytestmark = [
    pytest.mark.usefixtures("app"),
    pytest.mark.filterwarnings("ignore:Nesting mutually exclusive groups:DeprecationWarning"),  # how its parser is made
]


@pytest.fixture(autouse=True)
def loggers_as_they_were():
    """Each call adds handlers to the root logger and sets its level."""
    loggers = [logging.getLogger(), logging.getLogger("aws_encryption_sdk_cli")]
    before = [(list(each.handlers), each.level) for each in loggers]
    yield
    for logger, (handlers, level) in zip(loggers, before, strict=True):
        logger.handlers[:] = handlers
        logger.setLevel(level)


def encrypt(source, target, key):
    files = ["--input", str(source), "--output", str(target), "--suppress-metadata"]
    return cli(["--encrypt", *files, "--wrapping-keys", f"key={key}", "--encryption-context", "purpose=test"])


def decrypt(source, target, keys, context="purpose=test"):
    files = ["--input", str(source), "--output", str(target), "--suppress-metadata"]
    return cli(["--decrypt", *files, "--wrapping-keys", keys, "--encryption-context", context])


@pytest.fixture
def encrypted(tmp_path, key):
    """A file, encrypted."""
    tmp_path.joinpath("plain").write_bytes(b"secret")
    assert encrypt(tmp_path / "plain", tmp_path / "encrypted", key) is None
    return tmp_path / "encrypted"


@pytest.mark.parametrize("keys", ["key={}", "discovery=true"])
def test_encrypts_and_decrypts_a_file(tmp_path, key, encrypted, keys):
    assert b"secret" not in encrypted.read_bytes()
    assert decrypt(encrypted, tmp_path / "back", keys.format(key)) is None
    assert tmp_path.joinpath("back").read_bytes() == b"secret"


def test_says_that_it_did_not_and_the_trail_says_why(aws_world, tmp_path, key, encrypted, refusal):
    refusal.befall(key)
    assert f"Master Key {key} unable to generate data key" in encrypt(tmp_path / "plain", tmp_path / "again", key)
    assert aws_world.events[-1]["errorCode"].startswith(refusal.code.removesuffix("Exception"))
    assert "Unable to decrypt any data key" in decrypt(encrypted, tmp_path / "back", f"key={key}")
    assert refusal.reason in aws_world.events[-1]["errorMessage"]
    assert not tmp_path.joinpath("back").exists()


def test_a_file_of_another_context_is_left_out(tmp_path, key, encrypted):
    decrypt(encrypted, tmp_path / "back", f"key={key}", "purpose=other")
    assert not tmp_path.joinpath("back").exists()
