"""What of the environment makes a process a client of a world that is served."""

from __future__ import annotations

from kmsmock.endpoint.serving import Serving
from kmsmock.identity import acting
from kmsmock.store import Store

_EVERYBODYS = acting.Credentials("testing", "testing", None)


def of(store: Store, serving: Serving) -> dict[str, str]:
    """Address, Region, and the credentials of whoever acts now; where the metadata services answer."""
    who = acting.of(store) or acting.innermost(store) or _EVERYBODYS
    made = {
        "AWS_ENDPOINT_URL": serving.url,
        "AWS_REGION": store.region_name,
        "AWS_DEFAULT_REGION": store.region_name,
        "AWS_ACCESS_KEY_ID": who.access_key,
        "AWS_SECRET_ACCESS_KEY": who.secret,
    }
    if who.token is not None:
        made["AWS_SESSION_TOKEN"] = who.token
    return made
