"""A server of the suite's own, on this machine."""

import http.server
import threading
from contextlib import contextmanager


@contextmanager
def serving(status=200, body=b"", meanwhile=lambda: None):
    """A server that answers everything alike, until the block ends.

    Its ``url`` ends with a slash; ``seen`` has method, path and Authorization of each request. ``meanwhile`` is called
    before it answers.
    """

    class Handler(http.server.BaseHTTPRequestHandler):
        def _answer(self):
            self.server.seen.append((self.command, self.path, self.headers["Authorization"]))
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            meanwhile()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_DELETE = do_GET = do_HEAD = do_POST = do_PUT = _answer

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.seen, server.url = [], f"http://127.0.0.1:{server.server_port}/"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
