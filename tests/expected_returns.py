"""Expected returns for the tests of warehouses' adapters."""

from dataclasses import replace
from decimal import Decimal

from odoo.addons.helloword_3pl.wms.base import (
    ExpectedLine,
    ExpectedParcel,
    ExpectedReturn,
)

from .carrier_requests import ADDRESSES


def make_expected(number="RET/2026/0001", **values):
    """Two shirts to restock and a mug to destroy, in one parcel."""
    defaults = {
        "warehouse_code": "PA1",
        "order_ref": "S00042",
        "lines": (
            ExpectedLine(
                line_ref="1", sku="TEE-M", name="Shirt", quantity=Decimal(2), reason="changed_mind"
            ),
            ExpectedLine(
                line_ref="2",
                sku="MUG",
                name="Mug",
                reason="changed_mind",
                requested="destroy",
                requested_defective="destroy",
            ),
        ),
        "parcels": (ExpectedParcel("9400100000000000000001", "usps"),),
        "sender": ADDRESSES["US"],
    }
    return ExpectedReturn(number=number, **{**defaults, **values})


def with_line(expected, index, **values):
    """The same return with one line changed."""
    lines = list(expected.lines)
    lines[index] = replace(lines[index], **values)
    return replace(expected, lines=tuple(lines))


def tell_units(event):
    """What an event says of units, in a form that compares."""
    return sorted((unit.sku, int(unit.quantity), unit.disposition) for unit in event.units)
