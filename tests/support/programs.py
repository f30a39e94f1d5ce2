"""Programs that nobody here wrote, in processes of their own, as clients of the address of a world."""

import base64
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
BIN = Path(sys.prefix) / "bin"
NODE_MODULES = Path(os.environ.get("KMSMOCK_NODE_MODULES") or Path(sys.prefix) / "node" / "node_modules")
"""What ``make test`` fetches with npm, where there is one."""
OF_PYTHON = ("aws", "s3cmd")
OLDEST_NODE = 18
"""The SDK of JavaScript runs on no older one."""

NO_FILES = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


def bare(**more):
    """An environment without settings of AWS, a proxy, or kmsmock, as of somebody who has configured nothing."""
    of_others = ("AWS_", "PYTHON", "PYTEST", "NODE_", "COV_")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(of_others) and not name.lower().endswith("_proxy")
    }
    return {**kept, **NO_FILES, **more}


def found(name):
    """The path of a program; None without it. Those of Python are of this environment, and not of the system."""
    return shutil.which(name, path=str(BIN) if name in OF_PYTHON else os.environ.get("PATH", os.defpath))


def run(*command, environment, folder, given=None):
    """What ``subprocess.run`` gives for a program that finds AWS where ``environment`` says."""
    return subprocess.run(
        [found(command[0]), *map(str, command[1:])],
        env=bare(**environment),
        cwd=folder,
        capture_output=True,
        input=given,
        check=False,
        timeout=120,
    )


class Program:
    """One that answers lines of JSON until it is closed: ``calls.js``, ``calls_of_botocore.py``."""

    def __init__(self, *command, **environment):
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=bare(**environment)
        )

    def ask(self, environment, **asked):
        """What came of one line; an error of the client is ``{"error": {"code", "message", "status"}}``."""
        told = {"environment": {**NO_FILES, **environment}, **asked}
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self):
        with self._process:
            self._process.stdin.close()
            self._process.wait(20)


def javascript(**environment):
    """``environment`` is of its start, such as NODE_EXTRA_CA_CERTS, which Node.js reads once."""
    said = {"NODE_PATH": str(NODE_MODULES), "NODE_NO_WARNINGS": "1", **environment}
    return Program(shutil.which("node"), str(HERE / "calls.js"), **said)


def botocore():
    return Program(sys.executable, str(HERE / "calls_of_botocore.py"))


def why_no_javascript():
    """Why there is none; None where it runs."""
    node = shutil.which("node")
    if node is None:
        return "there is no Node.js: apt-get install nodejs npm"
    if not NODE_MODULES.joinpath("@aws-sdk").is_dir():
        return "the AWS SDK for JavaScript is not installed: rm -f .venv/node/installed && make .venv/node/installed"
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.strip().lstrip("v").split(".")[0]) < OLDEST_NODE:
        return f"Node.js {version.strip()} is too old for the AWS SDK for JavaScript, which needs {OLDEST_NODE}"
    return None


def as_bytes(content):
    return {"bytes": base64.b64encode(content).decode()}


def as_stream(content):
    return {"stream": base64.b64encode(content).decode()}


def of_bytes(told):
    return base64.b64decode(told["bytes"])
