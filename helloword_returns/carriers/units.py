"""Units of measure that label services want, from kilograms and centimetres."""

from decimal import ROUND_UP, Decimal

OUNCES_PER_KG = Decimal(1000) / Decimal("28.349523125")
CM_PER_INCH = Decimal("2.54")


def to_ounces(kilograms):
    """:return: ounces, rounded up to a tenth: a parcel said too light costs a surcharge"""
    return (Decimal(kilograms) * OUNCES_PER_KG).quantize(Decimal("0.1"), ROUND_UP)


def to_inches(centimetres):
    """:return: inches, rounded up to a tenth"""
    return (Decimal(centimetres) / CM_PER_INCH).quantize(Decimal("0.1"), ROUND_UP)


def to_grams(kilograms):
    """:return: whole grams, rounded up"""
    return int((Decimal(kilograms) * 1000).to_integral_value(ROUND_UP))
