"""Which of moto's methods answers at a URL: looked for once, and not among those of all services for each request.

moto also makes the backend of an account and Region of its own for each service that is asked, to read the URLs off it;
they are those of the service, whoever asks.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from kmsmock.bridge import switches

_HOME = re.compile(r"https?://[^/]+\.amazonaws\.com/")
"""Where services are that have one URL for all."""


def find(url: str) -> Any:
    """moto's method for a URL at which a service is asked for all that it does; None where moto is to look itself."""
    clean = url.split("?", 1)[0]
    if switches.lets_some_through() or not _HOME.fullmatch(clean):
        return None
    return _look_for(clean)


@lru_cache(maxsize=1024)  # of hosts there is no end
def _look_for(url: str) -> Any:
    from moto import backends
    from moto.backend_index import backend_url_patterns
    from moto.core.base_backend import BackendDict

    for service, pattern in backend_url_patterns:
        if not pattern.match(url):
            continue
        table: Any = backends.get_backend(service)
        if not isinstance(table, BackendDict):
            return None
        for path, method in object.__new__(table.backend).urls.items():
            if re.match(path, url):
                return method
    return None
