"""What calls of KMS are about, each thing made when it is first asked for."""

from functools import cached_property

import pytest
from botocore import xform_name

from tests.support.claims import OTHER, OWNER, allow
from tests.support.trail import CONTEXT, HOME, SECRET, open_bucket, wrapped


class Stage:
    """Tables name its attributes: ``$key`` stands for the ARN of a key."""

    def __init__(self, kms):
        self.kms = kms

    def fill(self, value):
        """The same with ``$names`` replaced."""
        if isinstance(value, dict):
            return {name: self.fill(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.fill(each) for each in value]
        if isinstance(value, str) and value.startswith("$"):
            return getattr(self, value[1:])
        return value

    def call(self, operation, parameters):
        """What the operation answers; whatever it needs is made before."""
        given = self.fill(parameters)
        return getattr(self.kms, xform_name(operation))(**given)

    def _key(self, **options):
        return self.kms.create_key(**options)["KeyMetadata"]["Arn"]

    @cached_property
    def key(self):
        return self._key()

    @cached_property
    def another(self):
        return self._key()

    @cached_property
    def signer(self):
        return self._key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")

    @cached_property
    def agreement(self):
        return self._key(KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT")

    @cached_property
    def maker(self):
        return self._key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")

    @cached_property
    def empty(self):
        return self._key(Origin="EXTERNAL")

    @cached_property
    def disabled(self):
        made = self._key()
        self.kms.disable_key(KeyId=made)
        return made

    @cached_property
    def tagged(self):
        return self._key(Tags=[{"TagKey": "Department", "TagValue": "IT"}])

    @cached_property
    def doomed(self):
        made = self._key()
        self.kms.schedule_key_deletion(KeyId=made)
        return made

    @cached_property
    def alias(self):
        self.kms.create_alias(AliasName="alias/app", TargetKeyId=self.key)
        return "alias/app"

    @cached_property
    def alias_arn(self):
        return self.key.replace(f"key/{self.key.rsplit('/', 1)[1]}", "alias/app")

    @cached_property
    def blob(self):
        made = self.kms.encrypt(KeyId=self.key, Plaintext=SECRET, EncryptionContext=CONTEXT)
        return made["CiphertextBlob"]

    @cached_property
    def signature(self):
        made = self.kms.sign(KeyId=self.signer, Message=SECRET, SigningAlgorithm="ECDSA_SHA_256")
        return made["Signature"]

    @cached_property
    def mac(self):
        return self.kms.generate_mac(KeyId=self.maker, Message=SECRET, MacAlgorithm="HMAC_SHA_256")["Mac"]

    @cached_property
    def public(self):
        return self.kms.get_public_key(KeyId=self.agreement)["PublicKey"]

    @cached_property
    def grantee(self):
        return f"arn:aws:iam::{OTHER}:root"

    @cached_property
    def grant(self):
        made = self.kms.create_grant(KeyId=self.key, GranteePrincipal=self.grantee, Operations=["Decrypt"])
        return made["GrantId"]

    @cached_property
    def wrapped(self):
        return wrapped(self.kms, self.empty)


@pytest.fixture
def stage(kms):
    return Stage(kms)


@pytest.fixture
def alice(owner):
    """A user who may do everything that the tests ask for."""
    return owner.user("alice", [allow(["kms:*", "s3:*", "ec2:*", "sts:*", "secretsmanager:*", "cloudtrail:*"])])


@pytest.fixture
def clock(aws_clock):
    """The clock of the world, standing still."""
    aws_clock.freeze("2030-01-02T03:04:05+00:00")
    return aws_clock


BUCKET, TRAIL = "logs", f"arn:aws:cloudtrail:{HOME}:{OWNER}:trail/audit"


@pytest.fixture
def s3(owner):
    """The S3 client of the owner's root user, with a bucket for logs."""
    client = owner.client("s3")
    open_bucket(client, BUCKET)
    return client


@pytest.fixture
def cloudtrail(owner):
    return owner.client("cloudtrail")


@pytest.fixture
def trail(s3, cloudtrail):
    """A CloudTrail client; the trail ``audit`` is logging."""
    cloudtrail.create_trail(Name="audit", S3BucketName=BUCKET)
    cloudtrail.start_logging(Name="audit")
    return cloudtrail
