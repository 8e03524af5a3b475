"""Measures this program in turn with another build of it: see `scripts/bench --help`. Each has a database of its own, with the
same records. What counts are the ratios of the medians."""

import argparse
import http.client
import os
import statistics
import tempfile
import time
from pathlib import Path

import psycopg
from bench import Programs, Service, say
from recording import BATCH, record

PROJECT = "p1"
# How many lists and small exports make one measurement.
MANY = 100
LIST = f"/v2/{PROJECT}/connections/desktops?limit=100"
SMALL = f"/v2/{PROJECT}/connections/desktops/export?user_name=nobody"


class Side:
    """One of both programs, with its service."""

    def __init__(self, name, program, server, folder, records):
        self.name = name
        binaries = Path(folder) / name
        binaries.mkdir()
        (binaries / "deskledger").symlink_to(Path(program).resolve())
        database = f"bench_{name}"
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {database}")
        self.programs = Programs(binaries, f"{server}/{database}", binaries)
        self.programs.deskledger().fill(PROJECT, records)
        with psycopg.connect(self.programs.url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE connection_records")
        limits = "exports_per_project = 4\nrecordings = 4\nrecordings_per_project = 4"
        self.service = Service(self.programs, self.programs.url, [PROJECT], limits)

    def export(self, query=""):
        return self.service.export(PROJECT, query)[1]

    def many(self, path):
        """Seconds of many requests over one connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=60)
        started = time.perf_counter()
        for _ in range(MANY):
            connection.request("GET", path, headers={"X-Auth-Token": PROJECT})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise SystemExit(f"bench: {path} was answered with {answer.status}")
        return time.perf_counter() - started

    def record(self, batches):
        """Seconds of recordings that are taken away afterwards, so that every round finds the same tables."""
        seconds = record(self.service.port, "application/json", batches, 1)
        with psycopg.connect(self.programs.url, autocommit=True) as connection:
            connection.execute("DELETE FROM connection_records WHERE transaction_id LIKE 'bench-%'")
            connection.execute("DELETE FROM connection_identities WHERE transaction_id LIKE 'bench-%'")
        return seconds


def new_records(program, size):
    """Arrays of records that nobody has yet."""
    text = program.generated(size, seed=2).decode()
    lines = text.replace('"transaction_id":"', '"transaction_id":"bench-').splitlines()
    return [f"[{','.join(lines[start : start + BATCH])}]".encode() for start in range(0, size, BATCH)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--against", required=True)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    server, _ = os.environ["DESKLEDGER_TEST_POSTGRES"].rsplit("/", 1)
    with tempfile.TemporaryDirectory(prefix="deskledger-bench-") as folder:
        programs = {"other": arguments.against, "this": Path(arguments.binaries) / "deskledger"}
        sides = {}
        for name, program in programs.items():
            say(f"importing {arguments.records} records by the {name} program")
            sides[name] = Side(name, program, server, folder, arguments.records)
        batches = new_records(sides["this"].programs.deskledger(), max(BATCH, arguments.records // 20 // BATCH * BATCH))
        records = arguments.records
        ways = {
            f"export of {records:,} records": lambda side: side.export(),
            f"export of {records:,} records as CSV": lambda side: side.export("format=csv"),
            f"export of {records:,} records as JSON Lines": lambda side: side.export("format=jsonl"),
            f"{MANY} exports of a user without records": lambda side: side.many(SMALL),
            f"{MANY} lists of 100 records": lambda side: side.many(LIST),
            f"recording of {len(batches) * BATCH:,} records by one client": lambda side: side.record(batches),
        }
        print("| what | the other program | this program | ratio of the medians | ratio of the fastest |\n| --- | --- | --- | --- | --- |")
        try:
            for what, run in ways.items():
                say(f"{what}, {arguments.runs} times in turn")
                measured = {name: [] for name in sides}
                for number in range(arguments.runs + 1):
                    # The second one finds warmer caches, so they take turns at being second. The first round warms up.
                    for name in list(sides)[:: 1 if number % 2 else -1]:
                        seconds = run(sides[name])
                        if number:
                            measured[name].append(seconds)
                other, this = (statistics.median(measured[name]) for name in ("other", "this"))
                fastest = min(measured["this"]) / min(measured["other"])
                print(f"| {what} | {other:.3f} s | {this:.3f} s | {this / other:.3f} × | {fastest:.3f} × |", flush=True)
        finally:
            for side in sides.values():
                side.service.kill()


if __name__ == "__main__":
    main()
