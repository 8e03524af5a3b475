"""Checks with polars and with openpyxl's read-only mode that a column has one type and that all rows are equally wide.

The records are a few whose clocks disagree or were never set, so that no cell can hold a value of theirs.
"""

import json

import polars
from openpyxl import load_workbook

import expected

COLUMNS = len(expected.COLUMNS)
STARTED, SETUP, ENDED, DURATION = 6, 7, 8, 9

# Of each record: its start, setup and end.
_TIMES = [
    ("2020-04-24T03:02:45Z", "2020-04-24T03:02:47Z", "2020-04-26T03:02:54Z"),
    ("2020-04-23T03:02:45Z", "2020-04-23T03:02:48Z", "2020-04-23T03:02:45Z"),
    ("1601-01-01T00:00:00Z", None, None),
]

NOTES = [
    ("Sheet", "Row", "Column", "Value"),
    ("Connection Records", 3, "Duration", "-0:00:03"),
    ("Connection Records", 4, "Connection Started (UTC)", "1601-01-01T00:00:00"),
]


def write_records(path):
    """Writes the records as NDJSON."""
    with open(path, "w", encoding="utf-8") as file:
        for number, (started, setup, ended) in enumerate(_TIMES):
            record = {
                "transaction_id": f"t{number}",
                "user_name": "ann",
                "connection_start_time": started,
                "connection_setup_time": setup,
                "connection_end_time": ended,
            }
            file.write(json.dumps(record) + "\n")


def problem(path):
    """What is wrong with a workbook of these records; None where nothing is."""
    try:
        frame = polars.read_excel(path, sheet_id=1, engine="calamine")
    except Exception as refusal:  # Its reader has no class for all that it can refuse.
        return f"polars refuses the sheet: {refusal}"
    types = frame.dtypes
    workbook = load_workbook(path, read_only=True)
    sheets = workbook.worksheets
    notes = list(sheets[-1].iter_rows(values_only=True))
    size = (sheets[0].max_row, sheets[0].max_column)
    # Or it makes all rows as wide as the sheet says to be, which a large one does not say.
    sheets[0].reset_dimensions()
    rows = list(sheets[0].iter_rows(values_only=True))
    workbook.close()
    wrong = {
        "polars: the columns of times": not all(types[at].base_type() == polars.Datetime for at in (STARTED, SETUP, ENDED)),
        "polars: the column of durations": types[DURATION].base_type() != polars.Duration,
        "polars: what is missing": frame[frame.columns[DURATION]].null_count() != 2,
        "openpyxl: the width of rows": {len(row) for row in rows} != {COLUMNS},
        "openpyxl: the size of the sheet": size != (len(_TIMES) + 1, COLUMNS),
        "openpyxl: the notes": notes != NOTES,
    }
    reported = ", ".join(what for what, is_wrong in wrong.items() if is_wrong)
    return f"wrong with what no cell can hold: {reported}" if reported else None
