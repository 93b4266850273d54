"""What the demo warehouse tells of the steps of a return, as events."""

from dataclasses import replace
from decimal import Decimal

from . import demo_photo
from .base import Address, Fee, Photo, UnitResult, UnknownParcel, WarehouseEvent
from .demo_script import CLAIM_TICKS, draw, get_asking_step, has_stranger

# What it charges, in the connection's currency: per parcel, per unit, per unit and treatment.
_RECEIVING, _INSPECTION = Decimal("2.75"), Decimal("0.65")
_TREATMENTS = {
    "restock": ("restocking", Decimal("0.25")),
    "refurbish": ("repair", Decimal("4.50")),
    "relabel": ("relabel", Decimal("0.60")),
    "return_to_seller": ("shipping", Decimal("6.90")),
    "destroy": ("disposal", Decimal("0.50")),
    "recycle": ("disposal", Decimal("0.40")),
}


def tell_step(known, visit, step, currency):
    """:param dict known: what the warehouse keeps of the return
    :param visit: :class:`~.demo_script.Visit`
    :param step: :class:`~.demo_script.Step` of it
    :param str currency: of fees
    :return: iterator of :class:`~.base.WarehouseEvent`, the same for the same step
    """
    told = known["told"]
    event = WarehouseEvent(
        event_id=f"demo-{visit.number}-{step.ref}",
        type="parcel.arrived",
        moment=step.moment,
        number=visit.number,
        external_ref=known["ref"],
        order_ref=told["order_ref"],
        warehouse_code=told["warehouse_code"],
        note=step.note,
    )
    if step.kind in ("unknown", "destroyed_unclaimed"):
        yield _tell_unknown(known, event, step)
        return
    if step.kind == "arrived":
        yield replace(
            event,
            tracking_number=_get_tracking(told, step.parcel),
            fees=(_make_fee(event, "receiving", _RECEIVING, currency),),
        )
        if step.parcel == 1 and has_stranger(visit.number):
            yield _tell_stranger(visit, event)
        return
    units = tuple(_as_unit(visit, step, *row) for row in step.found)
    if step.kind == "treated":
        yield replace(
            event, type="disposition.completed", units=units, fees=_charge(event, units, currency)
        )
        return
    event = replace(event, type="unit.inspected", units=units)
    if step.kind == "corrected":
        yield replace(
            event,
            units=tuple(_look_again(visit, step, *row) for row in step.found),
            units_before=tuple(replace(unit, waits=False, answer_until=None) for unit in units),
        )
        return
    amount = _INSPECTION * sum(unit.quantity for unit in units)
    yield replace(event, fees=(_make_fee(event, "inspection", amount, currency),))


def _tell_unknown(known, event, step):
    told = known["told"]
    parcel = UnknownParcel(
        ref=make_parcel_ref(known),
        tracking_number=_get_tracking(told, 1),
        sender=Address(name=told["sender"], city=told["city"], country=told["country"]),
        weight=_weigh(event.number),
        note="No number on the parcel.",
        destroy_at=step.until,
    )
    if step.kind == "destroyed_unclaimed":
        parcel = replace(parcel, status="destroyed", note="Destroyed: nobody wanted it.")
    return replace(
        event,
        event_id=f"demo-{parcel.ref}-{step.ref}",
        type="return.unexpected",
        number="",
        external_ref="",
        order_ref="",
        parcel=parcel,
    )


def _make_fee(event, kind, amount, currency):
    return Fee(f"{event.event_id}-{kind}", kind, amount, currency, f"Demo warehouse: {kind}")


def _charge(event, units, currency):
    amounts = {}
    for unit in units:
        kind, price = _TREATMENTS.get(unit.disposition, ("other", Decimal(0)))
        amounts[kind] = amounts.get(kind, Decimal(0)) + price * unit.quantity
    return tuple(
        _make_fee(event, kind, amount, currency) for kind, amount in amounts.items() if amount
    )


def _get_tracking(told, parcel):
    numbers = told["tracking"]
    return numbers[parcel - 1] if parcel <= len(numbers) else ""


def make_parcel_ref(known):
    """:return: the warehouse's number of a parcel that came without ours"""
    return f"P{known['ref'].removeprefix('DEMO')}"


def _weigh(number):
    return Decimal(draw(number, "weight") % 3800 + 200) / 1000


def _tell_stranger(visit, event):
    """A parcel of no one, that came with the same lorry."""
    seed = draw(visit.number, "parcel of no one")
    parcel = UnknownParcel(
        ref=f"X-{seed % 10**8:08d}",
        tracking_number=f"1Z{seed % 10**14:014d}",
        weight=_weigh(f"{seed}"),
        note="No name, no number, no slip.",
        destroy_at=event.moment + visit.tick * CLAIM_TICKS,
    )
    return replace(
        event,
        event_id=f"demo-{parcel.ref}",
        type="return.unexpected",
        number="",
        external_ref="",
        order_ref="",
        parcel=parcel,
    )


def _as_unit(visit, step, unit, disposition, quantity, to_sku):
    """What is told of some units: how they were found, or what was done with them."""
    line = unit.line
    told = UnitResult(
        sku=_name_goods(visit, unit),
        quantity=quantity,
        line_ref=line["line_ref"],
        unit_ref=unit.make_ref(visit),
        lot=line["lot"],
        serial=unit.serial,
        disposition=disposition,
        to_sku=to_sku,
        note=step.note,
    )
    if disposition:
        return told
    defects = () if unit.second_look else unit.defects
    return _grade(visit, step, unit, told, unit.condition, defects)


def _name_goods(visit, unit):
    if unit.condition == "empty":
        return ""
    return visit.stray if unit.condition == "wrong_item" else unit.line["sku"]


def _look_again(visit, step, unit, disposition, quantity, to_sku):
    told = _as_unit(visit, step, unit, disposition, quantity, to_sku)
    return _grade(visit, step, unit, told, unit.second_look, unit.defects)


def _grade(visit, step, unit, told, condition, defects):
    """How units were found, and whether the warehouse asks what to do with them."""
    waits = unit.wish == "ask" and step.kind == get_asking_step(unit)
    return replace(
        told,
        condition=condition,
        condition_code=condition.upper(),
        defects=defects,
        photos=_photograph(visit, unit, condition, defects),
        waits=waits,
        answer_until=step.until if waits else None,
    )


def _photograph(visit, unit, condition, defects):
    """What is not as it should be is taken twice."""
    return tuple(
        Photo(
            ref=f"{unit.make_ref(visit)}-{condition}-{view}",
            url=demo_photo.write_address(
                ref=f"{unit.make_ref(visit)}-{view}",
                number=visit.number,
                sku=_name_goods(visit, unit),
                condition=condition,
                defects=", ".join(defects),
                view=view,
            ),
        )
        for view in (("top", "detail") if defects else ("top",))
    )
