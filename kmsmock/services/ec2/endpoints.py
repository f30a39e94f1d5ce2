"""VPC endpoints: their policies are read before they are stored ("Endpoint policies", AWS PrivateLink)."""

from __future__ import annotations

from kmsmock.authorization import documents
from kmsmock.call import Call
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import ServiceKms


def check_policy(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """CreateVpcEndpoint and ModifyVpcEndpoint."""
    text = call.params.get("PolicyDocument")
    if text:
        name = call.params.get("VpcEndpointId") or f"to {call.params.get('ServiceName')}"
        documents.accept(kms.store, "endpoint", text, f"policy of VPC endpoint {name}")


OPERATIONS: dict[str, Advice] = {"CreateVpcEndpoint": check_policy, "ModifyVpcEndpoint": check_policy}
