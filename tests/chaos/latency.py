"""How long small exports of other projects wait beside a flood, a large export and slow readers, in turn with none of it."""

import argparse
import contextlib
import multiprocessing
import os
import statistics
import sys
import time

from client import Crowd, export, milliseconds, statuses
from service import Database, Service
from tenants import SlowReader, small_exports

OTHERS = ["p3", "p4", "p5", "p6"]
LARGE = 1_000_000


def flood(port):
    return [Crowd(36, lambda _: export(port, "p1"))]


def large_export(port):
    # As soon as one ends, the next begins.
    return [Crowd(1, lambda _: export(port, "p2", timeout=300))]


def slow_readers(port):
    # Each comes again two seconds after it was cut.
    return [SlowReader(port, project, 4000) for project in ("p1", "p1", "p2", "p2")]


BESIDE = {"nothing": None, "a flood of 36 clients of one project": flood,
          "an export of a million records": large_export, "four slow readers of two projects": slow_readers}


class Load:
    """Clients in a process of their own, so that Python's lock is not what is measured."""

    def __init__(self, make, port):
        self._ended = multiprocessing.Event()
        self._process = multiprocessing.Process(target=self._run, args=(make, port), daemon=True)

    def _run(self, make, port):
        with contextlib.ExitStack() as stack:
            for clients in make(port):
                stack.enter_context(clients)
            self._ended.wait()

    def __enter__(self):
        self._process.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._process.join(timeout=60)
        self._process.kill()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deskledger", required=True, help="the program")
    parser.add_argument("--rounds", type=int, default=4, help="how often each is measured, in turn (default: 4)")
    parser.add_argument("--records", type=int, default=LARGE, help="records of the large export (default: 1000000)")
    arguments = parser.parse_args()
    database = Database()
    service = Service(os.path.abspath(arguments.deskledger), database.url)
    found = {name: [] for name in BESIDE}
    try:
        service.fill("p1", 20_000)
        service.fill("p2", arguments.records, 2)
        for project in OTHERS:
            service.fill(project, 500, int(project[1:]))
        database.sql("VACUUM (ANALYZE) connection_records")
        service.start()
        small_exports(service.port, OTHERS, 10)
        for number in range(arguments.rounds):
            for name, make in BESIDE.items():
                with Load(make, service.port) if make else contextlib.nullcontext():
                    time.sleep(3)
                    answers = small_exports(service.port, OTHERS, 40)
                time.sleep(2)
                found[name].append(answers)
                print(f"round {number + 1}, beside {name}: p99 {milliseconds(answers, 0.99):.1f} ms", file=sys.stderr, flush=True)
    finally:
        service.stop()
        database.drop()
    print("\n| beside | answers | median ms | p99 ms (median of the rounds) | against idle |\n| --- | --- | --- | --- | --- |")
    p99 = {name: statistics.median(milliseconds(answers, 0.99) for answers in rounds) for name, rounds in found.items()}
    for name, rounds in found.items():
        answers = sum(rounds, [])
        ratio = p99[name] / p99["nothing"]
        print(f"| {name} | {statuses(answers)} | {milliseconds(answers):.1f} | {p99[name]:.1f} | {ratio:.1f} × |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
