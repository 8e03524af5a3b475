"""Exports generated records and reads the workbook with two or three readers; `scripts/export-check` runs it.

Its last lines are like those of `cargo test`, one for each thing shown about each database.
"""

import argparse
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from support.program import Failed, Program, sqlite_url
from support.report import Report

import column_type
import expected
import language

PROJECT = "p1"
MAX_PEAK_BYTES = 64 * 1024 * 1024
HERE = os.path.dirname(os.path.abspath(__file__))


def say(text):
    print(text, flush=True)


class Timer:
    """Says how long something took, once it is done."""

    def __init__(self, what):
        self.what = what

    def __enter__(self):
        self.started = time.monotonic()

    def __exit__(self, kind, *_):
        if kind is None:
            say(f"  {self.what}: {time.monotonic() - self.started:.1f} s")


def measured_export(program, output):
    """Exports; returns the seconds that it took and its peak memory in bytes."""
    report = os.path.join(program.folder, "measure.json")
    measure = [sys.executable, "-I", "-S", os.path.join(HERE, "..", "support", "measure.py"), report]
    command = [*measure, *program.command("export", "--project", PROJECT, "--output", output)]
    code = subprocess.run(command, stdin=subprocess.DEVNULL, **program.options).returncode
    if code != 0:
        raise Failed(f"`deskledger export` ended with {code}")
    with open(report, encoding="utf-8") as file:
        measured = json.load(file)
    return measured["seconds"], measured["peak_bytes"]


# ---- The readers against the source ----


class Reader:
    """A program that writes the canonical lines of a workbook."""

    def __init__(self, name, command):
        self.name = name
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, bufsize=1 << 20)

    def lines(self):
        for line in self.process.stdout:
            yield line.removesuffix(b"\n")

    def finish(self):
        self.process.stdout.close()
        code = self.process.wait()
        if code != 0:
            raise Failed(f"{self.name} could not read the workbook: its reader ended with {code}")

    def abandon(self):
        self.process.kill()
        self.process.stdout.close()
        self.process.wait()


def compare(source, readings):
    """Walks the lines of the source and of the readings side by side; returns how many rows of data there are.

    `readings` are pairs of a name and its lines. The first line that differs is reported, and ends the comparison.
    """
    names = ["the source", *(name for name, _ in readings)]
    sheet, row, rows = "", 0, 0
    for lines in itertools.zip_longest(source, *(lines for _, lines in readings)):
        if any(line != lines[0] for line in lines):
            raise Failed(difference(f"{sheet}, row {row + 1}" if sheet else "at the start", names, lines))
        if lines[0].startswith(b"sheet "):
            sheet, row = lines[0].decode(), 0
            continue
        row += 1
        if row > 1:
            rows += 1
            if rows % 100_000 == 0:
                progress(rows)
    return rows


def progress(rows):
    # For a person who waits, not for a log.
    if sys.stderr.isatty():
        print(f"  {rows:,} rows are equal", file=sys.stderr)


def difference(where, names, lines):
    """Tells the first cell in which lines differ."""
    reported = [f"the readings differ: {where}"]
    if any(line is None or line.startswith(b"sheet ") for line in lines):
        reported += [f"  {name}: {'no more rows' if line is None else line.decode()}" for name, line in zip(names, lines)]
        return "\n".join(reported)
    cells = [line.decode(errors="backslashreplace").split("\t") for line in lines]
    for column, values in enumerate(itertools.zip_longest(*cells, fillvalue="")):
        if any(value != values[0] for value in values):
            header = expected.COLUMNS[column][0] if column < len(expected.COLUMNS) else "a column too many"
            reported.append(f"  column {column + 1} ({header})")
            reported += [f"  {name}: {value or '(empty)'}" for name, value in zip(names, values)]
            break
    return "\n".join(reported)


def read_back(workbook, source, arguments):
    readers = [
        Reader("openpyxl", [sys.executable, os.path.join(HERE, "openpyxl_dump.py"), workbook]),
        Reader("calamine", [arguments.workbook_dump, workbook]),
    ]
    if arguments.soffice:
        libreoffice = [sys.executable, os.path.join(HERE, "libreoffice_dump.py"), arguments.soffice, workbook]
        readers.append(Reader("LibreOffice", libreoffice))
    try:
        rows = compare(expected.lines(source), [(reader.name, reader.lines()) for reader in readers])
        for reader in readers:
            reader.finish()
    except BaseException:
        for reader in readers:
            reader.abandon()
        raise
    if rows != arguments.records:
        raise Failed(f"the workbook has {rows:,} rows of data, and {arguments.records:,} records were asked for")


def identify(workbook):
    """Asks `file` what the workbook is, and `unzip` whether it is whole."""
    reported = subprocess.run(["file", "--brief", workbook], capture_output=True, text=True, check=True).stdout.strip()
    if reported != "Microsoft Excel 2007+":
        raise Failed(f"`file` takes the workbook for: {reported}")
    tested = subprocess.run(["unzip", "-t", "-q", workbook], capture_output=True, text=True)
    if tested.returncode != 0:
        raise Failed(f"`unzip -t` finds: {tested.stdout.strip()}")


# ---- What is shown ----


def add(report, database, name, problem=None):
    report.add(f"{database}::{name}", "FAILED" if problem else "ok", problem)


def check(database, url, source, arguments, folder, report):
    say(f"{database}:")
    deskledger = Program(arguments.deskledger, folder, url)
    workbook = os.path.join(folder, f"{database}.xlsx")
    try:
        with Timer(f"generate and import {arguments.records:,} records"):
            deskledger.run("migrate")
            deskledger.fill(PROJECT, arguments.records)
        seconds, peak = measured_export(deskledger, workbook)
    except Failed as problem:
        add(report, database, "the_export_succeeds", problem)
        return
    mebibytes = peak / (1 << 20)
    size = os.path.getsize(workbook)
    say(f"  export: {seconds:.1f} s, {size / 1e6:.1f} MB, peak memory {mebibytes:.1f} MiB (at most 64)")
    too_much = None if peak <= MAX_PEAK_BYTES else f"the export had {mebibytes:.1f} MiB of memory: at most 64 is allowed"
    add(report, database, "the_export_stays_under_64_mib", too_much)
    right = True
    for name, shows in [
        ("file_and_unzip_know_the_workbook", lambda: identify(workbook)),
        ("all_readers_find_every_cell", lambda: read_back(workbook, source, arguments)),
    ]:
        try:
            with Timer(name.replace("_", " ")):
                shows()
        except Failed as problem:
            right = False
            add(report, database, name, problem)
        else:
            add(report, database, name)
    if arguments.keep and not right:
        shutil.copy(workbook, arguments.keep)
        say(f"  the workbook is kept in {arguments.keep}")
    os.remove(workbook)
    add(report, database, "a_column_has_one_type_in_polars", check_column_types(deskledger, folder, workbook))
    add(report, database, "every_language_is_read_by_openpyxl", check_languages(deskledger, source, workbook))


def check_column_types(deskledger, folder, workbook):
    """Exports a few records with values that no cell can hold; returns what is wrong, if something is."""
    source = os.path.join(folder, "clocks.ndjson")
    column_type.write_records(source)
    try:
        deskledger.run("import", source, "--project", "clocks")
        deskledger.run("export", "--project", "clocks", "--output", workbook)
    except Failed as problem:
        return problem
    problem = column_type.problem(workbook)
    os.remove(workbook)
    return problem


def check_languages(deskledger, source, workbook):
    """Exports the records of one user in each language, with a summary; returns the first problem, if there is one."""
    with open(source, "rb") as records:
        user = json.loads(records.readline())["user_name"]
    for tag in language.LANGUAGES:
        try:
            deskledger.run(
                "export", "--project", PROJECT, "--output", workbook, "--user-name", user, "--language", tag, "--summary"
            )
        except Failed as problem:
            return problem
        problem = language.problem(workbook, tag)
        os.remove(workbook)
        if problem:
            return problem
    return None


def urls(databases, folder):
    """Each database asked for, with its URL."""
    if databases in ("sqlite", "both"):
        yield "sqlite", sqlite_url(folder)
    if databases in ("postgres", "both"):
        yield "postgres", os.environ["DESKLEDGER_TEST_POSTGRES"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deskledger", required=True, help="the program")
    parser.add_argument("--workbook-dump", required=True, help="the program that reads with calamine")
    parser.add_argument("--records", type=int, required=True)
    parser.add_argument("--database", choices=["sqlite", "postgres", "both"], required=True)
    parser.add_argument("--soffice", help="LibreOffice, to be a third reader")
    parser.add_argument("--keep", help="the folder that a workbook with a wrong cell is kept in")
    arguments = parser.parse_args()
    report = Report("export_check")
    with tempfile.TemporaryDirectory(prefix="deskledger-export-") as folder:
        source = os.path.join(folder, "records.ndjson")
        with Timer(f"generate {arguments.records:,} records"):
            with open(source, "wb") as file:
                Program(arguments.deskledger, folder).run("generate", "--records", arguments.records, "--seed", 1, stdout=file)
        for database, url in urls(arguments.database, folder):
            check(database, url, source, arguments, folder, report)
    return report.end()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as problem:
        sys.exit(f"export-check: {problem}")
