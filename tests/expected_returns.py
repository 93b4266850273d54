"""Expected returns for the tests of warehouses' adapters."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal

from odoo.addons.helloword_3pl.wms.base import (
    ExpectedLine,
    ExpectedParcel,
    ExpectedReturn,
)
from odoo.addons.helloword_3pl.wms.state import fold

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
    """What a report says of units, in a form that compares; what we make of it adds up."""
    told = sorted((unit.sku, int(unit.quantity), unit.disposition) for unit in event.units)
    state = fold([event])
    made = Counter()
    for unit in state.units:
        made[unit.goods.sku, unit.disposition] += int(unit.quantity)
    assert not state.problems, state.problems
    assert sorted((sku, count, way) for (sku, way), count in made.items()) == told, state.units
    return told
