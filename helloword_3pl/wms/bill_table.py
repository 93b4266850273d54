"""Reading what operators bill, as they send it: CSV in any common encoding or XLSX, with headings
in English or Chinese. Plain Python; nothing is thrown away.
"""

import csv
import io
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from odoo.addons.helloword_returns.intake.table import UnreadableTableError

# What we read → headings it goes by, as `_fold` leaves them.
HEADINGS = {
    "ref": (
        "ref reference feeref feereference feeid feeno transactionid transactionno chargeid "
        "费用编号 费用单号 费用流水号 流水号 交易流水号 计费单号 单据号 参考号"
    ),
    "number": (
        "number returnnumber returnno returnid rma rmanumber rmano return returnorder "
        "returnreference orderref customerreference 退货单号 退件单号 退货编号 退货号 客户退货单号 客户单号 "
        "退货参考号 客户参考号"
    ),
    "external_ref": (
        "externalref warehousenumber warehouseref warehousereturnno operatorref inboundno "
        "仓库单号 仓库退货单号 系统单号 退件入库单号 服务商单号"
    ),
    "kind": (
        "kind type feetype feename chargetype charge service servicename category "
        "费用类型 费用名称 费用项目 费用项 收费项目 收费类型 业务类型"
    ),
    "quantity": "quantity qty units count pieces 数量 件数 计费数量",
    "amount": (
        "amount fee cost total totalamount netamount amountnet price charged "
        "金额 费用 费用金额 总金额 合计 实收金额 扣费金额 总费用 应付金额"
    ),
    "currency": "currency currencycode ccy 币种 货币 币别 结算币种",
    "date": (
        "date chargedate feedate transactiondate billingdate postingdate created createdat "
        "日期 费用日期 计费时间 计费日期 扣费时间 发生时间 发生日期 业务时间 记账时间"
    ),
    "description": "description note notes memo comment remark details 说明 备注 描述 费用说明 摘要",
}
_COLUMNS = {
    heading: column for column, headings in HEADINGS.items() for heading in headings.split()
}
# What rows say they are about → kind of fee as events name it; the first word found decides.
KIND_WORDS = {
    "inspection": ("inspect", "grading", "质检", "检测", "检验", "验货", "鉴定"),
    "restocking": ("restock", "putaway", "put away", "上架"),
    "photo": ("photo", "picture", "image", "拍照", "照片"),
    "repair": ("repair", "refurb", "rework", "维修", "翻新"),
    "relabel": ("relabel", "re-label", "repack", "贴标", "换标", "换包装", "重新包装"),
    "disposal": ("dispos", "destr", "recycl", "销毁", "弃置", "报废"),
    "storage": ("storage", "仓租", "仓储", "存储"),
    "duty": ("duty", "duties", "customs", "关税", "清关"),
    "shipping": ("ship", "freight", "postage", "courier", "运费", "物流", "快递", "派送"),
    "receiving": ("receiv", "return", "handling", "inbound", "processing", "退货", "退件", "收货"),
}
ENCODINGS = ("utf-8-sig", "gb18030")
MAX_ROWS = 20_000
# A heading is looked for in the first lines: operators put titles and addresses above it.
HEADING_WITHIN = 20
_MONEY_NOISE = re.compile(r"[\s\u00a0¥￥$€£]|[A-Z]{3}")
_DATE_FORMATS = ("%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%Y年%m月%d日", "%Y%m%d")


@dataclass
class BillRow:
    """One row as it stands.

    :param int number: as a spreadsheet counts
    :param dict values: column of :data:`HEADINGS` → text
    :param dict raw: heading as written → text
    :param amount: None where it cannot be read, likewise ``quantity`` and ``day``
    """

    number: int
    values: dict = field(default_factory=dict)
    raw: dict = field(default_factory=dict)
    amount: Decimal | None = None
    quantity: Decimal | None = None
    day: date | None = None

    def get(self, column):
        return self.values.get(column, "")


def read_bill(content, filename):
    """The rows of a bill's file; empty rows are left out, all others are kept.

    :param bytes content: of the file
    :param str filename: its ending tells the format
    :return: list of :class:`BillRow`
    :raise UnreadableTableError: it is no table, or has no column with amounts
    """
    is_workbook = (filename or "").lower().endswith((".xlsx", ".xlsm"))
    lines = _read_workbook(content) if is_workbook else _read_csv(content)
    heading, columns, start = _find_heading(lines)
    rows = []
    for number, cells in enumerate(lines[start:], start=start + 1):
        texts = [_as_text(cell) for cell in cells]
        if not any(texts):
            continue
        raw = {
            name or str(place): text
            for place, (name, text) in enumerate(zip(heading, texts, strict=False), start=1)
            if text
        }
        rows.append(_make_row(number, dict(_pick(columns, texts)), raw))
    if len(rows) > MAX_ROWS:
        raise UnreadableTableError("too_long", str(MAX_ROWS))
    return rows


def read_kind(text):
    """:return: kind of fee, as fee events name it; ``other`` where nothing is recognised"""
    folded = (text or "").lower()
    for kind, words in KIND_WORDS.items():
        if any(word in folded for word in words):
            return kind
    return "other"


def read_amount(text):
    """A number as people of any country write it: ``1,234.50``, ``1.234,50``, ``(3.00)``,
    ``¥ 12``.

    :return: :class:`~decimal.Decimal`, or None
    """
    bare = _MONEY_NOISE.sub("", text or "").replace("，", ",")
    negative = bare.startswith(("(", "（")) or bare.endswith("-")
    bare = bare.strip("()（）").removesuffix("-")
    if "," in bare and "." in bare:
        decimal_mark = max(",.", key=bare.rfind)
        bare = bare.replace("." if decimal_mark == "," else ",", "").replace(decimal_mark, ".")
    elif "," in bare:
        whole, _mark, rest = bare.rpartition(",")
        is_grouping = len(rest) == 3 and whole.lstrip("-") not in ("", "0")
        bare = bare.replace(",", "") if is_grouping or "," in whole else f"{whole}.{rest}"
    try:
        number = Decimal(bare)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) > Decimal(10) ** 12:
        return None
    return -number if negative else number


def read_date(text):
    """:return: :class:`~datetime.date`, or None"""
    day = re.split(r"[T ]", (text or "").strip(), maxsplit=1)[0]
    for read in (date.fromisoformat, *(partial(_read_as, pattern) for pattern in _DATE_FORMATS)):
        try:
            return read(day)
        except ValueError:
            continue
    return None


def _read_as(pattern, text):
    return datetime.strptime(text, pattern).date()


def _make_row(number, values, raw):
    row = BillRow(number, values, raw)
    row.amount = read_amount(row.get("amount"))
    row.quantity = read_amount(row.get("quantity"))
    row.day = read_date(row.get("date"))
    return row


def _pick(columns, texts):
    for place, column in columns.items():
        if place < len(texts) and texts[place]:
            yield column, texts[place]


def _find_heading(lines):
    """:return: tuple (headings as written, dict place → column, where the rows begin)"""
    for start, cells in enumerate(lines[:HEADING_WITHIN], start=1):
        heading = [_as_text(cell) for cell in cells]
        columns = {}
        for place, name in enumerate(heading):
            column = _COLUMNS.get(_fold(name))
            if column and column not in columns.values():
                columns[place] = column
        if "amount" in columns.values() and len(columns) > 1:
            return heading, columns, start
    first = ", ".join(_as_text(cell) for cell in lines[0]) if lines else ""
    raise UnreadableTableError("no_header", first)


def _fold(heading):
    """Headings differ by case, spaces, marks and what stands in brackets."""
    bare = re.sub(r"[(（\[].*?[)）\]]", "", heading.lower())
    return re.sub(r"[\W_]+", "", bare)


def _read_csv(content):
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ("utf-16",)
    else:
        encodings = ENCODINGS
    for encoding in encodings:
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise UnreadableTableError("not_text")
    if "\0" in text:
        raise UnreadableTableError("not_text")
    head = text[:4000]
    delimiter = max(",;\t|", key=head.count)
    try:
        return list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as error:
        raise UnreadableTableError("not_text", str(error)) from error


def _read_workbook(content):
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        return [list(cells) for cells in book.worksheets[0].iter_rows(values_only=True)]
    except (BadZipFile, InvalidFileException, KeyError, OSError, ValueError, IndexError) as error:
        raise UnreadableTableError("not_xlsx", str(error)) from error


def _as_text(cell):
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).replace("\0", "").strip()
