"""GoodCang's open platform as its pages describe it (``return_order``).

Every answer has HTTP 200; two envelopes tell success and refusal. Returns are not unique by our
number: who makes one twice has two.
"""

from datetime import datetime
from itertools import count
from zoneinfo import ZoneInfo

from .base import Peer, Reply, route

_PATH = r"/return_order/"
_CLOCK = ZoneInfo("Asia/Shanghai")
_TOTALS = ("sellable", "unsellable", "destruction")


def now_in_china():
    return datetime.now(_CLOCK).strftime("%Y-%m-%d %H:%M:%S")


def _succeed(data=None, **more):
    return Reply(200, {"ask": "Success", "message": "Success", "data": data, **more})


def _fail(message, code="10001"):
    error = {"errCode": code, "errMessage": message}
    return Reply(200, {"ask": "Failure", "message": message, "Error": error})


class GoodcangPeer(Peer):
    app_key, app_token = "gc-key", "gc-token"
    warehouses = ("USEA", "USWE")
    # Number of a way to treat returned units → total they are counted in.
    process_types = {1: "sellable", 2: "unsellable", 3: "destruction", 4: "sellable"}

    def __init__(self):
        super().__init__()
        self.skus = {"TEE-M", "MUG", "TEE-OUTLET"}
        self.returns, self.waiting, self.claims = {}, {}, {}
        self.is_busy = False
        self._ids = count(1)

    def authenticate(self, call):
        headers = call.headers
        if (headers.get("app-key"), headers.get("app-token")) != (self.app_key, self.app_token):
            return _fail("app-token is invalid", "10003")
        if self.is_busy:
            return _fail("请求过于频繁，请稍后再试", "42900")
        return None

    # -------------------------------------------------------------------------
    # What GoodCang is told
    # -------------------------------------------------------------------------

    @route("POST", _PATH + "get_service_config")
    def get_service_config(self, call):
        return _succeed([{"warehouse_code": code, "cass_type": 1} for code in self.warehouses])

    @route("POST", _PATH + "create")
    def create(self, call):
        data = call.json
        refusal = self._check(data)
        if refusal:
            return refusal
        if data["return_identification"] == 1 and not data["order_code"]:
            return _fail("order_code不能为空")
        with self.lock:
            code = f"RG296-261123-{next(self._ids):04}"
            self.returns[code] = self._make_row(code, data["ref_no"], data["order_code"])
            self._write(code, data)
        return _succeed({"asro_code": code, "tracking_no": data["tracking_no"]})

    @route("POST", _PATH + "update")
    def update(self, call):
        data = call.json
        row = self.returns.get(data["return_code"])
        if row is None or row["asro_status"] not in ("0", "1"):
            return _fail("当前状态不允许修改")
        refusal = self._check(data)
        if refusal:
            return refusal
        self._write(data["return_code"], data)
        return _succeed({"asro_code": data["return_code"]})

    @route("POST", _PATH + "discard")
    def discard(self, call):
        row = self.returns.get(call.json["ro_code"])
        if row is None or row["asro_status"] not in ("0", "1"):
            return _fail("当前状态不允许废弃")
        self._set(row, asro_status="6")
        return _succeed()

    @route("POST", _PATH + "unauthorized_confirm")
    def unauthorized_confirm(self, call):
        data = call.json
        unit = self.waiting.get(data["pas_code"])
        total = self.process_types.get(data["exception_process_type"])
        if unit is None or total is None:
            return Reply(
                200, {"code": 50001, "message": "售后码不存在或处理方式错误", "data": None}
            )
        with self.lock:
            del self.waiting[data["pas_code"]]
            detail = {"pas_code": data["pas_code"], "new_product_sku": data.get("product_sku")}
            self.count(unit["asro_code"], unit["product_sku"], total, unit["quantity"], [detail])
        return Reply(200, {"code": 0, "message": "Success", "data": None})

    @route("POST", _PATH + "claim_order_save")
    def claim_order_save(self, call):
        data = call.json
        claim = self.claims.get(data["claim_code"])
        if claim is None or claim["status"] != 1:
            return _fail("认领单不存在或已认领")
        if {item["old_product_sku"] for item in data["product_list"]} - self.skus:
            return _fail("商品不存在")
        with self.lock:
            code = f"REL122-261123-{next(self._ids):04}"
            row = self._make_row(code, data["reference_no"], "")
            self.returns[code] = row | {"tracking_no": claim["tracking_no"], "cass_type": "2"}
            claim |= {"status": 2, "asro_code": code, "expire_destroy_time": ""}
        return _succeed({"asro_code": code})

    # -------------------------------------------------------------------------
    # What GoodCang tells
    # -------------------------------------------------------------------------

    @route("POST", _PATH + "search")
    def search(self, call):
        query = call.json
        rows = [
            row
            for row in self.returns.values()
            if query.get("asroCodes") in (None, row["asro_code"])
            and query.get("reference_no") in (None, row["reference_no"])
        ]
        return _succeed(self._show(rows)) if rows else _fail("退件单不存在")

    @route("POST", _PATH + "list")
    def list(self, call):
        query = call.json
        rows = [
            row
            for row in self.returns.values()
            if query["startUpdateTime"] <= row["updated"] <= query["endUpdateTime"]
        ]
        size, page = int(query["pageSize"]), int(query["currentPage"])
        if size > 100:
            return _fail("pageSize最大100")
        return _succeed(
            self._show(rows[(page - 1) * size : page * size]),
            Error={"errCode": "", "errMessage": ""},
            count=str(len(rows)),
        )

    @route("POST", _PATH + "unauthorized_list")
    def unauthorized_list(self, call):
        query = call.json
        rows = [
            unit
            for unit in self.waiting.values()
            if all(query.get(name) in (None, unit[name]) for name in ("pas_code", "asro_code"))
        ]
        size = query["page_size"]
        rows_of_page = rows[(query["page"] - 1) * size : query["page"] * size]
        data = {"list": rows_of_page, "total": len(rows)}
        return Reply(200, {"code": 0, "message": "Success", "data": data})

    @route("POST", _PATH + "claim_order_list")
    def claim_order_list(self, call):
        query = call.json
        rows = list(self.claims.values())
        size, page = int(query["pageSize"]), int(query["page"])
        return _succeed(rows[(page - 1) * size : page * size], count=len(rows))

    # -------------------------------------------------------------------------
    # The warehouse at work
    # -------------------------------------------------------------------------

    def receive(self, code):
        self._set(self.returns[code], asro_status="7")

    def count(self, code, sku, total, quantity, details=()):
        """:param str total: sellable, unsellable or destruction"""
        row = self.returns[code]
        item = next((i for i in row["product_detail"] if i["product_sku"] == sku), None)
        if item is None:
            item = {"product_sku": sku, "photo_list": None}
            item |= {f"{name}_qty": 0 for name in _TOTALS}
            item |= {f"{name}_detail": [] for name in _TOTALS}
            row["product_detail"].append(item)
        item[f"{total}_qty"] += quantity
        item[f"{total}_detail"] += list(details)
        self._set(row, asro_status="7")

    def wait(self, code, sku, quantity, photos=()):
        """:return: what GoodCang calls the units that wait for the seller's word"""
        row, unit = self.returns[code], f"SHM20261123{next(self._ids):06}"
        self.waiting[unit] = {
            "asro_code": code,
            "reference_no": row["reference_no"],
            "asro_status": "7",
            "product_sku": sku,
            "pas_code": unit,
            "photos": list(photos),
            "quantity": quantity,
            "received_time": "2026-11-20 08:00:00",
            "exception_process_status": "待处理",
        }
        row["asro_status"] = "7"
        return unit

    def finish(self, code, fees=None):
        putaway = now_in_china()
        self._set(
            self.returns[code], asro_status="5", asro_putaway_time=putaway, fee_details=fees or {}
        )

    def find_parcel(self, tracking_number, days):
        code = f"CEL122-261123-{next(self._ids):04}"
        self.claims[code] = {
            "tracking_no": tracking_number,
            "claim_code": code,
            "asro_code": "",
            "warehouse_code": "USEA",
            "service_type": 0,
            "status": 1,
            "create_time": "2026-11-20 08:00:00",
            "claim_time": "",
            "destroy_time": "",
            "error_message": "",
            "expire_destroy_time": str(days),
        }
        return code

    def _check(self, data):
        if data["warehouse_code"] not in self.warehouses:
            return _fail(f"仓库{data['warehouse_code']}不存在")
        unknown = {item["product_sku"] for item in data["product_list"]} - self.skus
        return _fail(f"商品{sorted(unknown)[0]}不存在") if unknown else None

    @staticmethod
    def _make_row(code, number, order_code):
        return {
            "asro_code": code,
            "order_code": order_code,
            "reference_no": number,
            "asro_status": "1",
            "cass_type": "1",
            "asro_add_time": now_in_china(),
            "asro_putaway_time": "0000-00-00 00:00:00",
            "warehouse_code": "USEA",
            "tracking_no": "",
            "product_detail": [],
            "charge_weight": "0.300",
            "asro_note": "",
            "fee_details": {},
            "updated": now_in_china(),
            "announced": [],
        }

    def _write(self, code, data):
        self._set(
            self.returns[code],
            warehouse_code=data["warehouse_code"],
            tracking_no=data["tracking_no"],
            service_type=data["service_type"],
            announced=data["product_list"],
        )

    @staticmethod
    def _set(row, **values):
        row |= {**values, "updated": now_in_china()}

    @staticmethod
    def _show(rows):
        """What a caller sees: neither announced quantities nor the moment of the last change."""
        hidden = {"updated", "announced"}
        return [{name: row[name] for name in row.keys() - hidden} for row in rows]
