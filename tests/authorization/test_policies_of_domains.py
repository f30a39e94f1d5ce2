"""Access policies of OpenSearch domains: what is refused repeats the document.

boto/boto3#305, hashicorp/terraform-provider-aws#11 (a role that is not there yet), aws-samples/pywren-workshops#6 (ARNs
that are none); the status is that of botocore's model.
"""

import json

import pytest
from botocore.exceptions import ClientError

from tests.support.claims import OWNER
from tests.support.documents import but, text

pytestmark = pytest.mark.evidence(
    "reported", "boto/boto3#305, hashicorp/terraform-provider-aws#11, aws-samples/pywren-workshops#6"
)

FINE = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OWNER}:root"}, "Action": "es:*", "Resource": "*"}
NOBODY = {"AWS": f"arn:aws:iam::{OWNER}:role/not-there-yet"}
MADE = {"opensearch": "create_domain", "es": "create_elasticsearch_domain"}
CHANGED = {"opensearch": "update_domain_config", "es": "update_elasticsearch_domain_config"}
REFUSED = [
    "{",
    "null",
    text(but(FINE, Effect="Maybe")),
    text(but(FINE, Principal=NOBODY)),
    text(but(FINE, Action=None)),
]


def said(put, document):
    with pytest.raises(ClientError) as caught:
        put(DomainName="domain", AccessPolicies=document)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize("service", MADE)
@pytest.mark.parametrize("document", REFUSED)
def test_a_document_that_is_none_or_names_nobody_is_repeated(owner, service, document):
    client = owner.client(service)
    answer = ("InvalidTypeException", f"Error setting policy: [{document}]", 409)
    assert said(getattr(client, MADE[service]), document) == answer
    assert client.list_domain_names()["DomainNames"] == []
    getattr(client, MADE[service])(DomainName="domain")
    assert said(getattr(client, CHANGED[service]), document) == answer


@pytest.mark.parametrize("service", MADE)
def test_a_policy_is_stored_and_an_empty_text_takes_it_away(owner, service):
    client = owner.client(service)
    made = getattr(client, MADE[service])(DomainName="domain", AccessPolicies=text(FINE))
    assert json.loads(made["DomainStatus"]["AccessPolicies"]) == json.loads(text(FINE))
    getattr(client, CHANGED[service])(DomainName="domain", AccessPolicies="")
