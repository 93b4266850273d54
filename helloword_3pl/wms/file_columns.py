"""The columns of files that warehouses without an interface exchange with us: our names, and what
others call them, in English and Chinese."""

import re
import unicodedata
from functools import cache

from . import vocabulary
from .base import EVENT_TYPES

# Our name of a column → what else it is called. Blanks, dashes, case and the like make no
# difference.
IN_COLUMNS = {
    "event_id": ("event", "event number", "record id", "事件编号", "流水号", "记录编号"),
    "event_type": ("type", "事件类型", "类型"),
    "event_time": (
        "date",
        "time",
        "processed at",
        "inspected at",
        "received at",
        "时间",
        "日期",
        "发生时间",
        "操作时间",
        "处理时间",
        "质检时间",
        "收货时间",
    ),
    "return_number": (
        "return",
        "return no",
        "return id",
        "number",
        "rma",
        "rma number",
        "rma no",
        "退货单号",
        "退货编号",
        "退件单号",
        "RMA号",
    ),
    "external_ref": (
        "warehouse reference",
        "warehouse number",
        "reference",
        "仓库单号",
        "仓库退货单号",
        "入库单号",
    ),
    "order_ref": (
        "order",
        "order number",
        "order no",
        "order id",
        "订单号",
        "原订单号",
        "销售单号",
    ),
    "warehouse_code": ("warehouse", "仓库", "仓库代码", "仓库编码"),
    "tracking_number": (
        "tracking",
        "tracking no",
        "awb",
        "运单号",
        "快递单号",
        "物流单号",
        "跟踪号",
        "退件运单号",
    ),
    "carrier": ("courier", "承运商", "快递公司", "物流公司", "物流商"),
    "license_plate": ("lpn", "sscc", "box", "box number", "箱号", "托盘号", "箱唛"),
    "weight_kg": ("weight", "重量", "重量kg", "包裹重量"),
    "line_ref": ("line", "line number", "line no", "行号", "明细号"),
    "sku": (
        "seller sku",
        "item",
        "item code",
        "item number",
        "product",
        "product code",
        "article",
        "商品编码",
        "产品编码",
        "货号",
        "商品SKU",
        "产品SKU",
    ),
    "quantity": (
        "qty",
        "pcs",
        "units",
        "received quantity",
        "数量",
        "件数",
        "实收数量",
        "退货数量",
    ),
    "condition": ("grade", "quality", "品相", "成色", "品质", "质检结果", "货品状态", "商品状态"),
    "disposition": (
        "treatment",
        "action",
        "result",
        "处理方式",
        "处理结果",
        "处置",
        "处置方式",
    ),
    "to_sku": ("new sku", "relabel sku", "新SKU", "换标SKU"),
    "unit_ref": ("unit", "unit id", "单件编号", "货件编号"),
    "waits": ("ask", "awaiting instruction", "待确认", "等待指令", "需确认"),
    "answer_until": ("deadline", "answer by", "答复期限", "确认期限", "截止时间"),
    "location": ("bin", "shelf", "库位", "货位"),
    "defects": ("defect", "damage", "瑕疵", "缺陷", "问题描述"),
    "note": ("notes", "remark", "remarks", "comment", "comments", "备注", "说明"),
    "lot": ("batch", "lot number", "batch number", "批次", "批号", "批次号"),
    "serial": ("sn", "serial number", "serial no", "imei", "序列号", "串码"),
    "expiry": ("expiry date", "best before", "有效期", "到期日", "失效日期"),
    "photos": ("photo", "picture", "pictures", "images", "照片", "图片"),
    "condition_before": ("previous condition", "原品相"),
    "disposition_before": ("previous disposition", "原处理方式"),
    "fee_type": ("charge type", "fee name", "费用类型", "费用项目", "费用名称"),
    "fee_amount": ("fee", "charge", "amount", "费用", "金额", "费用金额"),
    "fee_currency": ("currency", "币种", "货币"),
    "fee_ref": ("fee number", "charge id", "费用编号", "费用单号"),
    "fee_description": ("charge description", "费用说明"),
    "invoice_ref": ("invoice", "invoice number", "bill", "账单号", "发票号"),
    "parcel_ref": (
        "case",
        "case number",
        "parcel id",
        "unknown parcel",
        "无主件编号",
        "无主包裹编号",
        "异常件编号",
    ),
    "sender_name": ("sender", "寄件人", "发件人"),
    "sender_email": ("email", "寄件人邮箱"),
    "sender_zip": ("sender postcode", "寄件邮编", "邮编"),
    "sender_city": ("寄件城市",),
    "sender_country": ("寄件国家", "国家"),
    "destroy_at": ("destroy date", "disposal date", "销毁日期", "销毁时间"),
    "instruction_ref": ("instruction", "instruction number", "指令编号", "指令号"),
}
# What we write, in this order.
EXPECTED_COLUMNS = (
    "status",
    "return_number",
    "revision",
    "order_ref",
    "shipment_ref",
    "warehouse_code",
    "expected_date",
    "tracking_number",
    "carrier",
    "license_plate",
    "line_ref",
    "sku",
    "name",
    "barcode",
    "quantity",
    "reason",
    "reason_text",
    "requested",
    "requested_defective",
    "lot",
    "serials",
    "unit_value",
    "currency",
    "sender_name",
    "sender_company",
    "sender_street",
    "sender_street2",
    "sender_zip",
    "sender_city",
    "sender_state",
    "sender_country",
    "sender_phone",
    "sender_email",
    "import_ref",
    "export_ref",
    "vat_number",
    "note",
)
INSTRUCTION_COLUMNS = (
    "instruction_ref",
    "return_number",
    "external_ref",
    "unit_ref",
    "line_ref",
    "sku",
    "quantity",
    "disposition",
    "to_sku",
    "vat_number",
    "declared_value",
    "currency",
    "note",
)

# What is an event's kind in words of others.
_TYPE_WORDS = {
    "parcel.arrived": (
        "arrived",
        "arrival",
        "received",
        "到仓",
        "已到仓",
        "签收",
        "收货",
        "已收货",
    ),
    "return.unexpected": ("unexpected", "unknown", "unknown parcel", "无主件", "异常件"),
    "unit.inspected": ("inspected", "inspection", "graded", "质检", "验货", "已质检"),
    "disposition.completed": ("completed", "treated", "processed", "处理", "已处理", "处理完成"),
    "inventory.adjusted": ("adjusted", "adjustment", "库存调整", "盘点"),
    "fee.charged": ("fee", "charge", "费用", "计费"),
}
_FEE_WORDS = {
    "receiving": ("receipt", "handling", "收货费", "入库费", "操作费"),
    "inspection": ("grading", "质检费", "验货费"),
    "restocking": ("restock", "putaway", "上架费"),
    "photo": ("photos", "拍照费"),
    "repair": ("维修费", "翻新费"),
    "relabel": ("relabelling", "relabeling", "换标费", "贴标费"),
    "storage": ("仓储费", "仓租"),
    "disposal": ("destruction", "销毁费"),
    "shipping": ("freight", "postage", "运费", "退运费"),
    "duty": ("customs", "关税"),
    "other": ("其他", "杂费"),
}
_YES = frozenset(("yes", "y", "true", "1", "x", "是"))
_NO = frozenset(("no", "n", "false", "0", "", "否"))
_SPACE = re.compile(r"[\s_\-./:()#*\"']+")


def compact(text):
    """What two ways to write one name have in common."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", text or "").casefold())


@cache
def _aliases():
    return {
        compact(alias): name for name, aliases in IN_COLUMNS.items() for alias in (name, *aliases)
    }


def find_column(header, own=None):
    """Which of our columns a header means.

    :param dict own: compacted header → our column, as a connection says
    :return: tuple (our column or "", how certain that is: higher wins)
    """
    name = compact(header)
    if own and name in own:
        return own[name], 3
    if header.strip().lower() in IN_COLUMNS:
        return header.strip().lower(), 2
    column = _aliases().get(name, "")
    return column, 1 if column else 0


@cache
def _words(field):
    tables = {"type": _TYPE_WORDS, "fee": _FEE_WORDS}
    if field in tables:
        own = EVENT_TYPES if field == "type" else tuple(tables["fee"])
        words = {compact(word): word for word in own if word != "return.reported"}
        for value, others in tables[field].items():
            words |= {compact(word): value for word in others}
        return words
    words = {
        compact(row["code"]): row["value"]
        for row in vocabulary.read_codes()
        if row["scheme"] == "file" and row["field"] == field and row["use"] in ("both", "in")
    }
    return words | {compact(word): word for word in vocabulary.FIELDS[field]}


def read_word(field, text):
    """Our word for one in a file.

    :param str field: type, fee, condition or final
    :return: the word, or None when nobody knows it
    """
    return _words(field).get(compact(text))


def read_flag(text):
    """:return: whether a cell says yes; None when it says neither yes nor no"""
    word = compact(text)
    return True if word in _YES else False if word in _NO else None
