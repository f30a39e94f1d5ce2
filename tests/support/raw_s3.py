"""S3 spoken to without a client: URLs that somebody else signed, forms, and what is in the XML of the answers."""

import base64
import json
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.etree import ElementTree

import requests
from botocore.config import Config

BUCKET = "bucket"
SIGNATURE_4, SIGNATURE_2 = Config(signature_version="s3v4"), Config(signature_version="s3")


def url_for(principal, operation="put_object", *, config=SIGNATURE_4, expires=3600, region="us-east-1", **params):
    """A URL that a principal signs; the bucket and the key ``k`` unless told otherwise."""
    client = principal.client("s3", region, config=config)
    params = {"Bucket": BUCKET, "Key": "k", **params}
    return client.generate_presigned_url(operation, Params=params, ExpiresIn=expires)


def sent(method, url, headers=None, body=None):
    return requests.request(method, url, headers=headers, data=body, timeout=10)


def with_query(url, **changed):
    """The URL with other values in its query; None takes one away. Names are written with ``_`` for ``-``."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    for name, value in changed.items():
        spelled = name.replace("_", "-")
        if value is None:
            query.pop(spelled)
        else:
            query[spelled] = value
    return parts._replace(query=urlencode(query)).geturl()


def elements(answer):
    """The elements of a flat XML body, by name; lists of namespaces do not matter."""
    root = ElementTree.fromstring(answer.content)
    return {each.tag.rpartition("}")[2]: each.text or "" for each in root}


def refusal(answer):
    """Status, code and message of an answer that refuses."""
    told = elements(answer)
    return answer.status_code, told["Code"], told["Message"]


def form_of(principal, key="k", conditions=(), fields=None, *, expires=3600, config=SIGNATURE_4):
    """The URL and the fields of a form that a principal signs."""
    client = principal.client("s3", "us-east-1", config=config)
    made = client.generate_presigned_post(
        BUCKET, key, Fields=dict(fields or {}), Conditions=list(conditions), ExpiresIn=expires
    )
    return made["url"], made["fields"]


def posted(url, fields, body=b"abcdef", **more):
    return requests.post(url, data=fields, files={"file": ("name.txt", body)}, timeout=10, **more)


def policy_of(fields):
    return json.loads(base64.b64decode(fields["policy"]))


def shown(moment):
    """A time as S3's errors write it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def signed_at(url):
    text = dict(parse_qsl(urlsplit(url).query))["X-Amz-Date"]
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)


def later(moment, seconds):
    return moment + timedelta(seconds=seconds)
