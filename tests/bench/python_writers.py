"""Writes the records of a project from PostgreSQL into a workbook with a Python library, as people do:
`python_writers.py xlsxwriter|openpyxl URL PROJECT FILE`.
"""

import sys

import psycopg

COLUMNS = [
    "user_name", "computer_name", "terminal_ip", "terminal_type", "desktop_ip", "public_ip",
    "connection_start_time AT TIME ZONE 'UTC'", "connection_setup_time AT TIME ZONE 'UTC'",
    "connection_end_time AT TIME ZONE 'UTC'", "connection_end_time - connection_setup_time",
    "is_reconnect", "connection_failure_reason", "network_rtt", "e2e_rtt", "terminal_mac",
    "terminal_name", "client_version", "agent_version", "source_ip", "desktop_id", "sid",
    "transaction_id", "enterprise_project_id",
]
TIMES = range(6, 9)
DURATION = 9
YES_NO = 10


def rows(url, project):
    with psycopg.connect(url) as connection, connection.cursor(name="export") as cursor:
        cursor.itersize = 10_000
        cursor.execute(
            f"SELECT {', '.join(COLUMNS)} FROM connection_records WHERE project_id = %s"
            " ORDER BY connection_start_time DESC, transaction_id DESC",
            (project,),
        )
        for row in cursor:
            values = list(row)
            if values[YES_NO] is not None:
                values[YES_NO] = "Yes" if values[YES_NO] else "No"
            yield values


def with_xlsxwriter(records, file):
    import xlsxwriter

    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    duration = book.add_format({"num_format": "[h]:mm:ss"})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, COLUMNS)
    for number, values in enumerate(records, start=1):
        for column, value in enumerate(values):
            if value is None:
                continue
            if column in TIMES:
                sheet.write_datetime(number, column, value, time)
            elif column == DURATION:
                sheet.write_datetime(number, column, value, duration)
            elif isinstance(value, str):
                sheet.write_string(number, column, value)
            else:
                sheet.write_number(number, column, value)
    book.close()


def with_openpyxl(records, file):
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(COLUMNS)
    for values in records:
        sheet.append(values)
    book.save(file)


if __name__ == "__main__":
    writer, url, project, file = sys.argv[1:]
    {"xlsxwriter": with_xlsxwriter, "openpyxl": with_openpyxl}[writer](rows(url, project), file)
