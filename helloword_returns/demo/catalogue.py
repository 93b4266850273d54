"""What the demonstration sells, to whom, and what becomes of it."""

import base64
import io
from dataclasses import dataclass, field

from PIL import Image, ImageDraw, ImageFont

# SKU, name, list price, cost, kilograms, colour of the picture, letter on it
PRODUCTS = [
    ("HW-TEE-M", "Linen T-Shirt, M", 14.0, 4.0, 0.2, "#5b8def", "T"),
    ("HW-DRESS-S", "Summer Dress, S", 59.0, 19.0, 0.4, "#e56b9f", "D"),
    ("HW-SHOE-42", "Running Shoes, 42", 89.0, 34.0, 0.9, "#43aa8b", "S"),
    ("HW-LAMP", "Desk Lamp, Brass", 75.0, 28.0, 1.8, "#f9a03f", "L"),
    ("HW-CASE", "Phone Case, Clear", 9.5, 1.5, 0.05, "#7d7abc", "C"),
    ("HW-EAR", "Wireless Earphones", 129.0, 52.0, 0.15, "#364958", "E"),
    ("HW-GRIND", "Coffee Grinder", 159.0, 70.0, 1.4, "#9c6644", "G"),
    ("HW-DRONE", "Folding Drone", 349.0, 180.0, 0.8, "#2a9d8f", "F"),
]
PRICES = {"USD": 1.0, "EUR": 0.92, "GBP": 0.79}
LOGOS = {"shop": ("W", "#14666f"), "marketplace": ("M", "#f08a24"), "europe": ("E", "#2f5fd0")}

CUSTOMERS = [
    ("Ines Keller", "DE", "Köln", "Aachener Straße 40"),
    ("Marc Lambert", "FR", "Lyon", "Rue Garibaldi 8"),
    ("Rosalind Hart", "GB", "Leeds", "14 Park Row"),
    ("Grace Miller", "US", "Portland", "220 Alder Street"),
    ("李静", "CN", "上海", "淮海中路 300 号"),
    ("Haruto Sato", "JP", "Osaka", "Umeda 3-1"),
    ("Lucía Torres", "ES", "Valencia", "Calle Colón 5"),
    ("Giulia Ferri", "IT", "Torino", "Via Po 22"),
    ("Sven Lindqvist", "SE", "Malmö", "Storgatan 1"),
    ("Anna Nowak", "PL", "Gdańsk", "Długa 17"),
]


@dataclass(frozen=True)
class Plan:
    """One return of the demonstration.

    :param stage: where it ends; see ``DemoLoader._run_channel``
    :param kept: units of the same order that stay with the customer
    :param decision: what a person decides when the rules leave it to one
    """

    sku: str
    reason: str
    stage: str
    days_ago: int
    quantity: int = 1
    kept: int = 0
    comment: str = ""
    decision: str = ""
    extra: dict = field(default_factory=dict)


SHOP_PLANS = [
    Plan("HW-TEE-M", "too_small", "done", 62, comment="Runs small, I usually wear M."),
    Plan("HW-CASE", "different_from_listing", "done", 60, comment="Yellow, not clear."),
    Plan("HW-SHOE-42", "too_small", "done", 57, comment="Half a size too small."),
    Plan("HW-SHOE-42", "too_large", "done", 55, kept=1),
    Plan("HW-DRESS-S", "bad_fit", "done", 50, quantity=2, comment="Tight at the shoulders."),
    Plan("HW-LAMP", "item_damaged", "bad", 47, decision="return_refund", comment="Bent arm."),
    Plan("HW-EAR", "stopped_working", "bad", 44, decision="return_refund"),
    Plan("HW-GRIND", "no_longer_wanted", "done", 41),
    Plan("HW-DRESS-S", "did_not_like", "done", 36),
    Plan("HW-CASE", "ordered_by_mistake", "done", 33, quantity=1),
    Plan("HW-DRONE", "does_not_work", "done", 31, decision="return_refund"),
    Plan("HW-SHOE-42", "too_small", "inspect", 12, comment="Too narrow."),
    Plan("HW-DRESS-S", "too_large", "inspect", 10),
    Plan("HW-EAR", "no_longer_wanted", "transit", 8),
    Plan("HW-GRIND", "better_price", "transit", 7),
    Plan("HW-SHOE-42", "too_large", "awaiting", 5, quantity=2),
    Plan("HW-DRESS-S", "too_small", "awaiting", 4),
    Plan("HW-DRONE", "incompatible", "review", 2, comment="Does not pair with my phone."),
    Plan("HW-EAR", "faulty_part", "review", 1, comment="The left side is silent."),
    Plan("HW-LAMP", "faulty_part", "customer", 1, comment="The switch is loose."),
    Plan("HW-LAMP", "arrived_late", "rejected", 20),
    Plan("HW-GRIND", "ordered_by_mistake", "cancelled", 18),
    Plan("HW-DRESS-S", "wrong_colour", "new", 0, comment="Much darker than on the picture."),
]
MARKETPLACE_PLANS = [
    Plan("HW-CASE", "too_small", "done", 58),
    Plan("HW-TEE-M", "too_small", "done", 54, comment="Shrank in the first wash."),
    Plan("HW-SHOE-42", "no_longer_wanted", "done", 49),
    Plan("HW-DRESS-S", "too_large", "done", 46, kept=1),
    Plan("HW-EAR", "better_price", "done", 40),
    Plan("HW-LAMP", "did_not_like", "done", 37),
    Plan("HW-GRIND", "does_not_work", "bad", 34, decision="return_refund"),
    Plan("HW-CASE", "poor_quality", "done", 30, quantity=2),
    Plan("HW-SHOE-42", "too_short", "done", 26),
    Plan("HW-DRESS-S", "bad_fit", "inspect", 11),
    Plan("HW-LAMP", "no_longer_wanted", "transit", 9),
    Plan("HW-EAR", "ordered_by_mistake", "awaiting", 6),
    Plan("HW-SHOE-42", "too_large", "awaiting", 3),
    Plan("HW-DRONE", "item_damaged", "review", 1, comment="One rotor is broken."),
    Plan("HW-GRIND", "missing_accessory", "review", 1),
    Plan("HW-CASE", "different_from_listing", "refund", 4, comment="Does not fit my phone."),
    Plan("HW-TEE-M", "poor_quality", "refund", 2, comment="A seam came apart."),
    Plan("HW-GRIND", "poor_quality", "customer", 1, comment="The handle wobbles."),
    Plan("HW-DRONE", "unauthorized", "rejected", 22),
    Plan("HW-TEE-M", "gift_return", "new", 0),
]
EUROPE_PLANS = [
    Plan("HW-TEE-M", "too_large", "done", 61),
    Plan("HW-CASE", "incompatible", "done", 56, quantity=1),
    Plan("HW-DRESS-S", "too_small", "done", 52, comment="Fällt klein aus."),
    Plan("HW-SHOE-42", "too_small", "done", 48, comment="Trop petit."),
    Plan("HW-LAMP", "packaging_damaged", "bad", 43, decision="return_refund"),
    Plan("HW-GRIND", "no_longer_wanted", "done", 38),
    Plan("HW-EAR", "did_not_like", "done", 32, comment="声音太闷。"),
    Plan("HW-DRESS-S", "no_longer_wanted", "done", 28, quantity=2, kept=1),
    Plan("HW-SHOE-42", "too_large", "inspect", 13),
    Plan("HW-DRESS-S", "did_not_like", "transit", 9),
    Plan("HW-LAMP", "better_price", "awaiting", 5),
    Plan("HW-EAR", "suspected_fake", "review", 2, comment="No serial number on the box."),
    Plan("HW-DRONE", "no_longer_wanted", "review", 1),
    Plan(
        "HW-GRIND",
        "stopped_working",
        "done",
        25,
        decision="keep_it",
        extra={"keep_it_percent": 40.0},
        comment="Works, but the lid does not close.",
    ),
    Plan("HW-LAMP", "arrived_late", "cancelled", 16, decision="return_refund"),
    Plan("HW-TEE-M", "too_small", "new", 0),
]

# Sold, and still with the customer.
UNTOUCHED = [
    Plan(sku, reason="", stage="", days_ago=days_ago, quantity=1 + days_ago % 2)
    for days_ago, (sku, *_rest) in enumerate(PRODUCTS + PRODUCTS[:6], start=2)
]


def draw_picture(colour, letter):
    """A plain picture, so that cards are told apart at a glance.

    :return: PNG as base64
    """
    image = Image.new("RGB", (256, 256), colour)
    draw = ImageDraw.Draw(image)
    draw.ellipse((36, 36, 220, 220), fill="#ffffff")
    draw.text((128, 128), letter, fill=colour, anchor="mm", font=ImageFont.load_default(140))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue())
