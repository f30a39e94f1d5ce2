"""APIs that are called: integrations with other AWS services ask as their role, and what is not deployed is refused.

moto sends it unsigned, and knows the actions of DynamoDB ("Set up an API integration", API Gateway developer guide).
"""

from __future__ import annotations

import re
from typing import Any

from kmsmock.active import Patches
from kmsmock.bridge import role_sessions
from kmsmock.records import backends
from kmsmock.wire.answers import Answer

_ACTION = re.compile(r"arn:[^:]+:apigateway:([^:]+):dynamodb:action/(\w+)")

_CALLED = re.compile(
    r"https?://(?P<api>[^./]+)\.execute-api\.(?P<region>[^./]+)\.amazonaws\.com[^/]*/(?P<stage>[^/?]*)"
)


def not_deployed(url: str) -> Answer | None:
    """What an API answers for a stage or a resource that was not deployed; None where there is no such API in a world.

    "ForbiddenException" and "MissingAuthenticationTokenException" among the gateway response types; which is for which
    is what users show.
    """
    called = _CALLED.match(url)
    if called is None:
        return None
    found = (
        by_region[called["region"]].apis.get(called["api"].lower())
        for by_region in (backends.table("apigateway") or {}).values()
        if called["region"] in by_region
    )
    api = next((each for each in found if each is not None), None)
    if api is None:
        return None
    deployed = called["stage"] in api.stages
    kind, text = ("MissingAuthenticationToken", "Missing Authentication Token") if deployed else ("Forbidden",) * 2
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": f"{kind}Exception"}
    return 403, headers, f'{{"message":"{text}"}}'.encode()


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
