"""Which service a signature means, held against botocore's models."""

import gzip
import re
from collections import Counter
from functools import cache
from pathlib import Path

import botocore
import pytest

from kmsmock.bridge import routing
from kmsmock.call import Signature
from kmsmock.endpoint import hosts
from kmsmock.endpoint.server import Asked
from kmsmock.wire import models
from tests.support import floors

pytestmark = pytest.mark.evidence("documented", "botocore's models: signingName, endpointPrefix, targetPrefix")

SCOPE = "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=0"
DATA = Path(botocore.__file__).parent / "data"


@cache
def heads():
    """By name, the endpoint prefix and the signing name of each service: what stands first in a model, whose whole
    takes long to read."""
    found = {}
    for name in models.service_names():
        with gzip.open(max(DATA.joinpath(name).glob("*/service-2.json.gz")), "rt", encoding="utf-8") as model:
            head = dict(re.findall(r'"(endpointPrefix|signingName)"\s*:\s*"([^"]+)"', model.read(4000)))
        found[name] = head["endpointPrefix"], head.get("signingName", head["endpointPrefix"])
    return found


def is_served(name, prefix):
    """Whether somebody answers a service at a host."""
    return name in routing.services_of(f"https://{prefix}.us-east-1.amazonaws.com/")


def not_plain():
    """The services that are answered where their models say, and that sign with another name or share it."""
    served = {name: head for name, head in heads().items() if is_served(name, head[0])}
    assert len(served) > 100
    times = Counter(signing for _, signing in served.values())
    return [name for name, (prefix, signing) in served.items() if prefix != signing or times[signing] > 1]


def request_to(model):
    """A request for the first operation of a service, as its protocol sends it, to an address on this machine."""
    operation = model.operation_model(model.operation_names[0])
    headers = {"Host": "127.0.0.1:80", "Authorization": SCOPE.format(model.signing_name)}
    target = model.metadata.get("targetPrefix")
    path = re.sub(r"\{[^}]*\}", "x", operation.http.get("requestUri", "/"))
    if target:
        headers["X-Amz-Target"] = f"{target}.{operation.name}"
    return Asked(operation.http.get("method", "POST"), path, headers, b"", False)


def test_services_that_share_a_name_or_have_another_are_found_by_what_they_sign_with():
    lost = []
    for name in not_plain():
        asked = request_to(models.service_model(name))
        aim = hosts.aim(asked, Signature("a", "us-east-1"), ("127.0.0.1",), "us-east-1")
        if name not in routing.services_of(f"https://{aim.host}{hosts.plain_path(asked.target)}"):
            lost.append(name)
    assert lost == []


@floors.newest_botocore
def test_the_table_of_who_signs_alike_is_that_of_botocore():
    told = [(signing, name) for signing, names in hosts.SIGNED_BY.items() for name in names]
    assert [(signing, name) for signing, name in told if heads()[name][1] != signing] == []


def test_who_is_at_no_host_of_the_name_that_he_signs_with_is_in_the_table():
    served = [(name, *head) for name, head in heads().items() if is_served(name, head[0])]
    lacking = [
        name
        for name, _, signing in served
        if not is_served(name, signing) and name not in hosts.SIGNED_BY.get(signing, ())
    ]
    assert lacking == []
