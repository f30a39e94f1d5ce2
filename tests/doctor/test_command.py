"""``python -m kmsmock doctor``: what it prints, how it ends, and that it runs nothing of the project."""

import subprocess
import sys

import pytest

from kmsmock.__main__ import main
from kmsmock.doctor.diagnosis import CHECKS, LEVELS

OLD = "from moto import mock_s3\n\n\n@mock_s3\ndef test_a():\n    pass\n"


def run(capsys, *arguments):
    status = main(["doctor", *map(str, arguments)])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_a_project_that_may_stay_as_it_is_ends_with_zero(capsys, tmp_path):
    tmp_path.joinpath("test_a.py").write_text("from moto import mock_aws\n\n\n@mock_aws\ndef test_a():\n    pass\n")
    status, out, err = run(capsys, tmp_path)
    assert (status, err) == (0, "")
    assert "MOCKS-OF-ONE-TEST: mock_aws of one test\n" in out
    assert "Change first" not in out


def test_what_has_to_be_changed_first_ends_with_one_and_stands_first(capsys, tmp_path):
    tmp_path.joinpath("test_a.py").write_text(OLD)
    status, out, err = run(capsys, tmp_path)
    assert (status, err) == (1, "")
    lines = out.splitlines()
    assert lines[1:8] == [
        "",
        "Change first",
        "",
        "MOCKS-OF-MOTO-4: names that moto 5, which kmsmock needs, does not have",
        f"  at        {tmp_path / 'test_a.py'}:1: mock_s3",
        "  happens   ImportError as soon as the file is imported.",
        "  write     from moto import mock_aws; one @mock_aws in place of all @mock_<service>",
    ]
    first = lines.index("What to write first")
    assert lines[first + 2].startswith("  1  MOCKS-OF-MOTO-4: from moto import mock_aws; ")
    assert lines[first + 3].startswith("  2  pip install kmsmock, ")
    assert lines[first + 4].startswith("  3  pytest --kmsmock=audit ")


def test_without_a_path_it_looks_at_this_folder(capsys, tmp_path, monkeypatch):
    tmp_path.joinpath("test_a.py").write_text(OLD)
    monkeypatch.chdir(tmp_path)
    status, out, _ = run(capsys)
    assert status == 1
    assert "  at        test_a.py:1: mock_s3\n" in out


def test_of_a_folder_inside_the_settings_of_the_project_count(capsys, tmp_path):
    tmp_path.joinpath("pyproject.toml").write_text('[project]\nname = "x"\ndependencies = ["moto<5"]\n')
    tests = tmp_path / "tests"
    tests.mkdir()
    status, out, _ = run(capsys, tests)
    assert status == 1
    assert "pyproject.toml:3: moto<5\n" in out


def test_one_file_is_a_project_too(capsys, tmp_path):
    tmp_path.joinpath("test_a.py").write_text(OLD)
    tmp_path.joinpath("test_b.py").write_text(OLD)
    _, out, _ = run(capsys, tmp_path / "test_b.py")
    assert "test_b.py:1: mock_s3" in out
    assert "test_a.py" not in out


def test_a_path_that_is_not_there_ends_with_two(capsys, tmp_path):
    absent = tmp_path / "absent\x1b[31m"
    assert run(capsys, absent) == (2, "", f"kmsmock: {tmp_path}/absent\\x1b[31m: there is no such file or folder\n")


@pytest.mark.parametrize("arguments", [["--format", "xml"], ["--format"]])
def test_a_wrong_command_line_ends_with_two_and_the_usage(capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        main(["doctor", *arguments])
    assert ended.value.code == 2
    assert "usage: python -m kmsmock doctor" in capsys.readouterr().err


def test_both_commands_are_in_the_help(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    out = capsys.readouterr().out
    assert "explain" in out
    assert "doctor" in out


def test_json_has_every_place(say):
    status, diagnosis = say({f"test_{number}.py": OLD for number in range(20)})
    (finding,) = [each for each in diagnosis["findings"] if each["code"] == "MOCKS-OF-MOTO-4"]
    assert len(finding["places"]) == 20
    assert status == diagnosis["status"] == 1
    assert diagnosis["installed"]["kmsmock"]


def test_the_terminal_has_some_places_and_says_how_many_more(capsys, tmp_path):
    for number in range(20):
        tmp_path.joinpath(f"test_{number}.py").write_text(OLD)
    assert "            and 15 more\n" in run(capsys, tmp_path)[1]


def test_names_that_would_colour_or_turn_the_terminal_are_escaped(capsys, tmp_path):
    tmp_path.joinpath("test_\x1b[31m\u202e.py").write_text(OLD)
    tmp_path.joinpath("requirements.txt").write_text("moto<5 ; python_version > '3'  # \x1b[31m\n")
    _, out, _ = run(capsys, tmp_path)
    assert "test_\\x1b[31m\\u202e.py:1: mock_s3" in out
    assert "\x1b" not in out


def test_it_is_in_colour_where_the_terminal_has_it(capsys, tmp_path, monkeypatch):
    tmp_path.joinpath("test_a.py").write_text(OLD)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1;31mMOCKS-OF-MOTO-4\x1b[0m" in run(capsys, tmp_path)[1]


def test_nothing_of_the_project_is_run_or_imported(say, tmp_path):
    ran = tmp_path / "ran"
    trap = f"from moto import mock_aws\nimport pathlib\npathlib.Path({str(ran)!r}).touch()\n"
    names = ("setup.py", "conftest.py", "trap_of_the_doctor.py", "pytest.py", "packaging.py", "tests/__init__.py")
    say(dict.fromkeys(names, trap))
    assert not ran.exists()
    assert "trap_of_the_doctor" not in sys.modules
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted({name.partition("/")[0] for name in names})


def test_checks_have_codes_of_their_own_and_say_what_happens_and_what_to_write():
    assert len({check.code for check in CHECKS}) == len(CHECKS)
    assert {check.level for check in CHECKS} == set(LEVELS)
    for check in CHECKS:
        assert check.happens.endswith((".", "{says}", "{sentence}.")), check.code
        assert check.write or check.level == "works", check.code


def test_virtual_environments_and_what_others_installed_are_no_part_of_the_project(found):
    skipped = (".venv", "node_modules", ".git", ".tox/py311/lib/site-packages", "lib/site-packages", "mine")
    files = {f"{folder}/test_a.py": OLD for folder in skipped}
    assert found({"mine/pyvenv.cfg": "", **files}) == {}


def test_a_reader_who_has_seen_enough_is_told_nothing_more(tmp_path):
    for number in range(300):
        tmp_path.joinpath(f"test_{number}.py").write_text(OLD)
    command = [sys.executable, "-m", "kmsmock", "doctor", "--format", "json", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.close()
        _, told = child.communicate()
    assert (child.returncode, told) == (141, b"")
