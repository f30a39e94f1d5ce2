"""Replication: what is copied where, by whom, under which key, and what the status says."""

from types import SimpleNamespace

import pytest

from tests.support.claims import OTHER, OWNER, refused
from tests.support.policies import key_policy, make_key, use
from tests.support.replication import (
    ENABLED,
    HERE,
    IN_TIME,
    OFF,
    READ,
    ROLE,
    SESSION,
    SOURCE,
    TARGET,
    THERE,
    WRITE,
    configure,
    make_bucket,
    may,
    replicator,
    rule,
    status,
)
from tests.support.s3 import (
    BODY,
    GHOST,
    PART,
    copy,
    head,
    key_arn,
    keys,
    kms_calls,
    put,
    read,
    set_default,
    sse,
    upload,
)

pytestmark = pytest.mark.evidence(
    "documented", '"Replicating objects" (S3 user guide); one refusal was recorded by moto'
)

SHOWN = ("ServerSideEncryption", "SSEKMSKeyId", "ReplicationStatus")


def sent(s3, key="k", **options):
    put(s3, key, bucket="source", **options)
    return status(s3, key)


def absent(s3, key="k", bucket="target"):
    return key not in keys(s3, bucket)


source = pytest.fixture(name="source")(lambda owner: make_bucket(owner, "source"))
target = pytest.fixture(name="target")(lambda owner: make_bucket(owner, "target"))


@pytest.fixture
def ready(owner, source, target, key, another):
    """Two buckets, a role that may do everything needed, and a rule that replicates under ``another``."""
    replicator(owner, may("kms:Decrypt", key, f"{SOURCE}/*"), may("kms:Encrypt", another, f"{TARGET}/*"))
    configure(source, rule(another))


THEIRS = use(f"arn:aws:iam::{OTHER}:root")
PLACES = {"Region": (OWNER, HERE), "Regions": (OWNER, THERE), "accounts": (OTHER, HERE), "both": (OTHER, THERE)}


@pytest.fixture(params=PLACES)
def place(request, aws_world, owner, source, key):
    """A destination in each kind of place, with a replica key there and all the rights that replication needs."""
    account, region = PLACES[request.param]
    there = aws_world.account(account)
    client, kms = make_bucket(there, "target", region), there.client("kms", region)
    replicator(owner, may("kms:Decrypt", key, f"{SOURCE}/*"), may("kms:Encrypt", "*", f"{TARGET}/*", region))
    statements = [] if account == OWNER else [THEIRS, use(ROLE, "kms:Encrypt")]
    replica = make_key(kms, *statements, delegate=account == OWNER)
    into = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": WRITE, "Resource": f"{TARGET}/*"}
    client.put_bucket_policy(Bucket="target", Policy=key_policy(into, delegate=False))
    configure(source, rule(replica))
    return SimpleNamespace(s3=client, kms=kms, key=replica, region=region)


def test_a_configuration_comes_back_as_it_was_put(source, target, key):
    """GetBucketReplication keeps criteria, filters, priorities, marker replication and each option of a destination."""
    change = {"Account": OWNER, "AccessControlTranslation": {"Owner": "Destination"}, "StorageClass": "STANDARD_IA"}
    timed = {"ReplicationTime": {**ENABLED, "Time": IN_TIME}, "Metrics": {**ENABLED, "EventThreshold": IN_TIME}}
    rules = [
        rule(key, ID="first", Priority=7, Filter=AND, Destination=change),
        rule(ID="second", Priority=3, DeleteMarkerReplication=ENABLED, Destination=timed),
        rule(ID="third", Priority=5, Status="Disabled", Filter=TAG),
    ]
    configure(source, *rules)
    shown = source.get_bucket_replication(Bucket="source")["ReplicationConfiguration"]
    assert (shown["Role"], shown["Rules"]) == (ROLE, rules)
    source.delete_bucket_replication(Bucket="source")
    with refused("ReplicationConfigurationNotFoundError", None, 404):
        source.get_bucket_replication(Bucket="source")


SCHEMA = "of Cross Region Replication configuration schema. Please refer to S3 Developer Guide for more information."
UNVERSIONED = "Versioning must be 'Enabled' on the bucket to apply a replication configuration"
KMS_OBJECTS = {"SourceSelectionCriteria": {"SseKmsEncryptedObjects": ENABLED}}
REPLICA_KEY = {"Destination": {"EncryptionConfiguration": {"ReplicaKmsKeyID": key_arn(GHOST)}}}
INVALID = {
    "ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present.": KMS_OBJECTS,
    "SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present.": REPLICA_KEY,
    UNVERSIONED: {},
    "Destination bucket must have versioning enabled.": {"to": "arn:aws:s3:::bucket"},
    "Destination bucket must exist.": {"to": "arn:aws:s3:::nobody"},
    f"Priority must be specified for this version {SCHEMA}": {"Priority": None},
    f"DeleteMarkerReplication must be specified for this version {SCHEMA}": {"DeleteMarkerReplication": None},
}


@pytest.mark.evidence("reported", "moto's tests (test_create_replication_without_versioning)")
def test_the_refusal_of_a_bucket_without_versions_names_it(s3, source, target):
    # recorded by moto (test_create_replication_without_versioning)
    with refused("InvalidRequest", UNVERSIONED) as refusal:
        configure(source, rule(), bucket="bucket")
    assert refusal.response["Error"]["BucketName"] == "bucket"


@pytest.mark.parametrize("text", INVALID)
def test_an_invalid_rule_is_refused(s3, source, target, text):
    """A rule must be complete, its destination exist, and both buckets have versions; ``bucket`` has none."""
    made = {name: value for name, value in rule(**INVALID[text]).items() if value is not None}
    with refused("InvalidRequest", text):
        configure(source, made, bucket="bucket" if text == UNVERSIONED else "source")


def test_an_object_arrives_as_it_is(place, source):
    """In every place the replica has the source's version id, body, metadata, tags, storage class and encryption."""
    about = {"ContentType": "text/plain", "Metadata": {"owner": "me"}, "StorageClass": "STANDARD_IA"}
    put(source, bucket="source", Tagging="a=1", **about)
    there, here = head(place.s3, "k", "target"), head(source, "k", "source")
    assert (here["ReplicationStatus"], there["ReplicationStatus"]) == ("COMPLETED", "REPLICA")
    for name in ("VersionId", "ContentLength", "ServerSideEncryption", "ETag", *about):
        assert there[name] == here[name], name
    assert (read(place.s3, "k", "target"), there["ServerSideEncryption"]) == (BODY, "AES256")
    assert place.s3.get_object_tagging(Bucket="target", Key="k")["TagSet"] == [{"Key": "a", "Value": "1"}]


def test_an_object_under_kms_arrives_under_the_replica_key(place, source, key, aws_world):
    """The role decrypts with the source's key and encrypts with the replica's, each through S3 of the bucket's Region."""
    before = len(aws_world.events)
    with kms_calls(aws_world) as calls:
        assert sent(source, **sse(key)) == "COMPLETED"
    arns = [("GenerateDataKey", SOURCE), ("Decrypt", SOURCE), ("Encrypt", TARGET)]
    assert calls == [(name, {"aws:s3:arn": f"{arn}/k"}) for name, arn in arns]
    told = {
        each["eventName"]: (each["userIdentity"]["arn"], each["awsRegion"], each["resources"][0]["ARN"])
        for each in aws_world.events[before:].where(account=OWNER)
    }
    assert (told["Decrypt"], told["Encrypt"]) == ((SESSION, HERE, key), (SESSION, place.region, place.key))
    assert [head(place.s3, "k", "target")[name] for name in SHOWN] == ["aws:kms", place.key, "REPLICA"]
    assert read(place.s3, "k", "target") == BODY


@pytest.mark.parametrize("mode", ["aws:kms", "aws:kms:dsse"])
def test_the_replica_has_the_mode_of_the_source(ready, source, target, kms, key, another, mode):
    """The default of the destination does not matter to an object under KMS; an alias may name the replica key."""
    kms.create_alias(AliasName="alias/replica", TargetKeyId=another)
    configure(source, rule(f"arn:aws:kms:{HERE}:{OWNER}:alias/replica"))
    set_default(target, key=key, bucket="target")
    put(source, bucket="source", **sse(key, mode))
    assert [head(target, "k", "target")[name] for name in SHOWN] == [mode, another, "REPLICA"]
    assert (read(target, "k", "target"), status(source)) == (BODY, "COMPLETED")


@pytest.mark.parametrize("rights", [("kms:Encrypt", "kms:GenerateDataKey"), ()])
def test_an_object_without_kms_stays_so_whatever_the_default_of_the_destination(owner, source, target, key, rights):
    """A replica has the encryption of its source ("Replicating encrypted objects"); no key is asked for."""
    set_default(target, key=key, bucket="target")
    replicator(owner, *(may(action, key, f"{TARGET}/*") for action in rights))
    configure(source, rule())
    assert sent(source) == "COMPLETED"
    assert [head(target, "k", "target").get(name) for name in SHOWN] == ["AES256", None, "REPLICA"]


def test_versions_uploads_and_copies_arrive_too(ready, source, target, key):
    """Each version of an object arrives, however it was written."""
    put(source, "from", bucket="source", **sse(key))
    put(source, bucket="source", **sse(key))
    upload(source, PART, BODY, bucket="source", **sse(key))
    copy(source, "k", "from", "source", "source", **sse(key))
    versions = [each["VersionId"] for each in source.list_object_versions(Bucket="source", Prefix="k")["Versions"]]
    assert {status(source, VersionId=each) for each in versions} == {"COMPLETED"}
    assert [read(target, "k", "target", VersionId=each) for each in versions] == [BODY, PART + BODY, BODY]


FAILING = {  # what differs from a role and a replica key that do
    "role of another service": {"role": {"service": "ec2"}},
    **{f"no {each}": {"role": {"without": each}} for each in (*READ[:2], WRITE[0], "kms:Decrypt", "kms:Encrypt")},
    "GetObjectVersion instead": {"role": {"without": READ[0]}, "more": "s3:GetObjectVersion"},
    "GenerateDataKey instead": {"role": {"without": "kms:Encrypt"}, "more": "kms:GenerateDataKey"},
    "reads through another Region": {"reading": {"region": THERE}},
    "writes through another Region": {"writing": {"region": THERE}},
    "reads under another context": {"reading": {"context": f"{TARGET}/*"}},
    "writes under another context": {"writing": {"context": f"{SOURCE}/*"}},
    "missing key": {"replica": lambda kms, other: key_arn(GHOST)},
    "key of another Region": {"replica": lambda kms, other: key_arn(GHOST, region=THERE)},
    "key of another account": {"replica": lambda kms, other: make_key(other.client("kms"), THEIRS, delegate=False)},
    "key that denies": {"replica": lambda kms, other: make_key(kms, use("*", "kms:Encrypt", "Deny"))},
    "key for signing": {"replica": lambda kms, other: make_key(kms, KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")},
}


@pytest.mark.parametrize("case", FAILING.values(), ids=FAILING)
def test_what_the_role_or_the_key_does_not_allow_fails(owner, other, source, target, kms, key, another, case):
    """PutBucketReplication and the upload succeed, the status is FAILED, and nothing arrives."""
    rights = [may("kms:Decrypt", key, **case.get("reading", {})), may("kms:Encrypt", "*", **case.get("writing", {}))]
    replicator(owner, *rights, *([may(case["more"], "*")] if "more" in case else []), **case.get("role", {}))
    configure(source, rule(case["replica"](kms, other) if "replica" in case else another))
    assert (sent(source, **sse(key)), absent(target)) == ("FAILED", True)


@pytest.mark.parametrize("place", ["accounts", "both"], indirect=True)
def test_the_other_account_must_admit_the_role(place, source, key):
    """The key's policy and the bucket's policy both have to name it."""
    place.kms.put_key_policy(KeyId=place.key, Policy=key_policy(THEIRS, delegate=False))
    assert (sent(source, **sse(key)), absent(place.s3)) == ("FAILED", True)
    place.kms.put_key_policy(KeyId=place.key, Policy=key_policy(THEIRS, use(ROLE, "kms:Encrypt"), delegate=False))
    place.s3.delete_bucket_policy(Bucket="target")
    assert (sent(source, **sse(key)), absent(place.s3)) == ("FAILED", True)


def test_a_failure_is_not_retried_and_a_new_upload_heals_it(ready, source, target, kms, key, another):
    """What failed stays FAILED when the key is well again; the next version of the object arrives."""
    kms.disable_key(KeyId=another)
    first = put(source, bucket="source", **sse(key))["VersionId"]
    assert (status(source), absent(target)) == ("FAILED", True)
    kms.enable_key(KeyId=another)
    assert (status(source), absent(target)) == ("FAILED", True)
    assert (sent(source, **sse(key)), status(source, VersionId=first)) == ("COMPLETED", "FAILED")
    assert read(target, "k", "target") == BODY


TAG = {"Tag": {"Key": "a", "Value": "1"}}
AND = {"And": {"Prefix": "tax/", "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]}}
CHOICES = [  # a filter, then objects inside and objects outside of it
    ({"Prefix": "tax/"}, [("tax/k", "c=3")], [("k", "c=3"), ("a/tax/k", "c=3")]),
    (TAG, [("k", "a=1&c=3")], [("l", "a=2"), ("m", "c=3")]),
    (AND, [("tax/k", "a=1&b=2&c=3")], [("tax/l", "a=1"), ("m", "a=1&b=2")]),
]


@pytest.mark.parametrize(("chosen", "inside", "outside"), CHOICES)
def test_a_filter_chooses_by_prefix_and_tags(ready, source, target, chosen, inside, outside):
    """An object outside the filter has no status at all."""
    configure(source, rule(Filter=chosen))
    assert {sent(source, name, Tagging=tags) for name, tags in inside} == {"COMPLETED"}
    assert {sent(source, name, Tagging=tags) for name, tags in outside} == {None}
    assert keys(target, "target") == [name for name, _ in inside]


def test_objects_under_kms_are_skipped_unless_asked_for(ready, source, target, key, another):
    """Without SseKmsEncryptedObjects, or with it disabled, they have no status."""
    for chosen in (rule(), rule(another, SourceSelectionCriteria={"SseKmsEncryptedObjects": OFF})):
        configure(source, chosen)
        assert [sent(source, **sse(key, mode)) for mode in ("aws:kms", "aws:kms:dsse")] == [None, None]
        assert absent(target)


def test_old_objects_and_replicas_are_not_replicated(ready, owner, source, target):
    """What was there before the rule, or under a disabled one, stays alone; a replica goes no further."""
    third = make_bucket(owner, "third")
    source.delete_bucket_replication(Bucket="source")
    put(source, "old", bucket="source")
    configure(source, rule(Status="Disabled"))
    put(source, "paused", bucket="source")
    configure(source, rule())
    configure(target, rule(to="arn:aws:s3:::third"), bucket="target")
    assert (sent(source, "new"), status(target, "new", "target")) == ("COMPLETED", "REPLICA")
    assert [status(source, name) for name in ("old", "paused")] == [None, None]
    assert (absent(target, "old"), absent(target, "paused"), absent(third, "new", "third")) == (True, True, True)


@pytest.mark.parametrize("markers", [OFF, ENABLED], ids=["off", "on"])
def test_deletes_stay_here_except_markers_that_are_asked_for(ready, source, target, markers):
    """A delete marker is replicated when the rule says so, the delete of a version never is."""
    configure(source, rule(DeleteMarkerReplication=markers))
    version = put(source, bucket="source")["VersionId"]
    assert status(source) == "COMPLETED"
    source.delete_object(Bucket="source", Key="k")
    source.delete_object(Bucket="source", Key="k", VersionId=version)
    shown = target.list_object_versions(Bucket="target")
    assert [each["VersionId"] for each in shown["Versions"]] == [version]
    assert len(shown.get("DeleteMarkers", [])) == (markers is ENABLED)
    assert absent(target) == (markers is ENABLED)


@pytest.mark.parametrize("verified", [True, False])
def test_an_object_under_a_bucket_key_has_one_there_too(owner, source, target, key, another, verified):
    """Its contexts are the two buckets, and the role needs kms:Decrypt on the replica key to verify the new one."""
    rights = [may("kms:Decrypt", key, SOURCE), may("kms:Encrypt", another, TARGET)]
    replicator(owner, *rights, *([may("kms:Decrypt", another, TARGET)] if verified else []))
    configure(source, rule(another))
    put(source, bucket="source", **sse(key, BucketKeyEnabled=True))
    assert (status(source), absent(target)) == (("COMPLETED", False) if verified else ("FAILED", True))
    if verified:
        assert (head(target, "k", "target")["BucketKeyEnabled"], read(target, "k", "target")) == (True, BODY)


def test_the_higher_priority_wins_for_one_destination(ready, source, target):
    """Two rules for one bucket make one replica, by the rule with the higher number."""
    chosen = {"STANDARD_IA": 1, "GLACIER_IR": 3, "ONEZONE_IA": 2}
    configure(source, *(rule(ID=n, Priority=p, Destination={"StorageClass": n}) for n, p in chosen.items()))
    assert (sent(source), head(target, "k", "target")["StorageClass"]) == ("COMPLETED", "GLACIER_IR")
    assert len(target.list_object_versions(Bucket="target")["Versions"]) == 1


@pytest.mark.parametrize("expected", ["COMPLETED", "FAILED"])
def test_every_destination_must_be_reached(owner, source, target, expected):
    """Rules for several buckets all apply; one failure is FAILED for the source."""
    second = make_bucket(owner, "second")
    replicator(owner, *(may(each, "arn:aws:s3:::second/*") for each in WRITE if expected == "COMPLETED"))
    configure(source, rule(), rule(ID="2", Priority=2, to="arn:aws:s3:::second"))
    assert (sent(source), read(target, "k", "target")) == (expected, BODY)
    assert absent(second, "k", "second") if expected == "FAILED" else read(second, "k", "second") == BODY
