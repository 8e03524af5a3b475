"""Measures what a history of years costs those who ask for little of it: see `scripts/bench --help`. One database has the records of one
month, the other one those of many months besides, and both are asked in turn. Then the oldest month is deleted."""

import argparse
import concurrent.futures
import datetime
import http.client
import os
import statistics
import tempfile
import time

import psycopg
from bench import KEYS, RECORD_COLUMNS, Programs, Service, say
from lists import size_of_records

PROJECT = "history"
MONTHS = 30
# The month that both have, and the end of it.
YEAR, MONTH = 2025, 12
END = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
RANGE = "start_time=2025-12-01T00:00Z&end_time=2026-01-01T00:00Z"
DAY = "start_time=2025-12-10T00:00Z&end_time=2025-12-11T00:00Z"
BASE = f"/v2/{PROJECT}/connections"
ASKED = {
    "export of a day": f"{BASE}/desktops/export?{DAY}",
    "first page": f"{BASE}/desktops?limit=100",
    "count of a range that begins and ends within days": f"{BASE}/desktops?limit=1&start_time=2025-12-03T07:00Z&end_time=2025-12-29T13:00Z",
    "histogram of a month": f"{BASE}/histogram?interval=day&{RANGE}",
}
# Months that are made at the same time.
AT_ONCE = 2


def month_before(count):
    """The first day of the month that is so many months before the one that is measured."""
    month = YEAR * 12 + MONTH - 1 - count
    return datetime.date(month // 12, month % 12 + 1, 1)


def copy_month(url, count):
    """Makes a month of the one that is measured, with the same records at the same hours, each of a connection of its own."""
    first, following = month_before(count), month_before(count - 1)
    name = f"connection_records_{first:%Y_%m}"
    columns = [column.strip() for column in f"{RECORD_COLUMNS}, {KEYS}".split(",")]
    shifted = [
        "gen_random_uuid()::text" if column == "transaction_id"
        else f"{column} - make_interval(months => {count})" if column.endswith("_time")
        else column
        for column in columns
    ]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        connection.execute(f"CREATE TABLE filled_{count} (LIKE connection_records)")
        connection.execute(
            f"INSERT INTO filled_{count} (project_id, {', '.join(columns)}) SELECT project_id, {', '.join(shifted)}"
            f" FROM connection_records_{YEAR}_{MONTH:02} ORDER BY connection_start_time"
        )
        within = f"connection_start_time >= '{first} 00:00Z' AND connection_start_time < '{following} 00:00Z'"
        connection.execute(f"ALTER TABLE filled_{count} ADD CONSTRAINT is_within CHECK ({within})")
    return name


def attach_month(connection, name, count):
    """Its indexes are built now."""
    first, following = month_before(count), month_before(count - 1)
    connection.execute(f"DROP TABLE {name}")
    connection.execute(f"ALTER TABLE filled_{count} RENAME TO {name}")
    connection.execute(
        f"ALTER TABLE connection_records ATTACH PARTITION {name} FOR VALUES FROM ('{first} 00:00Z') TO ('{following} 00:00Z')"
    )
    connection.execute(f"ALTER TABLE {name} DROP CONSTRAINT is_within")
    connection.execute(
        "INSERT INTO record_counts (project_id, day, slot, records) SELECT project_id,"
        f" (connection_start_time AT TIME ZONE 'UTC')::date - DATE '1970-01-01', 0, count(*) FROM {name} GROUP BY 1, 2"
    )


def fill(server, folder, binaries, size, months):
    """Both databases: that of a month, and that of all."""
    one = Programs(binaries, f"{server}/bench_one", folder)
    say(f"generating and importing {size} records of a month")
    one.deskledger().run("migrate", capture_output=True)
    one.deskledger().run("partitions", "--from", f"{month_before(months - 1):%Y-%m}", capture_output=True)
    one.deskledger().fill(PROJECT, size, days=31)
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE bench_all TEMPLATE bench_one")
    all_months = Programs(binaries, f"{server}/bench_all", folder)
    say(f"making {months - 1} months of it")
    with psycopg.connect(all_months.url, autocommit=True) as connection, concurrent.futures.ThreadPoolExecutor(AT_ONCE) as threads:
        connection.execute("SET maintenance_work_mem = '512MB'")
        made = {threads.submit(copy_month, all_months.url, count): count for count in range(1, months)}
        for future in concurrent.futures.as_completed(made):
            attach_month(connection, future.result(), made[future])
    for programs in one, all_months:
        with psycopg.connect(programs.url, autocommit=True) as connection:
            connection.execute("SET synchronous_commit = on")
            connection.execute("CHECKPOINT")
            connection.execute("VACUUM ANALYZE")
    return one, all_months


def seconds(service, path):
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=600)
    started = time.perf_counter()
    connection.request("GET", path, headers={"X-Auth-Token": PROJECT})
    answer = connection.getresponse()
    answer.read()
    took = time.perf_counter() - started
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"bench: {path} was answered with {answer.status}")
    return took


def deleted(programs, months):
    """Seconds of the retention of the oldest month, and what it said."""
    before = datetime.datetime.combine(month_before(months - 2), datetime.time(), datetime.UTC)
    # The limit lies within the first day of the month that follows.
    days = (datetime.datetime.now(datetime.UTC) - before).days
    started = time.perf_counter()
    said = programs.deskledger().run("retention", "--days", days, "--json", capture_output=True).stdout
    return time.perf_counter() - started, said.decode().strip()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--records", type=int, default=1_000_000, help="of a month")
    parser.add_argument("--months", type=int, default=MONTHS)
    parser.add_argument("--runs", type=int, default=9)
    arguments = parser.parse_args()
    server, _ = os.environ["DESKLEDGER_TEST_POSTGRES"].rsplit("/", 1)
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE bench_one")
        version = connection.execute("SHOW server_version").fetchone()[0]
    with tempfile.TemporaryDirectory(prefix="deskledger-bench-") as folder:
        one, all_months = fill(server, folder, arguments.binaries, arguments.records, arguments.months)
        with psycopg.connect(all_months.url) as connection:
            (stored,) = connection.execute("SELECT sum(records) FROM record_counts").fetchone()
            size = size_of_records(connection)
        say(f"asking both, {arguments.runs} times in turn")
        measured = {what: ([], []) for what in ASKED}
        with Service(one, one.url, [PROJECT]) as small, Service(all_months, all_months.url, [PROJECT]) as large:
            for _ in range(arguments.runs + 1):
                for what, path in ASKED.items():
                    for service, times in zip((small, large), measured[what]):
                        times.append(seconds(service, path))
        print(f"Measured {datetime.date.today().isoformat()}, PostgreSQL {version.split()[0]}: {arguments.records:,} records in one month, and"
              f" {stored:,} in {arguments.months} months, {size / 2**30:.1f} GiB.\n")
        print("| what | one month, ms | all months, ms | ratio |\n| --- | ---: | ---: | ---: |")
        for what, sides in measured.items():
            # The first one of each warms up.
            small, large = (statistics.median(times[1:]) * 1000 for times in sides)
            print(f"| {what} | {small:.1f} | {large:.1f} | {large / small:.2f} × |")
        took, said = deleted(all_months, arguments.months)
        print(f"\nRetention of the oldest month: {took:.2f} s ({said})")


if __name__ == "__main__":
    main()
