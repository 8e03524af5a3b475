"""Writes the canonical lines of a workbook as LibreOffice reads it: `libreoffice_dump.py SOFFICE WORKBOOK`.

LibreOffice, without a window, turns every sheet into a CSV file in which texts stand between quotes and all else does not,
so that the kind of a cell is not lost. Times and lengths of time are as they are shown, to the second.
"""

import datetime
import os
import re
import subprocess
import sys
import tempfile

import canonical

# Commas, double quotes, UTF-8, from the first line on, American English, texts quoted, numbers detected, values as they
# are shown, no formulas, no blanks removed, every sheet.
FILTER = "csv:Text - txt - csv (StarCalc):44,34,76,1,,1033,true,true,true,false,false,-1"

_CELL = re.compile(r'(?:"((?:[^"]|"")*)"|([^",\n]*))([,\n])')
_LENGTH = re.compile(r"(\d+):(\d\d):(\d\d)")
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


def value(shown):
    """The canonical cell of what is shown without quotes."""
    if not shown:
        return ""
    if _TIME.fullmatch(shown):
        return canonical.moment(datetime.datetime.fromisoformat(shown))
    if match := _LENGTH.fullmatch(shown):
        hours, minutes, seconds = map(int, match.groups())
        return canonical.seconds(((hours * 60 + minutes) * 60 + seconds) * 1000)
    return canonical.number(float(shown))


def rows(text):
    """The rows of a CSV file, each a list of canonical cells."""
    row = []
    for match in _CELL.finditer(text):
        quoted, shown, end = match.groups()
        row.append(value(shown) if quoted is None else canonical.text(quoted.replace('""', '"')))
        if end == "\n":
            yield row
            row = []


def convert(soffice, workbook, folder):
    """Turns a workbook into CSV files, one for each sheet, and returns their paths in order."""
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [soffice, "--headless", profile, "--convert-to", FILTER, "--outdir", f"{folder}/csv", workbook]
    # A workbook that it would want to repair is refused without a window.
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    paths = [os.path.join(folder, "csv", name) for name in os.listdir(f"{folder}/csv")]
    # The names of sheets end with their number, but for the first.
    return sorted(paths, key=lambda path: (len(path), path))


def main():
    soffice, workbook = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="deskledger-libreoffice-") as folder:
        paths = convert(soffice, workbook, folder)
        if not paths:
            sys.exit("LibreOffice made nothing of the workbook")
        for position, path in enumerate(paths, 1):
            print(canonical.sheet(position))
            with open(path, encoding="utf-8", newline="") as file:
                text = file.read()
            os.remove(path)
            for row in rows(text):
                print(canonical.row(row))


if __name__ == "__main__":
    main()
