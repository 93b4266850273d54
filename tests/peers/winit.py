"""Winit's open platform as its pages describe it (``rma.returnGoodsOrder``).

Both signatures are checked over the text of ``data`` as it was sent. Answers have HTTP 200.
"""

import hashlib
import json
import re
from datetime import datetime
from itertools import count
from zoneinfo import ZoneInfo

from .base import Peer, Reply, route

_CLOCK = ZoneInfo("Asia/Shanghai")
_SIGNED = ["action", "app_key", "data", "format", "platform", "sign_method", "timestamp", "version"]


def make_signature(message, data, secret):
    """As document 6 says: names and values in order, between the secret and itself."""
    values = {**message, "data": data}
    text = "".join(f"{name}{values[name]}" for name in _SIGNED)
    return hashlib.md5(f"{secret}{text}{secret}".encode()).hexdigest().upper()


def _succeed(data):
    return Reply(200, {"code": "0", "msg": "操作成功", "data": data})


def _fail(message, code="1001"):
    return Reply(200, {"code": code, "msg": message, "data": None})


class WinitPeer(Peer):
    app_key, token = "seller@example.com", "TOKEN"
    client_id, client_secret = "CLIENT", "CLIENT-SECRET"
    warehouses, products = ("US0001", "UK0001"), {"TEE-M", "MUG", "TEE-OUTLET"}
    methods = {"SA", "XX-DESTROY"}

    def __init__(self):
        super().__init__()
        self.returns = {}
        self.is_busy = False
        self._ids = count(1)

    @route("POST", r"/openapi/service")
    def call(self, call):
        message = call.json
        # What the caller wrote between its name and the next one, not what a parser made of it.
        text = call.body.decode()
        data = re.search(r'"data":(.*),"format":', text, re.DOTALL).group(1)
        if message["sign"] != make_signature(message, data, self.token):
            return _fail("签名错误", "30001")
        if message["app_key"] != self.app_key or message["client_id"] != self.client_id:
            return _fail("app_key不存在", "30002")
        if message["client_sign"] != make_signature(message, data, self.client_secret):
            return _fail("client_sign签名错误", "30003")
        datetime.strptime(message["timestamp"], "%Y-%m-%d %H:%M:%S")
        if self.is_busy:
            return _fail("接口调用超过频率限制", "30009")
        name = message["action"].removeprefix("rma.returnGoodsOrder.")
        handler = getattr(self, f"on_{name}", None)
        return handler(json.loads(data)) if handler else _fail("action不存在")

    def on_queryPSCList(self, data):
        return _succeed({"list": []})

    def on_createReturnGoodsOrder(self, data):
        if data["warehouseCode"] not in self.warehouses:
            return _fail("退货仓库不存在")
        for goods in data["ReturnGoodsList"]:
            if goods["productCode"] not in self.products:
                return _fail(f"商品{goods['productCode']}不存在")
            for name in ("handleMethod", "goodMethod", "defectiveMethod"):
                if goods.get(name, "SA") not in self.methods:
                    return _fail(f"{name}错误")
        if data["isWinitOutbound"] == "Y" and not data.get("outboundOrderNo"):
            return _fail("出库单号不能为空")
        with self.lock:
            number = f"RT16{next(self._ids):010}CN"
            self.returns[number] = {
                "returnGoodsOrderNo": number,
                "rmaNo": f"RMA{number[4:14]}",
                "sellerOrderNo": data["customerOrderNo"],
                "outboundOrderNo": data.get("outboundOrderNo"),
                "warehouseCode": data["warehouseCode"],
                "customerExpressNo": data["expressNo"],
                "expressNo": None,
                "status": "OD",
                "originCode": None,
                "createDate": datetime.now(_CLOCK).strftime("%Y-%m-%d %H:%M:%S"),
                "mdImageList": None,
                "orderGoodsList": [],
                "told": data,
            }
        return _succeed({"returnGoodsOrderNo": number, "rmaNo": f"RMA{number[4:14]}"})

    def on_voidOrder(self, data):
        for number in data["returnGoodsOrderNos"]:
            if self.returns[number]["status"] not in ("PD", "OD"):
                return _fail("当前状态不允许作废")
            self.returns[number]["status"] = "CD"
        return _succeed({})

    def on_updateMerchandise(self, data):
        row = self.returns.get(data["returnGoodsOrderNo"])
        for goods in row["orderGoodsList"] if row else []:
            if goods["originalMerchandiseSerno"] == data["originalMerchandiseSerno"]:
                goods |= {
                    "merchandiseGrade": "GOOD" if data["isGood"] == "Y" else "DEFECTIVE",
                    "merchandiseCode": data.get("newMerchandiseCode") or data["merchandiseCode"],
                    "handleMethod": "SA" if data["isGood"] == "Y" else "",
                }
                row |= {"status": "OC", "answer": data}
                return _succeed({})
        return _fail("退货单商品不存在")

    def on_queryReturnOderList(self, data):
        start, end = data["OderStartDatetime"], data["OderEndDatetime"]
        rows = [
            row
            for row in self.returns.values()
            if start <= row["createDate"][:10] <= end
            and data.get("returnGoodsOrderNo") in (None, row["returnGoodsOrderNo"])
            and data.get("customerOrderNo") in (None, row["sellerOrderNo"])
        ]
        page, size = data["pageParams"]["pageNo"], data["pageParams"]["pageSize"]
        shown = [
            {name: value for name, value in row.items() if name not in ("told", "answer")}
            for row in rows[(page - 1) * size : page * size]
        ]
        return _succeed({"list": shown, "pageParams": {"totalCount": len(rows)}})

    # -------------------------------------------------------------------------
    # The warehouse at work
    # -------------------------------------------------------------------------

    def find(self, code, quantity, grade="GOOD", method="", **values):
        """:return: goods as a list tells them"""
        return {
            "originalMerchandiseSerno": f"SER{next(self._ids)}",
            "originalMerchandiseCode": code,
            "merchandiseCode": code,
            "merchandiseGrade": grade,
            "confirmQty": float(quantity),
            "specification": "",
            "handleMethod": method,
            **values,
        }

    def set(self, number, status, *goods, **values):
        self.returns[number] |= {"status": status, "orderGoodsList": list(goods), **values}
