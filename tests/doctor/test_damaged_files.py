"""Files that are not what their names say: the doctor goes on, says which it could not read, and never breaks."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmsmock.doctor.diagnosis import diagnose
from kmsmock.doctor.report import as_json, as_text
from kmsmock.doctor.tree import LARGEST

NAMES = (
    *("test_a.py", "setup.py", "conftest.py", "pyproject.toml", "setup.cfg", "tox.ini", "pytest.ini", "Pipfile"),
    *("Pipfile.lock", "poetry.lock", "uv.lock", "pylock.toml", "requirements.txt", "ci.yml", "Makefile", ".env"),
)
WHOLE = {
    ".py": 'import boto3, os\nfrom moto import mock_aws\n@mock_aws(config={"a": 1})\ndef test_a(m):\n    '
    'with boto3.client("kms", endpoint_url=f"{m}x") as kms:\n        kms.create_key(Policy=json.dumps({"Statement": [{}]}))\n'
    '    kms.create_grant(GranteePrincipal="arn:aws:iam::123456789012:role/x")\nos.environ["AWS_REGION"] = "x"\n',
    ".toml": '[project]\ndependencies = ["moto<5"]\n[tool.poetry.dependencies]\nmoto = {version = "^4"}\n'
    '[tool.pytest.ini_options]\naddopts = ["-p", "no:kmsmock"]\n[[package]]\nname = "moto"\nversion = "4"\n',
    ".cfg": "[options]\ninstall_requires = moto<5\n[tool:pytest]\naddopts = '-q\n[options.extras_require]\nt = moto\n",
    ".ini": "[pytest]\naddopts = -q\nenv =\n  AWS_REGION=x\n[testenv]\ndeps =\n  py: moto<5\nsetenv = AWS_REGION=y\n",
    ".lock": '{"default": {"moto": {"version": "==4"}}, "develop": []}',
    ".txt": "moto==4 \\\n --hash=x\n# moto\nmoto @ https://x/y.zip ; python_version < '4'\nmoto[\n",
}


def whole(name):
    return WHOLE.get(Path(name).suffix, WHOLE[".ini"]).encode()


@st.composite
def damaged(draw):
    """A file whose bytes were changed, cut, repeated, or are anything at all."""
    name = draw(st.sampled_from(NAMES))
    data = draw(st.one_of(st.just(whole(name)), st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
    for _ in range(draw(st.integers(0, 3))):
        at, length = draw(st.integers(0, len(data))), draw(st.integers(0, 20))
        data = data[:at] + draw(st.one_of(st.binary(max_size=8), st.sampled_from(MARKS))) + data[at + length :]
    return name, b"# moto\n" * draw(st.booleans()) + data


MARKS = (
    b"[",
    b"]",
    b"{",
    b"}",
    b"'",
    b'"',
    b"\\",
    b"\n",
    b"\x00",
    b"\xff\xfe",
    b"%(x)s",
    b"((((",
    b"0x" + b"9" * 5000,
    b"=",
)


@given(st.lists(damaged(), min_size=1, max_size=4))
@settings(max_examples=300, deadline=None)
def test_no_damage_breaks_the_doctor(files):
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files:
            Path(folder, name).write_bytes(data)
        diagnosis = diagnose([Path(folder)])
    assert diagnosis.status in (0, 1)
    assert as_text(diagnosis).isprintable() or "\n" in as_text(diagnosis)
    assert as_json(diagnosis)


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("test_a.py", b"import moto\ndef test_a(:\n", "Python cannot read line 2: invalid syntax"),
        ("test_b.py", b"import moto\x00", "source code string cannot contain null bytes"),
        ("test_c.py", b"import moto\nx = " + b"(" * 5000, "nested"),
        ("test_d.py", b"import moto\nx = '\xff'\n", "Python cannot read line 2: "),
        ("pyproject.toml", b"[project\n", "Expected ']' "),
        ("pyproject.toml", b"x = " + b"[" * 5000, "nested"),
        ("Pipfile.lock", b'{"default":' + b"[" * 100_000, "nested too deeply"),
        ("Pipfile.lock", b"{", "Expecting property name"),
        ("setup.cfg", b"nonsense\n", "File contains no section headers."),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path, name, data, why):
    tmp_path.joinpath(name).write_bytes(data)
    tmp_path.joinpath("test_fine.py").write_text("from moto import mock_s3\n")
    diagnosis = diagnose([tmp_path])
    (unread,) = diagnosis.unread
    assert unread.file == str(tmp_path / name)
    assert why in unread.why
    assert diagnosis.groups[0].check.code == "MOCKS-OF-MOTO-4"
    assert f"{tmp_path / name}: " in as_text(diagnosis)


def test_other_encodings_are_read(tmp_path):
    tmp_path.joinpath("test_a.py").write_bytes("# coding: latin-1\n# ä\nfrom moto import mock_s3\n".encode("latin-1"))
    tmp_path.joinpath("test_b.py").write_bytes("from moto import mock_s3\n".encode("utf-8-sig"))
    tmp_path.joinpath("requirements.txt").write_bytes(b"moto<5 # \xe4\n")
    diagnosis = diagnose([tmp_path])
    places = sorted(
        f"{Path(each.place.file).name}:{each.place.number}" for group in diagnosis.groups[:2] for each in group.found
    )
    assert places == ["requirements.txt:1", "test_a.py:3", "test_b.py:1"]


def test_deep_expressions_are_no_recursion_of_ours(tmp_path):
    tmp_path.joinpath("test_a.py").write_text(
        f"import moto\nx = {'a.b(' * 90}{')' * 90}\ny = {'-' * 900}1\nz = a{'.b' * 900}\n"
    )
    assert diagnose([tmp_path]).groups is not None


def test_loops_pipes_and_broken_links_are_passed_over(tmp_path):
    os.mkfifo(tmp_path / "pipe.py")
    tmp_path.joinpath("inner").mkdir()
    tmp_path.joinpath("inner", "again").symlink_to(tmp_path, target_is_directory=True)
    tmp_path.joinpath("test_loop.py").symlink_to(tmp_path / "test_loop.py")
    tmp_path.joinpath("test_broken.py").symlink_to(tmp_path / "absent.py")
    tmp_path.joinpath("test_a.py").write_text("from moto import mock_s3\n")
    diagnosis = diagnose([tmp_path])
    assert sum(len(group.found) for group in diagnosis.groups if group.check.code == "MOCKS-OF-MOTO-4") == 1
    assert sorted(Path(each.file).name for each in diagnosis.unread) == ["test_broken.py", "test_loop.py"]


def test_a_file_that_is_too_long_is_told_and_not_read(tmp_path):
    with tmp_path.joinpath("test_a.py").open("wb") as file:
        file.truncate(LARGEST + 1)
    assert [each.why for each in diagnose([tmp_path]).unread] == ["longer than 8 MB"]


def test_a_tree_of_too_many_files_ends(tmp_path, monkeypatch):
    monkeypatch.setattr("kmsmock.doctor.tree.MOST_FILES", 10)
    for number in range(20):
        tmp_path.joinpath(f"test_{number}.py").write_text("import moto\n")
    diagnosis = diagnose([tmp_path])
    assert diagnosis.files == 10
    assert [each.why for each in diagnosis.unread] == ["more than 10 files: only these were looked at"]
