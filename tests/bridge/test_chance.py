"""moto draws its ids from one source of chance, which a world seeds; where it forgets to, it is made to."""

import ast
from importlib.util import find_spec
from pathlib import Path

import botocore.session
import pytest
from botocore.utils import hyphenize_service_id

from kmsmock.bridge import moto_state
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


def calls_at_import(body):
    """The calls that run when a module is imported."""
    for each in body:
        match each:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                runs = [*each.args.defaults, *each.args.kw_defaults, *each.decorator_list]
            case ast.ClassDef():
                yield from calls_at_import(each.body)
                continue
            case _:
                runs = [each]
        yield from (call for one in runs if one for call in ast.walk(one) if isinstance(call, ast.Call))


def test_every_module_of_moto_that_draws_when_it_is_imported_is_imported_before_a_world_draws():
    root, found = Path(find_spec("moto").origin).parent, set()
    for file in root.rglob("*.py"):
        text = file.read_text()
        tree = ast.parse(text) if "mock_random" in text else ast.Module([], [])
        imports = [each for each in ast.walk(tree) if isinstance(each, ast.ImportFrom)]
        names = {one.asname or one.name for each in imports for one in each.names if one.name == "mock_random"}
        drawn = {ast.unparse(call.func).partition(".")[0] for call in calls_at_import(tree.body)}
        if names & drawn:
            found.add(f"moto.{'.'.join(file.relative_to(root).with_suffix('').parts)}")
    assert found == set(moto_state.DRAW_AT_IMPORT)


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
