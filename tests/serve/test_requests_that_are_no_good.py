"""What the admin API says of requests that it does not take, and to whom it says nothing."""

import json
import ssl
from urllib.request import urlopen

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kmsmock.serve.admin import Admin
from kmsmock.serve.routes import ROUTES
from kmsmock.serve.served import Served

REFUSED = [
    ("POST", "/accounts/1", None, 400, "an account id is a string of 12 digits, such as '111111111111', not '1'"),
    ("POST", "/accounts/111111111111/users", {}, 400, "name is missing: it takes name (a text), policies (a list of"),
    ("POST", "/accounts/111111111111/users", {"name": 5}, 400, "name is a text, not 5"),
    ("POST", "/accounts/111111111111/users", {"name": "a b"}, 400, "names of a user are 1 to 64 letters"),
    ("POST", "/accounts/111111111111/users", {"nane": "app"}, 400, "there is no 'nane' here: it takes name (a text)"),
    ("POST", "/accounts/111111111111/roles", {"name": "job", "policies": [1]}, 400, "policies is a list of policies"),
    ("POST", "/accounts/111111111111/roles", {"name": "job", "policies": [{"Statement": 1}]}, 400, ""),
    ("POST", "/accounts/111111111111/roles", {"name": "job", "trust": "nobody"}, 400, "nobody"),
    ("POST", "/sessions", {"principal": "app"}, 400, "principal='app': give the ARN of a user, a role or a root"),
    ("POST", "/sessions", {"principal": "arn:aws:iam::111111111111:user/x"}, 400, "account 111111111111 has no user"),
    ("POST", "/sessions", {"principal": "arn:aws:iam::aws:user/x"}, 400, "principal='arn:aws:iam::aws:user/x': give"),
    ("POST", "/clock/advance", {}, 400, 'give how far: {"days": 31}'),
    ("POST", "/clock/advance", {"days": -1}, 400, "advance() moves time forward"),
    ("POST", "/clock/advance", {"days": 1e300}, 400, "advance("),
    ("POST", "/clock/advance", b'{"days": NaN}', 400, "the body is no JSON: NaN is no number of JSON"),
    ("POST", "/clock/move", {"at": "tomorrow"}, 400, "not a date that can be read: 'tomorrow'; give ISO 8601"),
    ("POST", "/clock/move", {"at": "9999-01-01"}, 400, "time ends with the year 9989"),
    ("POST", "/faults", {"operation": "Decript", "error": "X"}, 400, "did you mean 'Decrypt'?"),
    ("POST", "/faults", {"operation": "Decrypt", "error": "X", "times": 0}, 400, "times is a whole number from 1"),
    ("PUT", "/delays", {"delays": {"ReplicateKey": "long"}}, 400, "delays of ReplicateKey: give seconds, such as 60"),
    ("PUT", "/delays", {"delays": {"Nothing": 5}}, 400, "delays of Nothing: only "),
    ("PUT", "/quotas", {"quotas": {"Nothing": 5}}, 400, "there is no quota 'Nothing'"),
    ("PUT", "/context", {"keys": {"aws:PrincipalArn": "x"}}, 400, "aws:PrincipalArn is computed from the call"),
    ("GET", "/decisions?allowed=perhaps", None, 400, 'allowed is true or false, not "perhaps"'),
    ("GET", "/decisions?last=-1", None, 400, 'last is a whole number from 1, not "-1"'),
    ("GET", "/events?region=us-nowhere-1", None, 400, "us-nowhere-1"),
    ("GET", "/environment?format=bat", None, 400, "format is json or sh, not bat"),
    ("GET", "/ca.pem", None, 404, "this world is served without TLS: start it with --tls"),
    ("GET", "/nothing", None, 404, "there is no /_kmsmock/nothing; GET /_kmsmock/ lists what there is"),
    ("GET", "-else", None, 404, "there is no /_kmsmock-else"),
    ("PATCH", "/clock", None, 405, "/_kmsmock/clock takes GET, not PATCH"),
    ("PUT", "/acting", b"{", 400, "the body is no JSON: "),
    ("PUT", "/acting", b"\xff\xfe\x00", 400, "the body is no JSON: "),
    ("PUT", "/acting", b"[" * 100_000, 400, "the body is no JSON: "),
    ("PUT", "/acting", b"[]", 400, "the body is a JSON object, it takes principal (a text: the ARN of a user"),
    ("PUT", "/acting", b" " * (4 * 2**20 + 1), 413, "a body has at most 4194304 bytes, and this one 4194305"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "said"), REFUSED)
def test_what_is_no_good_is_answered_with_what_is_accepted(api, method, path, body, status, said):
    found, headers, content = api.ask(method, path, body)
    assert (found, headers["Content-Type"]) == (status, "application/json")
    assert said in content["error"]["message"]
    assert content["error"]["code"]
    assert "Traceback" not in json.dumps(content)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_nothing_that_is_sent_is_a_failure_of_ours(api, data):
    route = data.draw(st.sampled_from([each for each in ROUTES if each.method != "GET"]))
    taken = {name: VALUES | st.sampled_from(["app", "*", {}, True, 1]) for name in route.takes}
    body = data.draw(st.fixed_dictionaries({}, optional=taken))
    path = route.path.format(account="111111111111", name="n", id="1")
    status, _, content = api.ask(route.method, path, body)
    assert status in (200, 400, 404, 409), content


def test_with_a_token_nobody_is_let_in_without_it_but_for_health(serve):
    api = serve(token="a-token")
    assert api("GET", "/health")["status"] == "ok"
    for given_ in ("", "a-token", "Bearer", "Bearer wrong", "Basic a-token", "Bearer a-tokem", "Bearer \xe9"):
        status, headers, said = api.ask("GET", "/world", Authorization=given_)
        assert (status, headers["WWW-Authenticate"]) == (401, 'Bearer realm="kmsmock"')
        assert said["error"]["message"] == "give the token of the admin API: Authorization: Bearer ..."
    assert api.ask("GET", "/nothing")[0] == 401  # what there is, is nobody's business
    assert api.ask("POST", "/reset", Authorization="bearer a-token")[0] == 200
    api.headers = {"Authorization": "Bearer a-token", "Host": "kmsmock:4577"}
    assert api("GET", "/environment")["AWS_ENDPOINT_URL"] == "http://kmsmock:4577"


def test_a_page_that_a_browser_shows_changes_nothing(serve):
    api = serve(names=["kmsmock.test"])
    assert api.ask("POST", "/reset", Origin="https://example.com")[0] == 403
    for host, status in (("evil.example", 403), ("kmsmock.test:1", 200), ("[::1]:80", 200), ("[", 403), ("", 403)):
        assert api.ask("GET", "/world", Host=host)[0] == status
    assert api.ask("GET", "/health", Host="evil.example")[0] == 200


def test_the_metadata_of_containers_is_answered_beside_the_admin_api(api):
    status, _, said = api.ask("GET", "/credentials")
    assert (status, said["message"]) == (403, "the authorization token is not that of this container")


def test_a_certificate_is_given_to_whoever_is_to_trust_it(aws_world):
    served = Served(aws_world, aws_world.snapshot())
    with aws_world.endpoint(tls=True, pages=Admin(served, "a-token").pages) as url:
        served.address = url
        trusting = ssl.create_default_context(cafile=url.ca_bundle)
        with urlopen(f"{url}/_kmsmock/ca.pem", context=trusting) as answer:
            assert answer.read() == url.ca_bundle.read_bytes()
