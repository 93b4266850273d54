"""GoodCang 谷仓, fulfilment in the United States, Europe, Japan, Australia and Canada.

Sources: the text of GoodCang's own pages (open.goodcang.com, ``return_order``: search, list,
unauthorized_list, claim_order_list, claim_order_details, get_service_config), read 2026; the names
of fields of the calls that act from the public Java client ``EalenXie/sdk-all``.

- Two envelopes, both with HTTP 200: ``{ask, message, data, Error, count}`` and ``{code, message,
  data}``; "Success" and 0 are success, all else is a refusal.
- A return is made once by our number (``ref_no``); making it is not repeatable, so we look first.
  Changes and discards go by GoodCang's number and are taken until the parcel arrives.
- One service for a whole return: inspect, or destroy unseen. What is to happen to single units is
  asked for afterwards (``unauthorized_list``) and answered (``unauthorized_confirm``).
- Lists give totals, never happenings: each read is a report. They name no moment of the last
  change, so a report is dated when it is first seen.
- Parcels nobody announced are claim orders, destroyed when their days have run out.
- All times are China's. No messages are sent, everything is polled.

Certain only with an account: the address of the test system, the numbers of ``exception_process_type`` (they are entered in the
connection; none is assumed, a wrong one might destroy goods), whether waiting units are left out of
the totals until they are answered (as read here), how long GoodCang waits for an answer, limits of
calls and the words of their refusal, and whether a claim for a number that is announced already
joins the two.
"""

import re
from datetime import UTC, datetime, timedelta

from odoo.addons.helloword_returns.providers.base import RejectedError
from odoo.addons.helloword_returns.providers.http import HttpSession

from .base import Announced, EventPage, Instructed, WarehouseAdapter
from .china import find_unreadable, refuse, write_china_time, write_note
from .content import (
    count_units,
    load_picture,
    read_cursor,
    read_rows,
    read_utc,
    write_cursor,
    write_utc,
)
from .goodcang_report import read_claim, read_return

BASE_URL = "https://oms.goodcang.net/public_open"
PAGE_SIZE = 100
# How far the first round of polling looks back, and how long waiting and unknown goods are read.
FIRST_LOOK = timedelta(days=60)
LONGEST_STAY = timedelta(days=120)
# Each round starts this much before the last one began.
OVERLAP = timedelta(minutes=30)
# Pages of waiting units read at once; more than this many wait nowhere.
MOST_PAGES = 20
DRAFT, SUBMITTED, DISCARDED = "0", "1", "6"
INSPECT, DESTROY = 1, 2
_SHIPPED_BY_GOODCANG, _SHIPPED_BY_OTHERS = 1, 2
_UNANNOUNCED = "2"
# The customer's parcel travels by a carrier that is not GoodCang's.
_OWN_CARRIER = "1"
# GoodCang's own number of an order, e.g. G296-170914-0002; a delivery may have another.
_ORDER_CODE = re.compile(r"[A-Z]+\d*-\d{6}-\d+")
_NOTHING_FOUND = ("不存在", "无数据", "没有数据", "未找到", "not exist", "no data", "not found")


class GoodcangAdapter(WarehouseAdapter):
    """:param str app_key: of the application, with ``app_token``
    :param dict process_types: our disposition → GoodCang's number of it, for units that wait
    :param int photos: pictures to take of each product of a return; charged
    """

    capabilities = frozenset(
        (
            "announce",
            "update",
            "cancel",
            "instruct",
            "poll",
            "look_up",
            "photos",
            "fees",
            "unknown_parcels",
            "claim",
        )
    )

    def __init__(self, app_key, app_token, process_types=None, photos=0, base_url=BASE_URL):
        self._http = HttpSession(base_url, headers={"app-key": app_key, "app-token": app_token})
        self._process_types = process_types or {}
        self._photos = photos

    def check(self):
        self._ask("get_service_config", {})

    # -------------------------------------------------------------------------
    # What comes
    # -------------------------------------------------------------------------

    def announce(self, expected, key):
        content = self._as_return(expected)
        known = self._find(expected)
        if known is None:
            return self._announce("create", {**content, **_as_origin(expected)})
        _check_open(known)
        return self._announce("update", {**content, "return_code": known["asro_code"]})

    def find(self, expected):
        """Announced quantities cannot be read back. A change may be repeated at will, so it is
        never taken as arrived; a return that exists was made by the very call that is looked for.
        """
        if expected.external_ref:
            return None
        known = self._find(expected)
        return known and Announced(known["asro_code"], str(known["asro_status"]), raw=known)

    def cancel(self, expected, key):
        known = self._find(expected)
        if known is None:
            return Announced(expected.external_ref, DISCARDED)
        _check_open(known)
        self._act(
            "discard", {"ro_code": known["asro_code"], "new_desc": expected.note or "cancelled"}
        )
        return Announced(known["asro_code"], DISCARDED)

    def _announce(self, path, content):
        answer = self._act(path, content)
        data = answer.get("data")
        code = data.get("asro_code") if isinstance(data, dict) else content.get("return_code")
        if not code:
            raise find_unreadable("GoodCang", True, answer)
        return Announced(code, SUBMITTED, messages=(answer.get("message") or "",), raw=answer)

    def _find(self, expected):
        """The return that stands for ours, unless it was discarded."""
        query = (
            {"asroCodes": expected.external_ref}
            if expected.external_ref
            else {"reference_no": expected.number}
        )
        for row in self._search(query):
            is_ours = expected.external_ref in ("", row["asro_code"])
            if is_ours and str(row["asro_status"]) != DISCARDED:
                return row
        return None

    def _search(self, query):
        try:
            return self._read_rows(self._ask("search", query), "asro_code")
        except RejectedError as error:
            if any(words in str(error).lower() for words in _NOTHING_FOUND):
                return []
            raise

    def _as_return(self, expected):
        quantities = {}
        for line in expected.lines:
            quantities[line.sku] = quantities.get(line.sku, 0) + count_units(line, "GoodCang")
        if not quantities:
            raise RejectedError("GoodCang wants to know which products come back.")
        if not expected.warehouse_code:
            raise RejectedError("Enter GoodCang's code of the warehouse in the connection.")
        numbers = [parcel.tracking_number for parcel in expected.parcels if parcel.tracking_number]
        content = {
            "is_verify": "1",
            "warehouse_code": expected.warehouse_code,
            "logistics": _OWN_CARRIER,
            # There is place for one: that of the first parcel.
            "tracking_no": numbers[0] if numbers else "",
            "ro_desc": _write_reason(expected),
            "service_type": _choose_service(expected),
            "product_list": [
                {"product_sku": sku, "num": quantity}
                for sku, quantity in sorted(quantities.items())
            ],
            "delivery_address": _as_address(expected.sender),
        }
        if self._photos:
            content["photo_no"] = self._photos
        return content

    # -------------------------------------------------------------------------
    # Our word
    # -------------------------------------------------------------------------

    def instruct(self, instruction, key):
        number = str(self._process_types.get(instruction.disposition) or "")
        if not number.isdecimal():
            raise RejectedError(
                f"GoodCang's number for “{instruction.disposition}” is not known. Ask GoodCang "
                "for its list of ways to treat returned goods and enter it in the connection."
            )
        content = {"pas_code": instruction.unit_ref, "exception_process_type": int(number)}
        if instruction.to_sku:
            content["product_sku"] = instruction.to_sku
        answer = self._act("unauthorized_confirm", content)
        return Instructed(instruction.unit_ref, raw=answer)

    def find_instruction(self, instruction):
        """Only units that wait are listed."""
        rows = self._list_waiting({"pas_code": instruction.unit_ref})
        if any(row["pas_code"] == instruction.unit_ref for row in rows):
            return None
        return Instructed(instruction.unit_ref)

    def claim(self, parcel_ref, expected, key):
        answer = self._act(
            "claim_order_save",
            {
                "claim_code": parcel_ref,
                "reference_no": expected.number,
                "service_type": _choose_service(expected),
                "product_list": [
                    {"old_product_sku": line.sku, "num": count_units(line, "GoodCang")}
                    for line in expected.lines
                ],
            },
        )
        data = answer.get("data")
        code = data.get("asro_code") if isinstance(data, dict) else ""
        return Announced(code or expected.external_ref, SUBMITTED, raw=answer)

    def find_claim(self, parcel_ref, expected):
        """A claim makes a return under our number, of the kind of those nobody announced."""
        for row in self._search({"reference_no": expected.number}):
            if str(row.get("cass_type")) == _UNANNOUNCED and str(row["asro_status"]) != DISCARDED:
                return Announced(row["asro_code"], str(row["asro_status"]), raw=row)
        return None

    # -------------------------------------------------------------------------
    # What happened
    # -------------------------------------------------------------------------

    def fetch(self, cursor=""):
        place = read_cursor(cursor)
        now = datetime.now(UTC)
        since = read_utc(place.get("since")) or now - FIRST_LOOK
        started = place.get("started") or write_utc(now)
        state = {"since": write_utc(since), "started": started, "waiting": place.get("waiting", {})}
        page = place.get("page", 1)
        if place.get("step") == "claims":
            events, is_last = self._fetch_claims(page, now)
            if is_last:
                since = write_utc(read_utc(started) - OVERLAP)
                return EventPage(events, write_cursor(since=since, waiting=state["waiting"]))
            return EventPage(events, write_cursor(step="claims", page=page + 1, **state), True)
        events, is_last, state["waiting"] = self._fetch_returns(page, since, state["waiting"], now)
        following = {"step": "claims", "page": 1} if is_last else {"page": page + 1}
        return EventPage(events, write_cursor(**following, **state), True)

    def _fetch_returns(self, page, since, known, now):
        """A page of changed returns, and those whose waiting units came or went.

        :param dict known: unit that waited in the last round → its return
        :return: tuple (events, whether it is the last page, units that wait → their returns)
        """
        waiting = self._index_waiting()
        answer = self._ask(
            "list",
            {
                "currentPage": str(page),
                "pageSize": str(PAGE_SIZE),
                "startUpdateTime": write_china_time(since),
                "endUpdateTime": write_china_time(now),
            },
        )
        rows = self._read_rows(answer, "asro_code")
        units = {row["pas_code"]: code for code, group in waiting.items() for row in group}
        gone = {}
        for unit in sorted(known.keys() - units.keys()):
            gone.setdefault(known[unit], []).append(unit)
        changed = {code for _unit, code in units.items() ^ known.items()}
        rows += [
            row
            for code in sorted(changed - {row["asro_code"] for row in rows})
            for row in self._search({"asroCodes": code})
        ]
        events = read_rows(
            "goodcang",
            rows,
            lambda row: self._read(read_return, row, waiting, now, gone.get(row["asro_code"])),
        )
        return events, page * PAGE_SIZE >= int(answer.get("count") or 0), units

    def _fetch_claims(self, page, now):
        answer = self._ask(
            "claim_order_list",
            {
                "page": str(page),
                "pageSize": str(PAGE_SIZE),
                "create_time_start": write_china_time(now - LONGEST_STAY),
                "create_time_end": write_china_time(now),
            },
        )
        rows = self._read_rows(answer, "claim_code")
        events = read_rows("goodcang", rows, lambda row: [self._read(read_claim, row, now)])
        return events, page * PAGE_SIZE >= int(answer.get("count") or 0)

    def fetch_return(self, expected):
        known = self._find(expected)
        if known is None:
            return ()
        code = known["asro_code"]
        waiting = {code: self._list_waiting({"asro_code": code})}
        return tuple(self._read(read_return, known, waiting, datetime.now(UTC)))

    def load_photo(self, photo):
        return load_picture(photo.url, self._http.base_url)

    def _index_waiting(self):
        """:return: dict: return → its units that wait"""
        now = datetime.now(UTC)
        period = {
            "start_time": write_china_time(now - LONGEST_STAY),
            "end_time": write_china_time(now + timedelta(hours=1)),
            "time_type": 2,
        }
        index = {}
        for row in self._list_waiting(period):
            index.setdefault(row["asro_code"], []).append(row)
        return index

    def _list_waiting(self, query):
        rows = []
        for page in range(1, MOST_PAGES + 1):
            answer = self._ask("unauthorized_list", {"page": page, "page_size": PAGE_SIZE, **query})
            data = answer.get("data") or {}
            if not isinstance(data, dict):
                raise find_unreadable("GoodCang", False, answer)
            rows += data.get("list") or []
            if page * PAGE_SIZE >= int(data.get("total") or 0):
                break
        return rows

    # -------------------------------------------------------------------------
    # Calls
    # -------------------------------------------------------------------------

    def _ask(self, path, content):
        return self._call(path, content, acts=False)

    def _act(self, path, content):
        return self._call(path, content, acts=True)

    def _call(self, path, content, acts):
        answer = self._http.post_json(f"/return_order/{path}", content, acts=acts)
        if not isinstance(answer, dict) or not {"ask", "code"} & answer.keys():
            raise find_unreadable("GoodCang", acts, answer)
        is_done = answer["ask"] == "Success" if "ask" in answer else str(answer["code"]) == "0"
        if is_done:
            return answer
        error = answer.get("Error") if isinstance(answer.get("Error"), dict) else {}
        words = dict.fromkeys((answer.get("message"), error.get("errMessage")))
        raise refuse("GoodCang", " ".join(str(word) for word in words if word), answer)

    @staticmethod
    def _read_rows(answer, name):
        rows = answer.get("data") or []
        rows = [rows] if isinstance(rows, dict) else rows
        if not isinstance(rows, list) or not all(
            isinstance(row, dict) and row.get(name) for row in rows
        ):
            raise find_unreadable("GoodCang", False, answer)
        return rows

    @staticmethod
    def _read(reader, row, *args):
        try:
            return reader(row, *args)
        except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
            raise RejectedError(f"GoodCang's answer cannot be read: {error}", row) from error


def _check_open(row):
    if str(row["asro_status"]) not in (DRAFT, SUBMITTED):
        raise RejectedError("GoodCang has received this parcel; it changes nothing any more.")


def _as_origin(expected):
    """What can be said only when a return is made."""
    is_theirs = _ORDER_CODE.fullmatch(expected.shipment_ref)
    return {
        "ref_no": expected.number,
        "order_code": expected.shipment_ref if is_theirs else "",
        "return_identification": _SHIPPED_BY_GOODCANG if is_theirs else _SHIPPED_BY_OTHERS,
        "ro_note": write_note(expected),
    }


def _choose_service(expected):
    wishes = {
        wish for line in expected.lines for wish in (line.requested, line.requested_defective)
    }
    return DESTROY if wishes == {"destroy"} else INSPECT


def _write_reason(expected):
    reasons = dict.fromkeys(line.reason_text or line.reason for line in expected.lines)
    return "; ".join(reason for reason in reasons if reason)[:255]


def _as_address(sender):
    return {
        "name": sender.name,
        "company": sender.company,
        "country_code": sender.country,
        "province": sender.state,
        "city": sender.city,
        "address1": sender.street,
        "address2": sender.street2,
        "zipcode": sender.zip,
        "phone": sender.phone,
        "email": sender.email,
    }
