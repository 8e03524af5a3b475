"""Clients without credentials that want to keep all others out."""

import resource
import threading
import time

from client import Crowd, ask, is_open, listed, milliseconds, open_socket, share_of, statuses
from outcome import Outcome, attack
from service import token

# The head and the first byte of a body that never comes.
STALLED = b"GET /v2/p1/connections/desktops HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nx"
SLOW_HEAD = b"GET /v2/p1/connections/desktops HTTP/1.1\r\nHost: x\r\n"


class Siege:
    """Connections that are held, and opened again wherever the service ends them."""

    def __init__(self, port, size, send):
        self.port, self.size, self.send = port, size, send
        self.cut = 0
        self._held = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._hold, daemon=True)

    def _hold(self):
        while not self._ended.is_set():
            open_ones = [client for client in self._held if is_open(client)]
            for client in set(self._held) - set(open_ones):
                client.close()
                self.cut += 1
            self._held = open_ones
            for _ in range(self.size - len(self._held)):
                if self._ended.is_set():
                    break
                client = open_socket(self.port, self.send, timeout=2)
                if client:
                    self._held.append(client)
            self._ended.wait(1)

    def held(self):
        return len(self._held)

    def __enter__(self):
        self._thread.start()
        deadline = time.monotonic() + 20
        while self.held() < self.size * 0.9 and time.monotonic() < deadline:
            time.sleep(0.1)
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join(timeout=30)
        for client in self._held:
            client.close()


@attack("strangers that send one byte of a body keep nobody out", "500 connections, a head and one byte each, 1,024 descriptors")
def stalled_bodies(arena):
    service = arena.service(descriptors=1024)
    with Siege(service.port, arena.scaled(500), STALLED) as siege:
        answers, health = [], []
        deadline = time.monotonic() + arena.seconds(20)
        while time.monotonic() < deadline:
            answers.append(listed(service.port, "p1", timeout=5))
            health.append(ask(service.port, "/health/live", timeout=5))
            time.sleep(0.2)
        descriptors = service.open_descriptors()
    measured = (
        f"lists: {statuses(answers)}, median {milliseconds(answers):.0f} ms; health: {statuses(health)}; "
        f"{descriptors} descriptors; {siege.cut} of the strangers' connections cut"
    )
    return Outcome(measured, share_of(answers) >= 0.98 and share_of(health) >= 0.98)


@attack("strangers that send bodies take little memory", "4,000 connections with 64 kB of a body each")
def large_bodies(arena):
    count = arena.scaled(4000)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    service = arena.service(descriptors=20_000)
    before = service.memory_mib()
    body = b"GET /v2/p1/connections/desktops HTTP/1.1\r\nHost: x\r\nContent-Length: 65000\r\n\r\n" + b"x" * 64_000
    held = [open_socket(service.port, body, timeout=3) for _ in range(count)]
    answers = [listed(service.port, "p1", timeout=5) for _ in range(20)]
    peak = service.status("VmHWM") / 1024
    for client in filter(None, held):
        client.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    measured = f"{before:.0f} MiB before, {peak:.0f} MiB at the peak; lists: {statuses(answers)}"
    return Outcome(measured, peak - before < 150 and share_of(answers) >= 0.95)


@attack("slow heads are cut", "200 connections that never end their head, 1 more byte every 2 s")
def slow_heads(arena):
    service = arena.service()
    held = [open_socket(service.port, SLOW_HEAD) for _ in range(arena.scaled(200))]
    held = [client for client in held if client]
    answers = []
    for _ in range(9):
        for client in held:
            try:
                client.send(b"x")
            except OSError:
                pass
        answers += [listed(service.port, "p1", timeout=5) for _ in range(3)]
        time.sleep(2)
    left = sum(is_open(client) for client in held)
    for client in held:
        client.close()
    measured = f"{left} of {len(held)} still open after 18 s; lists: {statuses(answers)}"
    return Outcome(measured, left == 0 and share_of(answers) == 1)


@attack("strangers do not stretch the end of the service", "SIGTERM beside 200 connections with half a body")
def end_beside_strangers(arena):
    service = arena.service()
    with Siege(service.port, arena.scaled(200), STALLED):
        seconds = service.terminate()
    return Outcome(f"the process ended after {seconds:.1f} s", seconds < arena.patience(10))


@attack("answers that nobody reads take little memory, and end", "100 clients that ask for limit=1000 and read nothing, for 100 s")
def unread_answers(arena):
    service = arena.service()
    before = service.memory_mib()
    request = (
        f"GET /v2/p1/connections/desktops?limit=1000 HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {token('p1')}\r\n\r\n"
    ).encode()
    held = [open_socket(service.port, request * 3, receive_buffer=4096) for _ in range(arena.scaled(100))]
    # Those that were refused have their small answers, and are idle until server.keep_alive_seconds are over.
    time.sleep(arena.seconds(100))
    peak, after = service.status("VmHWM") / 1024, service.memory_mib()
    left = sum(is_open(client) for client in held if client)
    answers = [listed(service.port, "p2", timeout=10) for _ in range(10)]
    for client in filter(None, held):
        client.close()
    measured = (
        f"{before:.0f} MiB before, {peak:.0f} MiB at the peak, {after:.0f} MiB at the end; {left} connections still open; "
        f"another project's lists: {statuses(answers)}"
    )
    # The short form ends before the time-out of a slow client.
    ended = arena.short or left == 0
    return Outcome(measured, ended and peak - before < 200 and share_of(answers) >= 0.9)


@attack("good clients are served beside a flood of connections", "50 threads that connect, send rubbish and leave")
def rubbish(arena):
    service = arena.service()

    def connect(_):
        client = open_socket(service.port, b"\x16\x03\x01 rubbish \r\n\r\n", timeout=2)
        if client:
            is_open(client)
            client.close()
        time.sleep(0.02)

    with Crowd(arena.scaled(50), connect):
        answers = [listed(service.port, "p1", timeout=5) for _ in range(arena.scaled(100))]
    alive = service.is_running()
    return Outcome(f"lists: {statuses(answers)}, p99 {milliseconds(answers, 0.99):.0f} ms", alive and share_of(answers) >= 0.99)
