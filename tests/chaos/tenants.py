"""One project that asks too much, beside others."""

import json
import threading
import time

from client import (
    Crowd, ask, export, listed, milliseconds, one_record, open_socket, record, share_of, start_task, statuses,
)
from outcome import Outcome, attack
from service import token
from support.program import waited

SMALL = "start_time=2025-12-20T00:00Z&end_time=2025-12-20T06:00Z"


class SlowReader:
    """Takes a large export at so many bytes a second, and comes again two seconds after it was cut."""

    def __init__(self, port, project, per_second):
        self.cuts = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(port, project, per_second), daemon=True)

    def _run(self, port, project, per_second):
        request = (
            f"GET /v2/{project}/connections/desktops/export HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {token(project)}\r\n\r\n"
        ).encode()
        while not self._ended.is_set():
            client = open_socket(port, request, receive_buffer=2 * per_second, timeout=30)
            try:
                while client and not self._ended.is_set():
                    if not client.recv(per_second):
                        break
                    self._ended.wait(1)
            except OSError:
                pass
            finally:
                if client:
                    client.close()
            self.cuts += 1
            self._ended.wait(2)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join(timeout=40)


class SlowSender:
    """Sends an endless recording, so many bytes a second, and comes again two seconds after it was cut."""

    def __init__(self, port, project, per_second):
        self.cuts = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(port, project, per_second), daemon=True)

    def _run(self, port, project, per_second):
        head = (
            f"POST /v2/{project}/connections/desktops HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {token(project)}\r\n"
            "Content-Type: application/x-ndjson\r\nContent-Length: 50000000\r\n\r\n"
        ).encode()
        line = json.dumps({"transaction_id": "slow", "connection_start_time": "2025-12-01T00:00:00Z"}).encode() + b"\n"
        data = line * (per_second // len(line) + 1)
        while not self._ended.is_set():
            client = open_socket(port, head)
            try:
                while client and not self._ended.is_set():
                    client.sendall(data[:per_second])
                    self._ended.wait(1)
                    client.setblocking(False)
                    try:
                        if client.recv(4096):
                            break
                        break
                    except BlockingIOError:
                        client.settimeout(10)
            except OSError:
                pass
            finally:
                if client:
                    client.close()
            self.cuts += 1
            self._ended.wait(2)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join(timeout=40)


def small_exports(port, projects, rounds, pause=0.05):
    """Small exports of some projects, one after the other in each, at the same time."""
    answers = []

    def run(project):
        for _ in range(rounds):
            answers.append(export(port, project, SMALL))
            time.sleep(pause)

    threads = [threading.Thread(target=run, args=(project,)) for project in projects]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@attack("a project that floods takes nothing from others", "36 export clients of one project beside 300 small exports of four others")
def flood(arena):
    service = arena.service(records={"p1": 20_000, "p2": 500, "p3": 500, "p4": 500, "p5": 500})
    others = ["p2", "p3", "p4", "p5"]
    rounds = arena.scaled(75)
    idle = small_exports(service.port, others, rounds)
    with Crowd(36, lambda _: export(service.port, "p1")) as crowd:
        time.sleep(1)
        beside = small_exports(service.port, others, rounds)
    measured = (
        f"others: {statuses(beside)}; p99 {milliseconds(beside, 0.99):.0f} ms, idle {milliseconds(idle, 0.99):.0f} ms; "
        f"the flood: {statuses(crowd.answers)}"
    )
    return Outcome(measured, share_of(beside) >= 0.95)


@attack("slow readers of two projects do not keep others waiting", "four readers of 4 kB/s that come again 2 s after each cut")
def slow_readers(arena):
    service = arena.service(records={"p1": 60_000, "p2": 60_000, "p3": 500, "p4": 500})
    readers = [SlowReader(service.port, project, 4000) for project in ("p1", "p1", "p2", "p2")]
    for reader in readers:
        reader.__enter__()
    time.sleep(3)
    answers = []
    deadline = time.monotonic() + arena.seconds(60)
    while time.monotonic() < deadline:
        answers += small_exports(service.port, ["p3", "p4"], 1)
        time.sleep(0.5)
    for reader in readers:
        reader.__exit__()
    measured = (
        f"others: {statuses(answers)}, median {milliseconds(answers):.0f} ms, p99 {milliseconds(answers, 0.99):.0f} ms; "
        f"{sum(reader.cuts for reader in readers)} slow transfers ended"
    )
    return Outcome(measured, share_of(answers) >= 0.9)


@attack("slow senders of two projects do not keep others waiting", "four senders of 1.2 kB/s that come again 2 s after each cut")
def slow_senders(arena):
    service = arena.service()
    senders = [SlowSender(service.port, project, 1200) for project in ("p1", "p1", "p2", "p2")]
    for sender in senders:
        sender.__enter__()
    time.sleep(3)
    answers = []
    deadline = time.monotonic() + arena.seconds(60)
    while time.monotonic() < deadline:
        answers.append(record(service.port, "p3", [one_record(str(len(answers)))]))
        time.sleep(0.5)
    for sender in senders:
        sender.__exit__()
    measured = (
        f"others' recordings: {statuses(answers)}, median {milliseconds(answers):.0f} ms; "
        f"{sum(sender.cuts for sender in senders)} slow bodies ended"
    )
    return Outcome(measured, share_of(answers) >= 0.9)


@attack("costly lists of one project do not slow others down", "100 clients of one project with a filter that scans")
def costly_lists(arena):
    service = arena.service(records={"p1": arena.scaled(200_000), "p2": 500})
    costly = "max_network_rtt=1&domain=nowhere.example&limit=1"
    idle = [listed(service.port, "p2") for _ in range(30)]
    with Crowd(100, lambda _: listed(service.port, "p1", costly)) as crowd:
        time.sleep(2)
        beside = [listed(service.port, "p2") for _ in range(arena.scaled(60))]
    measured = (
        f"others: {statuses(beside)}, median {milliseconds(beside):.0f} ms, idle {milliseconds(idle):.0f} ms; "
        f"the costly ones: {statuses(crowd.answers)}"
    )
    return Outcome(measured, share_of(beside) >= 0.95 and milliseconds(beside) < arena.patience(1000))


@attack("tasks of one project do not delay another's", "two slow readers and eight tasks of one project, then a small task of another")
def tasks(arena):
    service = arena.service(records={"p1": 60_000, "p2": 100})
    readers = [SlowReader(service.port, "p1", 4000) for _ in range(2)]
    for reader in readers:
        reader.__enter__()
    time.sleep(2)
    for _ in range(8):
        start_task(service.port, "p1")
    begin = time.monotonic()
    answer = start_task(service.port, "p2")
    task, seconds = answer.json()["task_id"], None
    while time.monotonic() - begin < 120:
        path = f"/v2/p2/export-tasks?task_id={task}&status=SUCCESS"
        if ask(service.port, path, "p2").json()["count"] == 1:
            seconds = time.monotonic() - begin
            break
        time.sleep(0.2)
    for reader in readers:
        reader.__exit__()
    if seconds is None:
        return Outcome("the small task was not done after 120 s", False)
    return Outcome(f"the small task was done after {seconds:.1f} s", seconds < arena.patience(15))


@attack("slow downloads of one project take nothing from others", "600 clients that download the file of a task and read nothing, 1,024 descriptors")
def slow_downloads(arena):
    service = arena.service(records={"p1": 20_000, "p2": 100}, descriptors=1024)
    task = start_task(service.port, "p1").json()["task_id"]
    waited(lambda: b"SUCCESS" in ask(service.port, f"/v2/p1/export-tasks?task_id={task}", "p1").body)
    request = (
        f"GET /v2/p1/export-tasks/{task}/download HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {token('p1')}\r\n\r\n"
    ).encode()
    held, answers = [], []
    for _ in range(6):
        held += [open_socket(service.port, request, receive_buffer=2048, timeout=5) for _ in range(100)]
        answers += [export(service.port, "p2", timeout=10) for _ in range(arena.scaled(20))]
        answers += [ask(service.port, "/health/ready", timeout=5) for _ in range(3)]
    descriptors = service.open_descriptors()
    for client in filter(None, held):
        client.close()
    measured = f"another project's exports and readiness: {statuses(answers)}; {descriptors} descriptors"
    return Outcome(measured, share_of(answers) >= 0.98)
