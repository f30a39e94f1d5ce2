"""Calls that the lines of standard input ask for, by botocore in a process without kmsmock; see ``calls.js``."""

import base64
import json
import os
import sys

import botocore.session
from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

_BEFORE = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
"""What a process is given where it is started while an endpoint is open is not for the tests that come later."""


class Calls:
    def __init__(self):
        self.environment, self.clients = None, {}

    def become(self, environment):
        if environment != self.environment:
            self.environment, self.clients = environment, {}
            os.environ.clear()
            os.environ.update({**_BEFORE, **environment})

    def answer(self, asked):
        self.become(asked["environment"])
        service = asked["service"]
        if service not in self.clients:
            self.clients[service] = botocore.session.get_session().create_client(service)
        try:
            call = getattr(self.clients[service], xform_name(asked["operation"]))
            output = call(**read(asked.get("input", {})))
        except ClientError as error:
            told, status = error.response["Error"], error.response["ResponseMetadata"]["HTTPStatusCode"]
            return {"error": {"code": told["Code"], "message": told["Message"], "status": status, "said": str(error)}}
        except BotoCoreError as error:
            return {"error": {"code": type(error).__name__, "message": str(error), "status": None}}
        return {"status": output.pop("ResponseMetadata")["HTTPStatusCode"], "output": written(output)}


def read(value):
    if isinstance(value, list):
        return [read(each) for each in value]
    if not isinstance(value, dict):
        return value
    for name in ("bytes", "stream"):
        if name in value:
            return base64.b64decode(value[name])
    return {name: read(each) for name, each in value.items()}


def written(value):
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if hasattr(value, "read"):
        return written(value.read())
    if isinstance(value, list):
        return [written(each) for each in value]
    if isinstance(value, dict):
        return {name: written(each) for name, each in value.items()}
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


if __name__ == "__main__":
    calls = Calls()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(calls.answer(json.loads(line))) + "\n")
        sys.stdout.flush()
