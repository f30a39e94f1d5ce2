"""A custom key store: an AWS CloudHSM cluster, or an external key store behind a proxy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ConnectionState = Literal["CONNECTED", "CONNECTING", "FAILED", "DISCONNECTED", "DISCONNECTING"]

CONNECTION_ERRORS = (
    "INVALID_CREDENTIALS",
    "CLUSTER_NOT_FOUND",
    "NETWORK_ERRORS",
    "INTERNAL_ERROR",
    "INSUFFICIENT_CLOUDHSM_HSMS",
    "USER_LOCKED_OUT",
    "USER_NOT_FOUND",
    "USER_LOGGED_IN",
    "SUBNET_NOT_FOUND",
    "INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET",
    "XKS_PROXY_ACCESS_DENIED",
    "XKS_PROXY_NOT_REACHABLE",
    "XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND",
    "XKS_PROXY_INVALID_RESPONSE",
    "XKS_PROXY_INVALID_CONFIGURATION",
    "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION",
    "XKS_PROXY_TIMED_OUT",
    "XKS_PROXY_INVALID_TLS_CONFIGURATION",
)
"""Why a connection failed: the values of ConnectionErrorCode."""


@dataclass(slots=True)
class CustomKeyStore:
    """One store. The ``xks_`` fields belong to external key stores, the cluster and its anchor to CloudHSM."""

    id: str
    name: str
    account: str
    region: str
    created: datetime
    kind: str
    state: ConnectionState = "DISCONNECTED"
    error: str | None = None
    """ConnectionErrorCode of a FAILED connection."""
    fault: str | None = None
    """Injected by a test: connecting fails with this ConnectionErrorCode, and keys of a connected store do not work."""
    cluster: str | None = None
    trust_anchor: str | None = None
    xks_connectivity: str | None = None
    xks_endpoint: str | None = None
    xks_path: str | None = None
    xks_access_key: str | None = None
    xks_vpc_service: str | None = None
    xks_vpc_owner: str | None = None
    due: datetime | None = None
    """When the change of the connection that is under way ends; one that was overtaken ends otherwise."""

    @property
    def external(self) -> bool:
        return self.kind == "EXTERNAL_KEY_STORE"
