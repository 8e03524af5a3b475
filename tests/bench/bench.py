"""Measures exports: see `scripts/bench --help`. Prints the table of docs/PERFORMANCE.md."""

import argparse
import datetime
import functools
import http.client
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import psycopg
from support import program
from support.program import Program, token_settings

import recording
import slow_readers

HERE = Path(__file__).resolve().parent
RECORD_COLUMNS = (
    "transaction_id, sid, computer_name, user_name, terminal_mac, terminal_name, terminal_ip, client_version,"
    " terminal_type, agent_version, desktop_ip, connection_start_time, connection_setup_time, connection_end_time,"
    " is_reconnect, connection_failure_reason, network_rtt, e2e_rtt, source_ip, public_ip, enterprise_project_id,"
    " desktop_id"
)
KEYS = "user_name_key, computer_name_key, terminal_type_key"
ORDER = "ORDER BY connection_start_time DESC, transaction_id DESC"
# How many small exports run alone before each that they run beside.
ALONE = 200
# What the service logs: that it is ready (an older one by another module), and what goes wrong.
QUIET = "warn,deskledger_lifecycle::startup=info,deskledger_api::startup=info,deskledger::cli::serve=info"
# A client takes bytes in chunks of this size.
CHUNK = 1 << 16


def say(*words):
    print(*words, file=sys.stderr, flush=True)


class Programs:
    """The programs under test, and the database they work on."""

    def __init__(self, binaries, url, folder):
        self.binaries = Path(binaries)
        self.url = url
        self.folder = Path(folder)

    def deskledger(self, url=None):
        """The program itself, on the database or on another one."""
        environment = {"DESKLEDGER__LOGGING__LEVEL": "warn"}
        return Program(self.binaries / "deskledger", self.folder, url or self.url, environment=environment)


class Service(program.Service):
    """The service, answering on a free port."""

    def __init__(self, programs, url, projects, limits="exports_per_project = 4"):
        # The token of a project is its name.
        tokens = "".join(token_settings(name, name, "bench") for name in projects)
        settings = f'{tokens}\n[server]\nlisten = "127.0.0.1:0"\n[logging]\nlevel = "{QUIET}"\n[limits]\n{limits}\n'
        super().__init__(programs.binaries / "deskledger", programs.folder, url, settings)
        self.start()

    def get(self, path, token):
        """GETs a path: seconds to the first byte of the body, seconds in all, status, bytes."""
        started = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        connection.request("GET", path, headers={"X-Auth-Token": token})
        answer = connection.getresponse()
        length, first = 0, None
        buffer = bytearray(CHUNK)
        while size := answer.readinto(buffer):
            first = first or time.perf_counter() - started
            length += size
        connection.close()
        return first, time.perf_counter() - started, answer.status, length

    def export(self, project, query=""):
        path = f"/v2/{project}/connections/desktops/export?{query}"
        first, seconds, status, length = self.get(path, project)
        if status != 200:
            raise SystemExit(f"bench: the export of {project} was answered with {status}")
        return first, seconds, length


def fill(programs, sizes):
    """The largest project from the generator; the others are its newest records."""
    names = {size: f"p{size}" for size in sizes}
    largest = max(sizes)
    say(f"generating and importing {largest} records into PostgreSQL")
    programs.deskledger().fill(names[largest], largest)
    with psycopg.connect(programs.url, autocommit=True) as connection:
        for size in sizes[:-1]:
            connection.execute(
                f"INSERT INTO connection_records (project_id, {RECORD_COLUMNS}, {KEYS})"
                f" SELECT '{names[size]}', {RECORD_COLUMNS}, {KEYS} FROM connection_records"
                f" WHERE project_id = '{names[largest]}' {ORDER} LIMIT {size}"
            )
        connection.execute("VACUUM ANALYZE connection_records")
    return names


def timed(programs, command, **options):
    """Runs a command: its seconds, and its peak memory in MiB."""
    report = programs.folder / "measured.json"
    measure = [sys.executable, HERE.parent / "support" / "measure.py", report]
    if subprocess.run([*measure, *command], **options).returncode:
        raise SystemExit(f"bench: {command[0]} failed")
    measured = json.loads(report.read_text())
    return measured["seconds"], measured["peak_bytes"] / 2**20


def copy_alone(programs, project):
    """Binary COPY of the rows of a project, in the order of an export, into nothing."""
    query = f"COPY (SELECT {RECORD_COLUMNS} FROM connection_records WHERE project_id = '{project}' {ORDER}) TO STDOUT (FORMAT binary)"
    command = ["psql", "--quiet", "--no-psqlrc", programs.url, "--command", "SET enable_sort = off", "--command", query]
    return timed(programs, command, stdout=subprocess.DEVNULL)[0]


class Table:
    def __init__(self):
        self.rows = []

    def add(self, what, seconds, copy, first=None, peak=None, size=None, export=None):
        cells = [what, f"{seconds:.2f} s"]
        cells += [f"{seconds / base:.2f} ×" if base else "" for base in (copy, export)]
        cells.append("" if first is None else f"{first * 1000:.0f} ms")
        cells.append("" if peak is None else f"{peak:.0f} MiB")
        cells.append("" if size is None else f"{size / 1e6:.1f} MB")
        self.rows.append(cells)

    def __str__(self):
        head = ["what", "median", "against COPY", "against the export", "first byte", "peak memory", "file"]
        lines = [head, ["---"] * len(head), *self.rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def endpoint(programs, table, names, runs):
    """Every size over loopback HTTP, in turn with COPY of the same rows."""
    service = Service(programs, programs.url, names.values())
    try:
        service.export(min(names.values(), key=len), "user_name=warm-up")
        for size, project in names.items():
            say(f"export of {size} records over HTTP and COPY of them, {runs} times in turn")
            service.forget_peak()
            alone, firsts, totals = [], [], []
            for _ in range(runs):
                alone.append(copy_alone(programs, project))
                first, seconds, length = service.export(project)
                firsts.append(first)
                totals.append(seconds)
            copy = statistics.median(alone)
            peak = service.peak_mib()
            table.add(f"binary COPY alone, {size:,} records", copy, copy)
            table.add(f"**export over HTTP**, {size:,} records", statistics.median(totals), copy,
                      statistics.median(firsts), peak, length)
    finally:
        service.kill()


def forms(programs, table, names, runs, size):
    """The same export in other forms, in turn."""
    plain = "in turn with the next"
    ways = {plain: "", "with a summary": "summary=true", "as CSV": "format=csv", "as JSON Lines": "format=jsonl"}
    say(f"export of {size} records in other forms, {runs} times in turn")
    service = Service(programs, programs.url, names.values())
    try:
        results = {what: [] for what in ways}
        for _ in range(runs):
            for what, query in ways.items():
                results[what].append(service.export(names[size], query))
        export = statistics.median(seconds for _, seconds, _ in results[plain])
        for what, measured in results.items():
            firsts, totals, lengths = zip(*measured)
            table.add(f"export over HTTP, {what}, {size:,} records", statistics.median(totals), None,
                      statistics.median(firsts), size=lengths[-1], export=export)
    finally:
        service.kill()


def others(programs, table, names, runs, size, count):
    """What people use instead, on the same rows, in turn with COPY and an export over HTTP."""
    project = names[size]
    output = programs.folder / "other.xlsx"
    rust = programs.binaries / "rust-xlsxwriter-export"
    python = [sys.executable, HERE / "python_writers.py"]
    ways = {
        "rust_xlsxwriter, constant memory": [rust, "constant", programs.url, project, output],
        "rust_xlsxwriter, constant memory, level 3": [rust, "constant", programs.url, project, output, "3"],
        "rust_xlsxwriter, standard": [rust, "standard", programs.url, project, output],
        "Python XlsxWriter, constant memory": [*python, "xlsxwriter", programs.url, project, output],
        "openpyxl, write-only": [*python, "openpyxl", programs.url, project, output],
    }
    say(f"the same {size} records by others, {runs} times in turn")
    measured = {what: [] for what in list(ways)[:count]}
    copies, exports = [], []
    service = Service(programs, programs.url, names.values())
    try:
        for _ in range(runs):
            copies.append(copy_alone(programs, project))
            exports.append(service.export(project))
            for what, results in measured.items():
                results.append((*timed(programs, ways[what]), output.stat().st_size))
    finally:
        service.kill()
    copy, export = statistics.median(copies), statistics.median(seconds for _, seconds, _ in exports)
    table.add(f"export over HTTP, in turn with the next, {size:,} records", export, copy, size=exports[-1][2], export=export)
    for what, results in measured.items():
        seconds = statistics.median(seconds for seconds, _, _ in results)
        peak = max(peak for _, peak, _ in results)
        table.add(f"{what}, {size:,} records", seconds, copy, peak=peak, size=results[-1][2], export=export)


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def beside(programs, names, size, runs):
    """Small exports alone, and beside a big one: the 99th percentile of each, in milliseconds."""
    service = Service(programs, programs.url, names.values())
    small = min(names)
    with psycopg.connect(programs.url) as connection:
        user = connection.execute(
            "SELECT user_name FROM connection_records WHERE project_id = %s GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
            (names[small],),
        ).fetchone()[0]
    def one():
        return service.export(names[small], f"user_name={quote(user)}")[1]

    try:
        for _ in range(50):
            one()
        alone, crowded = [], []
        for _ in range(runs):
            alone += [one() for _ in range(ALONE)]
            # A client of its own process, so that Python's lock is not what is measured.
            command = ["curl", "--silent", "--output", os.devnull, "--header", f"X-Auth-Token: {names[size]}",
                       f"http://127.0.0.1:{service.port}/v2/{names[size]}/connections/desktops/export"]
            big = subprocess.Popen(command)
            while big.poll() is None:
                crowded.append(one())
        return quantile(alone, 0.99) * 1000, quantile(crowded, 0.99) * 1000, len(crowded)
    finally:
        service.kill()


def sqlite(programs, table, size, runs):
    url = f"sqlite://{programs.folder / 'bench.sqlite3'}"
    say(f"generating and importing {size} records into SQLite")
    programs.deskledger(url).fill("lite", size)
    service = Service(programs, url, ["lite"])
    try:
        results = [service.export("lite") for _ in range(runs)]
        table.add(f"export over HTTP from SQLite, {size:,} records",
                  statistics.median(seconds for _, seconds, _ in results), None,
                  statistics.median(first for first, _, _ in results), service.peak_mib(), results[-1][2])
    finally:
        service.kill()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--records", type=int, default=3_000_000)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    sizes = [max(10, arguments.records // part) for part in (300, 30, 3, 1)]
    middle = sizes[2]
    server, _ = os.environ["DESKLEDGER_TEST_POSTGRES"].rsplit("/", 1)
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE bench")
        connection.execute("CREATE DATABASE bench_recording")
        version = connection.execute("SHOW server_version").fetchone()[0]
    table = Table()
    with tempfile.TemporaryDirectory(prefix="deskledger-bench-") as folder:
        programs = Programs(arguments.binaries, f"{server}/bench", folder)
        names = fill(programs, sizes)
        start = functools.partial(Service, programs, programs.url, names.values())
        peaks, answered = slow_readers.measure(start, names, middle)
        endpoint(programs, table, names, arguments.runs)
        forms(programs, table, names, arguments.runs, middle)
        others(programs, table, names, arguments.runs, middle, 2)
        others(programs, table, names, max(1, arguments.runs // 2), sizes[1], 5)
        alone, crowded, count = beside(programs, names, middle, arguments.runs)
        sqlite(programs, table, middle, arguments.runs)
        columns = f"project_id, {RECORD_COLUMNS}, {KEYS}"
        recording.measure(programs, f"{server}/bench_recording", columns, Service, table, sizes[1], arguments.runs)
    day = datetime.date.today().isoformat()
    print(f"Measured {day} on {os.cpu_count()} cores ({platform.machine()}), PostgreSQL {version.split()[0]} on the same"
          f" machine, medians of {arguments.runs} runs in turn.\n")
    print(table)
    print(f"\nSmall exports (one user): 99th percentile {alone:.1f} ms alone, {crowded:.1f} ms beside an export of"
          f" {middle:,} records ({crowded / alone:.1f} ×, {count} of them).")
    reported = ", ".join(f"{peak:.0f}" for peak in peaks)
    print(f"\n50 readers of {middle:,} records at 10 kB/s for a minute: peak memory in its quarters {reported} MiB;"
          f" {answered} other exports were answered meanwhile.")


if __name__ == "__main__":
    main()
