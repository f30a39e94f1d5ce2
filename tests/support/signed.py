"""Requests that botocore signed, to be changed and sent to an address."""

import http.client
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


class Signed:
    """A request to KMS that botocore signed, to be changed and sent."""

    def __init__(
        self, address, user, content, at=None, service="kms", method="POST", path="/", region="us-east-1", **headers
    ):
        self.address = urlsplit(address)
        self.method, self.path, self.body = method, path, content
        request = AWSRequest(method, address + path, data=content, headers=headers)
        signer = SigV4Auth(Credentials(*user.credentials), service, region)
        if at is not None:  # botocore signs with what the context says
            request.context["timestamp"] = at.strftime("%Y%m%dT%H%M%SZ")
            signer._modify_request_before_signing(request)
            text = signer.string_to_sign(request, signer.canonical_request(request))
            signer._inject_signature_to_request(request, signer.signature(text, request))
        else:
            signer.add_auth(request)
        self.headers = dict(request.headers)

    def send(self):
        connection = http.client.HTTPConnection(self.address.hostname, self.address.port)
        connection.request(self.method, self.path, self.body, self.headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content
