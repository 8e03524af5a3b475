"""An hour of mixed load: what the process holds, minute by minute, and whether every answer was right. scripts/soak runs it."""

import argparse
import io
import os
import random
import sys
import threading
import time
import zipfile

from client import ask, export, listed, milliseconds, one_record, open_socket, record, start_task
from service import Database, Service, token

# One thread for each kind of client, with the pause between two requests, in seconds.
PAUSES = {
    "small export": 0.5,
    "large export": 20,
    "CSV": 5,
    "list": 0.2,
    "users online": 3,
    "recording": 0.5,
    "task": 15,
    "refusal": 1,
    "wrong token": 1,
    "client that leaves": 5,
    "slow reader": 10,
}
SMALL = "start_time=2025-12-20T00:00Z&end_time=2025-12-20T06:00Z"
RECORDS = 60_000


class Load:
    """Clients of each kind, and what they found wrong."""

    def __init__(self, port):
        self.port = port
        self.ended = threading.Event()
        self.wrong = []
        self.answers = {kind: [] for kind in PAUSES}
        self.recorded = 0
        self._threads = [threading.Thread(target=self._run, args=(kind,), daemon=True) for kind in PAUSES]

    def start(self):
        for thread in self._threads:
            thread.start()

    def end(self):
        self.ended.set()
        for thread in self._threads:
            thread.join(timeout=60)

    def _run(self, kind):
        work = getattr(self, "_" + kind.lower().replace(" ", "_"))
        while not self.ended.wait(PAUSES[kind] * random.uniform(0.5, 1.5)):
            try:
                answer = work()
            except Exception as error:  # pylint: disable=broad-exception-caught
                self.wrong.append(f"{kind}: {error!r}")
                continue
            if answer is not None:
                answer.body = b""  # Of an hour they would be gigabytes.
                self.answers[kind].append(answer)

    def _check(self, answer, status, what):
        if answer.status != status or not answer.whole:
            self.wrong.append(f"{what}: {answer.status}, whole: {answer.whole}")
        return answer

    def _small_export(self):
        answer = self._check(export(self.port, "p1", SMALL), 200, "small export")
        if answer.status == 200 and zipfile.ZipFile(io.BytesIO(answer.body)).testzip() is not None:
            self.wrong.append("small export: the workbook is damaged")
        return answer

    def _large_export(self):
        return self._check(export(self.port, "p1", timeout=120), 200, "large export")

    def _csv(self):
        answer = self._check(export(self.port, "p2", "format=csv"), 200, "CSV")
        if answer.status == 200 and answer.body.count(b"\r\n") != 3001:
            self.wrong.append("CSV: rows are missing")
        return answer

    def _list(self):
        return self._check(listed(self.port, "p2", f"limit=100&offset={random.randrange(2000)}"), 200, "list")

    def _users_online(self):
        return self._check(ask(self.port, "/v2/p2/connections/online-users?query_type=MONTH", "p2"), 200, "users online")

    def _recording(self):
        batch = [one_record(f"soak-{self.recorded + number}") for number in range(20)]
        answer = self._check(record(self.port, "p3", batch), 200, "recording")
        if answer.status == 200:
            self.recorded += len(batch)
        return answer

    def _task(self):
        answer = self._check(start_task(self.port, "p2"), 200, "task")
        if answer.status != 200:
            return answer
        task = answer.json()["task_id"]
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and not self.ended.is_set():
            found = ask(self.port, f"/v2/p2/export-tasks?task_id={task}&status=SUCCESS", "p2")
            if found.status == 200 and found.json()["count"] == 1:
                self._check(ask(self.port, f"/v2/p2/export-tasks/{task}/download", "p2"), 200, "download")
                body = f'{{"task_ids": ["{task}"]}}'
                headers = {"Content-Type": "application/json"}
                ask(self.port, "/v2/p2/export-tasks/batch-delete", "p2", "POST", body, headers)
                return answer
            time.sleep(1)
        if not self.ended.is_set():
            self.wrong.append("task: not done after 120 s")
        return answer

    def _refusal(self):
        return self._check(export(self.port, "p1", "start_time=nonsense"), 400, "refusal")

    def _wrong_token(self):
        return self._check(ask(self.port, "/v2/p1/connections/desktops", headers={"X-Auth-Token": "wrong"}), 401, "token")

    def _client_that_leaves(self):
        self._read_some(65_536, 0)

    def _slow_reader(self):
        self._read_some(200_000, 0.5)

    def _read_some(self, limit, pause):
        head = f"GET /v2/p1/connections/desktops/export HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {token('p1')}\r\n\r\n"
        client = open_socket(self.port, head.encode(), receive_buffer=32_768)
        taken = 0
        while client and taken < limit and not self.ended.is_set():
            data = client.recv(16_384)
            if not data:
                break
            taken += len(data)
            time.sleep(pause)
        if client:
            client.close()


def measure(service, database):
    connections = database.sql(f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{database.name}'", server=True)
    return (
        service.memory_mib(), service.status("Threads"), service.open_descriptors(), int(connections), service.cpu_seconds()
    )


def table(rows, minutes):
    """The measurements, at most some twenty of them."""
    step = max(1, minutes // 20)
    print("\n| minute | resident MiB | threads | descriptors | connections in PostgreSQL | CPU seconds |")
    print("| --- | --- | --- | --- | --- | --- |")
    for minute, row in enumerate(rows):
        if minute % step == 0 or minute == len(rows) - 1:
            memory, threads, descriptors, connections, cpu = row
            print(f"| {minute} | {memory:.0f} | {threads} | {descriptors} | {connections} | {cpu:.0f} |")


def verdict(rows, load, stored):
    """What did not hold. The first sixth of the time warms up: pools fill, the allocator grows its arenas."""
    problems = list(dict.fromkeys(load.wrong))[:20]
    warm = rows[len(rows) // 6 :]
    for name, position, most in (("MiB", 0, 40), ("threads", 1, 12), ("descriptors", 2, 30), ("connections", 3, 10)):
        half = len(warm) // 2
        early, late = (sorted(row[position] for row in part)[len(part) // 2] for part in (warm[:half], warm[half:]))
        if late > early + most:
            problems.append(f"{name} grew from {early:.0f} to {late:.0f} (medians of both halves)")
    if stored < load.recorded:
        problems.append(f"{load.recorded} records were acknowledged, and {stored} are stored")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deskledger", required=True, help="the program")
    parser.add_argument("--minutes", type=int, default=60, help="how long (default: 60)")
    arguments = parser.parse_args()
    random.seed(17)
    database = Database()
    service = Service(os.path.abspath(arguments.deskledger), database.url)
    try:
        service.fill("p1", RECORDS, 1)
        service.fill("p2", 3000, 2)
        service.start()
        load = Load(service.port)
        rows = [measure(service, database)]
        load.start()
        begin = time.monotonic()
        for minute in range(1, arguments.minutes + 1):
            time.sleep(max(0, begin + minute * 60 - time.monotonic()))
            rows.append(measure(service, database))
            print(f"minute {minute}: {rows[-1][0]:.0f} MiB, {len(load.wrong)} wrong", file=sys.stderr, flush=True)
        load.end()
        stored = listed(service.port, "p3").json()["total_count"]
        seconds = service.terminate()
    finally:
        service.stop()
        database.drop()
    table(rows, arguments.minutes)
    print("\n| kind | requests | median ms | p99 ms |\n| --- | --- | --- | --- |")
    for kind, answers in load.answers.items():
        if answers:
            print(f"| {kind} | {len(answers)} | {milliseconds(answers):.0f} | {milliseconds(answers, 0.99):.0f} |")
    print(f"\n{load.recorded} records acknowledged, {stored} stored; SIGTERM took {seconds:.1f} s")
    problems = verdict(rows, load, stored)
    for problem in problems:
        print(f"soak: {problem}")
    print("the service held" if not problems else "the service did NOT hold")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
