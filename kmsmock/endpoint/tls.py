"""A certificate for an address, and who vouches for it, made for this one time by trustme."""

from __future__ import annotations

import ssl
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import trustme
from cheroot.ssl.builtin import BuiltinSSLAdapter

from kmsmock import clock

_PATIENCE = 5.0
"""Seconds that a client may take for its part of a handshake; others wait for it."""


class _Adapter(BuiltinSSLAdapter):
    def wrap(self, sock: Any) -> Any:
        """Take over a connection, by a client that does not keep others waiting."""
        sock.settimeout(_PATIENCE)
        return super().wrap(sock)  # type: ignore[no-untyped-call]  # cheroot has no types there


class Certificate(NamedTuple):
    """What serves, the file of who vouches for it, and the folder of both."""

    adapter: Any
    bundle: Path
    folder: TemporaryDirectory[str]


def certificate(names: Collection[str]) -> Certificate:
    """A certificate for hosts of these names, and for all that stands before them, by the machine's clock."""
    folder = TemporaryDirectory(prefix="kmsmock-")
    place = Path(folder.name)
    bundle, served, key = (place / name for name in ("ca.pem", "server.pem", "server.key"))
    until = clock.of_the_machine() + timedelta(days=365)
    authority = trustme.CA()
    made = authority.issue_cert(*names, not_after=until)
    authority.cert_pem.write_to_path(str(bundle))
    made.cert_chain_pems[0].write_to_path(str(served))
    made.private_key_pem.write_to_path(str(key))
    adapter = _Adapter(str(served), str(key))
    adapter.context.minimum_version = ssl.TLSVersion.TLSv1_2
    return Certificate(adapter, bundle, folder)
