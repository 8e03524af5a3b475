"""What openpyxl reads in a workbook of the service."""

import io

import openpyxl


def columns(content):
    """The columns of the first sheet by their headers."""
    rows = list(openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True))
    return {header: [row[index] for row in rows[1:]] for index, header in enumerate(rows[0])}
