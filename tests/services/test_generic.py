"""Services that nobody modelled: where a request names a KMS key, the key is looked at all the same, and that is said."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.support.claims import OWNER
from tests.support.ec2 import EAST, GHOST, WEST, cmk
from tests.support.services import decided, person, refused_somehow

pytestmark = pytest.mark.evidence(
    "documented", "botocore's models: which request names a key, and the errors that the operation declares"
)

ROLE = f"arn:aws:iam::{OWNER}:role/service-role"
MACHINE = json.dumps({"StartAt": "a", "States": {"a": {"Type": "Succeed"}}})


def firehose(client, key):
    destination = {"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::hose"}
    encryption = {"KeyARN": key, "KeyType": "CUSTOMER_MANAGED_CMK"}
    client.create_delivery_stream(
        DeliveryStreamName="stream",
        DeliveryStreamEncryptionConfigurationInput=encryption,
        S3DestinationConfiguration=destination,
    )


def glue(client, key):
    rules = {"S3Encryption": [{"S3EncryptionMode": "SSE-KMS", "KmsKeyArn": key}]}
    client.create_security_configuration(Name="configuration", EncryptionConfiguration=rules)


def redshift(client, key):
    login = {"MasterUsername": "administrator", "MasterUserPassword": "Correct-horse1"}
    client.create_cluster(ClusterIdentifier="cluster", NodeType="ra3.xlplus", Encrypted=True, KmsKeyId=key, **login)


def sagemaker(client, key):
    client.create_notebook_instance(
        NotebookInstanceName="notebook", InstanceType="ml.t2.medium", RoleArn=ROLE, KmsKeyId=key
    )


def states(client, key):
    encryption = {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": key}
    client.create_state_machine(name="machine", definition=MACHINE, roleArn=ROLE, encryptionConfiguration=encryption)


def timestream(client, key):
    client.create_database(DatabaseName="database", KmsKeyId=key)


def opensearch(client, key):
    client.create_domain(DomainName="domain", EncryptionAtRestOptions={"Enabled": True, "KmsKeyId": key})


def count(operation, member):
    return lambda client: len(getattr(client, operation)()[member])


SERVICES = {  # by name for boto3: what makes something under a key, what tells how many there are, the label of ViaService
    "firehose": (firehose, count("list_delivery_streams", "DeliveryStreamNames"), "firehose"),
    "glue": (glue, count("get_security_configurations", "SecurityConfigurations"), "glue"),
    "redshift": (redshift, count("describe_clusters", "Clusters"), "redshift"),
    "sagemaker": (sagemaker, count("list_notebook_instances", "NotebookInstances"), "sagemaker"),
    "stepfunctions": (states, count("list_state_machines", "stateMachines"), "states"),
    "timestream-write": (timestream, count("list_databases", "Databases"), "timestream"),
    "opensearch": (opensearch, count("list_domain_names", "DomainNames"), "es"),
}
UNMODELLED = ["glue", "redshift", "sagemaker", "timestream-write", "opensearch"]

every_service = pytest.mark.parametrize("service", SERVICES)


@pytest.fixture(autouse=True)
def bucket(owner):
    owner.client("s3").create_bucket(Bucket="hose")


def make(account, service, key):
    SERVICES[service][0](account.client(service), key)


def made(account, service):
    return SERVICES[service][1](account.client(service))


@every_service
def test_a_key_that_serves_is_asked_and_taken(aws_world, owner, key, service):
    with decided(aws_world) as asked:
        make(owner, service, key)
    assert made(owner, service) == 1
    assert asked
    assert {each.resource for each in asked} == {key}
    assert all(each.allowed for each in asked)


@pytest.mark.parametrize("service", UNMODELLED)
def test_the_decision_says_that_it_is_a_generic_check(aws_world, owner, key, service):
    with decided(aws_world) as asked:
        make(owner, service, key)
    assert any("generic" in each.explain().lower() for each in asked)


@pytest.mark.parametrize("service", ["glue", "redshift", "sagemaker"])
def test_the_caller_asks_through_the_service(aws_world, owner, key, service):
    maker = person(owner, "kms:*")
    with decided(aws_world) as asked:
        make(maker, service, key)
    label = SERVICES[service][2]
    assert {each.caller for each in asked} == {maker.arn}
    assert {each.request.context.get("kms:viaservice") for each in asked} == {f"{label}.{EAST}.amazonaws.com"}


def spoil(owner, other, key, bad):
    kms = owner.client("kms")
    if bad == "disabled":
        kms.disable_key(KeyId=key)
    elif bad == "pending deletion":
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    elif bad == "foreign":
        return cmk(other)
    elif bad == "of another Region":
        return cmk(owner, region=WEST)
    elif bad == "missing":
        return f"arn:aws:kms:{EAST}:{OWNER}:key/{GHOST}"
    return key


@every_service
@pytest.mark.parametrize("bad", ["missing", "disabled", "pending deletion", "foreign", "of another Region"])
def test_a_key_that_refuses_makes_nothing(owner, other, key, service, bad):
    chosen = spoil(owner, other, key, bad)
    with pytest.raises(ClientError) as caught:
        make(owner, service, chosen)
    status = caught.value.response["ResponseMetadata"]["HTTPStatusCode"]
    assert 400 <= status < 500
    assert made(owner, service) == 0


def test_firehose_has_an_error_of_its_own(owner, kms, key):
    kms.disable_key(KeyId=key)
    with refused_somehow("InvalidKMSResourceException"):
        make(owner, "firehose", key)


@every_service
def test_the_caller_needs_permissions_on_the_key(owner, key, service):
    with pytest.raises(ClientError):
        make(person(owner), service, key)
    assert made(owner, service) == 0
    make(person(owner, "kms:*", name="admin"), service, key)


@every_service
def test_a_foreign_key_that_admits_the_account_is_taken(owner, other, service):
    make(owner, service, cmk(other, owner))
    assert made(owner, service) == 1


@pytest.mark.parametrize("service", ["redshift", "sagemaker"])
def test_a_key_may_be_named_by_its_id(owner, key, service):
    make(owner, service, key.split("/")[1])
    assert made(owner, service) == 1


@pytest.mark.parametrize("service", ["redshift", "sagemaker"])
def test_an_id_that_is_none_is_refused(owner, service):
    with pytest.raises(ClientError):
        make(owner, service, "nonsense")
    assert made(owner, service) == 0


def test_a_request_that_names_no_key_asks_nothing(aws_world, owner):
    with decided(aws_world) as asked:
        owner.client("redshift").create_cluster(
            ClusterIdentifier="cluster",
            NodeType="ra3.xlplus",
            MasterUsername="administrator",
            MasterUserPassword="Correct-horse1",
        )
        owner.client("redshift").describe_clusters()
    assert asked == []


@pytest.mark.kmsmock(enforce="audit")
def test_in_an_audit_a_key_that_is_denied_is_recorded_and_let_through(aws_world, owner, key):
    with decided(aws_world) as asked:
        make(person(owner), "redshift", key)
    assert made(owner, "redshift") == 1
    assert [each for each in asked if not each.allowed]


def test_a_name_is_found_under_the_spelling_of_the_wire(owner, kms, key):
    """Kafka writes its members in lower case."""
    kms.disable_key(KeyId=key)
    with pytest.raises(ClientError):
        owner.client("kafka").create_cluster(
            ClusterName="cluster",
            KafkaVersion="3.5.1",
            NumberOfBrokerNodes=1,
            BrokerNodeGroupInfo={"ClientSubnets": ["subnet"], "InstanceType": "kafka.m5.large"},
            EncryptionInfo={"EncryptionAtRest": {"DataVolumeKMSKeyId": key}},
        )
    assert owner.client("kafka").list_clusters()["ClusterInfoList"] == []


DATABASE = {"DBInstanceClass": "db.t3.micro", "Engine": "postgres", "AllocatedStorage": 20, "MasterUsername": "root1"}
SECONDARY = {
    "secret of a database": ("rds", {"ManageMasterUserPassword": True, "MasterUserSecretKmsKeyId": ...}),
    "insights of a database": (
        "rds",
        {"EnablePerformanceInsights": True, "PerformanceInsightsKMSKeyId": ..., "MasterUserPassword": "Correct-1"},
    ),
    "event bus": ("events", {"KmsKeyIdentifier": ...}),
}


@pytest.mark.parametrize("what", SECONDARY)
def test_second_keys_of_integrated_services_are_looked_at_as_well(owner, kms, key, what):
    service, options = SECONDARY[what]
    client, given = owner.client(service), {name: key if value is ... else value for name, value in options.items()}

    def make():
        if service == "events":
            return client.create_event_bus(Name="bus", **given)
        return client.create_db_instance(DBInstanceIdentifier="db", **DATABASE, **given)

    kms.disable_key(KeyId=key)
    with pytest.raises(ClientError):
        make()
    if service == "rds":
        assert client.describe_db_instances()["DBInstances"] == []
    kms.enable_key(KeyId=key)
    assert make()
