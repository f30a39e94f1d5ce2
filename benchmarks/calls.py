"""What a KMS call costs, against a botocore client that is answered with a constant (the floor) and against moto.

``python -m benchmarks calls``, or all of them by ``make bench``.
Each figure is the best of several rounds, taken in turns, so that the machine's moods cancel.
"""

import os
import time

import boto3
from botocore.awsrequest import AWSResponse
from moto import mock_aws

import kmsmock
from benchmarks.figures import CREDENTIALS, Figure

ROUNDS, CALLS = 15, 200
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]}
HEADERS = {"x-amzn-RequestId": "0" * 36, "Content-Type": "application/x-amz-json-1.1"}
"""What a real answer carries too."""


class Body:
    """The raw body of a constant answer."""

    def __init__(self, body):
        self.body = body

    def stream(self, **_):
        body, self.body = self.body, b""
        yield body


def floor_client(body):
    """A client whose before-send answers a constant."""
    client = boto3.client("kms", aws_session_token="kmsmock-session-token", **CREDENTIALS)
    client.meta.events.register_first(
        "before-send.kms", lambda request, **_: AWSResponse(request.url, 200, HEADERS, Body(body))
    )
    return client


def operations(client, key):
    """The four calls that are measured."""
    blob = client.encrypt(KeyId=key, Plaintext=b"x" * 32, EncryptionContext={"a": "b"})["CiphertextBlob"]
    return {
        "encrypt": lambda: client.encrypt(KeyId=key, Plaintext=b"x" * 32, EncryptionContext={"a": "b"}),
        "decrypt": lambda: client.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "b"}),
        "generate_data_key": lambda: client.generate_data_key(KeyId=key, KeySpec="AES_256"),
        "describe_key": lambda: client.describe_key(KeyId=key),
    }


def best(call, times):
    """Seconds of one call: the mean of a round. The first calls of a client are not counted."""
    for _ in range(3):
        call()
    start = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - start) / times


def measure():
    """name -> [floor, kmsmock, moto] in seconds."""
    captured = {}
    with kmsmock.World() as world:
        client = world.account("123456789012").role("app", [ALLOW]).client("kms")
        client.meta.events.register(
            "before-parse.kms",
            lambda operation_model, response_dict, **_: captured.setdefault(
                operation_model.name, response_dict["body"]
            ),
        )
        key = client.create_key()["KeyMetadata"]["Arn"]
        for call in operations(client, key).values():
            call()
    results = {}
    for name, operation in (
        ("encrypt", "Encrypt"),
        ("decrypt", "Decrypt"),
        ("generate_data_key", "GenerateDataKey"),
        ("describe_key", "DescribeKey"),
    ):
        lowest = [float("inf")] * 3
        for _ in range(ROUNDS):
            lowest[0] = min(lowest[0], best(operations_of_floor(captured[operation], name), CALLS))
            with kmsmock.World() as world:
                client = world.account("123456789012").role("app", [ALLOW]).client("kms")
                lowest[1] = min(
                    lowest[1], best(operations(client, client.create_key()["KeyMetadata"]["Arn"])[name], CALLS)
                )
            with mock_aws():
                client = boto3.client("kms", **CREDENTIALS)
                lowest[2] = min(
                    lowest[2], best(operations(client, client.create_key()["KeyMetadata"]["Arn"])[name], CALLS)
                )
        results[name] = lowest
    return results


def operations_of_floor(body, name):
    """The same call on a client that is answered with ``body``."""
    client = floor_client(body)
    arguments = {
        "encrypt": {"KeyId": "k" * 75, "Plaintext": b"x" * 32, "EncryptionContext": {"a": "b"}},
        "decrypt": {"CiphertextBlob": os.urandom(184), "EncryptionContext": {"a": "b"}},
        "generate_data_key": {"KeyId": "k" * 75, "KeySpec": "AES_256"},
        "describe_key": {"KeyId": "k" * 75},
    }[name]
    return lambda: getattr(client, name)(**arguments)


def set_up():
    """Seconds of entering and leaving: kmsmock's world, and moto's bare mock_aws."""

    def world():
        with kmsmock.World():
            pass

    def mock():
        with mock_aws():
            pass

    return tuple(min(best(each, 5) for _ in range(ROUNDS)) for each in (world, mock))


def figures():
    """Each call as a ratio to the floor and to moto, and a world as a ratio to moto's mock."""
    for name, (floor, ours, moto) in measure().items():
        yield Figure("calls", name, ours / floor, "x floor", 0.5)
        yield Figure("calls", name, ours / moto, "x moto", 0.2)
    world, mock = set_up()
    yield Figure("calls", "entering and leaving", world / mock, "x moto")
