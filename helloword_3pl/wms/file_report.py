"""What the rows of a warehouse's file say, as events."""

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import Decimal

from .base import Address, Fee, Photo, UnitResult, UnknownParcel, WarehouseEvent
from .content import hash_content
from .file_columns import compact, read_flag, read_word
from .file_table import read_table
from .file_values import RowError, read_moment, read_number, split_date

# What a photo's address begins with that lies beside the files.
PHOTO_SCHEME = "photos:"


@dataclass(frozen=True)
class FileSettings:
    """How a warehouse writes its files.

    :param str encoding: empty: found out, like ``delimiter``
    :param str day_order: dmy, mdy or ymd: only dates that begin with the year
    :param str decimal_mark: "." or ","; empty: found out, number by number
    :param str zone: of moments without one, an IANA name
    :param str currency: of fees that name none
    :param dict columns: their header → our column
    :param dict treatments: their word → our disposition
    """

    encoding: str = ""
    delimiter: str = ""
    day_order: str = "ymd"
    decimal_mark: str = ""
    zone: str = "UTC"
    currency: str = ""
    columns: dict = field(default_factory=dict)
    treatments: dict = field(default_factory=dict)

    def get_names(self):
        """:return: dict of our column → their header, for what we write"""
        names = {}
        for header, column in self.columns.items():
            names.setdefault(column, header)
        return names


@dataclass(frozen=True)
class FileContent:
    """:param events: tuple of :class:`~.base.WarehouseEvent`; ``raw`` says file and line
    :param instruction_refs: of our instructions, which the file says were read
    """

    events: tuple = ()
    instruction_refs: frozenset = frozenset()


def read_file(name, content, settings, written):
    """What a file says.

    :param str name: of the file
    :param bytes content: of the file
    :param settings: :class:`FileSettings`
    :param written: aware moment; when things happened that the file gives no time for
    :return: :class:`FileContent`
    :raise FileError: it cannot be read at all
    """
    table = read_table(name, content, settings.encoding, settings.delimiter, settings.columns)
    counts, events, refs, parcels = Counter(), [], set(), {}
    for row in table:
        key = hash_content(row.raw)
        counts[key] += 1
        own_id = row.cells.get("event_id") or f"row-{key}-{counts[key]}"
        raw = {"file": name, "line": row.line, "row": row.raw}
        try:
            if row.fault:
                raise RowError(row.fault)
            told = _RowReader(row.cells, settings, written).tell(own_id)
        except RowError as error:
            events.append(
                WarehouseEvent(
                    f"unreadable-{key}-{counts[key]}", "unreadable", None, note=str(error), raw=raw
                )
            )
            continue
        if row.cells.get("instruction_ref"):
            refs.add(row.cells["instruction_ref"])
        for event in told:
            ref = event.parcel.ref if event.parcel else None
            if ref in parcels:
                # The same parcel goes on: other goods in it.
                events[parcels[ref]] = _unite(events[parcels[ref]], event)
                continue
            if ref:
                parcels[ref] = len(events)
            events.append(replace(event, raw=raw))
    return FileContent(tuple(events), frozenset(refs))


def _unite(event, other):
    return replace(
        event,
        units=event.units + other.units,
        photos=tuple(dict.fromkeys(event.photos + other.photos)),
    )


class _RowReader:
    def __init__(self, cells, settings, written):
        self._cells = cells
        self._settings = settings
        self._written = written

    def tell(self, own_id):
        """:return: list of events, each numbered after the row
        :raise RowError: nobody can read it
        """
        kind = self._read_type()
        common = self._read_common()
        events = []
        if kind and kind != "fee.charged":
            events.append(WarehouseEvent(own_id, kind, **common, **self._read_content(kind)))
        if self._has("fee_amount"):
            # One row may tell a result and what it cost.
            fee_id = f"{own_id}:fee" if events else own_id
            events.append(
                WarehouseEvent(fee_id, "fee.charged", **common, fees=(self._read_fee(fee_id),))
            )
        elif kind == "fee.charged":
            raise RowError("A fee needs “fee_amount”.")
        if not events and not self._has("instruction_ref"):
            raise RowError("The row names neither goods nor a parcel nor a fee.")
        return events

    def _has(self, *names):
        return any(self._cells.get(name) for name in names)

    def _get(self, name):
        return self._cells.get(name, "")

    # ---------------------------------------------------------------------
    # Kind
    # ---------------------------------------------------------------------

    def _read_type(self):
        """As said, else what follows from the cells that are filled in."""
        if self._has("event_type"):
            kind = read_word("type", self._get("event_type"))
            if not kind:
                raise RowError(f"“{self._get('event_type')}” is no kind of event we know.")
            return kind
        if self._has("parcel_ref"):
            return "return.unexpected"
        is_of_return = self._has("return_number", "external_ref")
        if is_of_return:
            if self._has("condition", "condition_before", "waits"):
                return "unit.inspected"
            if self._has("disposition", "disposition_before"):
                return "disposition.completed"
            if self._has("sku") and not self._has("fee_amount", "instruction_ref"):
                return "unit.inspected"
            if self._has("fee_amount", "instruction_ref"):
                return ""
            return "parcel.arrived"
        if self._has("tracking_number", "license_plate") and not self._has("fee_amount"):
            return "return.unexpected"
        return ""

    # ---------------------------------------------------------------------
    # Content
    # ---------------------------------------------------------------------

    def _read_common(self):
        moment = self._read_moment("event_time")
        return {
            "moment": moment or self._written,
            "is_moment_seen": moment is None,
            "number": self._get("return_number"),
            "external_ref": self._get("external_ref"),
            "order_ref": self._get("order_ref"),
            "warehouse_code": self._get("warehouse_code"),
            "tracking_number": self._get("tracking_number"),
            "license_plate": self._get("license_plate"),
            "weight": self._read_number("weight_kg", Decimal(0)),
        }

    def _read_content(self, kind):
        if kind == "parcel.arrived":
            return {"photos": self._read_photos(), "note": self._get("note")}
        if kind == "return.unexpected":
            return {
                "parcel": self._read_parcel(),
                "units": (self._read_unit(),) if self._has("sku") else (),
                "photos": self._read_photos(),
            }
        if not self._has("sku"):
            raise RowError("The row names no SKU.")
        unit = self._read_unit()
        content = {"units": (unit,)}
        if self._has("condition_before", "disposition_before"):
            before = replace(
                unit,
                condition=self._read_condition("condition_before"),
                condition_code=self._get("condition_before"),
                disposition=self._read_disposition("disposition_before"),
                disposition_code=self._get("disposition_before"),
                waits=False,
                answer_until=None,
            )
            content["units_before"] = (before,)
        return content

    def _read_unit(self):
        return UnitResult(
            sku=self._get("sku"),
            quantity=self._read_number("quantity", Decimal(1)),
            line_ref=self._get("line_ref"),
            unit_ref=self._get("unit_ref"),
            condition=self._read_condition("condition"),
            condition_code=self._get("condition"),
            disposition=self._read_disposition("disposition"),
            disposition_code=self._get("disposition"),
            to_sku=self._get("to_sku"),
            location=self._get("location"),
            defects=tuple(
                part.strip() for part in re.split(r"[;|；]", self._get("defects")) if part.strip()
            ),
            note=self._get("note"),
            lot=self._get("lot"),
            serial=self._get("serial"),
            expiry=self._read_date("expiry"),
            photos=self._read_photos(),
            waits=self._read_waits(),
            answer_until=self._read_moment("answer_until", is_end=True),
        )

    def _read_condition(self, name):
        """What nobody knows is unknown; the warehouse's word is kept beside it."""
        return read_word("condition", self._get(name)) or "unknown"

    def _read_disposition(self, name):
        text = self._get(name)
        if not text or self._is_question(text):
            return ""
        own = {compact(word): value for word, value in self._settings.treatments.items()}
        disposition = own.get(compact(text)) or read_word("final", text)
        if not disposition:
            raise RowError(
                f"“{text}” is no treatment we know. Enter it under “Treatments” of the connection."
            )
        return disposition

    @staticmethod
    def _is_question(text):
        return read_word("requested", text) == "ask"

    def _read_waits(self):
        waits = read_flag(self._get("waits"))
        if waits is None:
            raise RowError(f"“{self._get('waits')}” is neither yes nor no.")
        return waits or self._is_question(self._get("disposition"))

    def _read_photos(self):
        """Names of pictures beside the files. Two returns' pictures may have one name."""
        names = [part.strip() for part in re.split(r"[;|；\n]", self._get("photos"))]
        owner = self._get("return_number") or self._get("external_ref") or self._get("parcel_ref")
        return tuple(
            Photo(ref=f"{owner}/{name}", url=f"{PHOTO_SCHEME}{name}", name=name)
            for name in names
            if name
        )

    def _read_fee(self, fee_id):
        amount = self._read_number("fee_amount", Decimal(0))
        kind = read_word("fee", self._get("fee_type")) if self._has("fee_type") else "other"
        return Fee(
            ref=self._get("fee_ref") or fee_id,
            kind=kind or "other",
            amount=amount,
            currency=(self._get("fee_currency") or self._settings.currency).upper(),
            description=self._get("fee_description") or self._get("fee_type"),
            invoice_ref=self._get("invoice_ref"),
        )

    def _read_parcel(self):
        ref = self._get("parcel_ref") or self._get("tracking_number") or self._get("license_plate")
        if not ref:
            raise RowError("An unknown parcel needs “parcel_ref” or “tracking_number”.")
        return UnknownParcel(
            ref=ref,
            tracking_number=self._get("tracking_number"),
            carrier=self._get("carrier"),
            license_plate=self._get("license_plate"),
            order_ref=self._get("order_ref"),
            number=self._get("return_number"),
            sender=Address(
                name=self._get("sender_name"),
                email=self._get("sender_email"),
                zip=self._get("sender_zip"),
                city=self._get("sender_city"),
                country=self._get("sender_country").upper(),
            ),
            weight=self._read_number("weight_kg", Decimal(0)),
            note=self._get("note"),
            destroy_at=self._read_moment("destroy_at", is_end=True),
        )

    # ---------------------------------------------------------------------
    # Numbers and days
    # ---------------------------------------------------------------------

    def _read_number(self, name, default):
        text = self._get(name)
        return read_number(text, self._settings.decimal_mark) if text else default

    def _read_date(self, name):
        text = self._get(name)
        if not text:
            return None
        day, _rest = split_date(text, self._settings.day_order)
        return day

    def _read_moment(self, name, is_end=False):
        text = self._get(name)
        if not text:
            return None
        return read_moment(text, self._settings.day_order, self._settings.zone, is_end)
