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


LIST = "/v2/p1/connections/desktops?limit=1"
MAX_MEDIAN_SECONDS = 0.8  # IAM takes 0.5 s; the rest is the work of this machine.


def iam_service(arena, port):
    """A service that asks this IAM, behind a proxy that it trusts: all of this machine."""
    return arena.service(
        more=f'[identity.iam]\nurl = "http://127.0.0.1:{port}"\n',
        server='trusted_proxies = ["127.0.0.1"]',
    )


def bring(service, start, address):
    """Asks with a token that nobody has seen before, from an address."""
    headers = {"X-Auth-Token": f"{start}{uuid.uuid4().hex}", "X-Forwarded-For": address}
    return ask(service.port, LIST, headers=headers)


def described(idle, beside, crowd):
    return (
        f"good ones: {statuses(beside)}, median {milliseconds(beside):.0f} ms, slowest {milliseconds(beside, 1):.0f} ms, "
        f"idle {milliseconds(idle):.0f} ms; random ones: {statuses(crowd.answers)}"
    )


def is_quick(answers):
    """Whether all were answered 200, most of them about as quickly as IAM answers."""
    return share_of(answers) == 1 and milliseconds(answers) < MAX_MEDIAN_SECONDS * 1000


@attack(
    "random tokens from other addresses do not slow good ones down",
    "200 clients with random tokens, each from an address of its own, an IAM that takes 0.5 s, new good tokens beside them; "
    "then a newcomer, and all of it over",
)
def random_tokens(arena):
    with iam() as port:
        service = iam_service(arena, port)
        good = "198.51.100.7"
        idle = [bring(service, "good", good) for _ in range(5)]
        with Crowd(200, lambda number: bring(service, "bad", f"203.0.113.{number}")) as crowd:
            time.sleep(1)
            beside = [bring(service, "good", good) for _ in range(arena.scaled(60))]
            newcomers = [bring(service, "good", f"198.51.100.{number}") for number in range(100, 105)]
        after = [bring(service, "good", good) for _ in range(5)]
    measured = (
        f"{described(idle, beside, crowd)}; newcomers: {statuses(newcomers)}, median {milliseconds(newcomers):.0f} ms; "
        f"afterwards: {statuses(after)}, median {milliseconds(after):.0f} ms"
    )
    return Outcome(measured, is_quick(beside) and share_of(newcomers) == 1 and is_quick(after))


@attack(
    "random tokens from the address of good clients are slowed down, and good ones are answered",
    "200 clients with random tokens and good clients behind one address, an IAM that takes 0.5 s",
)
def random_tokens_of_one_address(arena):
    with iam() as port:
        service = iam_service(arena, port)
        good, other = "198.51.100.7", "198.51.100.8"
        idle = [bring(service, "good", good) for _ in range(5)]
        with Crowd(200, lambda _: bring(service, "bad", good)) as crowd:
            # At first more come than may wait. A client that finds no room is to come again, as Retry-After says.
            first = [bring(service, "good", good) for _ in range(5)]
            elsewhere = [bring(service, "good", other) for _ in range(10)]
            time.sleep(10)
            beside = [bring(service, "good", good) for _ in range(arena.scaled(60))]
        after = [bring(service, "good", good) for _ in range(5)]
    measured = (
        f"{described(idle, beside, crowd)}; in the first seconds: {statuses(first)}, slowest {milliseconds(first, 1):.0f} ms; "
        f"from another address: {statuses(elsewhere)}, median {milliseconds(elsewhere):.0f} ms; "
        f"afterwards: {statuses(after)}, median {milliseconds(after):.0f} ms"
    )
    refused_well = all(
        answer.status == 200 or answer.status in (429, 503) and "retry-after" in answer.headers and answer.seconds < 6
        for answer in first + beside
    )
    held = refused_well and share_of(beside) >= 0.9 and is_quick(elsewhere) and is_quick(after)
    return Outcome(measured, held)


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
