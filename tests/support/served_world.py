"""A world at an address on this machine: what it is asked over HTTP takes the route of requests without botocore."""

import re
import threading
from contextlib import contextmanager
from urllib.parse import urlsplit

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from kmsmock.door import clientless

_SCOPE = re.compile(r"Credential=[^/]+/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/")


@contextmanager
def served(world):
    """The address of a world that is active, until the block ends; who asks is told by what signs the request."""

    @Request.application
    def application(request):
        scope = _SCOPE.search(request.headers.get("Authorization", ""))
        host = f"{scope['service']}.{scope['region']}.amazonaws.com"
        path = urlsplit(request.full_path.rstrip("?")).geturl()
        headers = {**dict(request.headers), "Host": host}
        status, answered, body = clientless.process_plain(
            request.method, f"https://{host}{path}", headers, request.get_data()
        )
        return Response(body, status, {name: str(value) for name, value in answered.items()})

    assert world.store is not None
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
