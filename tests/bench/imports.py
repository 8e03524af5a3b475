"""Measures imports and recordings, of new records and of known ones: see `scripts/bench --help`. What counts are the ratios to COPY
FROM of the same rows into the same table, in turn."""

import argparse
import os
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path

import psycopg
import recording
from bench import KEYS, RECORD_COLUMNS, Programs, Service, Table, say

PROJECT = "p1"
COLUMNS = f"project_id, {RECORD_COLUMNS}, {KEYS}"
CHUNK = 1 << 20


def timed(work):
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def import_file(program, lines):
    return timed(lambda: program.run("import", lines, "--project", PROJECT, capture_output=True))


def forget(url):
    with psycopg.connect(url, autocommit=True) as connection:
        for table in recording.TABLES:
            connection.execute(f"TRUNCATE {table}")


def copy(url, file):
    """One COPY FROM of all rows, in the order of their times, into empty tables: neither identities nor numbers are written."""
    with psycopg.connect(url, autocommit=True) as connection, open(file, "rb") as rows:
        with connection.cursor().copy(f"COPY connection_records ({COLUMNS}) FROM STDIN (FORMAT binary)") as into:
            while chunk := rows.read(CHUNK):
                into.write(chunk)


def unload(url, file):
    query = f"SELECT {COLUMNS} FROM connection_records ORDER BY connection_start_time"
    with psycopg.connect(url) as connection, open(file, "wb") as rows:
        with connection.cursor().copy(f"COPY ({query}) TO STDOUT (FORMAT binary)") as out:
            for chunk in out:
                rows.write(chunk)


def check(program, url, size):
    """What was imported is there once, and the numbers are right."""
    program.run("check", capture_output=True)
    if url:
        with psycopg.connect(url) as connection:
            count = connection.execute("SELECT count(*) FROM connection_records").fetchone()[0]
            if count != size:
                raise SystemExit(f"bench: {count} records of {size} were imported")


def postgres(programs, url, lines, size, runs, measured):
    program = programs.deskledger(url)
    program.run("migrate", capture_output=True)
    say(f"importing {size} records into PostgreSQL, {runs} times in turn with COPY of them")
    # The first import makes the months, into which COPY goes too.
    import_file(program, lines)
    rows = programs.folder / "rows.binary"
    unload(url, rows)
    for _ in range(runs):
        forget(url)
        measured.setdefault("binary COPY FROM", []).append(timed(lambda: copy(url, rows)))
        forget(url)
        measured.setdefault("**import** of new records", []).append(import_file(program, lines))
        check(program, url, size)
        measured.setdefault("**import** of the same again", []).append(import_file(program, lines))
        check(program, url, size)


def insert(source, target):
    """One INSERT … SELECT of all rows into a file that has the same tables: what SQLite needs for its indexes alone."""
    connection = sqlite3.connect(target, isolation_level=None)
    connection.execute("PRAGMA cache_size = -65536")
    connection.execute("ATTACH ? AS source", (str(source),))
    connection.execute(f"INSERT INTO connection_records ({COLUMNS}) SELECT {COLUMNS} FROM source.connection_records ORDER BY rowid")
    connection.close()


def sqlite(programs, lines, size, runs, measured):
    say(f"importing {size} records into SQLite, {runs} times in turn")
    for number in range(runs):
        files = [programs.folder / f"{name}{number}.sqlite3" for name in ("imported", "inserted")]
        imported, inserted = (programs.deskledger(f"sqlite://{file}") for file in files)
        for program in imported, inserted:
            program.run("migrate", capture_output=True)
        measured.setdefault("**import** of new records, SQLite", []).append(import_file(imported, lines))
        measured.setdefault("**import** of the same again, SQLite", []).append(import_file(imported, lines))
        check(imported, None, size)
        measured.setdefault("INSERT … SELECT, SQLite", []).append(timed(lambda: insert(*files)))
        for file in programs.folder.glob("*.sqlite3*"):
            file.unlink()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--records", type=int, default=500_000)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    size, runs = arguments.records, arguments.runs
    server, _ = os.environ["DESKLEDGER_TEST_POSTGRES"].rsplit("/", 1)
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE bench_imports")
        connection.execute("CREATE DATABASE bench_recording")
    table = Table()
    with tempfile.TemporaryDirectory(prefix="deskledger-bench-") as folder:
        programs = Programs(arguments.binaries, f"{server}/bench_imports", folder)
        lines = Path(folder) / "records.ndjson"
        lines.write_bytes(programs.deskledger().generated(size))
        rows, files = {}, {}
        postgres(programs, programs.url, lines, size, runs, rows)
        sqlite(programs, lines, size, runs, files)
        for measured, base in (rows, "binary COPY FROM"), (files, "INSERT … SELECT, SQLite"):
            medians = {what: statistics.median(seconds) for what, seconds in measured.items()}
            for what, seconds in medians.items():
                table.add(f"{what}, {size:,} records", seconds, medians[base])
        recording.measure(programs, f"{server}/bench_recording", COLUMNS, Service, table, max(1000, size // 10), runs)
    print(table)


if __name__ == "__main__":
    main()
