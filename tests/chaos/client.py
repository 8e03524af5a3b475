"""Clients: those that mean well, and the sockets of those that do not."""

import http.client
import json
import socket
import statistics
import threading
import time
from dataclasses import dataclass, field

from service import token


@dataclass
class Answer:
    """What came back. A status of 0 means that no answer came; `whole` that its body ended properly."""

    status: int
    seconds: float
    whole: bool = False
    body: bytes = b""
    headers: dict = field(default_factory=dict)

    def json(self):
        return json.loads(self.body)


def ask(port, path, project=None, method="GET", body=None, headers=None, timeout=30):
    """Sends a request on a connection of its own and reads the answer to its end."""
    begin = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    sent = {"X-Auth-Token": token(project)} if project else {}
    status, content, received, whole = 0, b"", {}, False
    try:
        connection.request(method, path, body=body, headers={**sent, **(headers or {})})
        response = connection.getresponse()
        status, received = response.status, {name.lower(): value for name, value in response.getheaders()}
        content = response.read()
        whole = True
    except http.client.IncompleteRead as error:
        content = error.partial
    except (OSError, http.client.HTTPException):
        pass
    finally:
        connection.close()
    return Answer(status, time.monotonic() - begin, whole, content, received)


def export(port, project, query="", timeout=30):
    return ask(port, f"/v2/{project}/connections/desktops/export?{query}", project, timeout=timeout)


def listed(port, project, query="limit=1", timeout=30):
    return ask(port, f"/v2/{project}/connections/desktops?{query}", project, timeout=timeout)


def record(port, project, records, timeout=30):
    """Sends records as an array."""
    return ask(
        port, f"/v2/{project}/connections/desktops", project, "POST", json.dumps(records),
        {"Content-Type": "application/json"}, timeout,
    )


def start_task(port, project, query="", timeout=30):
    return ask(port, f"/v3/{project}/desktops/connections/export?{query}", project, timeout=timeout)


def one_record(identifier):
    return {"transaction_id": identifier, "user_name": "ann", "connection_start_time": "2025-12-01T00:00:00Z"}


def open_socket(port, send=b"", receive_buffer=None, timeout=10):
    """A connection on which some bytes were sent; nothing where it was refused."""
    client = socket.socket()
    if receive_buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.settimeout(timeout)
    try:
        client.connect(("127.0.0.1", port))
        client.sendall(send)
    except OSError:
        client.close()
        return None
    return client


def is_open(client):
    """Whether the other side has neither closed the connection nor reset it."""
    client.setblocking(False)
    try:
        while True:
            if client.recv(4096) == b"":
                return False
    except BlockingIOError:
        return True
    except OSError:
        return False


class Crowd:
    """Threads that do the same again and again until they are asked to end."""

    def __init__(self, size, work):
        self.ended = threading.Event()
        self.answers = []
        self._threads = [threading.Thread(target=self._run, args=(work, number), daemon=True) for number in range(size)]

    def _run(self, work, number):
        while not self.ended.is_set():
            answer = work(number)
            if isinstance(answer, Answer):
                self.answers.append(answer)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self._threads:
            thread.join(timeout=120)


def statuses(answers):
    """How often which status came, in words. 0 is no answer at all; a body that broke off is named."""
    counted = {}
    for answer in answers:
        name = str(answer.status) if answer.status == 0 or answer.whole else f"{answer.status} broken"
        counted[name] = counted.get(name, 0) + 1
    return ", ".join(f"{count} × {name}" for name, count in sorted(counted.items())) or "none"


def share_of(answers, status=200):
    return sum(answer.status == status and answer.whole for answer in answers) / max(1, len(answers))


def milliseconds(answers, quantile=0.5):
    """A quantile of how long answers took, in milliseconds."""
    times = sorted(answer.seconds * 1000 for answer in answers)
    if not times:
        return float("nan")
    if quantile == 0.5:
        return statistics.median(times)
    return times[min(len(times) - 1, int(len(times) * quantile))]
