"""Binary COPY FROM of records that are there, in batches: what writing records is measured against."""

import time

import psycopg
from bench import ORDER, RECORD_COLUMNS

COLUMNS = f"project_id, {RECORD_COLUMNS}, user_name_key, computer_name_key, terminal_type_key"


def batches_of(url, project, size):
    """The records of a project, oldest first, as the server itself writes them: a binary COPY for each batch."""
    oldest_first = ORDER.replace("DESC", "ASC")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "CREATE TEMPORARY TABLE numbered AS"
            f" SELECT {COLUMNS}, (row_number() OVER ({oldest_first}) - 1) / {size} AS batch"
            f" FROM connection_records WHERE project_id = %s",
            [project],
        )
        connection.execute("CREATE INDEX ON numbered (batch)")
        (count,) = connection.execute("SELECT coalesce(max(batch) + 1, 0) FROM numbered").fetchone()
        batches = []
        for number in range(count):
            query = f"COPY (SELECT {COLUMNS} FROM numbered WHERE batch = {number}) TO STDOUT (FORMAT binary)"
            with connection.cursor().copy(query) as copy:
                batches.append(b"".join(copy))
        return batches


def copy_in(url, batches):
    """The seconds that it takes to copy batches into the table of records, each in a transaction of its own."""
    with psycopg.connect(url, autocommit=True) as connection:
        begin = time.perf_counter()
        for batch in batches:
            with connection.cursor().copy(f"COPY connection_records ({COLUMNS}) FROM STDIN (FORMAT binary)") as copy:
                copy.write(batch)
        return time.perf_counter() - begin
