"""Runs commands that pages of the documentation show, each in a child of a process that has imported everything once.

Started as a program of its own, so that a page's ``tests`` are not these. A line of JSON asks for a command in a folder;
the answer has its exit status and what it wrote. ``children.py`` begins processes in which nothing of kmsmock is imported,
because its tests look at that; a page has many short commands, and here a world has been entered before.
"""

import contextlib
import gc
import io
import json
import os
import runpy
import sys
import tempfile
from pathlib import Path

WARM = """
def test_with_all_that_pages_ask_for(aws_world):
    account = aws_world.account("111111111111")
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    s3 = account.client("s3")
    s3.create_bucket(Bucket="warm")
    s3.put_object(Bucket="warm", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    account.client("ec2").describe_volumes()
    account.role("app").client("kms").describe_key(KeyId=key)  # denied: the report explains it
"""


def warm_up():
    """A suite of its own, so that whatever is imported on the way is there."""
    import pytest

    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        os.chdir(folder)
        Path("test_warm.py").write_text(WARM, encoding="utf-8")
        pytest.main(["-q", "--kmsmock-cov", "--kmsmock-report=report.html"])
        os.chdir(here)
    gc.collect()
    gc.freeze()


def run(command):
    program, *arguments = command
    if program == "pytest":
        import pytest

        return pytest.main(arguments)
    assert program == "python", command
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv, sys.path[0] = arguments, str(Path.cwd())
        runpy.run_path(arguments[0], run_name="__main__")
    return 0


def child(folder, command, output):
    os.chdir(folder)
    for number in (1, 2):
        os.dup2(output.fileno(), number)
    try:
        status = run(command)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(int(status or 0))


def main():
    warm_up()
    for line in sys.stdin:
        folder, command = json.loads(line)
        with tempfile.TemporaryFile() as output:
            started = os.fork()
            if not started:
                child(folder, command, output)
            status = os.waitstatus_to_exitcode(os.waitpid(started, 0)[1])
            output.seek(0)
            print(json.dumps([status, output.read().decode()]), flush=True)


if __name__ == "__main__":
    main()
