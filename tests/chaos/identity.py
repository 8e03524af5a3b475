"""IAM, and bodies that cost more than they should."""

import contextlib
import gzip
import io
import json
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from client import Crowd, ask, listed, milliseconds, share_of, statuses
from outcome import Outcome, attack

IAM_SECONDS = 0.5


class Iam(BaseHTTPRequestHandler):
    """Keystone, as far as a token is validated: one that begins with `good` is valid for p1, every other is not."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):  # pylint: disable=invalid-name
        time.sleep(IAM_SECONDS)
        if self.headers.get("X-Subject-Token", "").startswith("good"):
            status, body = 200, json.dumps({
                "token": {
                    "expires_at": "2999-01-01T00:00:00.000000Z",
                    "project": {"id": "p1", "name": "p1", "domain": {"id": "d", "name": "d"}},
                    "roles": [{"id": "r", "name": "te_admin"}],
                    "user": {"id": "u", "name": "ann", "domain": {"id": "d", "name": "d"}},
                }
            }).encode()
        else:
            status, body = 404, b"{}"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def iam():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Iam)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@attack("random tokens do not keep good ones out", "200 clients with random tokens, an IAM that takes 0.5 s, new good tokens beside them")
def random_tokens(arena):
    with iam() as port:
        service = arena.service(more=f'[identity.iam]\nurl = "http://127.0.0.1:{port}"\n')

        def good(_=None):
            headers = {"X-Auth-Token": f"good{uuid.uuid4().hex}", "X-Forwarded-For": "198.51.100.7"}
            return ask(service.port, "/v2/p1/connections/desktops?limit=1", headers=headers)

        def bad(_):
            return ask(service.port, "/v2/p1/connections/desktops?limit=1", headers={"X-Auth-Token": uuid.uuid4().hex})

        idle = [good() for _ in range(5)]
        with Crowd(arena.scaled(200), bad) as crowd:
            time.sleep(2)
            beside = [good() for _ in range(arena.scaled(30))]
    measured = (
        f"good ones: {statuses(beside)}, median {milliseconds(beside):.0f} ms, idle {milliseconds(idle):.0f} ms; "
        f"random ones: {statuses(crowd.answers)}"
    )
    return Outcome(measured, share_of(beside) >= 0.95)


def bad_lines(bytes_unpacked):
    """Lines that are no records, compressed: a thousandth of their size."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9) as file:
        chunk = b"x\n" * 500_000
        for _ in range(bytes_unpacked // len(chunk)):
            file.write(chunk)
    return packed.getvalue()


@attack("a cheap body is no dear work", "97 kB of gzip with 50,000,000 bad lines")
def cheap_body(arena):
    service = arena.service()
    body = bad_lines(100_000_000)
    before = service.cpu_seconds()
    answer = ask(
        service.port, "/v2/p1/connections/desktops", "p1", "POST", body,
        {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}, timeout=120,
    )
    seconds = service.cpu_seconds() - before
    others = [listed(service.port, "p2") for _ in range(5)]
    measured = f"{len(body):,} bytes: {answer.status} after {answer.seconds:.1f} s, {seconds:.1f} s of CPU"
    return Outcome(measured, answer.status in (400, 413) and seconds < arena.patience(3) and share_of(others) == 1)
