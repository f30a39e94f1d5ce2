"""The environment that a suite gives itself, and pytest's plugins and settings."""

import pytest

CODE = "import os, boto3, pytest\nfrom unittest.mock import patch\n\n"  # three lines


@pytest.mark.parametrize(
    ("name", "text", "check", "place"),
    [
        ("conftest.py", 'os.environ["AWS_ACCESS_KEY_ID"] = "x"\n', "ENVIRONMENT-AMBIENT", "4: AWS_ACCESS_KEY_ID"),
        (
            "tox.ini",
            "[testenv]\nsetenv =\n    AWS_DEFAULT_REGION = eu-west-1\n",
            "ENVIRONMENT-AMBIENT",
            "3: AWS_DEFAULT_REGION",
        ),
        ("ci.yml", "env:\n  MOTO_ACCOUNT_ID: '123'\n", "ENVIRONMENT-AMBIENT", "2: MOTO_ACCOUNT_ID"),
        ("pytest.ini", "[pytest]\nenv =\n    D:AWS_REGION=eu-west-1\n", "ENVIRONMENT-AMBIENT", "3: AWS_REGION"),
        (
            "conftest.py",
            'os.environ["AWS_DEFAULT_REGION"] = "nowhere"\n',
            "ENVIRONMENT-REGION",
            "4: AWS_DEFAULT_REGION=nowhere",
        ),
        (
            "conftest.py",
            'def test_a(monkeypatch): monkeypatch.setenv("AWS_REGION", "test")\n',
            "ENVIRONMENT-REGION-OF-A-TEST",
            "4: AWS_REGION=test",
        ),
        (
            "conftest.py",
            '@pytest.fixture(scope="session")\ndef env():\n  os.environ["AWS_REGION"] = "test"\n',
            "ENVIRONMENT-REGION",
            "6: AWS_REGION=test",
        ),
        (
            "pyproject.toml",
            '[tool.pytest.ini_options]\nenv = ["AWS_ENDPOINT_URL=http://localhost:4566"]\n',
            "ENVIRONMENT-ENDPOINT",
            "2: AWS_ENDPOINT_URL=http://localhost:4566",
        ),
        (
            "conftest.py",
            'def test_a():\n  with patch.dict(os.environ, {"AWS_ENDPOINT_URL_S3": "http://x"}): pass\n',
            "ENVIRONMENT-ENDPOINT",
            "5: AWS_ENDPOINT_URL_S3=http://x",
        ),
        (
            "conftest.py",
            'def test_a(monkeypatch): monkeypatch.setenv("MOTO_ACCOUNT_ID", "222222222222")\n',
            "ENVIRONMENT-ACCOUNT",
            "4: MOTO_ACCOUNT_ID=222222222222",
        ),
        ("Makefile", "test:\n\tAWS_PROFILE=dev pytest\n", "ENVIRONMENT-PROFILE", "2: AWS_PROFILE=dev"),
        ("pytest.ini", "[pytest]\naddopts = -q -p no:kmsmock\n", "PYTEST-PLUGIN-OFF", "2: -p no:kmsmock"),
        (
            "pyproject.toml",
            '[tool.pytest.ini_options]\naddopts = ["--disable-plugin-autoload", "-p", "timeout"]\n',
            "PYTEST-PLUGIN-OFF",
            "2: --disable-plugin-autoload",
        ),
        (
            "ci.yml",
            "env:\n  PYTEST_DISABLE_PLUGIN_AUTOLOAD: 1\n",
            "PYTEST-PLUGIN-OFF",
            "2: PYTEST_DISABLE_PLUGIN_AUTOLOAD=1",
        ),
        ("setup.cfg", "[tool:pytest]\nfilterwarnings =\n    error\n", "PYTEST-WARNINGS", "2: filterwarnings = error"),
        ("requirements.txt", "pytest-xdist>=3\n", "PYTEST-PLUGINS", "1: xdist"),
        ("conftest.py", "@pytest.fixture\ndef aws_world(): pass\n", "PYTEST-FIXTURE-NAME", "5: aws_world"),
        ("conftest.py", "@pytest.fixture(name='aws_clock')\ndef c(): pass\n", "PYTEST-FIXTURE-NAME", "5: aws_clock"),
        ("conftest_plugin.py", "", "PYTEST-MODULE-NAME", "0: conftest_plugin"),
        ("kmsmock/__init__.py", "", "PYTEST-MODULE-NAME", "0: kmsmock"),
        (
            "conftest.py",
            "from freezegun import freeze_time\n@freeze_time('2030-01-01')\ndef test_a(): pass\n",
            "PYTEST-TIME",
            "5: freezegun.freeze_time",
        ),
    ],
)
def test_each_is_found(found, name, text, check, place):
    places = found({name: CODE + text if name == "conftest.py" else text})
    file = name.rpartition("/")[2]
    assert places == {check: [f"{file}:{place}"]}


def test_a_plugin_that_is_loaded_by_its_name_is_not_off(found):
    settings = "[pytest]\naddopts = --disable-plugin-autoload -p kmsmock\n"
    assert found({"pytest.ini": settings, "ci.yml": "env:\n  PYTEST_DISABLE_PLUGIN_AUTOLOAD: 1\n"}) == {}


def test_a_region_that_is_computed_is_not_judged(found):
    assert "ENVIRONMENT-REGION" not in found({"tox.ini": "[testenv]\nsetenv = AWS_REGION={env:REGION}\n"})


def test_tests_of_unittest_without_pytest_are_told_of(found):
    code = "import unittest\nfrom moto import mock_aws\n"
    assert found({"test_a.py": code})["PYTEST-UNITTEST"] == ["test_a.py:1: unittest"]
    assert "PYTEST-UNITTEST" not in found({"test_a.py": code, "requirements.txt": "pytest\n"})


def test_the_fixtures_and_modules_of_kmsmock_itself_are_its_own(capsys):
    from pathlib import Path

    from kmsmock.__main__ import main

    main(["doctor", str(Path(__file__).parents[2] / "conftest_plugin"), "--format", "json"])
    assert "PYTEST-FIXTURE-NAME" not in capsys.readouterr().out
