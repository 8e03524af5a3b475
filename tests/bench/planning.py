"""Measures how long PostgreSQL plans the export of one day where 120 months of records have a partition each: see `scripts/bench --help`.

The statement is the one that the service ran, from the log of the server. It is planned as it is, and with settings of the transaction in
place of its literals, as it was until 0.1.
"""

import argparse
import datetime
import json
import os
import re
import statistics
import tempfile

import psycopg
from bench import Programs, Service, say
from lists import EXPLAIN
from plans import ServerLog

PROJECT = "planning"
MONTHS = 120
# When the records began, of which there are some in each month.
YEAR = 2016
DAY = "start_time=2025-06-12T00:00Z&end_time=2025-06-13T00:00Z"
LITERAL = re.compile(r"'([^']*)'(::timestamptz)?")
# As the connections that read have it.
READING = "SET enable_seqscan = off; SET enable_sort = off; SET TIME ZONE 'UTC'"


def exported(programs, connection):
    """The statement by which the service reads an export of a day."""
    for name, value in EXPLAIN.items():
        connection.execute(f"ALTER DATABASE bench SET {name} = '{value}'")
    with Service(programs, programs.url, [PROJECT]) as service:
        log = ServerLog(connection)
        service.export(PROJECT, DAY)
        queries = re.findall(r"COPY \((SELECT .*)\) TO STDOUT", log.text())
    for name in EXPLAIN:
        connection.execute(f"ALTER DATABASE bench RESET {name}")
    (query,) = set(queries)
    return query


def by_settings(query, connection):
    """The same statement with settings, which are set for as long as the transaction lasts."""
    values = LITERAL.findall(query)
    for number, (value, _) in enumerate(values):
        connection.execute("SELECT set_config(%s, %s, true)", (f"bench.value_{number}", value))
    numbers = iter(range(len(values)))
    return LITERAL.sub(lambda found: f"current_setting('bench.value_{next(numbers)}'){found[2] or ''}", query)


def planned(url, query, runs, as_it_is):
    """How many milliseconds it was planned for at first in a session, the median of those after it, and how many partitions are in the plan."""
    times = []
    with psycopg.connect(url) as connection:
        connection.execute(READING)
        text = query if as_it_is else by_settings(query, connection)
        for _ in range(runs + 1):
            (plan,) = connection.execute(f"EXPLAIN (SUMMARY, FORMAT JSON) {text}").fetchone()[0]
            times.append(plan["Planning Time"])
        locks = connection.execute("SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation'").fetchone()[0]
    return times[0], statistics.median(times[1:]), len(set(re.findall(r"connection_records_\d{4}_\d\d", json.dumps(plan)))), locks


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=50)
    arguments = parser.parse_args()
    server, _ = os.environ["DESKLEDGER_TEST_POSTGRES"].rsplit("/", 1)
    url = f"{server}/bench"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection, tempfile.TemporaryDirectory(prefix="deskledger-bench-") as folder:
        connection.execute("CREATE DATABASE bench")
        version = connection.execute("SHOW server_version").fetchone()[0]
        programs = Programs(arguments.binaries, url, folder)
        program = programs.deskledger()
        say(f"making {MONTHS} months")
        program.run("migrate", capture_output=True)
        program.run("partitions", "--from", f"{YEAR}-01", capture_output=True)
        say(f"generating and importing {arguments.records} records")
        program.fill(PROJECT, arguments.records, days=365)
        with psycopg.connect(url, autocommit=True) as filled:
            filled.execute("VACUUM ANALYZE")
            query = exported(programs, filled)
            partitions = filled.execute("SELECT count(*) FROM pg_inherits WHERE inhparent = 'connection_records'::regclass").fetchone()[0]
        print(f"Measured {datetime.date.today().isoformat()}, PostgreSQL {version.split()[0]}: {partitions} partitions of `connection_records`,"
              f" the export of a day, planned {arguments.runs} times in one session.\n")
        print("| the tenant and the times | first, ms | then, ms | partitions in the plan | tables and indexes locked |\n| --- | ---: | ---: | ---: | ---: |")
        for name, as_it_is in ("settings of the transaction", False), ("literals", True):
            first, then, found, locks = planned(url, query, arguments.runs, as_it_is)
            print(f"| {name} | {first:.1f} | {then:.2f} | {found} | {locks} |")


if __name__ == "__main__":
    main()
