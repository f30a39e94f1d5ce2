"""The services that encrypt through KMS, as data: how to make and use what they encrypt, when they ask the key, for whom, and
what they answer when KMS refuses. Written from the facts alone; what those do not tell is open here.
"""

import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.support.claims import OWNER
from tests.support.ec2 import EAST, make_image, make_snapshot, running, under, volume
from tests.support.refusals import ADMITTED, BY_ALIAS, DELETED, DISABLED, PENDING, TAIL, Refusal, always, by_case
from tests.support.trail import open_bucket

RECOVERABLE, TERMINAL = "inaccessible-encryption-credentials-recoverable", "inaccessible-encryption-credentials"
INACCESSIBLE = "INACCESSIBLE_ENCRYPTION_CREDENTIALS"
TRAIL_BUCKET, BUCKET = "trail-logs", "encrypted"
CREATION, USE, SOMETIME = "at creation", "at use", "at creation or at use"


@dataclass(frozen=True, eq=False)
class Service:
    """A service that encrypts under a key.

    ``create(lab, key)`` gives what was made, under the default key for None; ``write(lab, made, text)`` stores a text, and
    ``read(lab, made)`` tells all texts. ``asks`` are the actions that must be asked of KMS in each step, ``may_ask`` those
    that may be as well, ``by`` is who asks. ``context`` tells what the encryption context must be, as patterns.
    """

    name: str
    create: Callable
    refusals: Mapping
    when: str = CREATION
    write: Callable | None = None
    read: Callable | None = None
    count: Callable | None = None  # how many things are stored or made, without asking KMS
    write_refusals: Mapping = field(default_factory=dict)
    read_refusals: Mapping = field(default_factory=dict)
    status: Callable | None = None
    lost: Mapping = field(default_factory=dict)  # the statuses of what lost its key, by state of the key
    label: str | None = None  # of kms:ViaService
    principal: str | None = None  # the service itself asks, not for its caller
    managed: str | None = None
    alias_as: str = "name"  # or "arn"
    asks: Mapping = field(default_factory=dict)
    may_ask: tuple = ()
    by: Mapping = field(default_factory=dict)
    context: Callable | None = None
    grants: Callable | None = None  # the encryption context that its grants are constrained to
    silent: frozenset = frozenset()  # the cases of which nothing is known

    def __str__(self):
        return self.name

    @property
    def via(self):
        return f"{self.label}.{EAST}.amazonaws.com" if self.label else None


def given(**options):
    """The parameters that have a value."""
    return {name: value for name, value in options.items() if value is not None}


# --- secrets and parameters -----------------------------------------------------------------------------------------------


def create_secret(lab, key):
    options = given(KmsKeyId=key)
    return lab.client("secretsmanager").create_secret(Name="db", SecretString="none yet", **options)["ARN"]


SECRETS_DENIED = Refusal("AccessDeniedException", 400, "Access to KMS is not allowed")
SECRETS_WRITE = by_case(
    *[Refusal("EncryptionFailure", 400, "Secrets Manager can't encrypt the secret value: {text}" + TAIL)] * 3,
    usage=Refusal("EncryptionFailure"),
    foreign=SECRETS_DENIED,
)

SECRETS_MANAGER = Service(
    "Secrets Manager",
    create_secret,
    SECRETS_WRITE,
    write=lambda lab, made, text: lab.client("secretsmanager").put_secret_value(SecretId=made, SecretString=text),
    read=lambda lab, made: [lab.client("secretsmanager").get_secret_value(SecretId=made)["SecretString"]],
    count=lambda lab: len(lab.client("secretsmanager").list_secrets()["SecretList"]),
    write_refusals=SECRETS_WRITE,
    read_refusals=always(
        Refusal("DecryptionFailure", 400, "Secrets Manager can't decrypt the secret value: {text}" + TAIL)
    ),
    label="secretsmanager",
    managed="alias/aws/secretsmanager",
    asks={"create": ["GenerateDataKey", "Decrypt"], "write": ["GenerateDataKey"], "read": ["Decrypt"]},
    may_ask=("Decrypt",),  # a write may ask both
    context=lambda lab, made: {"SecretARN": (made, "RequestToValidateKeyAccess"), "SecretVersionId": ("*",)},
)


def put_parameter(lab, text, **options):
    lab.client("ssm").put_parameter(Name="/db/password", Value=text, Type="SecureString", Overwrite=True, **options)
    return f"arn:aws:ssm:{EAST}:{OWNER}:parameter/db/password"


def read_parameter(lab, made):
    return [lab.client("ssm").get_parameter(Name="/db/password", WithDecryption=True)["Parameter"]["Value"]]


def parameter(tier, asked):
    """Parameters of a tier, and the action by which they are encrypted; they are overwritten under the key that they had."""
    refusals = by_case(
        *[Refusal("InvalidKeyId", 400, "{text}" + TAIL)] * 3,
        usage=Refusal("InvalidKeyId"),
        foreign=Refusal("AccessDeniedException", 400, "{text}" + TAIL),
    )

    def create(lab, key):
        lab.parameter_key = key
        return put_parameter(lab, "none yet", Tier=tier, **given(KeyId=key))

    def write(lab, _, text):
        return put_parameter(lab, text, Tier=tier, **given(KeyId=lab.parameter_key))

    return Service(
        f"SSM {tier}",
        create,
        refusals,
        write=write,
        read=read_parameter,
        count=lambda lab: len(lab.client("ssm").describe_parameters()["Parameters"]),
        write_refusals=refusals,
        read_refusals=refusals,
        label="ssm",
        managed="alias/aws/ssm",
        asks={"create": [asked], "write": [asked], "read": ["Decrypt"]},
        context=lambda lab, made: {"PARAMETER_ARN": (made,)},
    )


# --- messages -------------------------------------------------------------------------------------------------------------


def create_queue(lab, key):
    attributes = {"KmsMasterKeyId": key or "alias/aws/sqs", "MessageRetentionPeriod": "1209600"}
    return lab.client("sqs").create_queue(QueueName="queue", Attributes=attributes)["QueueUrl"]


def receive(lab, made):
    """The bodies of all messages, which stay visible."""
    answer = lab.client("sqs").receive_message(QueueUrl=made, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [each["Body"] for each in answer.get("Messages", [])]


def waiting(lab, made):
    attributes = lab.client("sqs").get_queue_attributes(
        QueueUrl=made, AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    )["Attributes"]
    return sum(int(value) for value in attributes.values())


def sqs_refusal(code):
    return Refusal(f"KMS.{code}", 400, "{text}" + TAIL)


SQS_REFUSALS = by_case(
    sqs_refusal("NotFoundException"),
    sqs_refusal("DisabledException"),
    sqs_refusal("InvalidStateException"),
    usage=Refusal("KMS.InvalidKeyUsageException"),
    foreign=sqs_refusal("AccessDeniedException"),
)

SQS = Service(
    "SQS",
    create_queue,
    SQS_REFUSALS,
    when=USE,
    write=lambda lab, made, text: lab.client("sqs").send_message(QueueUrl=made, MessageBody=text),
    read=receive,
    count=waiting,
    write_refusals=SQS_REFUSALS,
    read_refusals=SQS_REFUSALS,
    label="sqs",
    managed="alias/aws/sqs",
    asks={"create": [], "write": ["GenerateDataKey", "Decrypt"], "read": ["Decrypt"]},
    context=lambda lab, made: {"aws:sqs:arn": (f"arn:aws:sqs:{EAST}:{OWNER}:queue",)},
)


def create_topic(lab, key):
    """A topic with a queue that listens to it; the queue has no key."""
    lab.client("sqs").create_queue(QueueName="listener")
    made = lab.client("sns").create_topic(Name="topic", Attributes={"KmsMasterKeyId": key or "alias/aws/sns"})[
        "TopicArn"
    ]
    lab.client("sns").subscribe(
        TopicArn=made,
        Protocol="sqs",
        Endpoint=f"arn:aws:sqs:{EAST}:{OWNER}:listener",
        Attributes={"RawMessageDelivery": "true"},
    )
    return made


def heard(lab, made):
    return receive(lab, lab.client("sqs").get_queue_url(QueueName="listener")["QueueUrl"])


def sns_refusal(code):
    return Refusal(code, 400, "{text}" + TAIL)


SNS_REFUSALS = by_case(
    sns_refusal("KMSNotFound"),
    sns_refusal("KMSDisabled"),
    sns_refusal("KMSInvalidState"),
    usage=Refusal(),
    foreign=sns_refusal("KMSAccessDenied"),
)

SNS = Service(
    "SNS",
    create_topic,
    SNS_REFUSALS,
    when=USE,
    write=lambda lab, made, text: lab.client("sns").publish(TopicArn=made, Message=text),
    read=heard,
    count=lambda lab, made: len(heard(lab, made)),
    write_refusals=SNS_REFUSALS,
    label="sns",
    managed="alias/aws/sns",
    asks={"create": [], "write": ["GenerateDataKey*", "Decrypt"], "read": []},
    context=lambda lab, made: {"aws:sns:topicArn": (made,)},
)


def create_stream(lab, key):
    kinesis = lab.client("kinesis")
    kinesis.create_stream(StreamName="stream", ShardCount=1)
    kinesis.increase_stream_retention_period(StreamName="stream", RetentionPeriodHours=336)
    kinesis.start_stream_encryption(StreamName="stream", EncryptionType="KMS", KeyId=key or "alias/aws/kinesis")
    return f"arn:aws:kinesis:{EAST}:{OWNER}:stream/stream"


def get_records(lab, made):
    kinesis = lab.client("kinesis")
    shard = kinesis.list_shards(StreamName="stream")["Shards"][0]["ShardId"]
    start = kinesis.get_shard_iterator(StreamName="stream", ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    return [each["Data"].decode() for each in kinesis.get_records(ShardIterator=start["ShardIterator"])["Records"]]


KINESIS_REFUSALS = by_case(
    Refusal("KMSNotFoundException", 400, "{text}.*"),
    Refusal("KMSDisabledException", 400, "{text}.*"),
    Refusal("KMSInvalidStateException", 400, "{text}.*"),
    usage=Refusal(),
    foreign=Refusal("KMSAccessDeniedException", 400, "{text}.*"),
)

KINESIS = Service(
    "Kinesis",
    create_stream,
    KINESIS_REFUSALS,
    when=SOMETIME,
    write=lambda lab, made, text: lab.client("kinesis").put_record(
        StreamName="stream", Data=text.encode(), PartitionKey="p"
    ),
    read=get_records,
    write_refusals=KINESIS_REFUSALS,
    read_refusals=KINESIS_REFUSALS,
    label="kinesis",
    managed="alias/aws/kinesis",
    asks={"create": [], "write": ["GenerateDataKey"], "read": ["Decrypt"]},
    may_ask=("GenerateDataKey*", "Decrypt", "DescribeKey"),
    context=lambda lab, made: {"aws:kinesis:arn": (made,)},
)

# --- functions ------------------------------------------------------------------------------------------------------------

EXECUTION_ROLE = "function-role"


def package():
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("code.py", "def handler(event, context):\n    return 1\n")
    return written.getvalue()


CODE = package()


def environment(text):
    return {"Environment": {"Variables": {"TEXT": text}}}


def make_execution_role(account, name=EXECUTION_ROLE):
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    made = account.client("iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    return made["Role"]["Arn"]


def create_function(lab, key, role=None):
    return lab.client("lambda").create_function(
        FunctionName="function",
        Runtime="python3.12",
        Role=role or make_execution_role(lab.mine),
        Handler="code.handler",
        Code={"ZipFile": CODE},
        **environment("none yet"),
        **given(KMSKeyArn=key),
    )["FunctionArn"]


def invoke(lab, made):
    """Run the function, which has its variables decrypted; then what they are."""
    assert lab.client("lambda").invoke(FunctionName="function")["StatusCode"] == 200
    shown = lab.client("lambda").get_function_configuration(FunctionName="function")
    return [shown["Environment"]["Variables"]["TEXT"]]


UNCONFIGURED = (
    "Lambda was unable to configure access to your environment variables because the KMS key is invalid for CreateGrant. "
    "Please check your KMS key settings. KMS Exception: "
)
LAMBDA_REFUSALS = always(
    Refusal("InvalidParameterValueException", 400, re.escape(UNCONFIGURED) + "{error} ?KMS Message: {text}.*")
)
UNDECRYPTED = (
    "Lambda was unable to decrypt the environment variables because .* KMS Exception: {error} ?KMS Message: {text}.*"
)
INVOKE_REFUSALS = {
    DISABLED: Refusal("KMSDisabledException", 502, UNDECRYPTED),
    PENDING: Refusal("KMSInvalidStateException", 502, UNDECRYPTED),
    DELETED: Refusal("KMSNotFoundException", 502, UNDECRYPTED),
}

LAMBDA = Service(
    "Lambda",
    create_function,
    LAMBDA_REFUSALS
    | {
        BY_ALIAS: Refusal(
            "InvalidParameterValueException", 400, re.escape(UNCONFIGURED) + "{error} KMS Message: {text}"
        )
    },
    write=lambda lab, made, text: lab.client("lambda").update_function_configuration(
        FunctionName="function", **environment(text)
    ),
    read=invoke,
    count=lambda lab: len(lab.client("lambda").list_functions()["Functions"]),
    write_refusals=LAMBDA_REFUSALS,
    read_refusals=INVOKE_REFUSALS,
    label="lambda",
    alias_as="arn",
    asks={"create": ["CreateGrant", "Encrypt"], "write": ["CreateGrant", "Encrypt"], "read": ["Decrypt"]},
    may_ask=("DescribeKey", "GenerateDataKey*", "Decrypt", "RetireGrant", "RevokeGrant"),
    by={"read": None},  # the role when the function runs, and the caller who looks at the variables: see test_lambda
    context=lambda lab, made: {"aws:lambda:FunctionArn": (made,)},
    grants=lambda lab, made: {"aws:lambda:FunctionArn": made},
)

# --- logs -----------------------------------------------------------------------------------------------------------------

GROUP = f"arn:aws:logs:{EAST}:{OWNER}:log-group:group"


def create_group(lab, key):
    lab.client("logs").create_log_group(logGroupName="group", **given(kmsKeyId=key))
    lab.client("logs").create_log_stream(logGroupName="group", logStreamName="stream")
    return GROUP


def put_event(lab, made, text):
    event = {"timestamp": lab.milliseconds(), "message": text}
    lab.client("logs").put_log_events(logGroupName="group", logStreamName="stream", logEvents=[event])


def get_events(lab, made):
    answer = lab.client("logs").get_log_events(logGroupName="group", logStreamName="stream", startFromHead=True)
    return [each["message"] for each in answer["events"]]


LOGS_DENIED = Refusal(
    "AccessDeniedException",
    400,
    f"The specified KMS key does not exist or is not allowed to be used with Arn '{re.escape(GROUP)}'",
)
LOGS_EITHER = Refusal(("AccessDeniedException", "InvalidParameterException"))  # what was seen, and what is documented
LOGS_LOST = always(Refusal())

LOGS = Service(
    "CloudWatch Logs",
    create_group,
    by_case(LOGS_EITHER, LOGS_EITHER, LOGS_EITHER, usage=Refusal(), foreign=LOGS_DENIED)
    | {BY_ALIAS: Refusal("InvalidParameterException")},
    write=put_event,
    read=get_events,
    count=lambda lab: len(lab.client("logs").describe_log_groups()["logGroups"]),
    write_refusals=LOGS_LOST,
    read_refusals=LOGS_LOST,
    principal=f"logs.{EAST}.amazonaws.com",
    asks={"create": [], "write": [], "read": []},
    may_ask=("Encrypt", "Decrypt", "ReEncrypt*", "GenerateDataKey*", "DescribeKey"),
    context=lambda lab, made: {"aws:logs:arn": (made,)},
)

TRAIL = f"arn:aws:cloudtrail:{EAST}:{OWNER}:trail/trail"


def create_trail(lab, key):
    """A trail, and the key that it was asked to use."""
    open_bucket(lab.client("s3"), TRAIL_BUCKET)
    lab.client("cloudtrail").create_trail(Name="trail", S3BucketName=TRAIL_BUCKET, **given(KmsKeyId=key))
    return key


INSUFFICIENT = Refusal(
    "InsufficientEncryptionPolicyException",
    400,
    rf"Insufficient permissions to access S3 bucket {TRAIL_BUCKET} or KMS key {{key}}\.?",
)
TRAIL_REFUSALS = by_case(
    Refusal("KmsKeyNotFoundException"),
    Refusal(("KmsKeyDisabledException", "KmsException")),
    Refusal("KmsException"),
    usage=Refusal(),
    foreign=INSUFFICIENT,
)

CLOUDTRAIL = Service(
    "CloudTrail",
    create_trail,
    TRAIL_REFUSALS,
    write=lambda lab, made, text: lab.client("cloudtrail").update_trail(Name="trail", **given(KmsKeyId=made)),
    count=lambda lab: len(lab.client("cloudtrail").describe_trails()["trailList"]),
    write_refusals=TRAIL_REFUSALS,
    principal="cloudtrail.amazonaws.com",
    asks={"create": ["GenerateDataKey*"], "write": ["GenerateDataKey*"]},
    may_ask=("DescribeKey",),
    context=lambda lab, made: {"aws:cloudtrail:arn": (TRAIL,)},
)

# --- databases ------------------------------------------------------------------------------------------------------------

LOGIN = {"MasterUsername": "administrator", "MasterUserPassword": "correct-horse"}
INSTANCE = {"Engine": "postgres", "DBInstanceClass": "db.t3.micro", "AllocatedStorage": 20, **LOGIN}
CLUSTER = {"Engine": "aurora-postgresql", **LOGIN}


def create_instance(lab, key):
    made = lab.client("rds").create_db_instance(
        DBInstanceIdentifier="instance", StorageEncrypted=True, **INSTANCE, **given(KmsKeyId=key)
    )
    return made["DBInstance"]["DbiResourceId"]


def create_cluster(lab, key):
    made = lab.client("rds").create_db_cluster(
        DBClusterIdentifier="cluster", StorageEncrypted=True, **CLUSTER, **given(KmsKeyId=key)
    )
    return made["DBCluster"]["DbClusterResourceId"]


RDS_REFUSALS = always(
    Refusal(
        "KMSKeyNotAccessibleFault",
        400,
        r"(The specified|Specified) KMS key \[[^]]*\] does not exist, is not enabled or you do not have permissions to access it\.?",
    )
)
LOST = {DISABLED: {RECOVERABLE}, PENDING: {RECOVERABLE}, DELETED: {TERMINAL}}

RDS = Service(
    "RDS",
    create_instance,
    RDS_REFUSALS,
    count=lambda lab: len(lab.client("rds").describe_db_instances()["DBInstances"]),
    status=lambda lab, made: lab.client("rds").describe_db_instances()["DBInstances"][0]["DBInstanceStatus"],
    lost=LOST,
    label="rds",
    managed="alias/aws/rds",
    asks={"create": ["CreateGrant", "DescribeKey"]},
    may_ask=("Decrypt", "Encrypt", "GenerateDataKey*", "ReEncrypt*", "RetireGrant"),
    context=lambda lab, made: {"aws:rds:db-id": (made,)},
    grants=lambda lab, made: {"aws:rds:db-id": made},
)

AURORA = Service(
    "Aurora",
    create_cluster,
    RDS_REFUSALS,
    count=lambda lab: len(lab.client("rds").describe_db_clusters()["DBClusters"]),
    status=lambda lab, made: lab.client("rds").describe_db_clusters()["DBClusters"][0]["Status"],
    lost=LOST,
    label="rds",
    managed="alias/aws/rds",
    asks={"create": ["CreateGrant", "DescribeKey"]},
    may_ask=RDS.may_ask,
    context=lambda lab, made: {"aws:rds:dbc-id": (made,)},
    grants=lambda lab, made: {"aws:rds:dbc-id": made},
)

TABLE = {
    "AttributeDefinitions": [{"AttributeName": "p", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def encryption(key=None):
    return {"SSESpecification": {"Enabled": True, "SSEType": "KMS", **given(KMSMasterKeyId=key)}}


def create_table(lab, key):
    return lab.client("dynamodb").create_table(TableName="table", **TABLE, **encryption(key))["TableDescription"][
        "TableArn"
    ]


MODEL = "com.amazonaws.services.kms.model."
DYNAMODB_REFUSALS = by_case(
    Refusal("ValidationException", 400, "KMS validation error: " + MODEL + "{error}: {text}" + TAIL),
    Refusal("ValidationException", 400, "KMS key disabled error: " + MODEL + "{error}: {text}" + TAIL),
    Refusal("ValidationException", 400, "KMS validation error: " + MODEL + "{error}: {text}" + TAIL),
    usage=Refusal(
        "InternalServerError",
        500,
        r"KMS internal error: .*EncryptionContext is supported only when creating a grant for a symmetric encryption KMS key\."
        + TAIL,
    ),
    foreign=Refusal(
        "AccessDeniedException", 400, "KMS key access denied error: " + MODEL + "AWSKMSException: {text}" + TAIL
    ),
)

DYNAMODB = Service(
    "DynamoDB",
    create_table,
    DYNAMODB_REFUSALS,
    write=lambda lab, made, text: lab.client("dynamodb").put_item(TableName="table", Item={"p": {"S": text}}),
    read=lambda lab, made: [each["p"]["S"] for each in lab.client("dynamodb").scan(TableName="table")["Items"]],
    count=lambda lab: len(lab.client("dynamodb").list_tables()["TableNames"]),
    write_refusals=always(Refusal()),
    read_refusals=always(Refusal()),
    status=lambda lab, made: lab.client("dynamodb").describe_table(TableName="table")["Table"]["TableStatus"],
    lost={DISABLED: {INACCESSIBLE}, PENDING: {INACCESSIBLE}, DELETED: {INACCESSIBLE, "ARCHIVING", "ARCHIVED"}},
    label="dynamodb",
    managed="alias/aws/dynamodb",
    asks={"create": ["DescribeKey", "CreateGrant"], "write": ["Decrypt"], "read": ["Decrypt"]},
    may_ask=("Encrypt", "Decrypt", "ReEncrypt*", "GenerateDataKey*", "DescribeKey", "CreateGrant"),
    context=lambda lab, made: {"aws:dynamodb:tableName": ("table",), "aws:dynamodb:subscriberId": (OWNER,)},
    grants=lambda lab, made: {"aws:dynamodb:tableName": "table", "aws:dynamodb:subscriberId": OWNER},
    silent=frozenset({ADMITTED}),
)

# --- files, images and backups --------------------------------------------------------------------------------------------


def create_file_system(lab, key):
    made = lab.client("efs").create_file_system(CreationToken="t", Encrypted=True, **given(KmsKeyId=key))
    return made["FileSystemId"]


EFS = Service(
    "EFS",
    create_file_system,
    always(Refusal(status=None)),
    count=lambda lab: len(lab.client("efs").describe_file_systems()["FileSystems"]),
    label="elasticfilesystem",
    managed="alias/aws/elasticfilesystem",
    asks={"create": ["CreateGrant", "DescribeKey", "GenerateDataKeyWithoutPlaintext", "Decrypt"]},
    by={"create": None},
    context=lambda lab, made: {"aws:elasticfilesystem:filesystem:id": (made,)},
)


def create_repository(lab, key):
    configuration = {"encryptionType": "KMS", **given(kmsKey=key)}
    made = lab.client("ecr").create_repository(repositoryName="repository", encryptionConfiguration=configuration)
    return made["repository"]["repositoryArn"]


def put_image(lab, made, text):
    media = "application/vnd.docker.distribution.manifest.v2+json"
    config = {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 1, "digest": f"sha256:{text}"}
    manifest = {"schemaVersion": 2, "mediaType": media, "config": config, "layers": []}
    lab.client("ecr").put_image(repositoryName="repository", imageManifest=json.dumps(manifest), imageTag=text)


def pull_images(lab, made):
    tags = [each["imageTag"] for each in lab.client("ecr").list_images(repositoryName="repository")["imageIds"]]
    ids = [{"imageTag": each} for each in tags]
    return [
        each["imageId"]["imageTag"]
        for each in lab.client("ecr").batch_get_image(repositoryName="repository", imageIds=ids)["images"]
    ]


ECR_REFUSALS = always(Refusal("KmsException"))

ECR = Service(
    "ECR",
    create_repository,
    ECR_REFUSALS,
    write=put_image,
    read=pull_images,
    count=lambda lab: len(lab.client("ecr").describe_repositories()["repositories"]),
    write_refusals=ECR_REFUSALS,
    label="ecr",
    managed="alias/aws/ecr",
    asks={"create": ["CreateGrant", "DescribeKey"]},
    may_ask=("RetireGrant",),
    grants=lambda lab, made: {"aws:ecr:arn": made},
)


def create_vault(lab, key):
    made = lab.client("backup").create_backup_vault(BackupVaultName="vault", **given(EncryptionKeyArn=key))
    return made["BackupVaultArn"]


BACKUP = Service(
    "Backup",
    create_vault,
    always(Refusal(status=None)),
    count=lambda lab: len(lab.client("backup").list_backup_vaults()["BackupVaultList"]),
    label="backup",
    asks={"create": []},
    may_ask=("CreateGrant", "DescribeKey", "GenerateDataKey*", "Decrypt", "RetireGrant"),
    silent=frozenset({BY_ALIAS}),
)

# --- objects and volumes --------------------------------------------------------------------------------------------------


def create_bucket(lab, key):
    """A bucket whose default is the key, which S3 does not look at before it is used."""
    lab.client("s3").create_bucket(Bucket=BUCKET)
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", **given(KMSMasterKeyID=key)}}
    lab.client("s3").put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
    return f"arn:aws:s3:::{BUCKET}"


def s3_refusal(code):
    return Refusal(f"KMS.{code}", 400, "{text}")


S3_REFUSALS = by_case(
    s3_refusal("NotFoundException"),
    s3_refusal("DisabledException"),
    s3_refusal("KMSInvalidStateException"),
    usage=Refusal("KMS.InvalidKeyUsageException"),
    foreign=Refusal("AccessDenied", 403, "{text}"),
)

S3 = Service(
    "S3",
    create_bucket,
    S3_REFUSALS,
    when=USE,
    write=lambda lab, made, text: lab.client("s3").put_object(Bucket=BUCKET, Key="k", Body=text.encode()),
    read=lambda lab, made: [lab.client("s3").get_object(Bucket=BUCKET, Key="k")["Body"].read().decode()],
    count=lambda lab, made: lab.client("s3").list_objects_v2(Bucket=BUCKET)["KeyCount"],
    write_refusals=S3_REFUSALS,
    read_refusals=S3_REFUSALS,
    label="s3",
    managed="alias/aws/s3",
    asks={"create": [], "write": ["GenerateDataKey"], "read": ["Decrypt"]},
    context=lambda lab, made: {"aws:s3:arn": (f"{made}/k",)},
)


def create_volume(lab, key):
    """The id of a volume; when its key refuses it is accepted, and not there when it is looked for."""
    ec2 = lab.client("ec2")
    made = ec2.create_volume(AvailabilityZone=f"{EAST}a", Size=1, **under(key))["VolumeId"]
    if volume(ec2, made) is None:
        ec2.describe_volumes(VolumeIds=[made])
    return made


def attach_volume(lab, made, text):
    ec2 = lab.client("ec2")
    host = running(ec2, make_image(ec2, make_snapshot(ec2)))
    return ec2.attach_volume(VolumeId=made, InstanceId=host, Device="/dev/sdf")


UNATTACHABLE = Refusal(
    "CustomerKeyHasBeenRevoked",
    400,
    r"Volume vol-\w+ cannot be attached\. The encrypted volume was unable to access the KMS master key\.",
)

EBS = Service(
    "EBS",
    create_volume,
    always(Refusal("InvalidVolume.NotFound", 400, r"The volume 'vol-\w+' does not exist\.")),
    write=attach_volume,
    count=lambda lab: len(lab.client("ec2").describe_volumes()["Volumes"]),
    write_refusals=always(UNATTACHABLE),
    label="ec2",
    managed="alias/aws/ebs",
    asks={"create": ["GenerateDataKeyWithoutPlaintext"], "write": ["CreateGrant"]},
    may_ask=("DescribeKey", "Decrypt"),
    context=lambda lab, made: {"aws:ebs:id": (made,)},
)

SERVICES = [
    SECRETS_MANAGER,
    parameter("Standard", "Encrypt"),
    parameter("Advanced", "GenerateDataKey"),
    SQS,
    SNS,
    KINESIS,
    LAMBDA,
    LOGS,
    CLOUDTRAIL,
    RDS,
    AURORA,
    DYNAMODB,
    EFS,
    ECR,
    BACKUP,
    S3,
    EBS,
]
