"""How well a parcel without a number fits a return. Plain Python.

Facts that agree add points, facts that contradict take some away; each point has its reason, so
that a person sees why a return stands first. A *strong* fact, like a tracking number, belongs to
one return alone.
"""

import re
from dataclasses import dataclass, field

# Reason → points. What is unique to one return outweighs everything that many share.
POINTS = {
    "number": 100,
    "tracking": 95,
    "license_plate": 90,
    "channel_number": 90,
    "serial": 80,
    "outbound_tracking": 75,
    "order": 70,
    "email": 50,
    "sender": 45,
    "name": 20,
    "postcode": 15,
    "only_one": 25,
    "product": 20,
    "more_products": 5,
    "quantity": 5,
    "weight": 10,
    "warehouse": 5,
    "other_weight": -15,
    "other_country": -15,
    "other_goods": -30,
    "complete": -40,
    "refused": -10,
}
STRONG = frozenset(("number", "tracking", "license_plate", "serial", "outbound_tracking"))
# Below this there is nothing to show to a person.
LEAST_POINTS = 20
# Scales and packages differ.
WEIGHT_TOLERANCE, WEIGHT_CONTRADICTION = 0.15, 0.6


@dataclass(frozen=True)
class ParcelFacts:
    """What is known of a parcel.

    :param codes: every number read off it, as its readings
    :param products: product id → units; empty: nobody opened it
    :param weight: kilograms, or zero
    """

    codes: frozenset = frozenset()
    serials: frozenset = frozenset()
    name: str = ""
    email: str = ""
    postcode: str = ""
    country: str = ""
    products: dict = field(default_factory=dict)
    weight: float = 0.0
    warehouse_id: int = 0


@dataclass(frozen=True)
class CandidateFacts:
    """What is known of a return, or of an order nobody asked to return yet.

    :param products: product id → units still awaited
    :param is_complete: nothing is awaited any more
    :param is_refused: nobody awaits it: rejected or cancelled
    """

    numbers: frozenset = frozenset()
    channel_numbers: frozenset = frozenset()
    orders: frozenset = frozenset()
    trackings: frozenset = frozenset()
    outbound_trackings: frozenset = frozenset()
    license_plates: frozenset = frozenset()
    serials: frozenset = frozenset()
    names: frozenset = frozenset()
    emails: frozenset = frozenset()
    postcodes: frozenset = frozenset()
    country: str = ""
    products: dict = field(default_factory=dict)
    weight: float = 0.0
    warehouse_id: int = 0
    is_complete: bool = False
    is_refused: bool = False


def normalize_name(text):
    """:return: text as people spell it differently: no case, no punctuation, one order of words"""
    return " ".join(sorted(re.sub(r"[^\w\s]", " ", text or "").casefold().split()))


def normalize_postcode(text):
    return re.sub(r"[\s-]", "", text or "").upper()


def weigh(parcel, candidate):
    """Why a return fits a parcel, or does not.

    :return: dict of reason → points
    """
    reasons = [
        code
        for code, theirs in (
            ("number", candidate.numbers),
            ("channel_number", candidate.channel_numbers),
            ("tracking", candidate.trackings),
            ("outbound_tracking", candidate.outbound_trackings),
            ("license_plate", candidate.license_plates),
            ("order", candidate.orders),
        )
        if parcel.codes & theirs
    ]
    if parcel.serials & candidate.serials:
        reasons.append("serial")
    reasons += _weigh_sender(parcel, candidate)
    reasons += _weigh_goods(parcel, candidate)
    if candidate.is_complete:
        reasons.append("complete")
    if candidate.is_refused:
        reasons.append("refused")
    points = {code: POINTS[code] for code in reasons}
    if "more_products" in points:
        extra = len(parcel.products.keys() & candidate.products.keys()) - 1
        points["more_products"] *= min(extra, 4)
    return points


def _weigh_sender(parcel, candidate):
    reasons = []
    named = bool(parcel.name) and parcel.name in candidate.names
    placed = bool(parcel.postcode) and parcel.postcode in candidate.postcodes
    if parcel.email and parcel.email in candidate.emails:
        reasons.append("email")
    if named and placed:
        reasons.append("sender")
    elif named:
        reasons.append("name")
    elif placed:
        reasons.append("postcode")
    if parcel.country and candidate.country and parcel.country != candidate.country:
        reasons.append("other_country")
    return reasons


def _weigh_goods(parcel, candidate):
    reasons = []
    if parcel.products and candidate.products:
        shared = parcel.products.keys() & candidate.products.keys()
        if not shared:
            reasons.append("other_goods")
        else:
            reasons.append("product")
            if len(shared) > 1:
                reasons.append("more_products")
            if all(parcel.products[key] <= candidate.products[key] for key in shared):
                reasons.append("quantity")
    if parcel.weight > 0 and candidate.weight > 0:
        gap = abs(parcel.weight - candidate.weight) / candidate.weight
        if gap <= WEIGHT_TOLERANCE:
            reasons.append("weight")
        elif gap > WEIGHT_CONTRADICTION:
            reasons.append("other_weight")
    if parcel.warehouse_id and parcel.warehouse_id == candidate.warehouse_id:
        reasons.append("warehouse")
    return reasons


def choose(ranked):
    """The candidate nobody has to look at.

    :param list ranked: of tuples (key, dict of reason → points)
    :return: key, or None: no candidate, or several, has a fact of its own, or something speaks
        against it
    """
    strong = [(key, reasons) for key, reasons in ranked if STRONG & reasons.keys()]
    if len(strong) != 1:
        return None
    [(key, reasons)] = strong
    return key if all(points > 0 for points in reasons.values()) else None
