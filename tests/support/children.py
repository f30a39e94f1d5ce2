"""pytest in a process of its own: a fork of one that has imported what the suite's own processes share.

Nothing of kmsmock and no plugin of pytest is imported there yet; importing botocore, moto and cryptography is three
quarters of what such a process costs. multiprocessing's server of forks is one for each process of the suite.
"""

import atexit
import multiprocessing
import os
import random
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

SHARED = (
    *("pytest", "_pytest.config", "_pytest.main", "_pytest.assertion.rewrite", "boto3", "boto3.session"),
    *("botocore.client", "botocore.session", "botocore.httpchecksum", "cryptography.x509", "requests"),
    *("cryptography.hazmat.primitives.asymmetric.rsa", "cryptography.hazmat.primitives.serialization", "freezegun"),
    *("moto", "moto.core.models", "moto.core.responses", "moto.backends", "moto.backend_index", "moto.iam.models"),
    *("moto.s3.responses", "moto.ec2.responses", "moto.kms.models", "moto.sts.models", "werkzeug.test", "jinja2"),
)
_PYTEST = ([sys.executable, "-mpytest"], [sys.executable, "-m", "pytest"])


def run(folder, *options, **environment):
    """What ``subprocess.run`` gives for ``python -m pytest`` in a folder."""
    with TemporaryDirectory() as apart:
        told = [Path(apart, name) for name in ("stdout", "stderr")]
        process = _begun(options, folder, {**os.environ, **environment}, *told)
        process.join()
        texts = [path.read_text(encoding="utf-8") for path in told]
    return subprocess.CompletedProcess(options, process.exitcode, *texts)


def popen_of(pytester):
    """``pytester.popen``, which starts no new process for pytest unless somebody writes to it."""
    original = pytester.popen

    def popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=pytester.CLOSE_STDIN, **options):
        told = [getattr(each, "name", None) for each in (stdout, stderr)]
        begins = [each for each in _PYTEST if list(command[: len(each)]) == each]
        if not begins or stdin is not pytester.CLOSE_STDIN or options or None in told:
            return original(command, stdout=stdout, stderr=stderr, stdin=stdin, **options)
        path = os.pathsep.join(filter(None, [str(Path.cwd()), os.environ.get("PYTHONPATH", "")]))
        return Waiting(_begun(command[len(begins[0]) :], Path.cwd(), {**os.environ, "PYTHONPATH": path}, *told))

    return popen


class Waiting:
    """Such a process, as pytester waits for it."""

    stdin = None

    def __init__(self, process):
        self._process = process

    def wait(self, timeout=None):
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("pytest", timeout)
        return self._process.exitcode

    def kill(self):
        self._process.kill()


def _begun(options, cwd, environment, stdout, stderr):
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*SHARED])
    given = ([*map(str, options)], str(cwd), environment, str(stdout), str(stderr))
    process = context.Process(target=_pytest, args=given)
    process.start()
    return process


def _pytest(options, cwd, environment, stdout, stderr):
    """In the child: what ``python -m pytest`` finds, and ends as it does."""
    for number, path in enumerate((os.devnull, stdout, stderr)):
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC if number else os.O_RDONLY, 0o600)
        os.dup2(file, number)
        os.close(file)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:] = [cwd, *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep)), *filter(None, sys.path)]
    for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
        del sys.modules[name]  # suites have folders of this name
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding=environment.get("PYTHONIOENCODING", "utf-8"))
    random.seed()
    import pytest

    sys.argv = [pytest.__file__, *options]
    status = pytest.console_main()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
