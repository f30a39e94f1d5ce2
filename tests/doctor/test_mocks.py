"""Mocks, and how long they last."""

import pytest

MOCK = "import unittest\nimport moto, boto3, pytest\nfrom moto import mock_aws\n\n"  # four lines


@pytest.mark.parametrize(
    ("code", "check", "place"),
    [
        ("@mock_aws\ndef test_a(): pass\n", "MOCKS-OF-ONE-TEST", "5: decorator"),
        ("@moto.mock_aws()\nclass TestA: pass\n", "MOCKS-OF-ONE-TEST", "5: decorator"),
        ("def test_a():\n    with mock_aws(config={}): pass\n", "MOCKS-OF-ONE-TEST", "6: context"),
        ("@pytest.fixture\ndef s3():\n    with mock_aws(): yield\n", "MOCKS-OF-ONE-TEST", "7: context"),
        (
            "@pytest.fixture(scope='module')\ndef s3():\n    with mock_aws(): yield\n",
            "MOCKS-OF-A-WIDE-SCOPE",
            "7: mock_aws of scope module",
        ),
        (
            "@pytest.fixture(autouse=True, scope='session')\n@mock_aws\ndef s3(): pass\n",
            "MOCKS-OF-A-WIDE-SCOPE",
            "6: mock_aws of scope session",
        ),
        (
            "class T(unittest.TestCase):\n    def setUp(self):\n        self.m = mock_aws()\n        self.m.start()\n"
            "    def tearDown(self): self.m.stop()\n",
            "MOCKS-OF-ONE-TEST",
            "8: call",
        ),
        (
            "class T(unittest.TestCase):\n    @classmethod\n    def setUpClass(cls):\n        cls.m = mock_aws()\n"
            "        cls.m.start()\n    def tearDownClass(cls): cls.m.stop()\n",
            "MOCKS-OF-A-WIDE-SCOPE",
            "9: mock_aws of scope class",
        ),
        (
            "def pytest_configure():\n    mock_aws().start()\ndef pytest_unconfigure():\n    mock_aws().stop()\n",
            "MOCKS-OUTSIDE-OF-FIXTURES",
            "6: mock_aws at import",
        ),
        ("mock = mock_aws()\nmock.start()\n", "MOCKS-LEFT-OPEN", "6: start() at import"),
        ("def test_a():\n    mock_aws().start()\n", "MOCKS-LEFT-OPEN", "6: start() of scope function"),
        ("def test_a():\n  with mock_aws(): pass\n  with mock_aws(): pass\n", "MOCKS-IN-A-ROW", "7: test_a"),
        ("from moto.kms.models import kms_backends\n", "MOCKS-BACKENDS", "5: moto.kms.models.kms_backends"),
        ("from moto.server import ThreadedMotoServer as S\nS()\n", "MOCKS-SERVERS", "6: ThreadedMotoServer"),
        (
            "from testcontainers.localstack import LocalStackContainer\nwith LocalStackContainer(): pass\n",
            "MOCKS-SERVERS",
            "6: LocalStackContainer",
        ),
        ("from botocore.stub import Stubber\nwith Stubber(boto3.client('s3')): pass\n", "MOCKS-STUBBER", "6: Stubber"),
        ("import responses\n@responses.activate\ndef test_a(): pass\n", "MOCKS-RECORDED", "6: responses"),
        ("@pytest.mark.vcr\ndef test_a(): pass\n", "MOCKS-RECORDED", "5: pytest.mark.vcr"),
        ("import vcr\ndef test_a():\n  with vcr.use_cassette('x'): pass\n", "MOCKS-RECORDED", "7: vcr"),
    ],
)
def test_each_kind_of_mock_is_found_with_its_scope(found, code, check, place):
    places = found({"test_a.py": MOCK + code})
    assert places.get(check) == [f"test_a.py:{place}"], places


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("from moto import mock_s3, mock_aws\n", "mock_s3"),
        ("import moto\n\n@moto.mock_kms\ndef test_a(): pass\n", "mock_kms"),
        ("from moto.s3 import mock_s3\n", "mock_s3"),
        ("from moto import mock_lambda_simple\n", "mock_lambda_simple"),
        ("from moto.core import ACCOUNT_ID\n", "ACCOUNT_ID"),
        ("from moto import XRaySegment\n", "XRaySegment"),
    ],
)
def test_names_of_moto_4_have_to_be_changed_first(say, code, what):
    status, diagnosis = say({"test_a.py": code})
    assert status == 1
    (finding,) = [each for each in diagnosis["findings"] if each["code"] == "MOCKS-OF-MOTO-4"]
    assert [each["what"] for each in finding["places"]] == [what]


def test_names_that_moto_5_has_may_stay(found):
    code = (
        "from moto import mock_aws\nfrom moto.xray import mock_xray_client\nfrom moto.core import DEFAULT_ACCOUNT_ID\n"
    )
    assert found({"test_a.py": code}) == {}


def test_names_of_other_modules_are_not_moto_s(found):
    code = "from app.testing import mock_s3, mock_aws\nimport motorcycle as moto\n@mock_aws\ndef test_a(): moto.mock_kms()\n"
    assert found({"test_a.py": code}) == {}


def test_mocks_inside_of_each_other_are_no_mocks_in_a_row(found):
    code = "def test_a():\n  with mock_aws():\n    with mock_aws(): pass\n\n\n@mock_aws\ndef test_b():\n"
    code += "  with mock_aws(): pass\n  with mock_aws(): pass\n"
    assert "MOCKS-IN-A-ROW" not in found({"test_a.py": MOCK + code})


def test_what_to_write_has_the_scope_of_the_mock(say):
    _, diagnosis = say({"test_a.py": f"{MOCK}@pytest.fixture(scope='module')\ndef s3():\n    with mock_aws(): yield\n"})
    (finding,) = [each for each in diagnosis["findings"] if each["code"] == "MOCKS-OF-A-WIDE-SCOPE"]
    assert finding["write"].splitlines()[-4:] == [
        '@pytest.fixture(scope="module")',
        "def world():",
        "    with kmsmock.World() as world:",
        "        yield world",
    ]


def test_a_container_of_a_compose_file_is_a_server(found):
    files = {"docker-compose.yml": "services:\n  aws:\n    image: localstack/localstack:3\n"}
    assert found(files) == {"MOCKS-SERVERS": ["docker-compose.yml:3: localstack/localstack"]}
