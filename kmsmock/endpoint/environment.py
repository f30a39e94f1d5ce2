"""What of the environment makes a process a client of a world that is served."""

from __future__ import annotations

from pathlib import Path

from kmsmock.endpoint import metadata
from kmsmock.identity import acting
from kmsmock.store import Store

_EVERYBODYS = acting.Credentials("testing", "testing", None)


def of(store: Store, url: str, metadata_url: str, container_token: str, ca_bundle: Path | None) -> dict[str, str]:
    """Address, Region, the credentials of whoever acts now, and where the metadata services answer."""
    who = acting.of(store) or acting.innermost(store) or _EVERYBODYS
    made = {
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": store.region_name,
        "AWS_DEFAULT_REGION": store.region_name,
        "AWS_ACCESS_KEY_ID": who.access_key,
        "AWS_SECRET_ACCESS_KEY": who.secret,
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata_url,
        "AWS_EC2_METADATA_V1_DISABLED": "true",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{metadata_url}{metadata.CONTAINER}",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": container_token,
    }
    if who.token is not None:
        made["AWS_SESSION_TOKEN"] = who.token
    if ca_bundle is not None:
        made |= {"AWS_CA_BUNDLE": str(ca_bundle), "NODE_EXTRA_CA_CERTS": str(ca_bundle)}
    return made
