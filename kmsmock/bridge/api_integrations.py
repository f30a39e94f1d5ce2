"""Integrations of APIs with other AWS services: the request is signed as the integration's role.

moto sends it unsigned, and knows the actions of DynamoDB ("Set up an API integration", API Gateway developer guide).
"""

from __future__ import annotations

import re
from typing import Any

from kmsmock.active import Patches
from kmsmock.bridge import role_sessions

_ACTION = re.compile(r"arn:[^:]+:apigateway:([^:]+):dynamodb:action/(\w+)")


def install(patches: Patches) -> None:
    """What an API asks of DynamoDB it asks in the name of its role."""
    import requests
    from moto.apigateway.integration_parsers.aws_parser import TypeAwsParser

    original = TypeAwsParser.invoke

    def invoke(parser: Any, request: Any, integration: Any) -> tuple[int, str | bytes]:
        action = _ACTION.fullmatch(integration.uri or "")
        if action is None or not integration.credentials:
            answered: tuple[int, str | bytes] = original(parser, request, integration)
            return answered
        region, name = action.groups()
        scope = f"{role_sessions.access_key(integration.credentials)}/20000101/{region}/dynamodb/aws4_request"
        headers = {
            "X-Amz-Target": f"DynamoDB_20120810.{name}",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        }
        url = f"https://dynamodb.{region}.amazonaws.com/"
        answer = requests.post(url, request.body, headers=headers, timeout=60)
        return answer.status_code, answer.content

    patches.replace(TypeAwsParser, "invoke", invoke)
