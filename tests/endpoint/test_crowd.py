"""Many connections at once, counted to the last key; ``make soak`` takes a minute for it."""

import threading
from concurrent.futures import ThreadPoolExecutor

from botocore.config import Config

from tests.support.crowd import EVERYTHING, Crowd, expected


def test_what_many_connections_ask_at_once_is_all_there(aws_world):
    before = set(threading.enumerate())
    with aws_world.endpoint() as url:
        crowd = Crowd(aws_world, endpoint_url=url, config=Config(max_pool_connections=64))

        def work(number):
            for each in EVERYTHING:
                each(crowd, f"name{number}")

        with ThreadPoolExecutor(64) as pool:
            for each in [pool.submit(work, number) for number in range(12)]:
                each.result()
        assert crowd.counted() == expected(12)
    assert set(threading.enumerate()) == before


def test_sixty_four_connections_at_once(client, aws_world):
    kms = client("kms", config=Config(max_pool_connections=64))
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    with ThreadPoolExecutor(64) as pool:
        made = [pool.submit(kms.encrypt, KeyId=key, Plaintext=b"text") for _ in range(192)]
        assert len({each.result()["CiphertextBlob"] for each in made}) == 192
    assert len(aws_world.events.where(name="Encrypt")) == 192
