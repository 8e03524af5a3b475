"""A proxy that serves a service below a path, which it takes away."""

import contextlib
import http.client
import http.server
import threading
import urllib.parse

# Of one connection, and not of what is asked for.
HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


def _handler(service, prefix):
    to = urllib.parse.urlsplit(service).netloc

    class Handler(http.server.BaseHTTPRequestHandler):
        def handle_any(self):
            if not self.path.startswith(f"{prefix}/"):
                return self.send_error(404)
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
            connection = http.client.HTTPConnection(to, timeout=60)
            with contextlib.closing(connection):
                connection.request(self.command, self.path.removeprefix(prefix), self.rfile.read(length), headers)
                answer = connection.getresponse()
                body = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in HOP:
                    self.send_header(name, value)
            if answer.status not in (204, 304):
                self.send_header("Content-Length", str(len(body)))
            with contextlib.suppress(ConnectionError):  # The browser may have left.
                self.end_headers()
                self.wfile.write(body)
            return None

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = handle_any

        def log_message(self, *_):
            pass

    return Handler


@contextlib.contextmanager
def below(service, prefix):
    """The URL of the service below a path, for as long as the context lasts."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(service, prefix))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{prefix}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
