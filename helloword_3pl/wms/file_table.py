"""Tables out of files: which encoding, which separator, which row holds the names of columns."""

import csv
import io
import re
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime, time

from openpyxl import load_workbook

from .file_columns import compact, find_column

LARGEST_FILE = 20 * 1024 * 1024  # bytes
MOST_ROWS = 100_000
_MOST_COLUMNS = 200
# A quotation mark nobody closes swallows the rows that follow.
_LONGEST_CELL = 10_000
_MOST_LINES = 20
# A workbook is packed; unpacked it may not fill the memory.
_LARGEST_UNPACKED = 400 * 1024 * 1024
_DELIMITERS = ",;\t|"
# Titles may stand above the names of the columns.
_HEADER_WITHIN = 10
_HIGH_BYTES = re.compile(rb"[\x80-\xff]+")
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ufffe\uffff]")
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\x84\x31\x95\x33", "gb18030"),
)


class FileError(ValueError):
    """A file nobody can read, with the reason for people."""


@dataclass(frozen=True)
class TableRow:
    """:param int line: of the file, where the row begins
    :param dict cells: our column → text; empty cells are left out
    :param dict raw: their header → text, as it stands in the file
    :param str fault: why nobody can read the row, or empty
    """

    line: int
    cells: dict = field(default_factory=dict)
    raw: dict = field(default_factory=dict)
    fault: str = ""


def read_table(name, content, encoding="", delimiter="", own=None):
    """Rows of a CSV file or of the first sheet of a workbook.

    :param str name: of the file; says which of the two it is
    :param bytes content: of the file
    :param str encoding: empty: found out
    :param str delimiter: empty: found out
    :param dict own: their header → our column, beside the names that are known
    :return: list of :class:`TableRow`
    :raise FileError: it cannot be read
    """
    if len(content) > LARGEST_FILE:
        raise FileError("The file is larger than 20 MB. Split it.")
    own = {compact(header): column for header, column in (own or {}).items()}
    if name.lower().endswith(".xlsx"):
        rows = _read_sheet(content)
    elif name.lower().endswith((".csv", ".txt", ".tsv")):
        rows = _read_text(decode(content, encoding), delimiter, own)
    else:
        raise FileError("This is neither a CSV file nor an XLSX workbook.")
    return _name_cells(rows, own)


# -------------------------------------------------------------------------
# Text
# -------------------------------------------------------------------------


def decode(content, encoding=""):
    """:param str encoding: empty: found out, of UTF-8, UTF-16, GB 18030 and Latin 1
    :return: the text
    :raise FileError: it is none
    """
    marked = next((name for mark, name in _BOMS if content.startswith(mark)), "")
    try:
        text = content.decode(marked or encoding or _guess_encoding(content))
    except UnicodeError as error:
        raise FileError(
            f"The file is not written in {marked or encoding}. Choose another encoding on the "
            "connection, or save the file as UTF-8."
        ) from error
    found = _NO_TEXT.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        raise FileError(f"The file is no text: line {line} holds characters no text has.")
    return text


def _guess_encoding(content):
    if b"\0" not in content and _fits(content, "utf-8"):
        return "utf-8"
    nulls = content[:2000].count(0, 0), content[:2000:2].count(0), content[1:2000:2].count(0)
    if nulls[0]:
        # Separators and ends of lines are zeros on one side, also in Chinese text.
        return "utf-16-be" if nulls[1] > nulls[2] else "utf-16-le"
    # Chinese characters are two bytes each, so that runs of them have an even number; accented
    # letters of Western languages stand alone.
    runs = [len(run) % 2 for run in _HIGH_BYTES.findall(content)]
    if runs.count(0) >= runs.count(1) and _fits(content, "gb18030"):
        return "gb18030"
    return "cp1252" if _fits(content, "cp1252") else "latin-1"


def _fits(content, encoding):
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _read_text(text, delimiter, own):
    """:return: iterator of (line, list of texts)"""
    lines = list(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    first = 0
    if lines and lines[0].lower().startswith("sep=") and len(lines[0].strip()) <= 5:
        # Excel's own way to say it.
        delimiter = delimiter or lines[0][4:5].strip("\r\n") or "\t"
        first = 1
    delimiter = delimiter or _guess_delimiter(lines[first : first + _HEADER_WITHIN], own)
    reader = csv.reader(lines[first:], delimiter=delimiter)
    line = first + 1
    try:
        for cells in reader:
            yield line, cells
            line = first + reader.line_num + 1
    except csv.Error as error:
        raise FileError(f"From line {line} on the file is no CSV: {error}.") from error


def _guess_delimiter(lines, own):
    """What names most columns; where that says nothing, what :class:`csv.Sniffer` says."""
    counts = {
        delimiter: max(
            (_count_known(line.split(delimiter), own) for line in lines if line.strip()),
            default=0,
        )
        for delimiter in _DELIMITERS
    }
    best = max(counts, key=counts.get)
    if counts[best] > 1:
        return best
    try:
        return csv.Sniffer().sniff("".join(lines), _DELIMITERS).delimiter
    except csv.Error:
        return best


# -------------------------------------------------------------------------
# Workbooks
# -------------------------------------------------------------------------


def _read_sheet(content):
    """:return: iterator of (line, list of texts)"""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > _LARGEST_UNPACKED:
                raise FileError("The workbook is too large. Save the sheet as CSV.")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        for line, cells in enumerate(
            book.worksheets[0].iter_rows(max_col=_MOST_COLUMNS, values_only=True), start=1
        ):
            texts = [_write_cell(cell) for cell in cells]
            while texts and not texts[-1]:
                texts.pop()
            yield line, texts
    except FileError:
        raise
    except Exception as error:
        # The library raises whatever its parsers do.
        raise FileError("The file is no XLSX workbook, or it is damaged.") from error


def _write_cell(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(" ") if value.time() != time() else value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


# -------------------------------------------------------------------------
# Names
# -------------------------------------------------------------------------


def _count_known(cells, own):
    return sum(1 for cell in cells if find_column(cell, own)[0])


def _name_cells(rows, own):
    """:param rows: iterator of (line, list of texts)
    :return: list of :class:`TableRow`
    """
    headers, columns = _find_header(rows, own)
    result = []
    for line, texts in rows:
        if not any(text.strip() for text in texts):
            continue
        if len(result) >= MOST_ROWS:
            raise FileError("The file has more than 100,000 rows. Split it.")
        extra = [text for text in texts[len(headers) :] if text.strip()]
        raw = {
            header or f"#{number}": text
            for number, (header, text) in enumerate(zip(headers, texts, strict=False), start=1)
            if text.strip()
        }
        if extra:
            raw["…"] = extra
        cells = {
            column: text
            for column, index in columns.items()
            if index < len(texts) and (text := unguard(texts[index].strip()))
        }
        fault = ""
        if extra:
            fault = "The row has more cells than the file has columns."
        elif any(len(text) > _LONGEST_CELL or text.count("\n") > _MOST_LINES for text in texts):
            fault = "A cell goes over many lines: a quotation mark is not closed."
        result.append(TableRow(line, cells, raw, fault))
    return result


def _find_header(rows, own):
    """The first of the rows at the top that names two columns; the rows after it are left in the
    iterator.

    :return: tuple (list of headers, dict of our column → index)
    """
    for number, (_line, texts) in enumerate(rows, start=1):
        if _count_known(texts, own) >= 2:
            return [text.strip() for text in texts], _map_columns(texts, own)
        if number >= _HEADER_WITHIN:
            break
    raise FileError(
        "No row at the top of the file names columns we know, e.g. “return_number” and “sku”. Enter "
        "the file's own names under “Columns” of the connection."
    )


def _map_columns(texts, own):
    chosen = {}
    for index, text in enumerate(texts):
        column, certainty = find_column(text, own)
        if not column:
            continue
        rival = chosen.get(column)
        if rival and rival[0] == certainty:
            raise FileError(
                f"“{texts[rival[1]].strip()}” and “{text.strip()}” both say “{column}”. Enter "
                "which of them counts under “Columns” of the connection."
            )
        if not rival or certainty > rival[0]:
            chosen[column] = (certainty, index)
    return {column: index for column, (_certainty, index) in chosen.items()}


# -------------------------------------------------------------------------
# Out
# -------------------------------------------------------------------------

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def guard(text):
    """A text no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def unguard(text):
    """What :func:`guard` was given."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(_FORMULA) else text


def write_table(columns, rows, names=None, encoding="", delimiter=""):
    """A CSV file spreadsheets open as it is meant.

    :param columns: our names, in order
    :param rows: dicts of our name → value; numbers are written as they are
    :param dict names: our name → theirs
    :param str encoding: empty: UTF-8 with its mark
    :param str delimiter: empty: a comma
    :return: bytes
    :raise FileError: the encoding has not all characters
    """
    names, stream = names or {}, io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter or ",", lineterminator="\r\n")
    writer.writerow([guard(names.get(column, column)) for column in columns])
    for row in rows:
        values = [row.get(column, "") for column in columns]
        writer.writerow(
            [guard(value) if isinstance(value, str) else f"{value:f}" for value in values]
        )
    try:
        return stream.getvalue().encode(encoding or "utf-8-sig")
    except UnicodeEncodeError as error:
        raise FileError(
            f"“{error.object[error.start : error.end]}” cannot be written in {encoding}. Choose "
            "another encoding on the connection."
        ) from error
