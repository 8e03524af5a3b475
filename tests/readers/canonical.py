"""The canonical line: one text form for a row from any reader, so that rows compare byte for byte.

Cells stand between tabs. A cell says its kind, so that the number 5 is not the text 5:

    t:text              with backslash, tab, line feed and carriage return as \\\\, \\t, \\n, \\r
    n:12                a number
    d:2026-03-01T08:30:00.250
    s:5700.000          a length of time, in seconds
    b:true              a boolean of the file's own, which our workbooks do not hold
    f:=A1               a formula, which our workbooks never hold
    e:#N/A              an error

An empty cell is empty, and empty cells at the end of a row are left out. A sheet begins with a line `sheet` and its
number, from 1. `tests/src/bin/workbook-dump.rs` writes the same lines with calamine.
"""

import datetime

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def text(value):
    """A text; an empty one is no cell, since a workbook does not tell it from a missing one."""
    return "t:" + value.translate(_ESCAPES) if value else ""


def number(value):
    """A number; a whole one without a fraction, whatever type it was read as."""
    return f"n:{int(value)}" if value == int(value) else f"n:{value!r}"


def moment(value):
    """A date and time without a zone, cut to milliseconds."""
    return "d:" + value.isoformat(timespec="milliseconds")


def seconds(milliseconds):
    """A length of time, which is not negative."""
    return f"s:{milliseconds // 1000}.{milliseconds % 1000:03}"


def length(value):
    """A length of time, as a timedelta of whole milliseconds."""
    return seconds(value // datetime.timedelta(milliseconds=1))


def sheet(position):
    """The line that begins a sheet."""
    return f"sheet {position}"


def row(cells):
    """The line of a row."""
    return "\t".join(cells).rstrip("\t")
