"""What a call of KMS takes over HTTP, at the address of a world and at moto's own server.

``python -m benchmarks endpoint``. Seconds of the wall, at the median; the client is in another thread of the same
process either way, and keeps its connection if the server does.
"""

import logging
import statistics
import threading
import time
from contextlib import contextmanager

import boto3

import kmsmock
from benchmarks.figures import CREDENTIALS, Figure

ROUNDS, CALLS = 5, 200


@contextmanager
def of_moto():
    """moto's server, as ``moto_server`` runs it, on a thread."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@contextmanager
def of_a_world():
    with kmsmock.World() as world, world.endpoint() as url:
        yield url


def median(served):
    """Seconds of one Encrypt; the first calls are not counted."""
    with served() as url:
        kms = boto3.client("kms", endpoint_url=url, **CREDENTIALS)
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        taken = []
        for number in range(CALLS + 10):
            started = time.perf_counter()
            kms.encrypt(KeyId=key, Plaintext=b"text")
            if number >= 10:
                taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def figures():
    """Milliseconds, the ratio to moto's server in the same run, and calls by 64 connections at once."""
    pairs = [(median(of_a_world), median(of_moto)) for _ in range(ROUNDS)]
    ours = statistics.median(one for one, _ in pairs) * 1000
    yield Figure("endpoint", "Encrypt over HTTP", ours, "ms", 3)
    yield Figure("endpoint", "Encrypt, against moto_server", statistics.median(a / b for a, b in pairs), "x moto", 0.5)
    yield Figure("endpoint", "calls by 64 connections at once", at_once(64, 20), "/s")


def at_once(many, calls):
    """Calls a second."""
    from botocore.config import Config

    with of_a_world() as url:
        kms = boto3.client("kms", endpoint_url=url, config=Config(max_pool_connections=many), **CREDENTIALS)
        key = kms.create_key()["KeyMetadata"]["KeyId"]

        def work():
            for _ in range(calls):
                kms.encrypt(KeyId=key, Plaintext=b"text")

        threads = [threading.Thread(target=work) for _ in range(many)]
        started = time.perf_counter()
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        return many * calls / (time.perf_counter() - started)
