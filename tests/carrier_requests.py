"""Label requests for the tests of label services."""

from decimal import Decimal

from odoo.addons.helloword_returns.carriers.base import (
    Address,
    CustomsItem,
    LabelRequest,
    Parcel,
)

SHIRT = CustomsItem(
    description="Cotton T-shirt",
    quantity=Decimal(2),
    value=Decimal("19.90"),
    currency="USD",
    weight=Decimal("0.2"),
    hs_code="610910",
    origin="PT",
    sku="TEE-M",
)
ADDRESSES = {
    "US": Address(
        "Jane Roe",
        "",
        "1 Market St",
        "",
        "San Francisco",
        "CA",
        "94105",
        "US",
        "+14155550100",
        "jane@example.com",
    ),
    "CA": Address(
        "Jean Roy",
        "",
        "1 Rue Royale",
        "",
        "Montreal",
        "QC",
        "H2Y 1A1",
        "CA",
        "+15145550100",
        "jean@example.com",
    ),
    "DE": Address(
        "Eva Muster",
        "",
        "Hauptstr. 12a",
        "",
        "Berlin",
        "",
        "10115",
        "DE",
        "+49305550100",
        "eva@example.com",
    ),
    "CH": Address(
        "Urs Keller",
        "",
        "Bahnhofstrasse 3",
        "",
        "Zürich",
        "",
        "8001",
        "CH",
        "+41445550100",
        "urs@example.com",
    ),
}
DOCKS = {
    "US": Address(
        "Returns",
        "HelloWord Inc.",
        "417 Dock Rd",
        "Door 5",
        "Reno",
        "NV",
        "89501",
        "US",
        "+17755550100",
        "returns@example.com",
    ),
    "DE": Address(
        "Retouren",
        "HelloWord GmbH",
        "Speicherstr. 12",
        "",
        "Hamburg",
        "",
        "20457",
        "DE",
        "+49405550100",
        "retouren@example.com",
    ),
}


def make_label_request(origin="US", destination="US", **values):
    """:return: a request for a label from a customer in one country to a dock in another"""
    return LabelRequest(
        **{
            "number": "LBL/00001",
            "return_number": "RET/00042",
            "order_ref": "SO-1001",
            "customer": ADDRESSES[origin],
            "destination": DOCKS[destination],
            "parcel": Parcel(Decimal("0.8"), Decimal(30), Decimal(20), Decimal(10), "Clothes"),
            "items": (SHIRT,),
            "invoice_ref": "INV/2026/0007",
            **values,
        }
    )
