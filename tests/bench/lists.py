"""Measures lists, users online and the export of one day: see `scripts/bench --help`. Prints the section of docs/PERFORMANCE.md and docs/PLANS.md,
and fails where a plan reads a whole table or sorts its rows."""

import argparse
import collections
import datetime
import json
import os
import platform
import re
import statistics
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import psycopg
from bench import Programs, Service, say

PROJECT = "lists"
# The records are those of a year, and these are a month and a working day of it.
YEAR = 2025
DAYS = 365
MONTH = f"start_time={YEAR}-11-01T00:00Z&end_time={YEAR}-12-01T00:00Z"
DAY = f"start_time={YEAR}-11-12T00:00Z&end_time={YEAR}-11-13T00:00Z"
LIMIT = 100
# The log of the server shows each statement on a new connection with its plan.
EXPLAIN = {
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_buffers": "on",
    "auto_explain.log_timing": "off",
}
# A partition without records, or with next to none, may be scanned.
MOST_ROWS_SCANNED = 1000
PARTITION = re.compile(r" *->  .*Scan .*on connection_records_.*\(actual rows=(\d+) ")
SCAN = re.compile(r"((?:\w+ )*Scan)(?: Backward)?(?: using (\w+))? on (\w+)")


@dataclass
class Statement:
    """A statement that the service ran."""

    milliseconds: float
    text: str
    plan: list

    def blocks(self):
        """How many blocks of 8 KiB it looked at. What the first line says of buffers holds all below it."""
        line = next(line for line in self.plan if line.strip().startswith("Buffers: "))
        return sum(int(count) for count in re.findall(r"(?:hit|read)=(\d+)", line.partition("temp")[0]))

    def scans(self):
        """The ways in which it read tables and indexes."""
        scans = collections.defaultdict(list)
        for kind, index, table in SCAN.findall("\n".join(self.plan)):
            scans[kind].append(index or table)
        return [f"`{kind}` of {names[0] if len(names) == 1 else len(names)}" for kind, names in scans.items()]

    def reads_too_much(self):
        """Why its plan is not suitable for a large table, where that is so."""
        for node in re.split(r"\n *-> *", "\n".join(self.plan)):
            if re.match(r"(Incremental )?Sort\b", node):
                return "it sorts"
            if scan := re.search(r"Seq Scan on \w+.*\(actual rows=([\d.]+) loops=(\d+)\)", node):
                removed = re.search(r"Rows Removed by Filter: (\d+)", node)
                rows = (float(scan[1]) + int(removed[1] if removed else 0)) * int(scan[2])
                if rows > MOST_ROWS_SCANNED:
                    return f"it reads a whole table: {rows:.0f} rows"
        return None


class ServerLog:
    """The log of the throwaway server, which stands beside its data: see scripts/postgres."""

    ENTRY = re.compile(r"duration: ([\d.]+) ms +plan:\n((?:\t.*\n)+)")

    def __init__(self, connection):
        self.connection = connection
        data = connection.execute("SHOW data_directory").fetchone()[0]
        self.path = str(Path(data).parent / "log")
        self.seen = self.size()

    def size(self):
        return self.connection.execute("SELECT size FROM pg_stat_file(%s)", (self.path,)).fetchone()[0]

    def statements(self):
        """The statements about records since the last call."""
        size = self.size()
        text = self.connection.execute(
            "SELECT convert_from(pg_read_binary_file(%s, %s, %s), 'UTF8')", (self.path, self.seen, size - self.seen)
        ).fetchone()[0]
        self.seen = size
        entries = [self.statement(entry) for entry in self.ENTRY.finditer(text)]
        return [entry for entry in entries if "connection_records" in entry.text]

    @staticmethod
    def statement(entry):
        lines = [line.removeprefix("\t") for line in entry[2].splitlines()]
        # The text of the statement comes first, and may have several lines.
        plan = next(number for number, line in enumerate(lines) if "(cost=" in line)
        text = " ".join(lines[:plan]).removeprefix("Query Text: ")
        return Statement(float(entry[1]), short_text(text), short_plan(lines[plan:]))


def short_text(text):
    """A statement without quotes and without a long list of columns."""
    text = text.replace('"connection_records".', "").replace('"', "")
    return re.sub(r"SELECT (?:\w+, ){9,}\w+", "SELECT …", text)


def short_plan(lines):
    """A plan without estimates, without long arrays, and without what was never executed, which is counted."""
    plan, left_out, indent = [], 0, None
    for line in lines:
        depth = len(line) - len(line.lstrip())
        if indent is not None and depth > indent:
            continue
        indent = depth if "(never executed)" in line else None
        if indent is not None:
            left_out += 1
            continue
        line = re.sub(r"\(cost=[^)]*\) ", "", line)
        plan.append(re.sub(r"'\{([^,}]*),[^}]*\}'", r"'{\1, …}'", line))
    return [*plan, f"({left_out} more were never executed)"] if left_out else plan


def folded(plan):
    """A plan in which one scan stands for all those of partitions beside it: the one that found most."""
    scans, depth = [], None
    for line in plan:
        indent = len(line) - len(line.lstrip())
        if (found := PARTITION.match(line)) and (not scans or indent == depth):
            scans.append((int(found[1]), [line]))
            depth = indent
        elif scans and indent > depth:
            scans[-1][1].append(line)
        else:
            yield from most(scans)
            scans = []
            yield line
    yield from most(scans)


def most(scans):
    if scans:
        rows, lines = max(scans, key=lambda scan: scan[0])
        yield from lines
        if others := len(scans) - 1:
            found = sum(found for found, _ in scans) - rows
            yield " " * (len(lines[0]) - len(lines[0].lstrip())) + f"(and {others} more partitions, {found} rows)"


def make_months(programs):
    """Gives each month of the records a partition, as it has where the service ran all the time."""
    programs.deskledger().run("migrate", capture_output=True)
    earlier = "connection_records_earlier"
    months = [(f"connection_records_{YEAR}_{month:02}", f"'{YEAR}-{month:02}-01 00:00Z'") for month in range(1, 13)]
    partitions = [(earlier, "MINVALUE"), *months, (f"connection_records_{YEAR + 1}", f"'{YEAR + 1}-01-01 00:00Z'")]
    with psycopg.connect(programs.url) as connection:
        (end,) = connection.execute(
            "SELECT substring(pg_get_expr(relpartbound, oid) FROM 'TO (.*)') FROM pg_class WHERE relname = %s", (earlier,)
        ).fetchone()
        connection.execute(f"DROP TABLE {earlier}")
        ends = [f"({start})" for _, start in partitions[1:]] + [end]
        for (name, start), end in zip(partitions, ends):
            connection.execute(
                f"CREATE TABLE {name} PARTITION OF connection_records FOR VALUES FROM ({start}) TO {end}"
            )
        # Named as the service names them, so that plans can be read.
        for old, new in connection.execute(
            "SELECT part.relname, replace(whole.relname, 'connection_records', indrelid::regclass::text)"
            " FROM pg_index JOIN pg_inherits ON inhrelid = indexrelid"
            " JOIN pg_class AS part ON part.oid = inhrelid JOIN pg_class AS whole ON whole.oid = inhparent"
            " WHERE indrelid::regclass::text = ANY(%s) AND part.relname LIKE '%%_idx'",
            ([name for name, _ in partitions],),
        ).fetchall():
            connection.execute(f"ALTER INDEX {old} RENAME TO {new}")


def fill(programs, records):
    say(f"generating and importing {records} records of {DAYS} days")
    began = time.perf_counter()
    programs.deskledger().fill(PROJECT, records, days=DAYS)
    imported = time.perf_counter() - began
    say("VACUUM ANALYZE")
    with psycopg.connect(programs.url, autocommit=True) as connection:
        # The throwaway server commits before its log is on the disk. What is not there yet, and its neighbours, VACUUM does not
        # take for visible to all.
        connection.execute("SET synchronous_commit = on")
        connection.execute("CHECKPOINT")
        connection.execute("VACUUM ANALYZE")
        size = connection.execute(
            "SELECT sum(pg_total_relation_size(oid)) FROM pg_class"
            " WHERE relkind = 'r' AND relname LIKE 'connection%'"
        ).fetchone()[0]
    return imported, int(size)


def answer(service, path):
    request = urllib.request.Request(f"http://127.0.0.1:{service.port}{path}", headers={"X-Auth-Token": PROJECT})
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def requests(programs, records):
    """What is measured: its name, and its path."""
    base = f"/v2/{PROJECT}/connections"
    listed = f"{base}/desktops?limit={LIMIT}"
    deep = f"{listed}&offset={records // 2}"
    service = Service(programs, programs.url, [PROJECT])
    try:
        marker = answer(service, deep)["next_marker"]
        in_month = answer(service, f"{base}/desktops?limit=0&{MONTH}")["total_count"]
        in_day = answer(service, f"{base}/desktops?limit=0&{DAY}")["total_count"]
    finally:
        service.kill()
    return {
        f"page of {LIMIT} at offset 0, counted": listed,
        f"page of {LIMIT} at offset {records // 2:,}, counted": deep,
        f"page of {LIMIT} after a marker at that depth": f"{listed}&marker={marker}",
        f"page of {LIMIT} at offset 0 of a day ({in_day:,} records), counted": f"{listed}&{DAY}",
        f"users online, a month by the day ({in_month:,} records)": f"{base}/online-users?{MONTH}",
        f"users online, a day by the hour ({in_day:,} records)": f"{base}/online-users?{DAY}",
        f"export of a day ({in_day:,} records)": f"{base}/desktops/export?{DAY}",
    }


def asked(service, path):
    """Seconds until the whole answer is there."""
    _, seconds, status, _ = service.get(path, PROJECT)
    if status != 200:
        raise SystemExit(f"bench: {path} was answered with {status}")
    return seconds


def timed(programs, paths, runs):
    service = Service(programs, programs.url, [PROJECT])
    try:
        seconds = {what: [] for what in paths}
        for run in range(runs + 1):
            say(f"run {run} of {runs}" if run else "warming up")
            for what, path in paths.items():
                taken = asked(service, path)
                if run:
                    seconds[what].append(taken)
        return {what: statistics.median(taken) for what, taken in seconds.items()}
    finally:
        service.kill()


def explained(programs, paths):
    """The statements of each request, with their plans."""
    with psycopg.connect(programs.url, autocommit=True) as connection:
        # This connection was opened before, so the log does not show its own statements.
        log = ServerLog(connection)
        for name, value in EXPLAIN.items():
            connection.execute(f"ALTER DATABASE {connection.info.dbname} SET {name} = '{value}'")
        service = Service(programs, programs.url, [PROJECT])
        statements = {}
        try:
            log.statements()
            for what, path in paths.items():
                asked(service, path)
                statements[what] = log.statements()
                if not statements[what]:
                    raise SystemExit(f"bench: the server reported no plan of: {what}")
        finally:
            service.kill()
    return statements


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--records", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    server, _ = os.environ["DESKLEDGER_TEST_POSTGRES"].rsplit("/", 1)
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE bench")
        version = connection.execute("SHOW server_version").fetchone()[0]
    with tempfile.TemporaryDirectory(prefix="deskledger-bench-") as folder:
        programs = Programs(arguments.binaries, f"{server}/bench", folder)
        make_months(programs)
        imported, size = fill(programs, arguments.records)
        paths = requests(programs, arguments.records)
        medians = timed(programs, paths, arguments.runs)
        statements = explained(programs, paths)
    day = datetime.date.today().isoformat()
    print(f"Measured {day} on {os.cpu_count()} cores ({platform.machine()}), PostgreSQL {version.split()[0]} on the same"
          f" machine: {arguments.records:,} records of one project over {DAYS} days, {size / 1e6:,.0f} MB with indexes after"
          f" `VACUUM ANALYZE`, imported in {imported:.0f} s. Medians of {arguments.runs} runs in turn, over HTTP, to the end"
          " of the answer; blocks have 8 KiB.\n")
    print("| what | median | blocks | how |\n| --- | --- | --- | --- |")
    for what, median in medians.items():
        blocks = sum(statement.blocks() for statement in statements[what])
        how = "; ".join(", ".join(statement.scans()) for statement in statements[what])
        print(f"| {what} | {median * 1000:,.1f} ms | {blocks:,} | {how} |")
    complaints, printed = [], set()
    for what, of_request in statements.items():
        print(f"\n## {what[0].upper()}{what[1:]}")
        for statement in of_request:
            print(f"\n`{statement.text}` took {statement.milliseconds:,.1f} ms:\n")
            # The same work is shown once, though it finds more or less of it in memory.
            work = statement.text, *(line for line in statement.plan if "Buffers: " not in line)
            print("As above." if work in printed else "\n".join(["```text", *folded(statement.plan), "```"]))
            printed.add(work)
            if complaint := statement.reads_too_much():
                complaints.append(f"{what}: {complaint}: {statement.text}")
    if complaints:
        raise SystemExit("\n".join(["bench: plans that do not suit a large table:", *complaints]))


if __name__ == "__main__":
    main()
