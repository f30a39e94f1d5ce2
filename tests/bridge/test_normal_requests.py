"""Requests that are written down at once are what moto makes of them."""

import pytest
from botocore.awsrequest import AWSPreparedRequest
from hypothesis import given
from hypothesis import strategies as st
from moto.core.request import normalize_request

from kmsmock.bridge.normal_requests import normal

FORM = "application/x-www-form-urlencoded; charset=utf-8"
NAMES = st.sampled_from(
    ["User-Agent", "X-Amz-Date", "X-Amz-Target", "x-amz-target", "Transfer-Encoding", "X-Some_Name"]
)
VALUES = st.text(st.characters(blacklist_categories=["Cs"], max_codepoint=0x17F), max_size=6)
HEADERS = st.dictionaries(NAMES, VALUES | VALUES.map(str.encode), max_size=4)
TYPES = st.sampled_from(["application/x-amz-json-1.1", FORM, "multipart/form-data; boundary=x", "", None])
URLS = st.sampled_from(
    ["https://sqs.us-east-1.amazonaws.com/", "http://iam.amazonaws.com/", "https://a.com:1/", "https://a.com/q?x=1"]
)


def told(make, request):
    """All that can be read of a request, or what reading it raises."""
    try:
        made = make(request)
    except Exception as refused:
        return type(refused), str(refused)
    plain = {name: each for name, each in made.environ.items() if name not in ("wsgi.input", "werkzeug.request")}
    parts = made.raw_url, made.raw_path, made.method, sorted(made.headers.items())
    return type(made), plain, parts, made.data, made.form.to_dict(flat=False), made.content_type


@given(URLS, HEADERS, TYPES, st.binary(max_size=20) | st.just(b"Action=A&B=%C3%BC") | st.none(), st.booleans())
def test_they_are_what_moto_makes(url, headers, kind, body, sized):
    sent = dict(headers)
    if kind is not None and (body or "boundary" not in kind):  # else werkzeug draws one
        sent["Content-Type"] = kind
    if sized:
        sent["Content-Length"] = str(len(body or b""))
    request = AWSPreparedRequest("POST", url, sent, body, False)
    assert told(normal, request) == told(normalize_request, request)


@pytest.mark.parametrize("body", [b"Action=A", b""])
def test_a_form_can_be_read(body):
    request = AWSPreparedRequest("POST", "https://ec2.us-east-1.amazonaws.com/", {"Content-Type": FORM}, body, False)
    assert normal(request).form.to_dict() == ({"Action": "A"} if body else {})
