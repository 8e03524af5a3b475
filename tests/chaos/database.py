"""A database that freezes, becomes a black hole, or goes and comes at random."""

import contextlib
import os
import random
import re
import signal
import subprocess
import tempfile
import threading
import time
import urllib.parse

from client import Crowd, ask, export, listed, one_record, record, start_task, statuses
from outcome import Outcome, attack
from proxy import CUT, SWALLOW, Proxy

REQUESTS = {
    "list": lambda port: listed(port, "p1", timeout=120),
    "export": lambda port: export(port, "p1", timeout=120),
    "recording": lambda port: record(port, "p1", [one_record("frozen")], timeout=120),
    "task": lambda port: start_task(port, "p1", timeout=120),
    "audit": lambda port: ask(port, "/v2/p1/connections/export-audits", "p1", timeout=120),
    "ready": lambda port: ask(port, "/health/ready", timeout=120),
}


def all_at_once(port):
    """The answer to each kind of request, sent at the same time."""
    answers = {}

    def run(name):
        answers[name] = REQUESTS[name](port)

    threads = [threading.Thread(target=run, args=(name,)) for name in REQUESTS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def in_words(answers):
    return ", ".join(f"{name} {answer.status} after {answer.seconds:.1f} s" for name, answer in sorted(answers.items()))


def until_served(port, limit=120):
    """Seconds until every kind of request is answered with 200; nothing where that takes longer than the limit."""
    begin = time.monotonic()
    while time.monotonic() - begin < limit:
        if all(answer.status == 200 and answer.whole for answer in all_at_once(port).values()):
            return time.monotonic() - begin
        time.sleep(0.2)
    return None


@attack("a database that freezes hangs nobody", "all processes of PostgreSQL stopped for 75 s, requests of each kind meanwhile")
def frozen(arena):
    return with_frozen_database(arena, arena.service(records={"p1": 20_000}))


@attack("a database that freezes hangs nobody on a Unix-domain socket either", "the same, connected to by a Unix-domain socket")
def frozen_unix(arena):
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(Proxy(arena.database.port, folder)):
        url = f"postgres://postgres@{urllib.parse.quote(folder, safe='')}/{arena.database.name}"
        return with_frozen_database(arena, arena.service(records={"p1": 20_000}, url=url))


def with_frozen_database(arena, service):
    """What requests of each kind get whose database freezes."""
    all_at_once(service.port)
    arena.database.signal(signal.SIGSTOP)
    # Every answer must come before the thaw.
    thaw = threading.Timer(25 if arena.short else 75, arena.database.signal, (signal.SIGCONT,))
    thaw.start()
    answers = all_at_once(service.port)
    ready = ask(service.port, "/health/ready", timeout=120)
    thaw.join()
    thawed = until_served(service.port)
    slowest = max(answer.seconds for answer in answers.values())
    measured = (
        f"{in_words(answers)}; ready later: {ready.status} after {ready.seconds:.1f} s; "
        f"all served {'never' if thawed is None else f'{thawed:.1f} s'} after the thaw"
    )
    held = slowest <= 20 and ready.seconds <= 2.5 and thawed is not None and thawed <= arena.patience(5)
    return Outcome(measured, held and all(answer.status != 500 for answer in answers.values()))


@attack("connections that become black holes heal without a restart", "open connections swallow and acknowledge, new ones work")
def black_hole(arena):
    with contextlib.closing(Proxy(arena.database.port)) as proxy:
        service = arena.service(records={"p1": 20_000}, url=arena.database.at(proxy.port))
        all_at_once(service.port)
        proxy.treat_existing(SWALLOW)
        answers = all_at_once(service.port)
        healed = until_served(service.port, 60)
        measured = f"{in_words(answers)}; all served {'never' if healed is None else f'{healed:.1f} s'} later"
        slowest = max(answer.seconds for answer in answers.values())
        return Outcome(measured, slowest <= 20 and healed is not None and healed <= arena.patience(5))


class Storm:
    """Exports, lists, recordings and tasks that go on while the database is disturbed. Nothing is recorded into p1 meanwhile but what is there."""

    RIGHT = {200, 429, 503}

    def __init__(self, port, records):
        self.port = port
        self.records = records
        self.acknowledged = []
        self.wrong = []
        self._lock = threading.Lock()
        self._number = 0

    def judge(self, kind, answer, complete=lambda _: True):
        """Keeps what is no right answer: it may be refused or break off, but not be short and whole."""
        if answer.status not in self.RIGHT:
            self.wrong.append(f"{kind}: {answer.status or 'no answer'}")
        elif answer.status != 200 and "retry-after" not in answer.headers:
            self.wrong.append(f"{kind}: {answer.status} without Retry-After")
        elif answer.status == 200 and answer.whole and not complete(answer):
            self.wrong.append(f"{kind}: whole, and other records than there are")
        return answer

    def work(self, number):
        kind = number % 4
        if kind == 0:
            answer = export(self.port, "p1", "format=jsonl", timeout=60)
            self.judge("export", answer, lambda answer: answer.body.count(b"\n") == self.records)
        elif kind == 1:
            answer = listed(self.port, "p1", timeout=60)
            self.judge("list", answer, lambda answer: answer.json()["total_count"] == self.records)
        elif kind == 2:
            with self._lock:
                self._number += 1
                identifier = f"storm-{self._number}"
            answer = self.judge("recording", record(self.port, "p4", [one_record(identifier)], timeout=60))
            if answer.status == 200 and answer.whole:
                self.acknowledged.append(identifier)
        else:
            answer = self.judge("task", start_task(self.port, "p2", timeout=60))
            time.sleep(0.5)
        if answer.status != 200:
            time.sleep(0.1)
        return answer


def held_now(arena, service):
    """What the process holds: threads, descriptors, and connections that the database knows of."""
    connections = arena.database.sql(f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{arena.database.name}'", server=True)
    return {"threads": service.status("Threads"), "descriptors": service.open_descriptors(), "connections": int(connections)}


def permits(port, seconds):
    """How many exports and recordings run by the metrics, once none does or the time is over: those of tasks end by themselves."""
    deadline = time.monotonic() + seconds
    while True:
        text = ask(port, "/metrics").body.decode()
        running = re.findall(r"^deskledger_(?:exports|recordings)_running(?:\{[^}]*\})? (\d+)", text, re.MULTILINE)
        held = sum(map(int, running))
        if not held or time.monotonic() > deadline:
            return held if running else None
        time.sleep(0.5)


def disturb(arena, proxy, how):
    """Disturbs the database for some moments."""
    pause = random.uniform(0.1, 2)
    if how == "kill":
        # The server ends all sessions and recovers.
        backends = arena.database.sql(
            f"SELECT pid FROM pg_stat_activity WHERE datname = '{arena.database.name}' AND pid <> pg_backend_pid() LIMIT 1"
        )
        if backends:
            os.kill(int(backends), signal.SIGKILL)
    elif how == "terminate":
        arena.database.sql(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{arena.database.name}'", server=True
        )
    elif how == "pause":
        arena.database.signal(signal.SIGSTOP)
        time.sleep(pause)
        arena.database.signal(signal.SIGCONT)
    elif how == "cut":
        proxy.new = CUT
        proxy.treat_existing(CUT)
        time.sleep(pause)
        proxy.new = "pass"
    elif how == "swallow":
        proxy.treat_existing(SWALLOW)


@attack("a database that is disturbed at random moments loses nothing", "100 moments: kill, terminate, pause, cut, swallow, under load of all kinds")
def random_moments(arena):
    random.seed(17)
    moments = arena.scaled(100)
    # What is acknowledged must outlive the death of a server process; the throwaway server commits without waiting.
    arena.database.sql(f'ALTER DATABASE "{arena.database.name}" SET synchronous_commit = on', server=True)
    with contextlib.closing(Proxy(arena.database.port)) as proxy:
        service = arena.service(records={"p1": 20_000, "p2": 100}, url=arena.database.at(proxy.port))
        all_at_once(service.port)
        records = listed(service.port, "p1").json()["total_count"]
        # As busy as it will be, so that the pools and threads that stay are there.
        with Crowd(8, Storm(service.port, records).work):
            time.sleep(5)
        time.sleep(1)
        before = held_now(arena, service)
        storm = Storm(service.port, records)
        slow = 0
        with Crowd(8, storm.work) as crowd:
            for moment in range(moments):
                time.sleep(random.uniform(0.2, 1))
                how = ["kill", "terminate", "pause", "cut", "swallow"][moment % 5]
                with contextlib.suppress(subprocess.CalledProcessError, ProcessLookupError):
                    disturb(arena, proxy, how)
                # Who hangs on a swallowed connection waits for its deadline; a new request is served at once.
                begin = time.monotonic()
                while listed(service.port, "p3", timeout=20).status != 200 and time.monotonic() - begin < 30:
                    time.sleep(0.1)
                slow += time.monotonic() - begin > arena.patience(5)
        served = until_served(service.port)
        busy = permits(service.port, 120)
        time.sleep(arena.seconds(20))
        after = held_now(arena, service)
        stored = set(
            arena.database.sql("SELECT transaction_id FROM connection_records WHERE transaction_id LIKE 'storm-%'").split()
        )
    lost = set(storm.acknowledged) - stored
    wrong = ", ".join(sorted(set(storm.wrong)))
    # Idle connections of clients and of the pools come and go.
    room = {"threads": 8, "descriptors": 40, "connections": 8}
    measured = (
        f"{statuses(crowd.answers)}; {len(storm.wrong)} wrong{f' ({wrong})' if wrong else ''}; "
        f"{len(storm.acknowledged)} recordings acknowledged, {len(lost)} of them lost; "
        f"{slow} of {moments} times not healthy within 5 s; {busy} permits held afterwards; "
        + "; ".join(f"{name} {before[name]} before, {after[name]} after" for name in room)
    )
    leaked = busy or any(after[name] > before[name] + room[name] for name in room)
    return Outcome(measured, not lost and not storm.wrong and served is not None and not leaked and slow == 0)
