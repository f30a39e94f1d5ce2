"""HTTP libraries below botocore: what they send to AWS while a world is active stays in the process, too.

moto catches ``requests``; ``urllib3`` alone is caught here.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

from kmsmock.active import Patches, active
from kmsmock.bridge import outgoing
from kmsmock.door import hosts, raw_requests
from kmsmock.model.turns import giving_up

Answer = tuple[int, Mapping[str, str], bytes]


def install(patches: Patches, process: Callable[[str, str, Any, bytes], Answer | None]) -> None:
    """Replace the one method of urllib3 through which all its requests go.

    ``process`` answers a request: its method, URL, headers and body. None lets it leave the process.
    """
    from urllib3.connectionpool import HTTPConnectionPool
    from urllib3.response import HTTPResponse

    original: Any = giving_up(HTTPConnectionPool.urlopen)  # what answers may be another thread, which makes requests

    def urlopen(
        pool: Any, method: str, url: str, body: Any = None, headers: Any = None, *args: Any, **options: Any
    ) -> Any:
        sent = dict((pool.headers if headers is None else headers) or {})
        if outgoing.held() and not hosts.is_aws(pool.host) and not hosts.is_loopback(pool.host):
            raise outgoing.NotDelivered
        if active() is None or not hosts.is_aws(pool.host):
            return original(pool, method, url, body, headers, *args, **options)
        whole = raw_requests.bytes_of(body)
        answer = process(method, f"{pool.scheme}://{pool.host}{url}", sent, whole)
        if answer is None:
            return original(pool, method, url, None if body is None else whole, headers, *args, **options)
        status, answered, content = answer
        return HTTPResponse(
            io.BytesIO(content),
            {name: str(value) for name, value in answered.items()},
            status,
            preload_content=options.get("preload_content", True),
            request_method=method,
        )

    patches.replace(HTTPConnectionPool, "urlopen", urlopen)
