"""Where code finds its credentials on a machine and in a container of AWS: the session of the role that acts.

"Use the Instance Metadata Service" (version 2 alone) in the EC2 User Guide, and "Container credential provider" in the
AWS SDKs and Tools reference guide.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from kmsmock import clock, entropy
from kmsmock.endpoint.server import Answer, Asked
from kmsmock.identity import acting
from kmsmock.store import Store

CONTAINER = "/_kmsmock/credentials"
"""The path of a container's credentials; no bucket has an underscore in its name."""
_TTL, _TOKEN = "X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "X-Aws-Ec2-Metadata-Token"
_ROLES = "/latest/meta-data/iam/security-credentials/"
_GOOD_FOR = timedelta(hours=6)
_FORM = "%Y-%m-%dT%H:%M:%SZ"
_TEXT = {"Content-Type": "text/plain"}


class Metadata:
    """What one address tells. Its tokens are its own."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.container_token = base64.urlsafe_b64encode(entropy.random_bytes(24)).decode()
        self._tokens: set[str] = set()

    def answer(self, path: str, asked: Asked) -> Answer | None:
        """The answer to a request for metadata; None for any other request, such as one to a bucket named latest."""
        if path == CONTAINER:
            return self._of_container(asked)
        if path == "/latest/api/token" and asked.method == "PUT" and _TTL in asked.headers:
            token = base64.urlsafe_b64encode(entropy.random_bytes(40)).decode()
            self._tokens.add(token)
            return 200, {**_TEXT, _TTL: asked.headers[_TTL]}, token.encode()
        if path.startswith("/latest/") and _TOKEN in asked.headers:
            return self._of_instance(path) if asked.headers[_TOKEN] in self._tokens else (401, _TEXT, b"")
        return None

    def _of_container(self, asked: Asked) -> Answer:
        if asked.headers.get("Authorization") != self.container_token:
            return _refused(403, "AccessDenied", "the authorization token is not that of this container")
        found = self._credentials()
        return _refused(404, "NoRole", "no role acts in this world") if found is None else _json(found)

    def _of_instance(self, path: str) -> Answer:
        role, region = self._role(), self._store.region_name
        if path == _ROLES and role:
            return 200, _TEXT, role.encode()
        if path == _ROLES + role and role:
            return _json(
                {"Code": "Success", "LastUpdated": self._time(), "Type": "AWS-HMAC", **(self._credentials() or {})}
            )
        told: Mapping[str, Callable[[], str]] = {
            "/latest/meta-data/placement/region": lambda: region,
            "/latest/meta-data/placement/availability-zone": lambda: f"{region}a",
            "/latest/dynamic/instance-identity/document": lambda: json.dumps(
                {"accountId": self._store.account_id, "region": region, "availabilityZone": f"{region}a"}
            ),
        }
        return (200, _TEXT, told[path]().encode()) if path in told else (404, _TEXT, b"")

    def _time(self) -> str:
        return clock.of_the_machine().strftime(_FORM)

    def _who(self) -> acting.Credentials | None:
        """Whoever acts with the session of a role."""
        found = acting.innermost(self._store) or acting.of(self._store)
        if found is None or found.token is None:
            return None
        return found

    def _role(self) -> str:
        who = self._who()
        if who is None:
            return ""
        arn = self._store.directory.caller(who.access_key).principal.arn
        return arn.split("/")[1] if ":assumed-role/" in arn else ""

    def _credentials(self) -> dict[str, str] | None:
        who = self._who()
        if who is None or not self._role():
            return None
        return {
            "AccessKeyId": who.access_key,
            "SecretAccessKey": who.secret,
            "Token": str(who.token),
            "Expiration": self._expires(who).strftime(_FORM),
        }

    def _expires(self, who: acting.Credentials) -> datetime:
        """By the clock of whoever reads it, which is the machine's."""
        expires = self._store.directory.caller(who.access_key).expires
        left = _GOOD_FOR if expires is None else expires - clock.now()
        return clock.of_the_machine() + left


def _json(content: Mapping[str, str]) -> Answer:
    return 200, {"Content-Type": "application/json"}, json.dumps(content).encode()


def _refused(status: int, code: str, text: str) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps({"code": code, "message": text}).encode()
