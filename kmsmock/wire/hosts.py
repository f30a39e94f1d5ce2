"""Which hosts are AWS's, and which are this machine."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from urllib.parse import urlsplit

_SUFFIXES = (
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "api.aws",
    "api.amazonwebservices.com.cn",
    "on.aws",
    "awsapps.com",
    "awsapps.com.cn",
    "c2s.ic.gov",
    "sc2s.sgov.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
)
"""The DNS suffixes of botocore's partitions, with and without dual stack, of function URLs and of sign-in portals."""
METADATA = frozenset({"169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "fd00:ec2::23"})
"""Where instances, tasks and pods find their credentials."""
_AWS = re.compile(rf"(.+\.)?({'|'.join(map(re.escape, _SUFFIXES))})\.?", re.IGNORECASE)


@lru_cache(1024)
def is_aws(host: str | None) -> bool:
    """Whether a host is one of AWS's, or the metadata service of a machine there."""
    if not host:
        return False
    return _AWS.fullmatch(host) is not None or host.strip("[]") in METADATA


@lru_cache(1024)
def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine, also by the address on which a server listens on all of its addresses."""
    if not host:
        return False
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


@lru_cache(1024)
def host_of(url: str) -> str | None:
    """The host in a URL, without its port. A client of most services sends to one URL only."""
    return urlsplit(url).hostname
