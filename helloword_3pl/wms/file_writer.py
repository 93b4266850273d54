"""What we write for warehouses that read files."""

from decimal import Decimal

from odoo.addons.helloword_returns.providers.base import RejectedError

from .file_columns import EXPECTED_COLUMNS, IN_COLUMNS, INSTRUCTION_COLUMNS
from .file_table import FileError, write_table

# One row of each kind a warehouse may write, for the template.
_EXAMPLES = (
    {
        "event_id": "A-1001",
        "event_type": "arrived",
        "event_time": "2026-11-02 09:30",
        "return_number": "RET/2026/00001",
        "tracking_number": "1Z999AA10123456784",
    },
    {
        "event_id": "A-1002",
        "event_type": "inspected",
        "event_time": "2026-11-02 14:00",
        "return_number": "RET/2026/00001",
        "sku": "SHIRT-M",
        "quantity": Decimal(2),
        "condition": "like_new",
        "disposition": "restock",
        "photos": "a1002-front.jpg;a1002-back.jpg",
        "fee_type": "inspection",
        "fee_amount": Decimal("1.50"),
        "fee_currency": "EUR",
    },
    {
        "event_id": "A-1003",
        "event_type": "inspected",
        "event_time": "2026-11-02 14:05",
        "return_number": "RET/2026/00001",
        "sku": "SHIRT-L",
        "quantity": Decimal(1),
        "condition": "defective",
        "unit_ref": "U-77",
        "waits": "yes",
        "answer_until": "2026-11-09",
    },
    {
        "event_id": "A-1004",
        "event_type": "unexpected",
        "event_time": "2026-11-03 08:10",
        "tracking_number": "JD014600001",
        "parcel_ref": "X-12",
        "sender_name": "Anna Example",
        "sender_zip": "10115",
        "destroy_at": "2026-12-03",
    },
)


def write_expected(expected, status, settings):
    """One row for each line; for each parcel where there are more of them.

    :param expected: :class:`~.base.ExpectedReturn`
    :param str status: expected, or cancelled: nothing comes any more
    :param settings: :class:`~.file_report.FileSettings`
    :return: bytes
    """
    customs, sender = expected.customs, expected.sender
    common = {
        "status": status,
        "return_number": expected.number,
        "revision": Decimal(expected.revision),
        "order_ref": expected.order_ref,
        "shipment_ref": expected.shipment_ref,
        "warehouse_code": expected.warehouse_code,
        "expected_date": expected.expected_date.isoformat() if expected.expected_date else "",
        **{
            name: ";".join(dict.fromkeys(filter(None, values)))
            for name, values in (
                ("tracking_number", [parcel.tracking_number for parcel in expected.parcels]),
                ("carrier", [parcel.carrier for parcel in expected.parcels]),
                ("license_plate", [parcel.license_plate for parcel in expected.parcels]),
            )
        },
        **{
            f"sender_{name}": getattr(sender, name)
            for name in (
                "name",
                "company",
                "street",
                "street2",
                "zip",
                "city",
                "state",
                "country",
                "phone",
                "email",
            )
        },
        "import_ref": customs.reimport_ref,
        "export_ref": customs.export_ref,
        "vat_number": customs.vat_number,
        "note": expected.note,
    }
    rows = [
        {
            **common,
            "line_ref": line.line_ref,
            "sku": line.sku,
            "name": line.name,
            "barcode": line.barcode,
            "quantity": Decimal(line.quantity),
            "reason": line.reason,
            "reason_text": line.reason_text,
            "requested": line.requested,
            "requested_defective": line.requested_defective,
            "lot": line.lot,
            "serials": ";".join(line.serials),
            "unit_value": Decimal(line.unit_value),
            "currency": line.currency,
        }
        for line in expected.lines
    ]
    return _write(EXPECTED_COLUMNS, rows or [common], settings)


def write_instruction(instruction, settings):
    """:param instruction: :class:`~.base.Instruction`
    :return: bytes
    """
    customs = instruction.customs
    row = {
        "instruction_ref": instruction.ref,
        "return_number": instruction.number,
        "external_ref": instruction.external_ref,
        "unit_ref": instruction.unit_ref,
        "line_ref": instruction.line_ref,
        "sku": instruction.sku,
        "quantity": Decimal(instruction.quantity),
        "disposition": instruction.disposition,
        "to_sku": instruction.to_sku,
        "vat_number": customs.vat_number,
        "declared_value": Decimal(customs.declared_value) if customs.declared_value else "",
        "currency": customs.currency,
        "note": instruction.note,
    }
    return _write(INSTRUCTION_COLUMNS, [row], settings)


def write_template(settings):
    """The columns of what we read, with an example of each kind of row.

    :return: bytes
    """
    return _write(tuple(IN_COLUMNS), _EXAMPLES, settings)


def _write(columns, rows, settings):
    try:
        return write_table(
            columns, rows, settings.get_names(), settings.encoding, settings.delimiter
        )
    except FileError as error:
        raise RejectedError(str(error)) from error
