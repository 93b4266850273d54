"""Reading and writing tables of requests: CSV and XLSX, one row a line. Plain Python."""

import csv
import io
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zipfile import BadZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font
from openpyxl.utils.exceptions import InvalidFileException

# Column → an example for the template.
COLUMNS = {
    "return_reference": "R-1001",
    "order": "S00042",
    "sku": "SHIRT-M-BLUE",
    "barcode": "",
    "quantity": "1",
    "reason": "too_small",
    "comment": "Runs small",
    "amount": "19.90",
    "currency": "EUR",
    "country": "DE",
    "customer_name": "Ada Buyer",
    "customer_email": "ada@example.com",
    "request_date": "2026-11-20 10:30",
}
MAX_ROWS = 20_000


class UnreadableTableError(Exception):
    """The file is no table at all. ``code``: not_utf8, not_xlsx, no_header, too_long."""

    def __init__(self, code, detail=""):
        super().__init__(code)
        self.code = code
        self.detail = detail


@dataclass
class Row:
    """:param int number: as a spreadsheet counts, the header is row 1"""

    number: int
    values: dict = field(default_factory=dict)

    def get(self, column):
        return self.values.get(column, "")


def read_table(content, filename):
    """The rows of a file; empty rows are left out.

    :param bytes content: of the file
    :param str filename: its ending tells the format
    :return: tuple (list of :class:`Row`, list of headings nobody knows)
    :raise UnreadableTableError: it is no table
    """
    is_workbook = (filename or "").lower().endswith((".xlsx", ".xlsm"))
    lines = _read_workbook(content) if is_workbook else _read_csv(content)
    header = [_as_text(cell).lower().replace(" ", "_") for cell in next(lines, [])]
    if "order" not in header:
        raise UnreadableTableError("no_header", ", ".join(header))
    unknown = [name for name in header if name and name not in COLUMNS]
    rows = []
    for number, cells in enumerate(lines, start=2):
        texts = [_as_text(cell) for cell in cells]
        if not any(texts):
            continue
        if len(rows) >= MAX_ROWS:
            raise UnreadableTableError("too_long", str(MAX_ROWS))
        rows.append(Row(number, dict(zip(header, texts, strict=False))))
    return rows, unknown


def write_template(reasons):
    """A workbook to fill in: the columns with an example, and the reason codes.

    :param reasons: list of tuples (code, name)
    :return: bytes of an XLSX file
    """
    book = Workbook()
    sheet = book.active
    sheet.title = "returns"
    sheet.append(list(COLUMNS))
    sheet.append(list(COLUMNS.values()))
    sheet.freeze_panes = "A2"
    codes = book.create_sheet("reasons")
    codes.append(["reason", ""])
    for reason in reasons:
        codes.append(list(reason))
    for each in (sheet, codes):
        for cell in each[1]:
            cell.font = Font(bold=True)
            each.column_dimensions[cell.column_letter].width = 20
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def read_moment(text):
    """:param str text: ISO 8601 date, or date and time; UTC where it names no zone
    :return: aware datetime
    :raise ValueError: it is none
    """
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _read_csv(content):
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableTableError("not_utf8") from error
    heading = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=heading.count)
    return csv.reader(io.StringIO(text), delimiter=delimiter)


def _read_workbook(content):
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, OSError, ValueError) as error:
        raise UnreadableTableError("not_xlsx", str(error)) from error
    return book.worksheets[0].iter_rows(values_only=True)


def _as_text(cell):
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
