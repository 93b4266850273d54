"""Winit 万邑通, fulfilment in the United States, Great Britain, Germany, Australia and Canada.

Sources: Winit's pages on signatures (developer.winit.com.cn, document 6) and returns (145-152, 265,
282, 310), as kept by the public clients ``EalenXie/sdk-all`` and others, read 2026.

- One address; ``action`` says what is wanted. Everything is signed twice, by the customer's token
  and by the application's secret: MD5 in capitals over secret, sorted names and values, secret.
  ``data`` is signed as the text that is sent, so names in it are sorted, and nothing is between them.
- HTTP 200 always; ``code`` "0" is success. 1000 calls a minute.
- A return carries our number as the customer's order number. It cannot be changed: what changed is
  voided and made anew.
- Each product says what to do with good units (``goodMethod``) and with defective ones
  (``defectiveMethod``); nothing said, Winit asks. Customs want the VAT number on it.
- Returns are listed by the day they were made, whatever happened since, so every round reads all
  of ``LOOK``. A list tells totals: each read is a report.
- A product is a code and often a specification, written ``CODE#SPECIFICATION``.
- ``originCode`` NR: the warehouse found a parcel nobody announced; OR: it came back undelivered.
- All times are China's. Sandbox: ``https://sandboxopenapi.winit.com.cn``.

Certain only with an account: the codes of methods beside SA, put into stock (they are entered in
the connection; where one is missing Winit asks, none is assumed), what status WP waits for exactly
and until when (read as units that wait for our word), the form of ``mdImageList``, which actions
list fees, the currency of ``declareValue`` (a whole number in the clients that are public), and
whether the sandbox processes returns.
"""

import json
import re
from datetime import UTC, datetime, timedelta

from odoo.addons.helloword_returns.providers.base import RejectedError
from odoo.addons.helloword_returns.providers.http import HttpSession, read_json

from . import vocabulary
from .base import Announced, EventPage, Instructed, WarehouseAdapter
from .china import (
    digest_md5,
    find_unreadable,
    join_sorted,
    refuse,
    write_china_date,
    write_china_time,
)
from .content import count_units, load_picture, read_cursor, read_rows, write_cursor
from .winit_report import CANCELLED, OPEN, read_return, split_sku

BASE_URL = "https://openapi.winit.com.cn"
SANDBOX_URL = "https://sandboxopenapi.winit.com.cn"
PAGE_SIZE = 100
# How old a return may be that something still happens to.
LOOK = timedelta(days=120)
_PATH = "/openapi/service"
_RETURNS = "rma.returnGoodsOrder"
# Winit's own number of a delivery; ours may have another.
_OUTBOUND = re.compile(r"WO\d+\w*")
# Good units are put into stock, others are not.
_SHELVE, _SHELVE_GOOD = "SA", "GOOD_SA"
# What may be said of units that wait → whether they count as good.
ANSWERS = {"restock": "Y", "relabel": "Y", "quarantine": "N"}


class WinitAdapter(WarehouseAdapter):
    """:param str app_key: of the customer, with ``token``
    :param str client_id: of the application, with ``client_secret``
    :param dict methods: our disposition → Winit's code of it, beside those known
    """

    capabilities = frozenset(
        ("announce", "update", "cancel", "instruct", "poll", "look_up", "photos", "unknown_parcels")
    )
    poll_interval = 1800

    def __init__(
        self,
        app_key,
        token,
        client_id="",
        client_secret="",
        methods=None,
        platform="OWNERERP",
        base_url=BASE_URL,
    ):
        self._http = HttpSession(base_url)
        self._app_key, self._token = app_key, token
        self._client_id, self._client_secret = client_id, client_secret
        self._platform = platform
        self._methods = methods or {}

    def check(self):
        self._call(f"{_RETURNS}.queryPSCList", {}, acts=False)

    # -------------------------------------------------------------------------
    # What comes
    # -------------------------------------------------------------------------

    def announce(self, expected, key):
        content, unknown = self._as_return(expected)
        known = self._find(expected)
        if known is not None:
            if known["returnGoodsOrderNo"] != expected.external_ref:
                return _as_announced(known)
            self._void(known)
        answer = self._call(f"{_RETURNS}.createReturnGoodsOrder", content, acts=True)
        data = answer.get("data")
        if not isinstance(data, dict) or not data.get("returnGoodsOrderNo"):
            raise find_unreadable("Winit", True, answer)
        messages = tuple(f"Winit will ask what to do: {wish}." for wish in unknown)
        return Announced(data["returnGoodsOrderNo"], "OD", messages=messages, raw=answer)

    def find(self, expected):
        """A changed return has a new number; while it has the old one it was not changed."""
        known = self._find(expected)
        if known is None or known["returnGoodsOrderNo"] == expected.external_ref:
            return None
        return _as_announced(known)

    def cancel(self, expected, key):
        known = self._find(expected)
        if known is not None:
            self._void(known)
        return Announced(expected.external_ref, CANCELLED)

    def _find(self, expected):
        """The return that stands for ours, unless it was voided."""
        for row in self._list(1, customerOrderNo=expected.number):
            is_ours = expected.number in (row.get("customerOrderNo"), row.get("sellerOrderNo"))
            if is_ours and row.get("status") != CANCELLED:
                return row
        return None

    def _void(self, row):
        if row.get("status") not in OPEN:
            raise RejectedError("Winit has received this parcel; it changes nothing any more.")
        content = {"returnGoodsOrderNos": [row["returnGoodsOrderNo"]]}
        self._call(f"{_RETURNS}.voidOrder", content, acts=True)

    def _as_return(self, expected):
        """:return: tuple (content, wishes Winit has no known code for)"""
        if not expected.lines:
            raise RejectedError("Winit wants to know which products come back.")
        if not expected.warehouse_code:
            raise RejectedError("Enter Winit's code of the warehouse in the connection.")
        parcels = [parcel for parcel in expected.parcels if parcel.tracking_number]
        is_theirs = _OUTBOUND.fullmatch(expected.shipment_ref)
        unknown = {}
        content = {
            "customerOrderNo": expected.number,
            "isWinitOutbound": "Y" if is_theirs else "N",
            "isReturnLabel": "N",
            # There is place for one: that of the first parcel.
            "expressNo": parcels[0].tracking_number if parcels else "",
            "supplierName": parcels[0].carrier if parcels else "",
            "warehouseCode": expected.warehouse_code,
            "VATNo": expected.customs.vat_number,
            "ReturnGoodsList": [self._as_goods(line, unknown) for line in expected.lines],
            **_as_sender(expected.sender),
        }
        if is_theirs:
            # The recipient of the delivery is who sends it back.
            content |= {"outboundOrderNo": expected.shipment_ref, "userInfoSource": "ORI"}
        return content, tuple(unknown)

    def _as_goods(self, line, unknown):
        code, specification = split_sku(line.sku)
        good = self._get_method(line.requested, unknown)
        defective = self._get_method(line.requested_defective, unknown)
        goods = {
            "productCode": code,
            "productNum": str(count_units(line, "Winit")),
            "specification": specification,
        }
        if good:
            goods |= {"handleMethod": good, "goodMethod": good}
        if defective:
            goods["defectiveMethod"] = defective
        if good == _SHELVE and defective != _SHELVE:
            goods["shelveMethod"] = _SHELVE_GOOD
        if line.serials:
            goods["itemCodeList"] = [
                {"itemCode": serial, **({"handleMethod": good} if good else {})}
                for serial in line.serials
            ]
        return goods

    def _get_method(self, wish, unknown):
        """Winit's code of a wish; none: it asks."""
        code = self._methods.get(wish) or vocabulary.to_theirs("winit", "requested", wish)
        if not code and wish != "ask":
            unknown[wish] = True
        return code or ""

    # -------------------------------------------------------------------------
    # Our word
    # -------------------------------------------------------------------------

    def instruct(self, instruction, key):
        is_good = ANSWERS.get(instruction.disposition)
        if is_good is None:
            raise RejectedError(
                f"Winit's interface does not take “{instruction.disposition}” for goods that "
                "wait. Order it on Winit's website."
            )
        code, specification = split_sku(instruction.sku)
        content = {
            "returnGoodsOrderNo": instruction.external_ref,
            "originalMerchandiseSerno": instruction.unit_ref,
            "merchandiseCode": code,
            "specification": specification,
            "isGood": is_good,
            "remarks": instruction.note,
        }
        if instruction.to_sku:
            content["newMerchandiseCode"] = split_sku(instruction.to_sku)[0]
        customs = instruction.customs
        if customs.vat_number:
            content["vatNo"] = customs.vat_number
        if customs.declared_value:
            # A whole number, of one unit.
            content["declareValue"] = int(customs.declared_value.to_integral_value("ROUND_HALF_UP"))
        answer = self._call(f"{_RETURNS}.updateMerchandise", content, acts=True)
        return Instructed(instruction.unit_ref, raw=answer)

    def find_instruction(self, instruction):
        for row in self._list(1, returnGoodsOrderNo=instruction.external_ref):
            for event in self._read(row, datetime.now(UTC)):
                for unit in event.units:
                    if unit.unit_ref == instruction.unit_ref and unit.waits:
                        return None
        return Instructed(instruction.unit_ref)

    # -------------------------------------------------------------------------
    # What happened
    # -------------------------------------------------------------------------

    def fetch(self, cursor=""):
        page, now = read_cursor(cursor).get("page", 1), datetime.now(UTC)
        rows = self._list(page)
        events = read_rows("winit", rows, lambda row: self._read(row, now))
        if len(rows) < PAGE_SIZE:
            return EventPage(events, write_cursor(page=1))
        return EventPage(events, write_cursor(page=page + 1), has_more=True)

    def fetch_return(self, expected):
        known = self._find(expected)
        return tuple(self._read(known, datetime.now(UTC))) if known else ()

    def load_photo(self, photo):
        return load_picture(photo.url, self._http.base_url)

    def _list(self, page, **query):
        now = datetime.now(UTC)
        content = {
            "OderStartDatetime": write_china_date(now - LOOK),
            "OderEndDatetime": write_china_date(now + timedelta(days=1)),
            "pageParams": {"pageNo": page, "pageSize": PAGE_SIZE},
            **query,
        }
        answer = self._call(f"{_RETURNS}.queryReturnOderList", content, acts=False)
        rows = (answer.get("data") or {}).get("list") or []
        if not all(isinstance(row, dict) and row.get("returnGoodsOrderNo") for row in rows):
            raise find_unreadable("Winit", False, answer)
        return rows

    @staticmethod
    def _read(row, seen):
        try:
            return read_return(row, seen)
        except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
            raise RejectedError(f"Winit's return cannot be read: {error}", row) from error

    # -------------------------------------------------------------------------
    # Calls
    # -------------------------------------------------------------------------

    def _call(self, action, data, acts):
        params = {
            "action": action,
            "app_key": self._app_key,
            "data": write_data(data),
            "format": "json",
            "platform": self._platform,
            "sign_method": "md5",
            "timestamp": write_china_time(datetime.now(UTC)),
            "version": "1.0",
        }
        message = {**params, "data": data, "language": "zh_CN", "sign": sign(params, self._token)}
        if self._client_id:
            message["client_id"] = self._client_id
            message["client_sign"] = sign(params, self._client_secret)
        response = self._http.post(
            _PATH,
            data=write_data(message).encode(),
            headers={"Content-Type": "application/json;charset=utf-8"},
            acts=acts,
        )
        answer = read_json(response, acts=acts)
        if not isinstance(answer, dict) or answer.get("code") is None:
            raise find_unreadable("Winit", acts, answer)
        if str(answer["code"]) != "0":
            raise refuse("Winit", answer.get("msg") or answer["code"], answer)
        return answer


def write_data(data):
    """The one text that is signed and sent."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sign(params, secret):
    """:param dict params: what is signed: no signatures, neither application nor language
    :return: 32 hexadecimal digits in capitals
    """
    return digest_md5(f"{secret}{join_sorted(params)}{secret}").upper()


def _as_announced(row):
    return Announced(row["returnGoodsOrderNo"], row.get("status") or "", raw=row)


def _as_sender(sender):
    return {
        "name": sender.name or sender.company,
        "email": sender.email,
        "phone": sender.phone,
        "country": sender.country,
        "state": sender.state,
        "city": sender.city,
        "postcode": sender.zip,
        "houseNo": "",
        "address1": sender.street,
        "address2": sender.street2,
    }
