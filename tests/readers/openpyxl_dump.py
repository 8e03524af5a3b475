"""Writes the canonical lines of a workbook as openpyxl reads it: `openpyxl_dump.py FILE`."""

import datetime
import re
import sys
import warnings

from openpyxl import load_workbook

import canonical

_ESCAPED = re.compile("(?:_x[0-9A-Fa-f]{4}_)+")
_UNIT = re.compile("_x([0-9A-Fa-f]{4})_")


def unescape(value):
    """Turns `_x000D_` into its character, as Excel does and openpyxl leaves to its caller."""
    if "_x" not in value:
        return value
    return _ESCAPED.sub(_characters, value)


def _characters(match):
    # The four digits are a unit of UTF-16, so two escapes may be one character.
    units = b"".join(int(unit, 16).to_bytes(2, "little") for unit in _UNIT.findall(match[0]))
    return units.decode("utf-16-le", "replace")


def cell_text(cell):
    """The canonical form of a cell."""
    value, kind = cell.value, cell.data_type
    if value is None:
        return ""
    if kind == "f":
        # An ArrayFormula or DataTableFormula is an object that holds its text.
        return "f:" + str(getattr(value, "text", value))
    if kind == "e":
        return f"e:{value}"
    if isinstance(value, bool):
        return f"b:{str(value).lower()}"
    if isinstance(value, str):
        return canonical.text(unescape(value))
    if isinstance(value, datetime.timedelta):
        return canonical.length(value)
    if isinstance(value, datetime.datetime):
        return canonical.moment(value)
    if isinstance(value, (int, float)):
        return canonical.number(value)
    raise TypeError(f"{cell.coordinate}: openpyxl read a {type(value).__name__}: {value!r}")


def dump(path, write):
    """Gives `write` each line of the workbook, with its line feed."""
    workbook = load_workbook(path, read_only=True)
    for position, sheet in enumerate(workbook.worksheets, 1):
        write(canonical.sheet(position) + "\n")
        # Cells and not values alone, since a value does not tell a formula from a text.
        for row in sheet.iter_rows():
            write(canonical.row(map(cell_text, row)) + "\n")
    workbook.close()


if __name__ == "__main__":
    warnings.simplefilter("error")  # What openpyxl warns of, it had to guess at.
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    dump(sys.argv[1], sys.stdout.write)
