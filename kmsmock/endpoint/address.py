"""The address of a world: a URL, and what it takes to send a process there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path


class Address(str):
    """A URL such as ``http://127.0.0.1:40321``, to be used as any text."""

    __slots__ = ("_environment", "ca_bundle", "host", "port")

    def __new__(
        cls, url: str, host: str, port: int, ca_bundle: Path | None, environment: Callable[[], Mapping[str, str]]
    ) -> Address:
        made = super().__new__(cls, url)
        made.host, made.port, made.ca_bundle, made._environment = host, port, ca_bundle, environment
        return made

    host: str
    port: int
    ca_bundle: Path | None
    """The certificate of who signed the server's, a file (PEM); None without TLS."""
    _environment: Callable[[], Mapping[str, str]]

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make a process a client of this world, as whoever acts now: address, Region, credentials.

        What is started in the process has them by itself; this is for containers and what is started by other means:
        ``{**os.environ, **url.environment}``.
        """
        return dict(self._environment())

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)
