"""A protocol that botocore speaks and kmsmock does not is named, instead of read as nothing."""

import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.model import ServiceModel

from kmsmock.bridge import serializing
from kmsmock.errors import AwsError
from kmsmock.wire import answers
from kmsmock.wire.decoding import decode

SAYS = "New Service Ask: kmsmock does not speak botocore's protocol smithy-rpc-v2-cbor"


@pytest.fixture
def operation():
    metadata = {
        "serviceId": "New Service",
        "endpointPrefix": "new",
        "protocol": "smithy-rpc-v2-cbor",
        "protocols": ["smithy-rpc-v2-cbor"],
    }
    asked = {"name": "Ask", "http": {"method": "POST", "requestUri": "/"}}
    return ServiceModel({"metadata": metadata, "operations": {"Ask": asked}, "shapes": {}}, "new").operation_model(
        "Ask"
    )


def test_a_request_is_not_read_as_one_without_parameters(operation):
    request = AWSPreparedRequest("POST", "https://new.us-east-1.amazonaws.com/", {}, b"", False)
    with pytest.raises(NotImplementedError, match=SAYS):
        decode.decode(request, operation)


def test_a_result_is_not_written(operation):
    with pytest.raises(NotImplementedError, match=SAYS):
        serializing.encode(operation, {}, "1-2-3")


def test_an_error_is_not_written(operation):
    with pytest.raises(NotImplementedError, match=SAYS):
        answers.encode_error(operation, AwsError("AccessDeniedException", "No", 400), "1-2-3")
