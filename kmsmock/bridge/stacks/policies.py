"""The policy documents in a template are read as those of an API call are: a stack with one that AWS refuses fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kmsmock.authorization import documents
from kmsmock.bridge.stacks.kms_resources import ResourceFailed, document, fail
from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.records import serving
from kmsmock.services import iam_documents, places
from kmsmock.services.places import Path
from kmsmock.store import Store

Properties = Mapping[str, Any]
Found = Iterator[tuple[str, Any, str]]
"""Kind of document, the document, and whose it is; of a trust policy, the role's name."""


def _inline(kind: str) -> Callable[[Properties, str], Found]:
    def read(properties: Properties, name: str) -> Found:
        if kind == "role":
            yield "trust", properties.get("AssumeRolePolicyDocument"), name
        for each in properties.get("Policies") or ():
            yield "inline", each.get("PolicyDocument"), f'inline policy "{each.get("PolicyName")}" of {kind} {name}'

    return read


def _one(kind: str, place: str, at: Path = ("PolicyDocument",)) -> Callable[[Properties, str], Found]:
    def read(properties: Properties, name: str) -> Found:
        yield from ((kind, found, f"{place} {name}") for found in places.at(properties, at))

    return read


_READERS: Mapping[str, Callable[[Properties, str], Found]] = {
    "AWS::ApiGateway::RestApi": _one("REST API", "policy of REST API", ("Policy",)),
    "AWS::DynamoDB::Table": _one("table", "policy of table", ("ResourcePolicy", "PolicyDocument")),
    "AWS::EC2::VPCEndpoint": _one("endpoint", "policy of VPC endpoint"),
    "AWS::ECR::Repository": _one("repository", "policy of repository", ("RepositoryPolicyText",)),
    "AWS::EFS::FileSystem": _one("file system", "policy of file system", ("FileSystemPolicy",)),
    "AWS::IAM::ManagedPolicy": _one("managed", "managed policy"),
    "AWS::IAM::Policy": _one("inline", "inline policy"),
    "AWS::IAM::Role": _inline("role"),
    "AWS::IAM::User": _inline("user"),
    "AWS::Logs::ResourcePolicy": _one("log", "resource policy of logs"),
}
"""By the type of a resource, the documents in its properties; types that moto makes from templates."""


def reading(resource_type: str, original: Any) -> Any:
    """moto's class of a resource, whose documents are read before it is made."""
    read = _READERS.get(resource_type)
    if read is None:
        return original

    def create(resource_name: str, template: Any, account_id: str, region_name: str, **about: Any) -> Any:
        try:
            store = serving.current().store
            with store.making(about["LogicalId"]):
                _check(store, read(template.get("Properties", {}), resource_name))
        except AwsError as error:
            asking = serving.current()
            call = Call("cloudformation", "CreateStack", {}, asking.caller, region_name)
            fail(asking, call, ResourceFailed(about["LogicalId"], resource_type, error, resource_type.split("::")[1]))
        return original.create_from_cloudformation_json(resource_name, template, account_id, region_name, **about)

    return type(original.__name__, (original,), {"create_from_cloudformation_json": staticmethod(create)})


def _check(store: Store, found: Found) -> None:
    for kind, given, place in found:
        if given is None:
            continue
        text = document(given)
        if kind == "trust":
            iam_documents.check_trust(store, text, place)
        else:
            documents.accept(store, kind, text, place)
