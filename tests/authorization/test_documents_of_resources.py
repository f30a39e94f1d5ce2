"""What services refuse to store that look at little but the grammar of a policy.

Sources of the words are public reports of AWS's answers: aws-controllers-k8s/dynamodb-controller 176 (tables),
awsdocs/amazon-ecr-user-guide 20, pulumi/pulumi-aws 2326, hashicorp/terraform-provider-aws 39064 (repositories and
registries), hashicorp/terraform-provider-aws 32260 (logs). Codes without a text there are those that botocore's models
declare, and their texts are unverified.
"""

import json

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

import kmsmock
from tests.support.claims import OWNER, allow, policy, refused
from tests.support.documents import but, text

pytestmark = pytest.mark.evidence(
    "reported",
    "public reports of each service's refusal, named in the module; codes without a text are those of botocore's models",
)

ACCOUNT = f"arn:aws:iam::{OWNER}:root"
FINE = {"Sid": "A", "Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "*", "Resource": "*"}


PRINCIPAL = f'"Principal": {{"AWS": "{ACCOUNT}"}}, '


def nested(levels):
    return "[" * levels + "]" * levels


MALFORMED = [
    "{",
    "null",
    "[]",
    "[" * 5000,
    '{"Version": "2012-10-17"}',
    text(),
    text(but(FINE, Effect="Maybe")),
    text(but(FINE, Effect=None)),
    text(but(FINE, Principal=None)),
    text(but(FINE, Principal={"AWS": "nobody"})),
    text(but(FINE, Action=None)),
    text(but(FINE, Sid=7)),
    text(FINE, Id={"a": "b"}),
    text(FINE)[:-1] + f', "Id": {nested(340)}}}',
    text(but(FINE, Sid="S")).replace('"S"', nested(340)),
    text(but(FINE, Effect="E")).replace('"E"', nested(340)),
    text(but(FINE, Principal="P")).replace('"P"', f'{{"AWS": {nested(340)}}}'),
    text(but(FINE, Condition={"StringLike": {"aws:userid": "C"}})).replace('"C"', nested(340)),
    text(but(FINE, Sid="S")).replace('"S"', '"\\ud800"'),
    text(but(FINE, Sid="S")).replace('"S"', "NaN"),
    text(but(FINE, Extra=1)),
    text(FINE, Version="2013-01-01"),
    '{"Version": "2012-10-17", "Version": "2012-10-17", "Statement": [' + json.dumps(FINE) + "]}",
]

UNVERIFIED = "The policy document is not valid."


def table(owner):
    made = owner.client("dynamodb").create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return {"ResourceArn": made["TableDescription"]["TableArn"]}


def repository(owner):
    owner.client("ecr").create_repository(repositoryName="repository")
    return {"repositoryName": "repository"}


def file_system(owner):
    return {"FileSystemId": owner.client("efs").create_file_system(CreationToken="f")["FileSystemId"]}


def stream(owner):
    owner.client("kinesis").create_stream(StreamName="s", ShardCount=1)
    return {"ResourceARN": f"arn:aws:kinesis:us-east-1:{OWNER}:stream/s"}


def access_point(owner):
    owner.client("s3").create_bucket(Bucket="bucket")
    owner.client("s3control").create_access_point(AccountId=OWNER, Name="point", Bucket="bucket")
    return {"AccountId": OWNER, "Name": "point"}


def identity(owner):
    owner.client("sesv2").create_email_identity(EmailIdentity="somebody@example.com")
    return {"EmailIdentity": "somebody@example.com", "PolicyName": "p"}


def identity_with_policy(owner):
    given = identity(owner)
    owner.client("sesv2").create_email_identity_policy(**given, Policy=text(but(FINE, Action="ses:SendEmail")))
    return given


def cluster(owner):
    nodes = {"InstanceType": "kafka.m5.large", "ClientSubnets": ["subnet-0123456789abcdef0"]}
    made = owner.client("kafka").create_cluster(
        ClusterName="c", KafkaVersion="3.6.0", NumberOfBrokerNodes=1, BrokerNodeGroupInfo=nodes
    )
    return {"ClusterArn": made["ClusterArn"]}


def authority(owner):
    made = owner.client("acm-pca").create_certificate_authority(
        CertificateAuthorityConfiguration={
            "KeyAlgorithm": "RSA_2048",
            "SigningAlgorithm": "SHA256WITHRSA",
            "Subject": {"CommonName": "example.com"},
        },
        CertificateAuthorityType="ROOT",
    )
    return {"ResourceArn": made["CertificateAuthorityArn"]}


def vectors(owner):
    owner.client("s3vectors").create_vector_bucket(vectorBucketName="vectors")
    return {"vectorBucketName": "vectors"}


def destination(owner):
    owner.client("logs").put_destination(
        destinationName="d", targetArn=f"arn:aws:kinesis:us-east-1:{OWNER}:stream/s", roleArn=f"{ACCOUNT[:-4]}role/r"
    )
    return {"destinationName": "d"}


def delivery(owner):
    owner.client("logs").put_delivery_destination(
        name="d", deliveryDestinationConfiguration={"destinationResourceArn": "arn:aws:s3:::bucket"}
    )
    return {"deliveryDestinationName": "d"}


def nothing(owner):
    return {}


INVALID = "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid {} policy provided'"
PLACES = {
    "dynamodb": (
        table,
        "put_resource_policy",
        "Policy",
        "ValidationException",
        "One or more parameter values were invalid: Invalid policy document",
    ),
    "ecr": (
        repository,
        "set_repository_policy",
        "policyText",
        "InvalidParameterException",
        INVALID.format("repository"),
    ),
    "ecr registry": (
        nothing,
        "put_registry_policy",
        "policyText",
        "InvalidParameterException",
        INVALID.format("registry"),
    ),
    "efs": (file_system, "put_file_system_policy", "Policy", "InvalidPolicyException", UNVERIFIED),
    "kinesis": (stream, "put_resource_policy", "Policy", "InvalidArgumentException", UNVERIFIED),
    "events": (nothing, "put_permission", "Policy", "ValidationException", UNVERIFIED),
    "logs": (
        lambda owner: {"policyName": "p"},
        "put_resource_policy",
        "policyDocument",
        "InvalidParameterException",
        "Could not convert to persistable policy.",
    ),
    "apigateway": (
        lambda owner: {"name": "api"},
        "create_rest_api",
        "policy",
        "BadRequestException",
        "Invalid policy document. Please check the policy syntax and ensure that Principals are valid.",
    ),
    "glue": (nothing, "put_resource_policy", "PolicyInJson", "InvalidInputException", UNVERIFIED),
    "kafka": (
        cluster,
        "put_cluster_policy",
        "Policy",
        "BadRequestException",
        UNVERIFIED,
    ),
    "acm-pca": (
        authority,
        "put_policy",
        "Policy",
        "InvalidPolicyException",
        UNVERIFIED,
    ),
    "s3vectors": (
        vectors,
        "put_vector_bucket_policy",
        "policy",
        "ValidationException",
        UNVERIFIED,
    ),
    "sesv2": (identity, "create_email_identity_policy", "Policy", "BadRequestException", UNVERIFIED),
    "sesv2 update": (identity_with_policy, "update_email_identity_policy", "Policy", "BadRequestException", UNVERIFIED),
    "logs destination": (
        destination,
        "put_destination_policy",
        "accessPolicy",
        "InvalidParameterException",
        "Could not convert to persistable policy.",
    ),
    "logs delivery": (
        delivery,
        "put_delivery_destination_policy",
        "deliveryDestinationPolicy",
        "ValidationException",
        UNVERIFIED,
    ),
    "s3control": (
        access_point,
        "put_access_point_policy",
        "Policy",
        "MalformedPolicy",
        "Invalid policy syntax.",
    ),
}


@pytest.mark.evidence("assumed", "for services without a report, botocore's code and a text chosen here")
@pytest.mark.parametrize("place", PLACES)
def test_policies_of_resources_are_read_before_they_are_stored(owner, place):
    prepare, method, member, code, message = PLACES[place]
    given, put = prepare(owner), getattr(owner.client(place.partition(" ")[0]), method)
    told = [said(put, **given, **{member: document.ljust(2)}) for document in MALFORMED]  # Glue's clients send no less
    assert told == [(code, message, 400)] * len(MALFORMED)


def said(put, **params):
    """How a request is refused: code, message and status."""
    with pytest.raises(ClientError) as caught:
        put(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.evidence("assumed", "refused as what is no JSON")
@pytest.mark.parametrize("place", [place for place in PLACES if not place.startswith("apigateway")])
def test_an_empty_text_is_no_policy(owner, place):
    """Only REST APIs take it, for having none."""
    prepare, method, member, code, message = PLACES[place]
    client = owner.client(place.partition(" ")[0], config=Config(parameter_validation=False))
    assert said(getattr(client, method), **prepare(owner), **{member: ""}) == (code, message, 400)


VALID = {
    "dynamodb": (
        but(FINE, Action="dynamodb:GetItem"),
        lambda client, given: client.get_resource_policy(**given)["Policy"],
    ),
    "ecr": (
        {"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"},
        lambda client, given: client.get_repository_policy(**given)["policyText"],
    ),
    "ecr registry": (
        but(FINE, Action="ecr:ReplicateImage"),
        lambda client, _: client.get_registry_policy()["policyText"],
    ),
    "efs": (
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "elasticfilesystem:ClientMount"},
        lambda client, given: client.describe_file_system_policy(**given)["Policy"],
    ),
    "kinesis": (
        but(FINE, Action="kinesis:GetRecords"),
        lambda client, given: client.get_resource_policy(**given)["Policy"],
    ),
    "events": (
        but(FINE, Sid="mine", Action="events:PutEvents"),
        lambda client, _: client.describe_event_bus()["Policy"],
    ),
    "logs": (
        but(FINE, Principal={"Service": "es.amazonaws.com"}, Action="logs:PutLogEvents"),
        lambda client, _: client.describe_resource_policies()["resourcePolicies"][0]["policyDocument"],
    ),
    "apigateway": (
        but(FINE, Principal="*", Action="execute-api:Invoke", Resource="execute-api:/*"),
        lambda client, _: client.get_rest_apis()["items"][0]["policy"],
    ),
}
"""What a service takes, and how it shows what it has."""


@pytest.mark.parametrize("place", VALID)
def test_what_the_services_take_is_stored(owner, place):
    prepare, method, member, _, _ = PLACES[place]
    statement, shown = VALID[place]
    client, given = owner.client(place.partition(" ")[0]), prepare(owner)
    getattr(client, method)(**given, **{member: text(statement)})
    assert json.loads(shown(client, given)) == policy(statement)


def test_a_table_is_created_with_a_policy_or_not_at_all(owner):
    dynamodb = owner.client("dynamodb")
    message = (
        "One or more parameter values were invalid: Invalid policy document: The following action names are invalid: "
        '"s3:GetObject"'
    )
    with refused("ValidationException", message):
        dynamodb.create_table(
            TableName="t",
            KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            ResourcePolicy=text(but(FINE, Action="s3:GetObject")),
        )
    assert dynamodb.list_tables()["TableNames"] == []


def test_a_repository_trusts_nobody_who_is_not_there(owner):
    given = repository(owner)
    ghost = but(FINE, Principal={"AWS": f"arn:aws:iam::{OWNER}:role/ghost"}, Resource=None)
    message = "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Principal not found'"
    with refused("InvalidParameterException", message):
        owner.client("ecr").set_repository_policy(policyText=text(ghost), **given)
    assert said(owner.client("ecr").get_repository_policy, **given)[0] == "RepositoryPolicyNotFoundException"


def test_a_patch_of_an_api_is_read_if_it_is_one_of_its_policy(owner):
    api = owner.client("apigateway")
    made = api.create_rest_api(name="api")["id"]
    with refused("BadRequestException", PLACES["apigateway"][-1]):
        api.update_rest_api(restApiId=made, patchOperations=[{"op": "replace", "path": "/policy", "value": "{"}])
    api.update_rest_api(restApiId=made, patchOperations=[{"op": "replace", "path": "/description", "value": "{"}])
    shown = api.get_rest_api(restApiId=made)
    assert (shown["description"], shown.get("policy")) == ("{", None)


@pytest.mark.evidence("assumed", "botocore's code for EventBridge, and a text chosen here")
def test_statements_of_a_bus_keep_their_names_or_get_some(owner):
    events = owner.client("events")
    put = but(FINE, Action="events:PutEvents")
    events.put_permission(Policy=json.dumps({"Version": "2012-10-17", "Statement": but(put, Sid=None)}))
    with refused("ValidationException", UNVERIFIED):
        events.put_permission(Policy=text(but(put, Principal=None, NotPrincipal={"AWS": OWNER})))
    events.put_permission(Policy=text(but(put, Sid="mine", Principal={"AWS": OWNER})))
    stored = json.loads(events.describe_event_bus()["Policy"])["Statement"]
    assert [each["Sid"] for each in stored] == ["statement-1", "mine"]


def all_of(client, method, member, **options):
    """How to list what a client's account has."""
    return lambda: getattr(client, method)(**options).get(member, [])


def key(client, owner):
    return lambda document: client.create_key(Policy=document), all_of(client, "list_keys", "Keys")


def bucket(client, owner):
    def stored():
        try:
            return [client.get_bucket_policy(Bucket="bucket")["Policy"]]
        except client.exceptions.from_code("NoSuchBucketPolicy"):
            return []

    client.create_bucket(Bucket="bucket")
    return lambda document: client.put_bucket_policy(Bucket="bucket", Policy=document), stored


def queue(client, owner):
    queues = all_of(client, "list_queues", "QueueUrls")
    return lambda document: client.create_queue(QueueName="q", Attributes={"Policy": document}), queues


def topic(client, owner):
    topics = all_of(client, "list_topics", "Topics")
    return lambda document: client.create_topic(Name="t", Attributes={"Policy": document}), topics


def secret(client, owner):
    client.create_secret(Name="s", SecretString="x")
    stored = all_of(client, "get_resource_policy", "ResourcePolicy", SecretId="s")
    return lambda document: client.put_resource_policy(SecretId="s", ResourcePolicy=document), stored


def endpoint(client, owner):
    about = {
        "VpcId": client.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"],
        "ServiceName": "com.amazonaws.us-east-1.kms",
    }
    endpoints = all_of(client, "describe_vpc_endpoints", "VpcEndpoints")
    return lambda document: client.create_vpc_endpoint(PolicyDocument=document, **about), endpoints


def resource_control_policy(client, owner):
    def stored():
        found = client.list_policies(Filter="RESOURCE_CONTROL_POLICY")["Policies"]
        return [each for each in found if not each["AwsManaged"]]

    client.create_organization(FeatureSet="ALL")
    about = {"Name": "p", "Description": "d", "Type": "RESOURCE_CONTROL_POLICY"}
    return lambda document: client.create_policy(Content=document, **about), stored


def managed_policy(client, owner):
    policies = all_of(client, "list_policies", "Policies", Scope="Local")
    return lambda document: client.create_policy(PolicyName="p", PolicyDocument=document), policies


def role(client, owner):
    roles = all_of(client, "list_roles", "Roles")
    return lambda document: client.create_role(RoleName="r", AssumeRolePolicyDocument=document), roles


def session(client, owner):
    user = owner.user("u", [allow("*")]).client("sts")
    return lambda document: user.get_federation_token(Name="fed", Policy=document), list  # sessions are not listed


OLDER = [
    ("kms", key, "MalformedPolicyDocumentException"),
    ("s3", bucket, "MalformedPolicy"),
    ("sqs", queue, "InvalidAttributeValue"),
    ("sns", topic, "InvalidParameter"),
    ("secretsmanager", secret, "MalformedPolicyDocumentException"),
    ("ec2", endpoint, "InvalidPolicyDocument"),
    ("organizations", resource_control_policy, "MalformedPolicyDocumentException"),
    ("iam", managed_policy, "MalformedPolicyDocument"),
    ("iam", role, "MalformedPolicyDocument"),
    ("sts", session, "MalformedPolicyDocument"),
]
"""Each with what puts a document there and what lists those that are there."""


@pytest.mark.parametrize(("service", "place", "code"), OLDER, ids=lambda each: getattr(each, "__name__", each))
def test_no_malformed_document_is_stored_anywhere(owner, service, place, code):
    put, stored = place(owner.client(service), owner)
    identity = place in (managed_policy, session, role)
    for document in MALFORMED:
        if identity and document in (text(but(FINE, Principal=None)), text(but(FINE, Principal={"AWS": "nobody"}))):
            continue
        if service == "sts" and len(document) > 2048:
            continue
        with refused(code):
            put(document.replace(PRINCIPAL, "") if identity else document)
        assert stored() == [], document


@pytest.mark.parametrize("enforce", ["audit", "off"])
def test_a_world_that_does_not_enforce_stores_what_moto_takes(enforce):
    with kmsmock.World(enforce=enforce) as world:
        owner = world.account(OWNER)
        for service, place, _ in OLDER[1:6]:
            put, stored = place(owner.client(service), owner)
            put(text(FINE))
            assert stored(), service
