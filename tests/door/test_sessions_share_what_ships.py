"""What botocore and boto3 ship is read once for all sessions made in worlds, and no session notices.

Source: "Extending the boto3" (events, custom classes), "Loaders" and "Session" in the references of boto3 and botocore.
"""

import json
import os
import threading
from unittest import mock

import boto3
import botocore.handlers
import botocore.session
import pytest
from botocore import hooks
from botocore.client import ClientCreator
from botocore.config import Config
from botocore.endpoint import EndpointCreator
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import BotoCoreError, ParamValidationError
from botocore.handlers import BUILTIN_HANDLERS
from botocore.hooks import EventAliaser
from botocore.loaders import JSONFileLoader, Loader
from botocore.model import ServiceModel
from botocore.regions import EndpointRulesetResolver
from botocore.session import Session
from moto import mock_aws

import kmsmock
from kmsmock.door import shared_data
from tests.support.floors import newest_botocore

KEYS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}


@pytest.fixture
def read(monkeypatch):
    """The files that were parsed."""
    files, original = [], JSONFileLoader._load_file

    def load(self, full_path, open_method):
        found = original(self, full_path, open_method)
        if found is not None:
            files.append(full_path)
        return found

    def read_by_us(file_path, original=shared_data._read):
        files.append(file_path)
        return original(file_path)

    monkeypatch.setattr(JSONFileLoader, "_load_file", load)
    monkeypatch.setattr(shared_data, "_read", read_by_us)
    return files


def fresh():
    return boto3.Session(**KEYS)


def models_of(client):
    return client.meta.service_model


MAKERS = {
    "default": lambda world, service: boto3.client(service, **KEYS),
    "session": lambda world, service: fresh().client(service),
    "botocore": lambda world, service: botocore.session.get_session().create_client(service, "us-east-1"),
    "resource": lambda world, service: fresh().resource("s3").meta.client and fresh().client(service),
    "principal": lambda world, service: world.account("111111111111").client(service),
    "aiobotocore's loader": lambda world, service: Loader().load_service_model(service, "service-2"),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("service", ["kms", "s3", "ec2"])
def test_nothing_is_parsed_twice(read, make, service):
    with kmsmock.World() as world:
        make(world, service)
    read.clear()
    with kmsmock.World() as world:
        make(world, service)
        boto3.DEFAULT_SESSION = None
        make(world, service)
        with mock_aws():
            make(world, service)
    assert read == []


@newest_botocore
def test_after_the_last_world_a_session_parses_for_itself(read):
    replaced = [
        (JSONFileLoader, "load_file"),
        (Loader, "list_available_services"),
        (Loader, "list_api_versions"),
        (EndpointProvider, "__init__"),
        (EndpointProvider, "_resolve_endpoint"),
        (EndpointRulesetResolver, "_resolve_param_from_context"),
        (Session, "_register_builtin_handlers"),
        (EventAliaser, "_alias_event_name"),
        (hooks, "accepts_kwargs"),
        (ServiceModel, "error_shapes"),
        (EndpointCreator, "_get_proxies"),
        (ServiceModel, "endpoint_discovery_operation"),
        (ClientCreator, "_create_methods"),
        (ClientCreator, "_create_name_mapping"),
    ]
    before = [vars(owner)[name] for owner, name in replaced]
    with kmsmock.World():
        assert all(vars(owner)[name] is not each for (owner, name), each in zip(replaced, before, strict=True))
        fresh().client("sqs")
    read.clear()
    client = fresh().client("sqs")
    assert [vars(owner)[name] for owner, name in replaced] == before
    assert sum("/sqs/" in each.replace("\\", "/") for each in read) == 2  # the model, and the endpoint rules
    assert type(models_of(client)._service_description).__module__ == "collections"


def writes_into_metadata(session, client):
    models_of(client).metadata["signingName"] = "mine"


def writes_into_an_operation(session, client):
    models_of(client).operation_model("ListQueues").http["requestUri"] = "/mine"


def writes_into_a_shape(session, client):
    models_of(client).shape_for("ListQueuesRequest")._shape_model["members"]["QueueNamePrefix"]["shape"] = "Integer"


def takes_a_shape_away(session, client):
    del models_of(client)._service_description["shapes"]["ListQueuesRequest"]


def writes_into_service_data(session, client):
    session._session.get_service_data("sqs")["operations"].clear()


def writes_into_what_the_loader_gives(session, client):
    loader = session._session.get_component("data_loader")
    loader.load_service_model("sqs", "service-2")["metadata"]["serviceId"] = "Mine"
    loader.load_service_model("sqs", "endpoint-rule-set-1")["rules"].clear()
    loader.load_service_model("sqs", "paginators-1")["pagination"].clear()
    loader.load_data("endpoints")["partitions"].clear()
    loader.load_data("partitions")["partitions"][0]["outputs"]["dnsSuffix"] = "example.org"
    loader.load_data("_retry").clear()
    loader.list_available_services("service-2").clear()


@pytest.mark.parametrize(
    "write",
    [
        writes_into_metadata,
        writes_into_an_operation,
        writes_into_a_shape,
        takes_a_shape_away,
        writes_into_service_data,
        writes_into_what_the_loader_gives,
    ],
)
def test_what_one_session_writes_no_other_sees(aws_world, write):
    def seen(session):
        loader, client = session._session.get_component("data_loader"), session.client("sqs")
        types = ("service-2", "endpoint-rule-set-1", "paginators-1")
        return json.dumps(
            [
                models_of(client)._service_description,
                client.list_queues()["ResponseMetadata"]["HTTPStatusCode"],
                client.meta.endpoint_url,
                client.can_paginate("list_queues"),
                *(loader.load_service_model("sqs", each) for each in types),
                *(loader.load_data(each) for each in ("endpoints", "partitions", "_retry")),
                loader.list_available_services("service-2"),
            ]
        )

    before = seen(fresh())
    writer = fresh()
    write(writer, writer.client("sqs"))
    assert seen(fresh()) == before
    assert seen(aws_world.account("123456789012").session()) == before


class Asked(Exception):
    """What a client would send."""


def host_asked(session):
    def stop(request, **_):
        raise Asked(request.url)

    client = session.client("sqs")
    client.meta.events.register("request-created.sqs", stop)
    with pytest.raises(Asked) as asked:
        client.list_queues()
    return str(asked.value)


def test_who_writes_sees_it(aws_world):
    """A session's own rules are compiled for it, however often others were."""
    before = host_asked(fresh())
    session = fresh()
    rules = session._session.get_component("data_loader").load_service_model("sqs", "endpoint-rule-set-1")
    rules["rules"][:] = [{"conditions": [], "endpoint": {"url": "https://mine.example.org"}, "type": "endpoint"}]
    assert host_asked(session) == "https://mine.example.org/"
    assert host_asked(fresh()) == before == "https://sqs.us-east-1.amazonaws.com/"


def test_what_boto3_writes_into_urls_of_s3_stays_in_its_client(aws_world):
    """botocore takes the bucket out of the model's request URIs."""
    first, second = fresh().client("s3"), fresh().client("s3")
    first.create_bucket(Bucket="bucket")
    assert second.list_objects_v2(Bucket="bucket")["KeyCount"] == 0
    assert models_of(fresh().client("s3")).operation_model("ListObjectsV2").http["requestUri"].startswith("/{Bucket}")


def test_handlers_of_a_session_are_its_own(aws_world):
    heard, first, second = [], fresh(), fresh()
    first.events.register("before-call.kms", lambda model, **_: heard.append(model.name))
    first.events.register("before-call.*.ListAliases", lambda model, **_: heard.append(f"also {model.name}"))
    for session in (first, second, fresh()):
        session.client("kms").list_aliases()
    assert heard == ["also ListAliases", "ListAliases"]


def test_classes_of_clients_are_their_sessions(aws_world):
    """Source: "Extensibility guide" of boto3: a handler of creating-client-class adds methods and base classes."""

    def customise(class_attributes, base_classes, **_):
        plain = class_attributes["list_keys"]
        class_attributes["list_keys"] = lambda self, **given: {**plain(self, **given), "mine": True}
        class_attributes["another"] = lambda self: "mine"
        plain.mark = "mine"

    first = fresh()
    first.events.register("creating-client-class.kms", customise)
    customised, plain = first.client("kms"), fresh().client("kms")
    assert customised.list_keys()["mine"] is True
    assert customised.another() == "mine"
    assert "mine" not in plain.list_keys()
    assert not hasattr(plain, "another")
    assert not hasattr(plain.list_keys, "mark")
    assert type(plain) is not type(customised)


def test_methods_are_like_botocores(aws_world):
    ours = fresh().client("kms")
    assert type(ours).list_keys is type(fresh().client("kms")).list_keys
    assert ours.list_keys.__name__ == "list_keys"
    with pytest.raises(TypeError, match=r"^list_keys\(\) only accepts keyword arguments\.$"):
        ours.list_keys("a")
    inside = {name: str(getattr(ours, name).__doc__) for name in ("list_keys", "decrypt")}
    about = ours.list_keys.__qualname__, ours.list_keys.__module__, ours.list_keys.__defaults__
    aws_world.stop()
    theirs = fresh().client("kms")
    assert about == (theirs.list_keys.__qualname__, theirs.list_keys.__module__, theirs.list_keys.__defaults__)
    assert inside == {name: str(getattr(theirs, name).__doc__) for name in inside}
    aws_world.__init__()
    aws_world.start()


def test_documentation_is_that_of_its_session(aws_world):
    """Source: botocore's docs events (``docs.*.kms.ListKeys.complete-section``)."""
    first, second = fresh(), fresh()
    first.events.register("docs.*.kms.ListKeys.complete-section", lambda section, **_: section.write("MINE"))
    assert "MINE" in str(first.client("kms").list_keys.__doc__)
    assert "MINE" not in str(second.client("kms").list_keys.__doc__)


def test_somebody_who_makes_methods_of_his_own_goes_on(monkeypatch):
    original = ClientCreator._create_api_method

    def traced(self, name, operation, model):
        plain = original(self, name, operation, model)
        return lambda client, **given: {**plain(client, **given), "traced": operation}

    monkeypatch.setattr(ClientCreator, "_create_api_method", traced)
    with kmsmock.World():
        assert fresh().client("kms").list_keys()["traced"] == "ListKeys"
    monkeypatch.undo()
    with kmsmock.World():
        assert "traced" not in fresh().client("kms").list_keys()


def test_handlers_that_a_suite_adds_for_all_sessions_are_heard(aws_world, monkeypatch):
    heard = []
    monkeypatch.setattr("botocore.handlers.BUILTIN_HANDLERS", BUILTIN_HANDLERS)
    BUILTIN_HANDLERS.append(("before-call.kms", lambda **_: heard.append(1)))
    try:
        fresh().client("kms").list_keys()
    finally:
        BUILTIN_HANDLERS.pop()
    fresh().client("kms").list_keys()
    assert heard == [1]


def test_a_handler_that_does_not_take_everything_is_refused_as_ever(aws_world):
    def narrow(model):
        raise AssertionError

    with pytest.raises(ValueError, match=r"must accept keyword arguments \(\*\*kwargs\)"):
        fresh().events.register("before-call", narrow)
    with pytest.raises(ValueError, match=r"must accept keyword arguments \(\*\*kwargs\)"):
        fresh().events.register("before-call", threading.Thread().start)


def test_names_of_events_are_still_aliased(aws_world):
    """botocore: handlers of ``before-call.cloudwatchlogs`` and ``before-call.logs`` hear cloudwatch-logs."""
    heard, session = [], fresh()
    session.events.register("before-call.logs", lambda **_: heard.append("logs"))
    session.client("logs").describe_log_groups()
    assert heard == ["logs"]
    own = EventAliaser(hooks.HierarchicalEmitter(), {"old": "new"})
    own.register("before-call.old", lambda **_: heard.append("old"))
    own.register("before-call.logs", lambda **_: heard.append("as it is"))
    own.emit("before-call.new")
    own.emit("before-call.logs")
    assert heard == ["logs", "old", "as it is"]


def test_errors_are_found_in_the_model(aws_world):
    client = fresh().client("kms")
    with pytest.raises(client.exceptions.NotFoundException):
        client.describe_key(KeyId="alias/absent")
    assert {each.name for each in models_of(client).error_shapes} >= {"NotFoundException", "DisabledException"}


@pytest.mark.parametrize("name", [None, "HTTPS_PROXY", "https_proxy"])
def test_proxies_are_those_of_the_environment(aws_world, monkeypatch, name):
    """Source: "Using environment variables" for proxies in boto3's guide."""
    for each in [each for each in os.environ if each.lower().endswith("_proxy")]:
        monkeypatch.delenv(each)
    if name is not None:
        monkeypatch.setenv(name, "http://proxy.example:3128")
    found = fresh().client("kms")._endpoint.http_session._proxy_config._proxies
    assert found == ({} if name is None else {"https": "http://proxy.example:3128"})


def test_operations_that_find_endpoints_are_found(aws_world):
    assert models_of(fresh().client("dynamodb")).endpoint_discovery_operation.name == "DescribeEndpoints"
    assert models_of(fresh().client("kms")).endpoint_discovery_operation is None


# --- sessions with data of their own ----------------------------------------------------------------------------------


@pytest.fixture
def shadow(tmp_path):
    """A folder with another model of SQS, later than botocore's."""
    model = json.loads(json.dumps(Loader().load_service_model("sqs", "service-2")))
    model["metadata"]["serviceFullName"] = "mine"
    folder = tmp_path / "sqs" / "2099-01-01"
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text(json.dumps(model))
    (tmp_path / "things" / "2099-01-01").mkdir(parents=True)
    (tmp_path / "things" / "2099-01-01" / "service-2.json").write_text(json.dumps(model))
    return tmp_path


def name_in(session):
    return models_of(session.client("sqs")).metadata["serviceFullName"]


def test_a_data_path_of_the_environment(shadow, monkeypatch, aws_world):
    plain = fresh()
    assert name_in(plain) != "mine"
    monkeypatch.setenv("AWS_DATA_PATH", str(shadow))
    assert name_in(fresh()) == "mine"
    assert "things" in fresh().get_available_services()
    monkeypatch.delenv("AWS_DATA_PATH")
    assert name_in(fresh()) == name_in(plain) != "mine"
    assert "things" not in fresh().get_available_services()


def test_a_search_path_of_one_session(shadow, aws_world):
    made = botocore.session.get_session()
    made.get_component("data_loader").search_paths.insert(0, str(shadow))
    assert name_in(boto3.Session(**KEYS, botocore_session=made)) == "mine"
    assert name_in(fresh()) != "mine"
    assert fresh()._session.get_component("data_loader").search_paths.count(str(shadow)) == 0


def test_what_a_suite_writes_anew_is_read_anew(shadow, monkeypatch, aws_world):
    monkeypatch.setenv("AWS_DATA_PATH", str(shadow))
    assert name_in(fresh()) == "mine"
    file = shadow / "sqs" / "2099-01-01" / "service-2.json"
    file.write_text(file.read_text().replace('"mine"', '"changed"'))
    assert name_in(fresh()) == "changed"


def test_a_loader_of_ones_own(aws_world):
    class Mine(Loader):
        def load_service_model(self, service_name, type_name, api_version=None):
            model = super().load_service_model(service_name, type_name, api_version)
            if type_name == "service-2":
                model["metadata"]["serviceFullName"] = "mine"
            return model

        def list_available_services(self, type_name):
            return ["sqs"]

    made = botocore.session.get_session()
    made.register_component("data_loader", Mine())
    mine = boto3.Session(**KEYS, botocore_session=made)
    assert name_in(mine) == "mine"
    assert mine.get_available_services() == ["sqs"]
    assert name_in(fresh()) != "mine"


def test_a_reader_of_files_of_ones_own(aws_world):
    class Reader(JSONFileLoader):
        def load_file(self, file_path):
            read.append(file_path)
            return super().load_file(file_path)

    read = []
    made = botocore.session.get_session()
    made.register_component("data_loader", Loader(file_loader=Reader()))
    boto3.Session(**KEYS, botocore_session=made).client("sqs")
    assert any("sqs" in each for each in read)
    assert type(made.get_component("data_loader").load_data("partitions")).__module__ == "collections"


def handlers_of(session):
    """The handlers of a session by event, in the order in which they are asked."""
    found, nodes = {}, [((), session.get_component("event_emitter")._emitter._handlers._root)]
    for path, node in nodes:
        found[path] = [list(each) for each in node["values"] or ()]
        nodes += [((*path, child["chunk"]), child) for child in node["children"].values()]
    return found


def test_a_new_session_has_the_handlers_that_it_would_have():
    with kmsmock.World():
        botocore.session.get_session()
        inside = handlers_of(botocore.session.get_session())
        added = ("before-call.sqs", lambda **_: None)
        with mock.patch.object(botocore.handlers, "BUILTIN_HANDLERS", [*BUILTIN_HANDLERS, added]):
            more = handlers_of(botocore.session.get_session())
    assert (inside, len(inside) > 100) == (handlers_of(botocore.session.get_session()), True)
    assert (more.pop(("before-call", "sqs"), None), more) != (None, inside)


def test_a_handler_of_one_session_is_not_anothers(aws_world):
    one, other, seen = fresh(), fresh(), []
    one.events.register("before-call.sqs", lambda **_: seen.append("asked"))
    one.events.unregister("before-parameter-build.s3", botocore.handlers.validate_bucket_name)
    other.client("sqs").list_queues()
    assert seen == []
    with pytest.raises(ParamValidationError, match="Invalid bucket name"):
        other.client("s3").list_objects_v2(Bucket="no name")


@pytest.mark.parametrize(
    ("config", "bucket"),
    [
        (None, "bucket"),
        (None, "with.dots"),
        (Config(s3={"addressing_style": "path"}), "bucket"),
        (Config(use_fips_endpoint=True), "bucket"),
        (Config(s3={"use_accelerate_endpoint": True}), "bucket"),
    ],
)
def test_calls_go_where_they_would(config, bucket):
    """As told by a client that no world knows of."""

    def asked():
        for region in ("us-east-1", "eu-west-1", "cn-north-1"):
            yield resolved("s3", region, "GetObject", {"Bucket": bucket, "Key": "k"})
            yield resolved("s3", region, "ListBuckets", {})
            yield resolved("dynamodb", region, "GetItem", {"TableName": "t"})
            yield resolved("ec2", region, "DescribeVolumes", {})

    def resolved(service, region, operation, params):
        client = boto3.Session(**{**KEYS, "region_name": region}).client(service, config=config)
        model, context = models_of(client).operation_model(operation), {}
        try:
            found = client._resolve_endpoint_ruleset(model, params, context)
        except BotoCoreError as refused:
            return type(refused), str(refused)
        found[2].clear()  # what somebody does to it
        return found[0], found[1], {**context}

    with kmsmock.World():
        inside = [*asked(), *asked()]
    outside = list(asked())
    assert inside == outside * 2
