"""Checks of what checks workbooks: a checker that finds nothing wrong in a wrong workbook shows nothing."""

import datetime
import json
import os
import tempfile
import unittest

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

import canonical
import column_type
import expected
import export_check
import language
import openpyxl_dump

ENDED = {
    "tenantId": "p1",
    "transaction_id": "t1",
    "user_name": "jy01@local.com",
    "terminal_type": "Windows 10 ",
    "connection_start_time": "2020-04-24T03:02:45Z",
    "connection_setup_time": "2020-04-24T03:02:47.250999Z",
    "connection_end_time": "2020-04-26T03:02:47.251Z",
    "is_reconnect": False,
    "network_rtt": 12,
}
FAILED = {
    "transaction_id": "t2",
    "user_name": "=cmd|'/c calc'!A1",
    "connection_start_time": "2020-04-24T11:02:46+08:00",
    "connection_end_time": None,
    "connection_failure_reason": "400200:The desktop\tis\\being\nprepared.",
}


class Folder(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def records(self, *records):
        path = os.path.join(self.folder, "records.ndjson")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(record) + "\n" for record in records)
        return path


class WhatIsExpected(Folder):
    def lines(self, *records, **options):
        return [line.decode() for line in expected.lines(self.records(*records), **options)]

    def test_the_header_of_a_time_names_the_zone(self):
        header = expected.HEADER.split("\t")
        self.assertEqual(header[6], "t:Connection Started (UTC)")

    def test_a_row_has_each_field_in_its_column(self):
        cells = expected.line(ENDED).split("\t")
        self.assertEqual(cells[0], "t:jy01@local.com")
        self.assertEqual(cells[3], "t:Windows 10 ")
        self.assertEqual(cells[6], "d:2020-04-24T03:02:45.000")
        self.assertEqual(cells[7], "d:2020-04-24T03:02:47.250")
        self.assertEqual(cells[9], "s:172800.000")
        self.assertEqual(cells[10], "t:No")
        self.assertEqual(cells[12], "n:12")
        self.assertEqual(cells[21], "t:t1")

    def test_a_row_ends_with_its_last_value(self):
        self.assertTrue(expected.line(ENDED).split("\t")[-1])

    def test_what_is_missing_is_empty_and_an_offset_becomes_utc(self):
        cells = expected.line(FAILED).split("\t")
        self.assertEqual(cells[6], "d:2020-04-24T03:02:46.000")
        self.assertEqual(cells[7:11], ["", "", "", ""])
        self.assertEqual(cells[11], r"t:400200:The desktop\tis\\being\nprepared.")

    def test_what_a_column_cannot_hold_is_an_empty_cell_and_a_note(self):
        turned = {**ENDED, "connection_end_time": "2020-04-24T02:02:46.250999Z"}
        old = {**FAILED, "connection_start_time": "1601-01-01T00:00:00Z"}
        self.assertEqual(expected.line(turned).split("\t")[9], "")
        lines = self.lines(turned, old, rows_of_a_sheet=2)
        notes = [
            "\t".join(["t:Connection Records", "n:2", "t:Duration", "t:-1:00:01"]),
            "\t".join(["t:Connection Records (2)", "n:2", "t:Connection Started (UTC)", "t:1601-01-01T00:00:00"]),
        ]
        end = ["sheet 3", expected.NOTES_HEADER, notes[0], "sheet 4", expected.NOTES_HEADER, notes[1]]
        self.assertEqual(lines[-6:], end)
        self.assertEqual(lines[:-6], ["sheet 1", expected.HEADER, expected.line(turned), "sheet 2", expected.HEADER, expected.line(old)])

    def test_the_newest_is_first_and_ties_go_by_identifier(self):
        other = {**FAILED, "transaction_id": "t10"}
        lines = self.lines(ENDED, other, FAILED)
        self.assertEqual(lines, ["sheet 1", expected.HEADER, *map(expected.line, [FAILED, other, ENDED])])

    def test_a_full_sheet_is_followed_by_the_next_with_its_header(self):
        lines = self.lines(ENDED, FAILED, rows_of_a_sheet=2)
        start = [expected.HEADER, expected.line(FAILED)]
        self.assertEqual(lines, ["sheet 1", *start, "sheet 2", expected.HEADER, expected.line(ENDED)])


class WhatOpenpyxlReads(Folder):
    def dump(self, *rows):
        workbook = Workbook(write_only=True)
        sheet = workbook.create_sheet()
        for row in rows:
            sheet.append([self.cell(sheet, value) for value in row])
        path = os.path.join(self.folder, "fixture.xlsx")
        workbook.save(path)
        lines = []
        openpyxl_dump.dump(path, lines.append)
        return [line.removesuffix("\n") for line in lines]

    @staticmethod
    def cell(sheet, value):
        cell = WriteOnlyCell(sheet, value=value)
        if isinstance(value, datetime.datetime):
            cell.number_format = "yyyy-mm-dd hh:mm:ss"
        if isinstance(value, datetime.timedelta):
            cell.number_format = "[h]:mm:ss"
        return cell

    def test_each_kind_of_cell_differs_from_the_others(self):
        time = datetime.datetime(2020, 4, 24, 3, 2, 47, 250_000)
        length = datetime.timedelta(days=2, milliseconds=1)
        row = ["5", 5, None, 0.5, time, length, datetime.timedelta(0), None]
        line = "\t".join(
            ["t:5", "n:5", "", "n:0.5", "d:2020-04-24T03:02:47.250", "s:172800.001", "s:0.000"]
        )
        self.assertEqual(self.dump(row), ["sheet 1", line])

    def test_a_formula_is_no_text(self):
        self.assertEqual(self.dump(["=1+1"])[1], "f:=1+1")

    def test_excels_escapes_are_undone(self):
        for text, meant in [("a_x000D_b", "t:a\\rb"), ("_x005F_x000D_", "t:_x000D_"), ("_xD83D__xDE00_", "t:😀")]:
            self.assertEqual(self.dump([text])[1], meant)


class TheComparison(unittest.TestCase):
    def compare(self, source, *others):
        as_bytes = [[line.encode() for line in lines] for lines in (source, *others)]
        return export_check.compare(as_bytes[0], [(f"reader {n}", lines) for n, lines in enumerate(as_bytes[1:])])

    def refused(self, *lines):
        with self.assertRaises(export_check.Failed) as refusal:
            self.compare(*lines)
        return str(refusal.exception)

    def test_equal_rows_are_counted_without_headers(self):
        lines = ["sheet 1", "t:Username", "t:a", "t:b", "sheet 2", "t:Username", "t:c"]
        self.assertEqual(self.compare(lines, lines, lines), 3)

    def test_a_cell_that_one_reader_reads_otherwise_is_reported(self):
        source = ["sheet 1", "t:Username", canonical.row(["t:a", "t:b"])]
        other = ["sheet 1", "t:Username", canonical.row(["t:a", "n:1"])]
        reported = self.refused(source, source, other)
        self.assertIn("sheet 1, row 2", reported)
        self.assertIn("column 2 (Computer Name)", reported)
        self.assertIn("the source: t:b\n  reader 0: t:b\n  reader 1: n:1", reported)

    def test_a_row_that_is_missing_or_too_many_is_reported(self):
        short, long = ["sheet 1", "t:Username"], ["sheet 1", "t:Username", "t:a"]
        self.assertIn("reader 1: no more rows", self.refused(long, long, short))
        self.assertIn("the source: no more rows", self.refused(short, long, long))

    def test_a_wrong_header_is_reported(self):
        self.assertIn("row 1\n  column 1 (Username)", self.refused(["sheet 1", "t:Username"], ["sheet 1", "t:User"]))


class WhatNoCellCanHold(Folder):
    TIME = datetime.datetime(2020, 4, 24, 3, 2, 45)

    def problem(self, negative=None, notes=column_type.NOTES, width=column_type.COLUMNS, ragged=False):
        workbook = Workbook()
        sheet = workbook.active
        sheet.append([str(number) for number in range(width)])
        for started, length in [(self.TIME, datetime.timedelta(days=2)), (self.TIME, negative), (None, None)]:
            row = [None] * width
            row[0], row[column_type.STARTED] = "ann", started
            row[column_type.SETUP] = row[column_type.ENDED] = started
            row[column_type.DURATION] = length
            row[-1] = "0"
            sheet.append(row[: column_type.DURATION + 1] if ragged else row)
        last = workbook.create_sheet("Notes")
        for row in notes:
            last.append(row)
        path = os.path.join(self.folder, "clocks.xlsx")
        workbook.save(path)
        return column_type.problem(path)

    def test_a_column_of_one_type_is_right(self):
        self.assertIsNone(self.problem())

    def test_a_text_among_durations_is_reported(self):
        self.assertIn("polars", self.problem(negative="-0:00:03"))

    def test_a_row_that_ends_at_its_last_value_is_reported(self):
        self.assertIn("the width of rows", self.problem(ragged=True))

    def test_other_notes_and_columns_are_reported(self):
        self.assertIn("the notes", self.problem(notes=column_type.NOTES[:2]))
        self.assertIn("the size", self.problem(width=column_type.COLUMNS + 1))


class WhatIsSaidOfALanguage(Folder):
    def problem(self, tag, title, yes="نعم", right_to_left=True, headers=language.COLUMNS, total=1, users=1):
        workbook = Workbook()
        sheet = workbook.active
        sheet.title = title
        sheet.sheet_view.rightToLeft = right_to_left
        sheet.append(["اسم المستخدم", *map(str, range(1, headers))])
        sheet.append(["ann"] + [None] * (language.IS_RECONNECT - 1) + [yes])
        summary = workbook.create_sheet("ملخص")
        summary.sheet_view.rightToLeft = right_to_left
        summary.append(["إجمالي السجلات", None, total])
        summary.append(["اسم المستخدم", "ann", users])
        path = os.path.join(self.folder, "arabic.xlsx")
        workbook.save(path)
        return language.problem(path, tag)

    def test_a_workbook_in_its_language_is_right(self):
        self.assertIsNone(self.problem("ar_SA", "سجلات الاتصال"))

    def test_what_is_not_in_the_language_is_reported(self):
        self.assertIn("sheets' names", self.problem("ar_SA", "Connection Records"))
        self.assertIn("yes and no", self.problem("ar_SA", "سجلات الاتصال", yes="Yes"))
        self.assertIn("side", self.problem("ar_SA", "سجلات الاتصال", right_to_left=False))
        self.assertIn("of all records", self.problem("ar_SA", "سجلات الاتصال", total=2))
        self.assertIn("of the user's", self.problem("ar_SA", "سجلات الاتصال", users=2))
        self.assertIn("the headers", self.problem("ar_SA", "سجلات الاتصال", headers=language.COLUMNS - 1))
        self.assertIn("the first header", self.problem("en_US", "Connection Records"))


if __name__ == "__main__":
    unittest.main()
