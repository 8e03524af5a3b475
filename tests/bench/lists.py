"""Measures lists, one record, histograms, values, users online and the export of one day: see `scripts/bench --help`. Prints the
section of docs/PERFORMANCE.md and docs/PLANS.md, and fails where a plan reads a whole table or sorts its rows."""

import argparse
import datetime
import json
import os
import platform
import statistics
import tempfile
import time
import urllib.parse
import urllib.request

import psycopg
from bench import Programs, Service, say
from plans import ServerLog, folded

PROJECT = "lists"
SQLITE = "lists.sqlite3"
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
        return imported, size_of_records(connection)


def size_of_records(connection):
    sizes = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relname LIKE 'connection%'"
    return int(connection.execute(sizes).fetchone()[0])


def as_it_is(programs, arguments):
    """The size of what is there already. The project with the most records is the one that is measured."""
    global PROJECT
    programs.deskledger().run("migrate", capture_output=True)
    with psycopg.connect(programs.url, autocommit=True) as connection:
        PROJECT, arguments.records = connection.execute(
            "SELECT project_id, sum(records)::bigint FROM record_counts GROUP BY project_id ORDER BY 2 DESC LIMIT 1"
        ).fetchone()
        connection.execute("VACUUM ANALYZE")
        return size_of_records(connection)


def answer(service, path):
    request = urllib.request.Request(f"http://127.0.0.1:{service.port}{path}", headers={"X-Auth-Token": PROJECT})
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def fill_sqlite(programs, records):
    say(f"generating and importing {records} records of {DAYS} days into SQLite")
    began = time.perf_counter()
    programs.deskledger().fill(PROJECT, records, days=DAYS)
    imported = time.perf_counter() - began
    return imported, (programs.folder / SQLITE).stat().st_size


def counted(base, in_month, transaction):
    """One record, histograms, values, and lists by each filter: what is counted, and by what it is found."""
    histogram, values, listed = f"{base}/histogram?", f"{base}/values?field=", f"{base}/desktops?limit={LIMIT}&{MONTH}"
    month = f"a month ({in_month:,} records)"
    asked = {
        "one record by its transaction": f"{base}/desktops/{transaction}",
        f"histogram of {month} by the day": f"{histogram}interval=day&{MONTH}",
        "histogram of a day, auto": f"{histogram}{DAY}",
        "histogram of everything, auto": f"{histogram}interval=auto",
        f"histogram of what failed in {month}": f"{histogram}interval=day&state=failed&{MONTH}",
        f"histogram of a network in {month}": f"{histogram}interval=day&public_ip=0.0.0.0/1&{MONTH}",
        "histogram of a user, everything": f"{histogram}user_name={{user_name}}",
        "values of user_name, everything": f"{values}user_name",
        "values of user_name with a prefix": f"{values}user_name&prefix=a",
        f"values of failure_reason, {month}, failed": f"{values}failure_reason&state=failed&{MONTH}",
        f"values of public_ip, {month}": f"{values}public_ip&{MONTH}",
        "users online of a user, a month by the day": f"{base}/online-users?{MONTH}&user_name={{user_name}}",
        "users online of a network, a month by the day": f"{base}/online-users?{MONTH}&public_ip=0.0.0.0/1",
    }
    for name, filters in FILTERS.items():
        asked[f"page of {LIMIT} of {month} by {name}, counted"] = f"{listed}&{filters}"
    return asked


# A filter of each sort, with the values of a record.
FILTERS = {
    "user_name": "user_name={user_name}",
    "computer_name": "computer_name={computer_name}",
    "state=failed": "state=failed",
    "state=ended": "state=ended",
    "failure_reason": "failure_reason=400200",
    "user_name_prefix": "user_name_prefix=a",
    "domain": "domain=local.com",
    "terminal_type": "terminal_type=Windows%2010",
    "public_ip, an address": "public_ip={public_ip}",
    "public_ip, a network": "public_ip=0.0.0.0/1",
    "desktop_id": "desktop_id={desktop_id}",
    "is_reconnect": "is_reconnect=true",
    "min_duration": "min_duration=3600",
    "min_network_rtt": "min_network_rtt=100",
    "active_at": f"active_at={YEAR}-11-12T10:00Z",
    "transaction_id": "transaction_id={transaction_id}",
}


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
        # One that was set up, so that it has most fields.
        record = answer(service, f"{base}/desktops?limit=1&state=ended&{DAY}")["records"][0]
    finally:
        service.kill()
    of_record = {name: urllib.parse.quote(str(value or ""), safe="") for name, value in record.items()}
    more = counted(base, in_month, of_record["transaction_id"])
    return {
        f"page of {LIMIT} at offset 0, counted": listed,
        f"page of {LIMIT} at offset {records // 2:,}, counted": deep,
        f"page of {LIMIT} after a marker at that depth": f"{listed}&marker={marker}",
        f"page of {LIMIT} at offset 0 of a day ({in_day:,} records), counted": f"{listed}&{DAY}",
        f"users online, a month by the day ({in_month:,} records)": f"{base}/online-users?{MONTH}",
        f"users online, a day by the hour ({in_day:,} records)": f"{base}/online-users?{DAY}",
        f"export of a day ({in_day:,} records)": f"{base}/desktops/export?{DAY}",
        **{what: path.format(**of_record) for what, path in more.items()},
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


def on_sqlite(arguments):
    with tempfile.TemporaryDirectory(prefix="deskledger-bench-") as folder:
        programs = Programs(arguments.binaries, f"sqlite://{folder}/{SQLITE}", folder)
        imported, size = fill_sqlite(programs, arguments.records)
        medians = timed(programs, requests(programs, arguments.records), arguments.runs)
    print(f"Measured {datetime.date.today().isoformat()} on {os.cpu_count()} cores ({platform.machine()}), SQLite:"
          f" {arguments.records:,} records of one project over {DAYS} days, {size / 1e6:,.0f} MB with indexes, imported in"
          f" {imported:.0f} s. Medians of {arguments.runs} runs in turn, over HTTP, to the end of the answer.\n")
    print("| what | median |\n| --- | --- |")
    for what, median in medians.items():
        print(f"| {what} | {median * 1000:,.1f} ms |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--records", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sqlite", action="store_true")
    parser.add_argument("--filled", metavar="URL", help="a database of PostgreSQL that holds the records already")
    arguments = parser.parse_args()
    if arguments.sqlite:
        return on_sqlite(arguments)
    server, _ = os.environ["DESKLEDGER_TEST_POSTGRES"].rsplit("/", 1)
    url = arguments.filled or f"{server}/bench"
    with psycopg.connect(arguments.filled or f"{server}/postgres", autocommit=True) as connection:
        if not arguments.filled:
            connection.execute("CREATE DATABASE bench")
        version = connection.execute("SHOW server_version").fetchone()[0]
    with tempfile.TemporaryDirectory(prefix="deskledger-bench-") as folder:
        programs = Programs(arguments.binaries, url, folder)
        if arguments.filled:
            imported, size = "before", as_it_is(programs, arguments)
        else:
            make_months(programs)
            seconds, size = fill(programs, arguments.records)
            imported = f"in {seconds:.0f} s"
        paths = requests(programs, arguments.records)
        medians = timed(programs, paths, arguments.runs)
        statements = explained(programs, paths)
    day = datetime.date.today().isoformat()
    print(f"Measured {day} on {os.cpu_count()} cores ({platform.machine()}), PostgreSQL {version.split()[0]} on the same"
          f" machine: {arguments.records:,} records of one project over {DAYS} days, {size / 1e6:,.0f} MB with indexes after"
          f" `VACUUM ANALYZE`, imported {imported}. Medians of {arguments.runs} runs in turn, over HTTP, to the end"
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
