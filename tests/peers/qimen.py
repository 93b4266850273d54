"""Taobao's gateway with a warehouse behind it that speaks Qimen.

Signatures are checked over what was sent, byte by byte. The gateway's own errors and the
warehouse's refusals both come with HTTP 200.
"""

import hashlib
from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from lxml import etree

from .base import Peer, Reply, route

_CLOCK = ZoneInfo("Asia/Shanghai")
_NEEDED = {
    "returnOrder": (
        "returnOrderCode",
        "warehouseCode",
        "preDeliveryOrderCode",
        "logisticsCode",
        "senderInfo/name",
        "senderInfo/mobile",
        "senderInfo/province",
        "senderInfo/city",
        "senderInfo/detailAddress",
    ),
    "orderLines/orderLine": ("ownerCode", "itemCode", "planQty"),
}


def make_signature(params, body, secret):
    """As article 118404 says: secret, sorted names and values, body, secret; MD5 in capitals."""
    text = "".join(name + params[name] for name in sorted(params) if name != "sign")
    return hashlib.md5(f"{secret}{text}{body}{secret}".encode()).hexdigest().upper()


def now_in_china(ahead=0):
    moment = datetime.now(_CLOCK) + timedelta(minutes=ahead)
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _answer(flag, code, message, **more):
    root = etree.Element("response")
    for name, value in {"flag": flag, "code": code, "message": message, **more}.items():
        etree.SubElement(root, name).text = value
    return Reply(200, etree.tostring(root), {"Content-Type": "text/xml"})


class QimenPeer(Peer):
    app_key, secret = "21234567", "qimen-secret"
    customer_id, owner_code = "stub-cust-code", "HELLOWORD"
    warehouses, items = ("HZ01", "OTHER"), ("TEE-M", "MUG")

    def __init__(self):
        super().__init__()
        self.returns = {}
        self.is_limited = self.is_warehouse_down = False
        self._ids, self._messages = count(70001), count(1)

    @route("POST", r"/router/qimen/service")
    def call(self, call):
        query, body = call.query, call.body.decode()
        if query.get("sign") != make_signature(query, body, self.secret):
            return _answer("failure", "sign-check-failure", "Illegal request")
        if query.get("app_key") != self.app_key or query.get("v") != "2.0":
            return _answer("failure", "isv.invalid-app-key", "Invalid app Key")
        sent = datetime.strptime(query["timestamp"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=_CLOCK)
        if abs(datetime.now(_CLOCK) - sent) > timedelta(minutes=10):
            return _answer("failure", "isv.invalid-timestamp", "Invalid timestamp")
        if self.is_limited:
            text = b"<error_response><code>7</code><msg>App Call Limited</msg></error_response>"
            return Reply(200, text, {"Content-Type": "text/xml"})
        root = etree.fromstring(call.body)
        handler = getattr(self, query["method"].removeprefix("taobao.qimen.").replace(".", "_"))
        answer = handler(root)
        if self.is_warehouse_down:
            return _answer("failure", "isp.remote-service-timeout", "The warehouse did not answer")
        return answer

    def orderprocess_query(self, root):
        return _answer("failure", "W404", "单据不存在")

    def returnorder_create(self, root):
        for place, names in _NEEDED.items():
            for element in root.findall(place):
                for name in names:
                    if not element.findtext(name):
                        return _answer("failure", "W400", f"{name}不能为空")
        order = root.find("returnOrder")
        number = order.findtext("returnOrderCode")
        if order.findtext("warehouseCode") not in self.warehouses:
            return _answer("failure", "W401", "仓库编码错误")
        lines = root.findall("orderLines/orderLine")
        unknown = {line.findtext("itemCode") for line in lines} - set(self.items)
        if unknown:
            return _answer("failure", "W402", f"商品{sorted(unknown)[0]}不存在")
        if number in self.returns:
            return _answer("failure", "W409", f"单据{number}已存在")
        self.returns[number] = {"id": f"WMS{next(self._ids)}", "xml": root, "cancelled": False}
        return _answer("success", "0", "ok", returnOrderId=self.returns[number]["id"])

    def order_cancel(self, root):
        row = self.returns.get(root.findtext("orderCode"))
        if row is None or root.findtext("ownerCode") != self.owner_code:
            return _answer("failure", "W404", "单据未找到")
        row["cancelled"] = True
        return _answer("success", "0", "ok")

    # -------------------------------------------------------------------------
    # What is pushed
    # -------------------------------------------------------------------------

    def push(self, body, form="xml", ahead=0, **changes):
        """:return: the query and body of a message, signed"""
        query = {
            "method": "taobao.qimen.returnorder.confirm",
            "timestamp": now_in_china(ahead),
            "format": form,
            "app_key": self.app_key,
            "v": "2.0",
            "sign_method": "md5",
            "customerId": self.customer_id,
            **changes,
        }
        query["sign"] = make_signature(query, body, self.secret)
        return query, body.encode()

    def confirm(self, number, lines, message=None, confirm_type="0", kind="THRK", more=""):
        """:param str lines: XML of the lines
        :return: XML of a confirmation
        """
        row = self.returns.get(number) or {"id": "WMS1"}
        message = message or f"MSG{next(self._messages)}"
        return (
            '<?xml version="1.0" encoding="utf-8"?><request><returnOrder>'
            f"<returnOrderCode>{number}</returnOrderCode><returnOrderId>{row['id']}</returnOrderId>"
            f"<warehouseCode>HZ01</warehouseCode><outBizCode>{message}</outBizCode>"
            f"<orderType>{kind}</orderType><confirmType>{confirm_type}</confirmType>"
            "<orderConfirmTime>2026-11-20 08:00:00</orderConfirmTime>"
            f"<logisticsCode>SF</logisticsCode><expressCode>SF1</expressCode>{more}</returnOrder>"
            f"<orderLines>{lines}</orderLines></request>"
        )
