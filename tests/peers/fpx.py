"""4PX's open platform as its pages describe it (``re.grs``).

Signatures are checked over the body as sent. Returns are not unique by our number, and not found
by it. Answers have HTTP 200.
"""

import hashlib
import json
import time
from itertools import count

from .base import Peer, Reply, route

_SIGNED = ("app_key", "format", "method", "timestamp", "v")


def make_signature(query, body, secret):
    text = "".join(name + query[name] for name in _SIGNED)
    return hashlib.md5(f"{text}{body}{secret}".encode()).hexdigest()


def _succeed(data):
    return Reply(200, {"result": "1", "msg": "操作成功", "errors": [], "data": data})


def _fail(message, code="DS000001"):
    errors = [{"error_code": code, "error_msg": message}]
    return Reply(200, {"result": "0", "msg": "操作失败", "errors": errors, "data": None})


class FpxPeer(Peer):
    app_key, secret = "5f3a-app", "fpx-secret"
    warehouses, skus, services = ("USLAXA",), {"TEE-M", "MUG"}, ("CS",)

    def __init__(self):
        super().__init__()
        self.returns, self.blind = {}, []
        self.is_busy = False
        self._ids = count(1)

    @route("POST", r"/router/api/service")
    def call(self, call):
        query, body = call.query, call.body.decode()
        if query["app_key"] != self.app_key:
            return _fail("app_key不存在", "0000002")
        if query["sign"] != make_signature(query, body, self.secret):
            return _fail("签名验证失败", "0000003")
        if abs(time.time() * 1000 - int(query["timestamp"])) > 600_000:
            return _fail("timestamp过期", "0000004")
        if self.is_busy:
            return _fail("请求过于频繁", "0000009")
        handler = getattr(self, "on_" + query["method"].removeprefix("re.grs.").replace(".", "_"))
        return handler(json.loads(body))

    def on_rma_create(self, data):
        if data["warehouse_code"] not in self.warehouses:
            return _fail("仓库代码不存在")
        if data["services_product_code"] not in self.services:
            return _fail("服务产品代码不存在")
        unknown = {sku["sku_code"] for sku in data["lstsku"]} - self.skus
        if unknown:
            return _fail(f"SKU {sorted(unknown)[0]} 不存在")
        with self.lock:
            number = f"RMA{next(self._ids):010}"
            self.returns[number] = {
                "rma_no": number,
                "reference_no": f"GRS{number[3:]}",
                "status": "WAIT_RECEIVER",
                "warehouse": data["warehouse_code"],
                "received_shipping_no": data["received_shipping_no"],
                "received_time": None,
                "received_weight": None,
                "countSkuList": [],
                "told": data,
            }
        return _succeed(number)

    def on_rmainfo_list(self, query):
        rows = [
            row
            for row in [*self.returns.values(), *self.blind]
            if query.get("rma_no") in (None, row["rma_no"])
            and query.get("received_shipping_no") in (None, row["received_shipping_no"])
            and (
                "recevier_time_start" not in query
                or query["recevier_time_start"]
                <= (row["received_time"] or "")
                <= query["recevier_time_end"]
            )
        ]
        size, page = query["page_count"], query["page_start"]
        names = (
            "rma_no",
            "reference_no",
            "status",
            "warehouse",
            "received_shipping_no",
            "received_time",
            "received_weight",
        )
        shown = [
            {name: row[name] for name in names} for row in rows[page * size : (page + 1) * size]
        ]
        return _succeed({"list": shown, "pageNum": page, "total": len(rows)})

    def on_rmainfo_get(self, query):
        row = self.returns.get(query["rma_no"])
        if row is None:
            return _fail("退货单不存在")
        names = ("rma_no", "status", "countSkuList", "received_time", "received_weight")
        return _succeed({"is_normal": "Y", **{name: row[name] for name in names}})

    def work(self, number, status, **units):
        """:param units: product → units counted"""
        row = self.returns[number]
        row |= {
            "status": status,
            "received_time": row["received_time"] or time.strftime("%Y-%m-%d 00:00:00"),
            "received_weight": "0.300",
        }
        if units:
            row["countSkuList"] = [
                {"skuCode": sku.replace("_", "-"), "productCode": sku, "actualQty": quantity}
                for sku, quantity in units.items()
            ]
