"""Measures recordings: batches of records over HTTP, against COPY FROM of the same rows into the same table."""

import http.client
import statistics
import sys
import threading
import time

import psycopg

BATCH = 1000
# What a recording fills, as far as this schema has it.
TABLES = ("connection_records", "connection_identities", "incomplete_records", "record_counts")


class Rows:
    """The same records in every form: what clients send, and what COPY takes. A list of batches each."""

    def __init__(self, program, columns, size):
        self.url = program.environment["DESKLEDGER__DATABASE__URL"]
        lines = program.generated(size).splitlines(keepends=True)
        batches = [lines[start : start + BATCH] for start in range(0, len(lines), BATCH)]
        self.lines = [b"".join(batch) for batch in batches]
        self.arrays = [b"[" + b",".join(batch) + b"]" for batch in batches]
        program.run("migrate", capture_output=True)
        program.run("import", "-", "--project", "p1", input=b"".join(lines), capture_output=True)
        self.columns = columns
        with psycopg.connect(self.url) as connection:
            self.binary = list(self.copied(connection, len(batches), "(FORMAT binary)"))
            self.text = list(self.copied(connection, len(batches), ""))

    def copied(self, connection, batches, form):
        for batch in range(batches):
            rows = (
                f"SELECT {self.columns} FROM connection_records"
                f" ORDER BY transaction_id LIMIT {BATCH} OFFSET {batch * BATCH}"
            )
            with connection.cursor().copy(f"COPY ({rows}) TO STDOUT {form}") as copy:
                yield b"".join(bytes(chunk) for chunk in copy)

    def forget(self):
        with psycopg.connect(self.url, autocommit=True) as connection:
            for table in TABLES:
                if connection.execute("SELECT to_regclass(%s)", (table,)).fetchone()[0]:
                    connection.execute(f"TRUNCATE {table}")

    def count(self):
        with psycopg.connect(self.url) as connection:
            return connection.execute("SELECT count(*) FROM connection_records").fetchone()[0]

    def copy(self, batches, form):
        """Seconds of COPY FROM, a transaction for each batch."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            started = time.perf_counter()
            for batch in batches:
                with connection.cursor().copy(f"COPY connection_records ({self.columns}) FROM STDIN {form}") as copy:
                    copy.write(batch)
            return time.perf_counter() - started


def post(port, content_type, batches, failures):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    headers = {"X-Auth-Token": "p1", "Content-Type": content_type}
    for batch in batches:
        connection.request("POST", "/v2/p1/connections/desktops", body=batch, headers=headers)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            failures.append(said)
            return
    connection.close()


def record(port, content_type, batches, clients):
    """Seconds of recordings over HTTP, one for each batch, by so many clients at once."""
    failures = []
    threads = [
        threading.Thread(target=post, args=(port, content_type, batches[client::clients], failures))
        for client in range(clients)
    ]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    if failures:
        raise SystemExit(f"bench: a recording was refused: {failures[0]}")
    return seconds


def measure(programs, url, columns, start_service, table, size, runs):
    """Every way of writing the same rows, in turn, into tables that are empty each time. Adds the medians to the table."""
    print(f"recording {size} records in batches of {BATCH}, {runs} times in turn", file=sys.stderr, flush=True)
    rows = Rows(programs.deskledger(url), columns, size)
    service = start_service(programs, url, ["p1"], "recordings = 4\nrecordings_per_project = 4")
    try:
        ways = {
            "binary COPY FROM": lambda: rows.copy(rows.binary, "(FORMAT binary)"),
            "text COPY FROM": lambda: rows.copy(rows.text, ""),
        }
        for name, content_type, batches in (
            ("array", "application/json", rows.arrays),
            ("NDJSON", "application/x-ndjson", rows.lines),
        ):
            for clients in 1, 4:
                what = f"**recording over HTTP**, {name}, {clients} client{'s' * (clients > 1)}"
                ways[what] = lambda t=content_type, b=batches, c=clients: record(service.port, t, b, c)
        measured = {what: [] for what in ways}
        for _ in range(runs):
            for what, run in ways.items():
                rows.forget()
                measured[what].append(run())
                if rows.count() != size:
                    raise SystemExit(f"bench: {what} wrote {rows.count()} records of {size}")
    finally:
        service.kill()
    medians = {what: statistics.median(seconds) for what, seconds in measured.items()}
    for what, seconds in medians.items():
        reported = f"{what}, {size:,} records, batches of {BATCH:,}"
        table.add(reported, seconds, medians["binary COPY FROM"])
