"""moto draws its ids from one source of chance, which a world seeds; where it forgets to, it is made to."""

import ast
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import botocore.session
import pytest
from botocore.utils import hyphenize_service_id
from moto.moto_api._internal import mock_random

from kmsmock.bridge import chance
from kmsmock.records.contract.chance import BY_SERVICE

NOT_DRAWN = {
    "moto.appmesh.dataclasses.shared:uuid4": "drawn once, when it is imported",
    "moto.core.base_backend:uuid4": "tells backends apart, for moto alone",
    "moto.kms.models:os": "moto's KMS answers nobody in a world",
    "moto.kms.responses:os": "moto's KMS answers nobody in a world",
    "moto.kms.utils:os": "moto's KMS answers nobody in a world",
    "moto.moto_api._internal.moto_random:Random": "the source itself",
    "moto.moto_api._internal.moto_random:UUID": "the source itself",
    "moto.moto_proxy.certificate_creator:uuid4": "no part of a world",
    "moto.utilities.utils:UUID": "reads an id",
}
LISTED = {f"{module}:{name}" for modules in BY_SERVICE.values() for module, names in modules.items() for name in names}


def sources_of_chance(tree):
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names) if {"uuid", "random", "secrets"} & {name.name for name in names}:
                yield from (name.asname or name.name for name in names)
            case ast.ImportFrom(module="uuid" | "random" | "secrets", names=names):
                yield from (name.asname or name.name for name in names)
            case ast.Attribute(attr="urandom"):
                yield "os"


def test_every_module_of_moto_that_draws_by_itself_is_listed():
    root = Path(find_spec("moto").origin).parent
    found = {
        f"moto.{'.'.join(file.relative_to(root).with_suffix('').parts)}:{name}"
        for file in root.rglob("*.py")
        for text in [file.read_text()]
        if any(word in text for word in ("uuid", "random", "secrets"))
        for name in sources_of_chance(ast.parse(text))
    }
    assert found == LISTED | set(NOT_DRAWN)


def test_what_is_drawn_while_a_service_is_imported_is_not_of_what_the_seed_gives(aws_world):
    mock_random.seed("a")
    expected = [mock_random.random(), mock_random.get_random_string(), mock_random.uuid4(), mock_random.randint(5, 500)]
    mock_random.seed("a")
    drawn = [mock_random.random()]
    with chance.apart():
        mock_random.get_random_string(), mock_random.uuid4(), mock_random.randint(5, 500)
        with ThreadPoolExecutor(1) as others:
            drawn.append(others.submit(mock_random.get_random_string).result())
    drawn += [mock_random.uuid4(), mock_random.randint(5, 500)]
    assert drawn == expected


DIRECTORIES = {
    "cloudhsm-v2": "cloudhsmv2",
    "database-migration-service": "dms",
    "dynamodb-streams": "dynamodbstreams",
    "kinesis-analytics-v2": "kinesisanalyticsv2",
    "lex-models-v2": "lexv2-models",
    "s3-control": "s3control",
    "service-catalog": "servicecatalog",
    "sfn": "stepfunctions",
}
"""Where botocore keeps the model of a service, where that is not under its id."""


@pytest.mark.parametrize("service", BY_SERVICE)
def test_services_are_called_as_botocore_calls_them(service):
    loader = botocore.session.get_session().get_component("data_loader")
    model = loader.load_service_model(DIRECTORIES.get(service, service), "service-2")
    assert hyphenize_service_id(model["metadata"]["serviceId"]) == service
