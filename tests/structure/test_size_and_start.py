"""Files stay readable, and a suite that does not use the plugin pays nothing for it."""

import subprocess
import sys

from tests.support.sources import ROOT, trees


def test_files_stay_readable():
    lengths = {path: len((ROOT / path).read_text().splitlines()) for path in trees()}
    assert {path: length for path, length in lengths.items() if length > 300} == {}


def test_only_sources_and_data_lie_in_what_ships():
    """Such as what a merge left behind."""
    kept = {".py", ".json", ".typed", ".html", ".css", ".js"}
    found = [path for room in ("kmsmock", "conftest_plugin") for path in (ROOT / room).rglob("*") if path.is_file()]
    assert [path for path in found if path.suffix not in kept and "__pycache__" not in path.parts] == []


def test_the_plugin_and_the_package_import_nothing_heavy():
    heavy = ("botocore", "boto3", "moto", "cryptography", "freezegun")
    code = f"import sys, conftest_plugin.plugin, kmsmock\nprint([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_service_that_is_not_asked_is_not_imported():
    code = (
        "import sys, boto3, kmsmock\n"
        "from kmsmock.services import MODULES\n"
        "with kmsmock.World():\n"
        "    boto3.client('kms', region_name='us-east-1').create_key()\n"
        "    boto3.client('sqs', region_name='us-east-1').list_queues()\n"
        "print(sorted(service for service, module in MODULES.items() if module in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['sqs']"
