"""Qimen 奇门, the standard by which Chinese shops and warehouses speak, at Taobao's gateway or at a
warehouse that speaks it itself.

Sources: the vendor's own description of the calls as JSON (``returnorder.create`` 25989,
``returnorder.confirm`` 25997, ``order.cancel`` 26000, ``orderprocess.query``) in the public
repository ``bububa/opentaobao``; its pages on signatures (articles 104651 and 118404), read 2026.

- One call goes to one address: parameters in the query, the content as XML in the body. Signed is
  the secret, all parameters but ``sign`` in the order of their names, the body, the secret again:
  MD5 in capitals. What is pushed to us is signed the same way, as XML or as JSON.
- A return is made once (``returnOrderCode`` is our number). It can be taken back, not changed, and
  not be asked for; "it exists already" therefore counts as told.
- ``returnorder.confirm`` is pushed to us, once or in parts (``confirmType`` 1: more follows).
  Quantities of parts add up. ``outBizCode`` is the same whenever a part is pushed again.
- A line says how its units are (``inventoryType``); its lots (``batchs``) must add up to it.
- Goods nobody announced are confirmed with ``orderType`` WTJTHRK.
- All times are China's.

Certain only with an account: whether the gateway is reached by https at the address below (the
pages say http; nothing is sent without encryption), which secret signs pushes (the connection's
webhook secret, else that of our own calls), what a warehouse says of a return that exists already,
and what a part with ``confirmType`` 1 means after one with 0 (read as more units, the standard
allows it to correct as well).
"""

import hmac
import re
from datetime import UTC, datetime, timedelta

from lxml import etree

from odoo.addons.helloword_returns.providers.base import (
    RejectedError,
    TemporaryError,
    UnknownOutcomeError,
)
from odoo.addons.helloword_returns.providers.http import HttpSession

from .base import Announced, InvalidSignatureError, WarehouseAdapter
from .china import (
    digest_md5,
    find_unreadable,
    join_sorted,
    read_china_time,
    refuse,
    write_china_time,
    write_note,
)
from .content import count_units
from .qimen_report import read_confirmation, read_message

BASE_URL = "https://qimen.api.taobao.com/router/qimen/service"
SANDBOX_URL = "https://qimenapi.tbsandbox.com/router/qimen/service"
VERSION = "2.0"
RETURN_ORDER = "THRK"
# How long a pushed message is believed.
OLDEST_MESSAGE = timedelta(minutes=15)
# Carriers the standard knows; all others are OTHER.
_CARRIERS = frozenset(
    [
        "SF",
        "EMS",
        "EYB",
        "ZJS",
        "YTO",
        "ZTO",
        "HTKY",
        "UC",
        "STO",
        "TTKDEX",
        "QFKD",
        "FAST",
        "POSTB",
        "GTO",
        "YUNDA",
        "JD",
        "DD",
        "AMAZON",
    ]
)
_EXISTS = re.compile(r"已存在|已经存在|重复|already exist|duplicate", re.IGNORECASE)
# Errors of the gateway, not of the warehouse: our signature, our key, our rights.
_OUR_FAULT = re.compile(r"sign|app.?key|session|permission|customerid|isv\.", re.IGNORECASE)
# The warehouse behind the gateway did not answer.
_NO_ANSWER = re.compile(r"^isp\.|remote|timeout", re.IGNORECASE)
_LIMITED = re.compile(r"^7$|limit", re.IGNORECASE)


class QimenAdapter(WarehouseAdapter):
    """:param str app_key: of our application, with its ``secret``
    :param str customer_id: names us and the warehouse at the gateway
    :param str owner_code: ours in the warehouse's system
    :param str webhook_secret: signs what is pushed to us; empty: the application's
    """

    capabilities = frozenset(("announce", "cancel", "webhook", "unknown_parcels"))

    def __init__(
        self, app_key, secret, customer_id, owner_code, webhook_secret="", base_url=BASE_URL
    ):
        self._http = HttpSession(base_url, headers={"Content-Type": "text/xml;charset=utf-8"})
        self._app_key, self._secret = app_key, secret
        self._customer_id, self._owner_code = customer_id, owner_code
        self._webhook_secret = webhook_secret or secret
        self._speaks_json = False

    def check(self):
        """Any word of the warehouse proves that the gateway knows us and found it."""
        content = {"orderType": RETURN_ORDER, "orderCode": "CHECK", "warehouseCode": "OTHER"}
        try:
            self._call("orderprocess.query", content, acts=False)
        except RejectedError as error:
            code = (error.answer or {}).get("code", "") if isinstance(error.answer, dict) else ""
            if error.answer is None or "status" in error.answer or _OUR_FAULT.search(code):
                raise

    # -------------------------------------------------------------------------
    # What comes
    # -------------------------------------------------------------------------

    def announce(self, expected, key):
        if expected.external_ref:
            raise RejectedError(
                "A return a Qimen warehouse knows cannot be changed. Tell its staff, or take it "
                "back and tell it under a new number."
            )
        content = self._as_return(expected)
        try:
            answer = self._call("returnorder.create", content, acts=True)
        except RejectedError as error:
            if _EXISTS.search(str(error)):
                return Announced(expected.number, "exists", (str(error),), raw=error.answer or {})
            raise
        number = answer.get("returnOrderId") or expected.number
        return Announced(number, messages=(answer.get("message") or "",), raw=answer)

    def find(self, expected):
        raise UnknownOutcomeError(
            "A Qimen warehouse cannot be asked whether it knows a return. Sending it again does no "
            "harm: it keeps one for each number."
        )

    def cancel(self, expected, key):
        content = {
            "warehouseCode": expected.warehouse_code,
            "ownerCode": self._owner_code,
            "orderCode": expected.number,
            "orderId": expected.external_ref,
            "orderType": RETURN_ORDER,
            "cancelReason": expected.note,
        }
        answer = self._call("order.cancel", content, acts=True)
        return Announced(expected.external_ref, "cancelled", raw=answer)

    def _as_return(self, expected):
        if not expected.lines:
            raise RejectedError("A Qimen warehouse wants to know which products come back.")
        parcels = [parcel for parcel in expected.parcels if parcel.tracking_number]
        carrier = parcels[0].carrier.upper() if parcels else ""
        return {
            "returnOrder": {
                "returnOrderCode": expected.number,
                "warehouseCode": expected.warehouse_code or "OTHER",
                "orderType": RETURN_ORDER,
                "preDeliveryOrderCode": expected.order_ref or expected.number,
                "logisticsCode": carrier if carrier in _CARRIERS else "OTHER",
                "expressCode": parcels[0].tracking_number if parcels else "",
                "returnReason": expected.lines[0].reason_text or expected.lines[0].reason,
                "senderInfo": _as_sender(expected.sender),
                "remark": write_note(expected, " / "),
            },
            "orderLines": {"orderLine": [self._as_line(line) for line in expected.lines]},
        }

    def _as_line(self, line):
        return {
            "orderLineNo": line.line_ref,
            "ownerCode": self._owner_code,
            "itemCode": line.sku,
            "inventoryType": "ZP",
            "planQty": count_units(line, "Qimen"),
            "batchCode": line.lot,
            "returnReason": line.reason_text or line.reason,
            "snList": {"sn": list(line.serials)} if line.serials else "",
        }

    # -------------------------------------------------------------------------
    # What happened
    # -------------------------------------------------------------------------

    def verify_webhook(self, headers, body, query=None):
        # What an address carries may hold several values of a name; then the first is taken.
        query = {name: query[name] for name in query or ()}
        given = query.pop("sign", "")
        if query.get("sign_method", "md5") != "md5":
            raise InvalidSignatureError("The message is not signed by MD5.")
        try:
            wanted = sign(query, body.decode(), self._webhook_secret)
        except UnicodeDecodeError as error:
            raise InvalidSignatureError("The message is not UTF-8.") from error
        if not hmac.compare_digest(given.encode(), wanted.encode()):
            raise InvalidSignatureError("The message's signature is wrong.")
        if query.get("customerId", self._customer_id) != self._customer_id:
            raise InvalidSignatureError("The message is for another customer.")
        moment = read_china_time(query.get("timestamp"))
        if moment is None or abs(datetime.now(UTC) - moment) > OLDEST_MESSAGE:
            raise InvalidSignatureError("The message is too old.")

    def parse_webhook(self, headers, body):
        content, self._speaks_json = read_message(body)
        # The same address is told of goods from suppliers and of deliveries as well.
        if "returnOrder" not in content:
            return ()
        return tuple(read_confirmation(content))

    def answer_webhook(self):
        if self._speaks_json:
            body = b'{"response": {"flag": "success", "code": "0", "message": "ok"}}'
            return (200, "application/json", body)
        body = (
            b'<?xml version="1.0" encoding="utf-8"?><response><flag>success</flag><code>0</code>'
            b"<message>ok</message></response>"
        )
        return (200, "text/xml;charset=utf-8", body)

    # -------------------------------------------------------------------------
    # Calls
    # -------------------------------------------------------------------------

    def _call(self, method, content, acts):
        body = write_xml("request", content)
        params = {
            "method": f"taobao.qimen.{method}",
            "timestamp": write_china_time(datetime.now(UTC)),
            "format": "xml",
            "app_key": self._app_key,
            "v": VERSION,
            "sign_method": "md5",
            "customerId": self._customer_id,
        }
        params["sign"] = sign(params, body, self._secret)
        response = self._http.post(
            self._http.base_url, params=params, data=body.encode(), acts=acts
        )
        try:
            answer, _is_json = read_message(response.content)
        except RejectedError as error:
            raise find_unreadable("Qimen", acts, {"content": response.text[:2000]}) from error
        if answer.get("flag") == "success":
            return answer
        code = str(answer.get("sub_code") or answer.get("code") or "")
        message = answer.get("sub_msg") or answer.get("message") or answer.get("msg") or code
        answer["code"] = code
        if not message:
            raise find_unreadable("Qimen", acts, answer)
        if _LIMITED.search(code):
            raise TemporaryError(message, retry_after=60, answer=answer)
        if _NO_ANSWER.search(code):
            raise (UnknownOutcomeError if acts else TemporaryError)(message, answer=answer)
        raise refuse("Qimen", message, answer)


def sign(params, body, secret):
    """:param dict params: of the query, without ``sign``
    :param str body: exactly as sent
    :return: 32 hexadecimal digits in capitals
    """
    return digest_md5(f"{secret}{join_sorted(params)}{body}{secret}").upper()


def write_xml(name, content):
    """:param dict content: element → text, dict, or list of those; what is empty is left out
    :return: XML text
    """
    root = etree.Element(name)
    _add(root, content)
    text = etree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>{text}'


def _add(parent, content):
    for name, value in content.items():
        for item in value if isinstance(value, list) else [value]:
            if item in ("", None):
                continue
            element = etree.SubElement(parent, name)
            if isinstance(item, dict):
                _add(element, item)
            else:
                element.text = _WITHOUT_CONTROL.sub("", str(item))


# Characters XML cannot say.
_WITHOUT_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _as_sender(sender):
    return {
        "company": sender.company,
        "name": sender.name,
        "zipCode": sender.zip,
        "mobile": sender.phone,
        "email": sender.email,
        "countryCode": sender.country,
        # Demanded, also where a country has none.
        "province": sender.state or sender.city,
        "city": sender.city,
        "detailAddress": " ".join(part for part in (sender.street, sender.street2) if part),
    }
