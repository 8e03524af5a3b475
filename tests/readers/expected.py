"""The rows that a workbook must have, derived from the imported records and the contract, and from nothing of ours.

The contract is `contract.md` §1, "The workbook": newest `connection_start_time` first, ties by `transaction_id`, newest
first.
"""

import datetime
import json
import mmap
import os
import re

import canonical

ROWS_OF_A_SHEET = 1_048_576  # The header row among them.

UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1)
MICROSECOND = datetime.timedelta(microseconds=1)

# Each column: its header, its field, and what kind of cell it holds. A duration has two fields, from which and to which it is.
COLUMNS = [
    ("Username", "user_name", "text"),
    ("Computer Name", "computer_name", "text"),
    ("Terminal IP Address", "terminal_ip", "text"),
    ("Terminal OS Type", "terminal_type", "text"),
    ("Desktop IP Address", "desktop_ip", "text"),
    ("Client Egress IP Address", "public_ip", "text"),
    ("Connection Started (UTC)", "connection_start_time", "time"),
    ("Connection Established (UTC)", "connection_setup_time", "time"),
    ("Connection Ended (UTC)", "connection_end_time", "time"),
    ("Duration", ("connection_setup_time", "connection_end_time"), "duration"),
    ("Reconnection", "is_reconnect", "boolean"),
    ("Failure Cause", "connection_failure_reason", "text"),
    ("Network Latency (ms)", "network_rtt", "integer"),
    ("End-to-End Latency (ms)", "e2e_rtt", "integer"),
    ("Terminal MAC Address", "terminal_mac", "text"),
    ("Terminal Name", "terminal_name", "text"),
    ("AccessClient Version", "client_version", "text"),
    ("AccessAgent Version", "agent_version", "text"),
    ("Client Source IP Address", "source_ip", "text"),
    ("Desktop ID", "desktop_id", "text"),
    ("Desktop SID", "sid", "text"),
    ("Transaction ID", "transaction_id", "text"),
    ("Enterprise Project ID", "enterprise_project_id", "text"),
]

# A column holds no date before, and no negative duration: such a cell is empty, and a line of the last sheet has its value.
FIRST_DATE = datetime.datetime(1900, 3, 1)
SHEET_NAME = "Connection Records"
NOTES_HEADER = canonical.row(canonical.text(header) for header in ["Sheet", "Row", "Column", "Value"])
MAX_NOTES = 10_000

HEADER = canonical.row(canonical.text(header) for header, _, _ in COLUMNS)

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)", re.ASCII)


def microseconds(text):
    """A time of the wire as microseconds since 1970, what is finer cut off."""
    match = _TIME.fullmatch(text)
    if not match:
        raise ValueError(f"not a time: {text!r}")
    wall, fraction, offset = match.groups()
    time = datetime.datetime.fromisoformat(wall)
    if offset != "Z":
        time = datetime.datetime.fromisoformat(f"{time.isoformat()}{offset}").astimezone(UTC).replace(tzinfo=None)
    return (time - EPOCH) // MICROSECOND + int(((fraction or "") + "000000")[:6])


def _time(record, field):
    value = record.get(field)
    return None if value is None else microseconds(value)


class Unfit:
    """A value that no cell of its column can hold, as the notes write it."""

    def __init__(self, text):
        self.text = text


def _moment(value):
    time = EPOCH + datetime.timedelta(microseconds=value)
    if time < FIRST_DATE:
        return Unfit(time.isoformat())
    return canonical.moment(EPOCH + datetime.timedelta(microseconds=value // 1000 * 1000))


def _duration(start, end):
    milliseconds = abs(end - start) // 1000
    if end >= start or milliseconds == 0:
        return canonical.seconds(milliseconds)
    whole, rest = divmod(milliseconds, 1000)
    fraction = f".{rest:03}" if rest else ""
    return Unfit(f"-{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}{fraction}")


def _cell(record, field, kind):
    if kind == "duration":
        start, end = (_time(record, name) for name in field)
        return "" if start is None or end is None else _duration(start, end)
    value = record.get(field)
    if value is None:
        return ""
    if kind == "text":
        return canonical.text(value)
    if kind == "integer":
        return canonical.number(value)
    if kind == "boolean":
        return canonical.text("Yes" if value else "No")
    return _moment(microseconds(value))


def line(record, note=lambda header, text: None):
    """The canonical line of a record. `note` is given each value that no cell can hold, with the header of its column."""
    cells = []
    for header, field, kind in COLUMNS:
        cell = _cell(record, field, kind)
        if isinstance(cell, Unfit):
            note(header, cell.text)
            cell = ""
        cells.append(cell)
    return canonical.row(cells)


def _notes(notes, rows_of_a_sheet):
    """The cells of the rows of notes."""
    for count, header, text in notes[:MAX_NOTES]:
        sheet, row = count // (rows_of_a_sheet - 1) + 1, count % (rows_of_a_sheet - 1) + 2
        name = SHEET_NAME if sheet == 1 else f"{SHEET_NAME} ({sheet})"
        yield canonical.text(name), canonical.number(row), canonical.text(header), canonical.text(text)
    if len(notes) > MAX_NOTES:
        yield "", "", "", canonical.text(f"and {len(notes) - MAX_NOTES} more")


def lines(path, rows_of_a_sheet=ROWS_OF_A_SHEET):
    """The canonical lines of a whole workbook, as bytes, from a file of records in NDJSON.

    Only what sorts is held in memory: a million records are near a gigabyte.
    """
    if os.path.getsize(path) == 0:
        # Nothing cannot be mapped.
        yield from (canonical.sheet(1).encode(), HEADER.encode())
        return
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as records:
        keys = []
        position = 0
        for text in iter(records.readline, b""):
            if text.strip():
                record = json.loads(text)
                keys.append((microseconds(record["connection_start_time"]), record["transaction_id"], position))
            position += len(text)
        # Python compares texts by code point, which is the order of their bytes in UTF-8.
        keys.sort(reverse=True)
        notes = []
        for count, (_, _, position) in enumerate(keys):
            if count % (rows_of_a_sheet - 1) == 0:
                yield canonical.sheet(count // (rows_of_a_sheet - 1) + 1).encode()
                yield HEADER.encode()
            records.seek(position)
            record = json.loads(records.readline())
            yield line(record, lambda header, text, count=count: notes.append((count, header, text))).encode()
        sheets = max(1, -(-len(keys) // (rows_of_a_sheet - 1)))
        for count, cells in enumerate(_notes(notes, rows_of_a_sheet)):
            if count % (rows_of_a_sheet - 1) == 0:
                yield canonical.sheet(sheets + count // (rows_of_a_sheet - 1) + 1).encode()
                yield NOTES_HEADER.encode()
            yield canonical.row(cells).encode()
