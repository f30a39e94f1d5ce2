"""Many at once in one world: what each does, and what there has to be afterwards, to the last one."""

from collections import Counter

ACCOUNT = "111111111111"
GRANTEE = f"arn:aws:iam::{ACCOUNT}:root"


class Account:
    """An account whose clients have options."""

    def __init__(self, account, options):
        self.account, self.options = account, options

    def client(self, service):
        return self.account.client(service, **self.options)


class Crowd:
    """One account with a key, a versioned bucket, a queue, a table, a volume and a secret that all share."""

    def __init__(self, world, **options):
        """``options`` are those of all clients."""
        self.world, self.options = world, options
        account = Account(world.account(ACCOUNT), options)
        self.kms, self.s3, self.secrets = (account.client(name) for name in ("kms", "s3", "secretsmanager"))
        self.dynamodb, self.ec2, self.iam = (account.client(name) for name in ("dynamodb", "ec2", "iam"))
        self.sqs, self.ssm = (account.client(name) for name in ("sqs", "ssm"))
        self.key = self.kms.create_key()["KeyMetadata"]["Arn"]
        self.s3.create_bucket(Bucket="bucket")
        self.s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
        self.queue = self.sqs.create_queue(QueueName="queue", Attributes={"KmsMasterKeyId": self.key})["QueueUrl"]
        self.dynamodb.create_table(
            TableName="table",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        volume = self.ec2.create_volume(AvailabilityZone="us-east-1a", Size=1, Encrypted=True, KmsKeyId=self.key)
        self.volume = volume["VolumeId"]
        self.blob = self.kms.encrypt(KeyId=self.key, Plaintext=b"all")["CiphertextBlob"]
        self.made = []
        self.before = self.there_is()

    def there_is(self):
        """How many there are of everything."""
        list_all = {
            "keys": (self.kms, "list_keys", "Keys"),
            "aliases": (self.kms, "list_aliases", "Aliases"),
            "versions": (self.s3, "list_object_versions", "Versions"),
            "secrets": (self.secrets, "list_secrets", "SecretList"),
            "parameters": (self.ssm, "get_parameters_by_path", "Parameters"),
            "roles": (self.iam, "list_roles", "Roles"),
        }
        options = {"versions": {"Bucket": "bucket"}, "parameters": {"Path": "/crowd"}}
        found = {
            name: sum(len(page.get(items, ())) for page in client.get_paginator(call).paginate(**options.get(name, {})))
            for name, (client, call, items) in list_all.items()
        }
        grants = self.kms.get_paginator("list_grants").paginate(KeyId=self.key)
        kept = [each for page in grants for each in page["Grants"] if each["GranteePrincipal"] == GRANTEE]
        found["grants"] = len(kept)
        told = self.ec2.describe_snapshots(SnapshotIds=self.made)["Snapshots"] if self.made else ()
        found["snapshots"] = len({each["SnapshotId"] for each in told})
        counter = self.dynamodb.get_item(TableName="table", Key={"id": {"S": "counter"}}, ConsistentRead=True)
        found["counted"] = int(counter.get("Item", {}).get("n", {"N": "0"})["N"])
        attributes = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["All"])["Attributes"]
        found["messages"] = sum(int(attributes[f"ApproximateNumberOfMessages{kind}"]) for kind in ("", "NotVisible"))
        return Counter(found)

    def counted(self):
        """What is there more than before, how often the trail tells of each call, and how many events it tells twice."""
        added = self.there_is()
        added.subtract(self.before)
        events = [each for each in self.world.events if each["recipientAccountId"] == ACCOUNT]
        told = Counter((each["eventName"], each["userIdentity"].get("invokedBy", "")) for each in events)
        twice = len(events) - len({each["eventID"] for each in events})
        return {**added, **{what: told[what] for what in CALLS}, "twice": twice}


def expected(times):
    """The same, once so many have done everything once."""
    return {"twice": 0, **{what: times * each + FIRST.get(what, 0) for what, each in {**ADDED, **CALLS}.items()}}


# --- what each does ---------------------------------------------------------------------------------------------------


def keys(crowd, name):
    """A key with an alias, a grant on the shared one, and a look at all of them."""
    key = crowd.kms.create_key(Tags=[{"TagKey": "name", "TagValue": name}])["KeyMetadata"]["KeyId"]
    crowd.kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=key)
    crowd.kms.create_grant(KeyId=crowd.key, GranteePrincipal=GRANTEE, Operations=["Encrypt"], Name=name)
    crowd.kms.list_keys()
    crowd.kms.list_aliases()
    crowd.kms.list_grants(KeyId=crowd.key)
    blob = crowd.kms.encrypt(KeyId=f"alias/{name}", Plaintext=name.encode())["CiphertextBlob"]
    assert crowd.kms.decrypt(CiphertextBlob=blob)["Plaintext"] == name.encode()
    crowd.kms.disable_key(KeyId=key)


def objects(crowd, name):
    """One object of its own under aws/s3, and one version of what all write."""
    crowd.s3.put_object(Bucket="bucket", Key=name, Body=name.encode(), ServerSideEncryption="aws:kms")
    crowd.s3.put_object(Bucket="bucket", Key="all", Body=b"all", ServerSideEncryption="aws:kms", SSEKMSKeyId=crowd.key)
    assert crowd.s3.get_object(Bucket="bucket", Key=name)["Body"].read() == name.encode()
    crowd.s3.list_objects_v2(Bucket="bucket")


def secrets(crowd, name):
    """A secret with two versions, and a parameter."""
    crowd.secrets.create_secret(Name=name, SecretString="first", KmsKeyId=crowd.key)
    crowd.secrets.put_secret_value(SecretId=name, SecretString=name)
    assert crowd.secrets.get_secret_value(SecretId=name)["SecretString"] == name
    crowd.secrets.list_secrets()
    crowd.ssm.put_parameter(Name=f"/crowd/{name}", Value=name, Type="SecureString", KeyId=crowd.key)
    assert crowd.ssm.get_parameter(Name=f"/crowd/{name}", WithDecryption=True)["Parameter"]["Value"] == name


def snapshots(crowd, name):
    """A snapshot of the shared volume."""
    made = crowd.ec2.create_snapshot(VolumeId=crowd.volume, Description=name)
    assert made["Encrypted"]
    crowd.made.append(made["SnapshotId"])
    crowd.ec2.describe_snapshots(SnapshotIds=[made["SnapshotId"]])


def counters(crowd, name):
    """One up in the table, and a message that goes and one that stays."""
    crowd.dynamodb.update_item(
        TableName="table",
        Key={"id": {"S": "counter"}},
        UpdateExpression="ADD n :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )
    for _ in range(2):
        crowd.sqs.send_message(QueueUrl=crowd.queue, MessageBody=name)
    (message,) = crowd.sqs.receive_message(QueueUrl=crowd.queue, MaxNumberOfMessages=1)["Messages"]
    crowd.sqs.delete_message(QueueUrl=crowd.queue, ReceiptHandle=message["ReceiptHandle"])


def roles(crowd, name):
    """A role that may decrypt, which it does while others change IAM."""
    policy = {"Statement": [{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": crowd.key}]}
    role = crowd.world.account(ACCOUNT).role(name, policies=[{"Version": "2012-10-17", **policy}])
    assert role.client("kms", **crowd.options).decrypt(CiphertextBlob=crowd.blob)["Plaintext"] == b"all"


EVERYTHING = (keys, objects, secrets, snapshots, counters, roles)
ADDED = {
    **dict.fromkeys(("keys", "aliases", "grants", "secrets", "parameters", "snapshots", "roles"), 1),
    "versions": 2,
    "counted": 1,
    "messages": 1,
}
"""What there is more when one has done everything."""
S3, SECRETS, SSM, SQS = (f"{name}.amazonaws.com" for name in ("s3", "secretsmanager", "ssm", "sqs"))
CALLS = {
    ("CreateKey", ""): 1,
    ("CreateAlias", ""): 1,
    ("CreateGrant", ""): 1,
    ("Encrypt", ""): 1,
    ("Decrypt", ""): 2,
    ("DisableKey", ""): 1,
    ("GenerateDataKey", S3): 2,
    ("Decrypt", S3): 1,
    ("GenerateDataKey", SECRETS): 3,
    ("Decrypt", SECRETS): 2,
    ("Encrypt", SSM): 1,
    ("Decrypt", SSM): 1,
    ("GenerateDataKey", SQS): 2,
    ("Decrypt", SQS): 3,
}
"""The calls of KMS that it takes, by name and by the service that makes them."""
FIRST = {("CreateKey", ""): 1, ("Encrypt", ""): 1, "keys": 1}
"""What is there once, however many there are: the shared key, what is under it, and aws/s3."""
