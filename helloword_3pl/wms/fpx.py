"""4PX 递四方, returns by its Global Return Service (GRS).

Sources: 4PX's pages on returns (open.4px.com, ``re.grs``: 138 list, 139 one, 148 create) and on
signatures, as kept by the public clients ``EalenXie/sdk-all`` and ``ipking/express-4px-php-sdk``,
read 2026.

- One address; parameters in the query, the content as JSON in the body. Signed is
  ``app_key…format…method…timestamp…v…``, then the body and the secret: MD5 in small letters.
  ``timestamp`` is in milliseconds.
- HTTP 200 always; ``result`` "1" is success.
- A return can be made, nothing else: neither changed nor taken back. It is found by 4PX's number or
  by its tracking number, never by ours, so we look for the tracking number before we make one.
- What is done with the goods is what the ordered service says (``services_product_code``).
- A list tells states, the return itself how many units were counted (``countSkuList``); it is asked
  for when its state has changed. One state holds for all units of a return.
- What was not ordered in time is destroyed: EXPIRE_DESTRUCTION.
- All times are China's. Test system: ``https://open-test.4px.com``.

Certain only with an account: the codes of services, how 4PX's limits are told, whether
``is_normal`` is about the parcel or the goods (kept as it is told, nothing is concluded), what
``second_strategy_time`` announces, whether parcels without a return of ours are listed (read as
unknown ones), and whether ``reference_no`` is 4PX's own number (so its pages say) or ours.
"""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from odoo.addons.helloword_returns.providers.base import RejectedError, UnknownOutcomeError
from odoo.addons.helloword_returns.providers.http import HttpSession, read_json

from . import vocabulary
from .base import Announced, EventPage, UnitResult, UnknownParcel, WarehouseAdapter, WarehouseEvent
from .china import (
    digest_md5,
    find_unreadable,
    read_china_time,
    refuse,
    write_china_time,
    write_note,
)
from .content import (
    count_units,
    hash_content,
    infer_condition,
    read_cursor,
    read_rows,
    write_cursor,
)

BASE_URL = "https://open.4px.com"
SANDBOX_URL = "https://open-test.4px.com"
PAGE_SIZE = 100
# How long ago a parcel may have come that something still happens to.
LOOK = timedelta(days=120)
_PATH = "/router/api/service"
_WAITS_FOR_PARCEL, _CANCELLED = "WAIT_RECEIVER", "CANCEL_SUCCESS"
_ENDED = frozenset(("PUT_AWAY_SUCCESS", "DESTROY_SUCCESS", "EXPIRE_DESTRUCTION"))
_EXPIRED = "EXPIRE_DESTRUCTION"


class FpxAdapter(WarehouseAdapter):
    """:param str app_key: of the application, with its ``secret``
    :param str service: code of the service ordered for returns
    :param str user_id: of the customer, where the application is somebody else's
    :param str access_token: the same
    """

    capabilities = frozenset(("announce", "poll", "look_up", "unknown_parcels"))
    poll_interval = 1800

    def __init__(self, app_key, secret, service, user_id="", access_token="", base_url=BASE_URL):
        self._http = HttpSession(base_url)
        self._app_key, self._secret = app_key, secret
        self._service, self._user_id = service, user_id
        self._access_token = access_token

    def check(self):
        self._list(page_start=0, page_count=1)

    # -------------------------------------------------------------------------
    # What comes
    # -------------------------------------------------------------------------

    def announce(self, expected, key):
        if expected.external_ref:
            raise RejectedError(
                "4PX takes no changes to a return it knows. Ask its staff to change it."
            )
        content = self._as_return(expected)
        known = self._find(expected)
        if known is not None:
            return _as_announced(known)
        answer = self._call("re.grs.rma.create", content, acts=True)
        number = answer.get("data")
        number = number.get("rma_no") if isinstance(number, dict) else number
        if not number:
            raise find_unreadable("4PX", True, answer)
        return Announced(str(number), _WAITS_FOR_PARCEL, raw=answer)

    def find(self, expected):
        if not expected.external_ref and not _get_tracking_number(expected):
            raise UnknownOutcomeError(
                "4PX finds returns by their tracking number, and this one has none. Look on its "
                "website for our number."
            )
        known = self._find(expected)
        return known and _as_announced(known)

    def cancel(self, expected, key):
        raise RejectedError("4PX's interface takes no returns back. Ask its staff.")

    def _find(self, expected):
        if expected.external_ref:
            query = {"rma_no": expected.external_ref}
        elif _get_tracking_number(expected):
            query = {"received_shipping_no": _get_tracking_number(expected)}
        else:
            return None
        for row in self._list(page_start=0, page_count=PAGE_SIZE, **query):
            if row.get("rma_no") and row.get("status") != _CANCELLED:
                return row
        return None

    def _as_return(self, expected):
        if not expected.lines:
            raise RejectedError("4PX wants to know which products come back.")
        if not self._service:
            raise RejectedError("Enter 4PX's code of the service for returns in the connection.")
        content = {
            "ref_no": expected.number,
            "warehouse_code": expected.warehouse_code,
            "services_product_code": self._service,
            "received_shipping_no": _get_tracking_number(expected),
            "remark": write_note(expected, " / "),
            "lstsku": [
                {
                    "sku_code": line.sku,
                    "plan_qty": count_units(line, "4PX"),
                    # Pictures help to decide; nobody decides about goods that go anyway.
                    "sku_photograph_service": "Y" if line.requested_defective == "ask" else "N",
                    "replace_product_code_service": "N",
                }
                for line in expected.lines
            ],
        }
        if self._user_id:
            content["user_id"] = self._user_id
        return content

    # -------------------------------------------------------------------------
    # What happened
    # -------------------------------------------------------------------------

    def fetch(self, cursor=""):
        place = read_cursor(cursor)
        page, known = place.get("page", 0), place.get("known", {})
        # States of returns as this round finds them; the next one starts from these alone.
        found = place.get("found", {})
        now = datetime.now(UTC)
        rows = self._list(
            page_start=page,
            page_count=PAGE_SIZE,
            recevier_time_start=write_china_time(now - LOOK),
            recevier_time_end=write_china_time(now + timedelta(hours=1)),
        )
        changed = []
        for row in rows:
            ref, status = row.get("rma_no") or row.get("reference_no"), row.get("status") or ""
            if known.get(ref) != status:
                changed.append(row)
            found[ref] = status
        events = read_rows("fpx", changed, lambda row: self._read(row, now))
        if len(rows) < PAGE_SIZE:
            return EventPage(events, write_cursor(known=found))
        return EventPage(events, write_cursor(page=page + 1, known=known, found=found), True)

    def fetch_return(self, expected):
        known = self._find(expected)
        return tuple(self._read(known, datetime.now(UTC))) if known else ()

    def _read(self, row, seen):
        """:return: list of :class:`~.base.WarehouseEvent`"""
        status = row.get("status") or ""
        if status in (_WAITS_FOR_PARCEL, _CANCELLED, ""):
            return []
        if not row.get("rma_no"):
            return [_as_unexpected(row, seen)]
        detail = self._call("re.grs.rmainfo.get", {"rma_no": row["rma_no"]}, acts=False)["data"]
        try:
            return _read_return({**row, **detail}, seen)
        except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
            raise RejectedError(f"4PX's return cannot be read: {error}", row) from error

    def _list(self, **query):
        answer = self._call("re.grs.rmainfo.list", query, acts=False)
        rows = (answer.get("data") or {}).get("list") or []
        if not all(isinstance(row, dict) for row in rows):
            raise find_unreadable("4PX", False, answer)
        return rows

    # -------------------------------------------------------------------------
    # Calls
    # -------------------------------------------------------------------------

    def _call(self, method, content, acts):
        body = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
        params = {
            "app_key": self._app_key,
            "format": "json",
            "method": method,
            "timestamp": str(int(datetime.now(UTC).timestamp() * 1000)),
            "v": "1.0.0",
        }
        params["sign"] = sign(params, body, self._secret)
        if self._access_token:
            params["access_token"] = self._access_token
        response = self._http.post(
            _PATH,
            params=params,
            data=body.encode(),
            headers={"Content-Type": "application/json;charset=utf-8"},
            acts=acts,
        )
        answer = read_json(response, acts=acts)
        if not isinstance(answer, dict) or answer.get("result") is None:
            raise find_unreadable("4PX", acts, answer)
        if str(answer["result"]) != "1":
            errors = answer.get("errors") or []
            words = [answer.get("msg")] + [
                error.get("error_msg") for error in errors if isinstance(error, dict)
            ]
            message = " ".join(dict.fromkeys(str(word) for word in words if word))
            raise refuse("4PX", message, answer)
        return answer


def sign(params, body, secret):
    """:param dict params: app_key, format, method, timestamp and v
    :param str body: exactly as sent
    :return: 32 small hexadecimal digits
    """
    names = ("app_key", "format", "method", "timestamp", "v")
    text = "".join(f"{name}{params[name]}" for name in names)
    return digest_md5(f"{text}{body}{secret}")


def _get_tracking_number(expected):
    """There is place for one: that of the first parcel."""
    numbers = [parcel.tracking_number for parcel in expected.parcels if parcel.tracking_number]
    return numbers[0] if numbers else ""


def _as_announced(row):
    return Announced(row["rma_no"], row.get("status") or "", raw=row)


def _read_return(row, seen):
    status = row["status"]
    arrived_at = read_china_time(row.get("received_time"))
    # Nothing but states is known: one holds for all units that were counted.
    disposition = vocabulary.to_ours("fpx", "final", status, "")
    shared = {
        "external_ref": row["rma_no"],
        "number": row.get("ref_no") or "",
        "warehouse_code": row.get("warehouse") or "",
        "tracking_number": row.get("received_shipping_no") or "",
    }
    units = []
    for item in row.get("countSkuList") or []:
        quantity = Decimal(str(item.get("actualQty") or 0))
        if quantity < 0:
            raise ValueError(f"actualQty {quantity}")
        if quantity:
            units.append(
                UnitResult(
                    sku=item["skuCode"],
                    quantity=quantity,
                    condition=infer_condition(disposition),
                    condition_code=str(row.get("is_normal") or ""),
                    disposition=disposition,
                    disposition_code=status if disposition else "",
                )
            )
    return [
        WarehouseEvent(
            event_id=f"fpx-{row['rma_no']}-arrived",
            type="parcel.arrived",
            moment=arrived_at or seen,
            is_moment_seen=True,
            **shared,
        ),
        WarehouseEvent(
            event_id=f"fpx-{row['rma_no']}-{hash_content(row)}",
            type="return.reported",
            moment=seen,
            is_moment_seen=True,
            status=status,
            is_final=status in _ENDED,
            units=tuple(units),
            note="Destroyed because nobody said in time what to do." if status == _EXPIRED else "",
            raw=row,
            **shared,
        ),
    ]


def _as_unexpected(row, seen):
    status = row["status"]
    return WarehouseEvent(
        event_id=f"fpx-{row['reference_no']}-{hash_content(row)}",
        type="return.unexpected",
        moment=read_china_time(row.get("received_time")) or seen,
        is_moment_seen=True,
        warehouse_code=row.get("warehouse") or "",
        tracking_number=row.get("received_shipping_no") or "",
        parcel=UnknownParcel(
            ref=row["reference_no"],
            tracking_number=row.get("received_shipping_no") or "",
            weight=Decimal(str(row.get("received_weight") or 0)),
            status="destroyed" if status in (_EXPIRED, "DESTROY_SUCCESS") else "unclaimed",
        ),
        raw=row,
    )
