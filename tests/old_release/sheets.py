"""What the cells of a workbook hold, whatever they look like."""

import io
import zipfile
from xml.etree import ElementTree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheets(workbook):
    """The rows of each sheet, by its name: its cells as their type and value."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as package:
        names = [sheet.get("name") for sheet in ElementTree.fromstring(package.read("xl/workbook.xml")).iter(f"{MAIN}sheet")]
        shared = shared_texts(package)
        return {name: rows(package.read(f"xl/worksheets/sheet{index}.xml"), shared) for index, name in enumerate(names, 1)}


def shared_texts(package):
    if "xl/sharedStrings.xml" not in package.namelist():
        return []
    table = ElementTree.fromstring(package.read("xl/sharedStrings.xml"))
    return ["".join(entry.itertext()) for entry in table.iter(f"{MAIN}si")]


def rows(sheet, shared):
    return [" | ".join(cells(row, shared)) for row in ElementTree.fromstring(sheet).iter(f"{MAIN}row")]


def cells(row, shared):
    """The cells that hold something, each after its column."""
    for cell in row.iter(f"{MAIN}c"):
        column = cell.get("r", "").rstrip("0123456789")
        kind = cell.get("t", "n")
        value = "".join(cell.itertext())
        if kind == "s":
            kind, value = "text", shared[int(value)]
        elif kind == "n" and "." in value:
            value = time(value)
        if value:
            yield f"{column} {'text' if kind in ('inlineStr', 'str') else kind} {value}"


def time(days):
    """A time or a duration to the hundredth of a second: how many digits its number has is not what it says."""
    return f"{float(days) * 86400:.2f} s"
