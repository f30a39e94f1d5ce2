"""Finding 8 of "Who asks": nothing in a world leaves another library bound to a clock that was frozen.

Which library was imported, or used, first and whether time stood still then makes no difference: each order is tried in
a process of its own, because what was bound once stays so for the process.
"""

import itertools
import json
import subprocess
import sys
from functools import cache

import pytest

SIGN = """
def sign():
    from cryptography import x509
    from cryptography.x509.oid import NameOID
    from cryptography.hazmat.primitives.asymmetric import ed25519
    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a")])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(1))
    made = builder.sign(key, None)
    assert made.not_valid_before_utc.year == now.year
"""
PUBLISH = """
def publish():
    sns, sqs = boto3.client("sns"), boto3.client("sqs")
    topic = sns.create_topic(Name="t")["TopicArn"]
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    sns.publish(TopicArn=topic, Message="m")
"""
YAML = """
def dump():
    import yaml
    # what a frozen clock makes is freezegun's own class, which yaml never knew
    moment = datetime.datetime(2031, 1, 1, tzinfo=datetime.timezone.utc)
    try:
        return yaml.safe_dump({"at": moment, "on": datetime.date(2031, 1, 1)})
    except yaml.representer.RepresenterError:
        assert type(moment).__name__ == "FakeDatetime"
"""
SQLITE = """
def store():
    import sqlite3, warnings
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        at = datetime.datetime(2031, 1, 1)
        try:
            sqlite3.connect(":memory:").execute("select ?", (at,)).fetchone()
        except sqlite3.ProgrammingError:
            assert type(at).__name__ == "FakeDatetime"
"""
TLS = """
def tls():
    import ssl, urllib3, responses, requests
    assert ssl.cert_time_to_seconds("Jan  5 09:34:43 2018 GMT") == 1515144883
    with responses.RequestsMock() as mocked:
        mocked.get("https://example.org/", body="x", headers={"Set-Cookie": "a=b; Max-Age=60"})
        assert requests.get("https://example.org/").text == "x"
    urllib3.PoolManager().clear()
"""
JWT = """
def token():
    from joserfc import jwt
    from joserfc.jwk import OctKey
    key = OctKey.import_key("secret" * 8)
    now = datetime.datetime.now(datetime.timezone.utc)
    made = jwt.encode({"alg": "HS256"}, {"exp": int(now.timestamp()) + 60}, key)
    jwt.JWTClaimsRegistry().validate(jwt.decode(made, key).claims)
"""
MODEL = """
def model():
    import pydantic
    try:
        class Event(pydantic.BaseModel):
            at: datetime.datetime
        assert Event(at="2031-01-01T00:00:00").at.year == 2031
    except pydantic.errors.PydanticSchemaGenerationError:
        assert datetime.datetime.__name__ == "FakeDatetime"
"""
LIBRARIES = {"sign": SIGN, "publish": PUBLISH, "dump": YAML, "store": SQLITE, "tls": TLS, "token": JWT, "model": MODEL}

PROGRAM = """
import datetime, json, traceback, warnings
warnings.simplefilter("ignore")
{define}
import boto3, kmsmock, freezegun

def real(use):
    with kmsmock.World():
        use()

def moved(use):
    with kmsmock.World() as world:
        world.clock.advance(days=400)
        use()

def frozen_by_the_test(use):
    with kmsmock.World(), freezegun.freeze_time("2030-01-01"):
        use()

def frozen_around(use):
    with freezegun.freeze_time("2030-01-01"), kmsmock.World():
        use()

told = dict.fromkeys({uses}, "")
for step in ({steps}):
    for name in told:
        try:
            step(globals()[name])
        except BaseException:
            told[name] += f"{{step.__name__}}: {{traceback.format_exc()}}"
print(json.dumps(told))
"""
ORDERS = [
    *itertools.permutations(["real", "moved"]),
    ("frozen_by_the_test", "real", "moved"),
    ("frozen_around", "real", "moved", "real"),
    ("moved", "frozen_around", "real"),
]


@cache
def told(order):
    """What became of each library in a process that used them all in this order, each in worlds of its own."""
    program = PROGRAM.format(define="".join(LIBRARIES.values()), uses=list(LIBRARIES), steps=", ".join(order) + ",")
    environment = {"AWS_DEFAULT_REGION": "us-east-1", "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
@pytest.mark.parametrize("use", LIBRARIES)
def test_whichever_comes_first(use, order):
    assert told(order)[use] == ""


def test_an_x509_signature_outside_after_a_world_that_moved_time():
    program = f"""
import datetime
{SIGN}
import kmsmock
with kmsmock.World() as world:
    world.clock.advance(days=400)
    sign()
sign()
print("done")
"""
    environment = {"AWS_DEFAULT_REGION": "us-east-1", "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=False, env=environment
    )
    assert done.stdout == "done\n", done.stderr
