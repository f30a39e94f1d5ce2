"""What a project requires, in whatever file, beside what kmsmock needs."""

import re

import pytest
from packaging.specifiers import SpecifierSet

from kmsmock.doctor.checks.versions import may_meet, own_requirements

PINNED, LOCKED = "VERSIONS-PINNED", "VERSIONS-LOCKED"


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("requirements.txt", "requests\nmoto[s3]==4.2.14  # old\n", "2: moto[s3]==4.2.14"),
        ("requirements-dev.txt", "-r requirements.txt\nmoto==4.2.14 \\\n    --hash=sha256:00\n", "2: moto==4.2.14"),
        ("requirements/test.in", "moto<5\n", "1: moto<5"),
        ("constraints.txt", "cryptography<42\n", "1: cryptography<42"),
        ("pyproject.toml", '[project]\ndependencies = [\n  "boto3==1.26.0",\n]\n', "3: boto3==1.26.0"),
        ("pyproject.toml", '[project.optional-dependencies]\ntest = ["moto>=4,<5"]\n', "2: moto>=4,<5"),
        ("pyproject.toml", '[dependency-groups]\ntest = ["moto~=4.1", {include-group = "x"}]\n', "2: moto~=4.1"),
        ("pyproject.toml", '[tool.uv]\nconstraint-dependencies = ["pytest<8"]\n', "2: pytest<8"),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = "^3.11"\nmoto = "^4.2"\n', "3: moto>=4.2,<5"),
        (
            "pyproject.toml",
            '[tool.poetry.group.test.dependencies]\nmoto = {version = "~4.2.1", extras = ["s3"]}\n',
            "2: moto[s3]>=4.2.1,<4.3",
        ),
        ("pyproject.toml", '[tool.poetry.dev-dependencies]\npytest = "7.4.0"\n', "2: pytest==7.4.0"),
        ("pyproject.toml", '[tool.hatch.envs.test]\ndependencies = ["moto<5"]\n', "2: moto<5"),
        ("setup.cfg", "[options]\ninstall_requires =\n    boto3<1.30\n", "3: boto3<1.30"),
        ("setup.cfg", "[options.extras_require]\ntest =\n    moto<5\n", "3: moto<5"),
        ("setup.py", "import moto\nsetup(\n    extras_require={'t': ['moto<5']},\n)\n", "3: moto<5"),
        ("tox.ini", "[testenv]\ndeps =\n    pytest\n    py38: moto==4.0\n", "4: moto==4.0"),
        ("Pipfile", '[dev-packages]\nmoto = "==4.2.14"\n', "2: moto==4.2.14"),
    ],
)
def test_a_requirement_that_no_version_for_kmsmock_meets_is_named_with_its_line(say, name, text, place):
    status, diagnosis = say({name: text})
    assert status == 1
    (finding,) = [each for each in diagnosis["findings"] if each["code"] == PINNED]
    assert [f"{each['line']}: {each['what']}" for each in finding["places"]] == [place]
    assert finding["write"].startswith(place.split(": ")[1].split("[")[0].split("=")[0].split("<")[0].strip("<>~"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("poetry.lock", '[[package]]\nname = "moto"\nversion = "4.2.14"\n'),
        ("uv.lock", '[[package]]\nname = "moto"\nversion = "4.2.14"\nsource = { registry = "x" }\n'),
        ("pdm.lock", '[[package]]\nname = "moto"\nversion = "4.2.14"\n'),
        ("pylock.toml", '[[packages]]\nname = "moto"\nversion = "4.2.14"\n'),
        ("Pipfile.lock", '{"default": {}, "develop": {\n"moto": {"version": "==4.2.14"}}}'),
    ],
)
def test_a_lock_file_has_to_be_made_again(say, name, text):
    status, diagnosis = say({name: text})
    assert status == 1
    (finding,) = [each for each in diagnosis["findings"] if each["code"] == LOCKED]
    assert [(each["line"], each["what"]) for each in finding["places"]] == [(2, "moto==4.2.14")]
    assert finding["write"] == "Add kmsmock to the test requirements and lock again, so that moto goes up with it."


def test_what_to_write_keeps_the_extras_of_the_project(say):
    _, diagnosis = say({"requirements.txt": "moto[s3,sqs]<5\n"})
    (finding,) = [each for each in diagnosis["findings"] if each["code"] == PINNED]
    assert re.fullmatch(r"moto\[ec2,s3,sqs\]>=5[\d.]+,<6", finding["write"])


def test_clients_that_pin_older_versions_have_to_be_installed_apart(found):
    files = {"requirements.txt": "aiobotocore==2.25.1\naioboto3\naiobotocore>=3\n"}
    assert found(files) == {
        "VERSIONS-PINNED": ["requirements.txt:1: aiobotocore==2.25.1"],
        "VERSIONS-OF-CLIENTS": ["requirements.txt:2: aioboto3"],
    }


def test_requirements_that_leave_room_are_nobodys_business(found):
    text = "moto\nboto3>=1.20\nmoto[all]>=5\ncryptography!=42\nmoto<5; python_version < '3'\nunknown==1\n*** nonsense ***\n"
    assert found({"requirements.txt": text}) == {}


def test_older_pythons_than_kmsmocks_are_told(found):
    files = {"pyproject.toml": '[project]\nname = "x"\nrequires-python = ">=3.8"\n'}
    assert found(files) == {"VERSIONS-PYTHON": ["pyproject.toml:3: python>=3.8"]}
    assert found({"pyproject.toml": '[project]\nrequires-python = ">=3.10"\n'}) == {}


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("<5", ">=5.2,<6", False),
        ("==5.*", ">=5.2,<6", True),
        ("==4.*", ">=5.2,<6", False),
        ("~=5.1", ">=5.2,<6", True),
        ("~=5.1.0", ">=5.2,<6", False),
        (">5.1", ">=5.2,<6", True),
        ("!=5.2", "==5.2", False),
        ("!=5.2", ">=5.2,<5.3", True),
        ("", "", True),
        ("", ">=49", True),
        (">=49", "<=49", True),
        (">49", "<49.1", True),
        ("===nonsense", ">=1", False),
        ("<49,>=48", ">=49", False),
        (">=1.45", "<1.44.5", False),
        ("<2", ">=1.9", True),
    ],
)
def test_two_specifiers_meet_if_some_version_is_in_both(one, other, meet):
    assert may_meet(SpecifierSet(one), SpecifierSet(other)) is meet
    assert may_meet(SpecifierSet(other), SpecifierSet(one)) is meet


def test_what_kmsmock_needs_is_read_from_its_own_metadata():
    names = {each.name for each in own_requirements()}
    assert {"moto", "boto3", "botocore", "cryptography", "pytest"} <= names
    assert "hypothesis" not in names  # of an extra
