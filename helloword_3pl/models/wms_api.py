import base64
import hashlib
import io
from datetime import UTC

from odoo import fields, models
from PIL import Image

LARGEST_PICTURE = 50_000_000  # pixels
PICTURE_KINDS = {
    "JPEG": ("jpg", "image/jpeg"),
    "PNG": ("png", "image/png"),
    "WEBP": ("webp", "image/webp"),
}


class HellowordWmsConnection(models.Model):
    """What our interface tells the operator of a connection, and keeps of it."""

    _inherit = "helloword.wms.connection"

    def _list_expected(self, cursor, limit):
        """Returns announced to this connection, by their last change.

        :param str cursor: of an earlier answer, or empty
        :return: dict as the contract's ``ExpectedReturns``
        :raise ValueError: the cursor is none
        """
        self.ensure_one()
        domain = [("connection_id", "=", self.id), ("state", "!=", "waiting")]
        if cursor:
            moment, number = _read_cursor(cursor)
            domain += [
                "|",
                ("changed_date", ">", moment),
                "&",
                ("changed_date", "=", moment),
                ("id", ">", number),
            ]
        notices = self.env["helloword.wms.notice"].search(
            domain, order="changed_date, id", limit=limit + 1
        )
        page = notices[:limit]
        return {
            "returns": page._as_contract(),
            "next_cursor": _write_cursor(page[-1]) if page else cursor or None,
            "has_more": len(notices) > limit,
        }

    def _get_expected(self, number):
        """:return: dict as the contract's ``ExpectedReturn``, or None"""
        self.ensure_one()
        notice = self.env["helloword.wms.notice"].search(
            [
                ("connection_id", "=", self.id),
                ("return_id.name", "=", number),
                ("state", "!=", "waiting"),
            ],
            limit=1,
        )
        return notice._as_contract()[0] if notice else None

    def _keep_photo(self, content):
        """Keep a picture an operator uploaded, each once.

        :param bytes content: as received
        :return: its reference, or None when it is no picture
        """
        self.ensure_one()
        try:
            with Image.open(io.BytesIO(content)) as picture:
                kind = PICTURE_KINDS.get(picture.format)
                if not kind or picture.width * picture.height > LARGEST_PICTURE:
                    return None
                picture.verify()
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            return None
        photo_ref = f"ph_{hashlib.sha256(content).hexdigest()[:40]}"
        Attachment = self.env["ir.attachment"].sudo()
        if not self._find_photos([photo_ref]):
            Attachment.create(
                {
                    "name": f"{photo_ref}.{kind[0]}",
                    "raw": content,
                    "mimetype": kind[1],
                    "res_model": self._name,
                    "res_id": self.id,
                }
            )
        return photo_ref

    def _find_photos(self, refs):
        """Pictures of this connection that belong to no return yet.

        :return: dict of reference → ``ir.attachment``
        """
        self.ensure_one()
        found = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "=", self.id),
                    (
                        "name",
                        "in",
                        [f"{ref}.{kind}" for ref in refs for kind, _mime in PICTURE_KINDS.values()],
                    ),
                ]
            )
        )
        return {photo.name.rpartition(".")[0]: photo for photo in found}


class HellowordWmsNotice(models.Model):
    _inherit = "helloword.wms.notice"

    changed_date = fields.Datetime(
        readonly=True, index=True, help="When operators should fetch it again (UTC)."
    )

    def write(self, vals):
        if {"state", "revision", "content_hash"} & vals.keys():
            vals = vals | {"changed_date": fields.Datetime.now()}
        return super().write(vals)

    def _as_contract(self):
        """:return: list of dicts as the contract's ``ExpectedReturn``; queries do not grow"""
        skus = {
            connection: connection._get_sku(self.return_id.line_ids.product_id)
            for connection in self.connection_id
        }
        wishes = self.return_id.line_ids._get_wms_wishes()
        return [notice._as_contract_one(skus[notice.connection_id], wishes) for notice in self]

    def _as_contract_one(self, skus, wishes):
        expected = self._prepare_expected(skus, wishes)
        received = {str(line.id): line.quantity_received for line in self.return_id.line_ids}
        return {
            "number": expected.number,
            "status": "cancelled" if self.state in ("cancelled", "cancelling") else "expected",
            "revision": self.revision,
            "updated_at": self.changed_date.replace(tzinfo=UTC).isoformat(),
            "warehouse_code": expected.warehouse_code,
            "order_ref": expected.order_ref,
            "expected_date": expected.expected_date and expected.expected_date.isoformat(),
            "lines": [
                {
                    "line_ref": line.line_ref,
                    "sku": line.sku,
                    "name": line.name,
                    "barcode": line.barcode,
                    "quantity": f"{line.quantity:f}",
                    "received_quantity": f"{received[line.line_ref]:g}",
                    "reason": line.reason,
                    "reason_text": line.reason_text,
                    "requested": line.requested,
                    "requested_defective": line.requested_defective,
                    "serials": list(line.serials),
                }
                for line in expected.lines
            ],
            "parcels": [
                {"tracking_number": parcel.tracking_number, "carrier": parcel.carrier}
                for parcel in expected.parcels
            ],
            "sender": {
                "name": expected.sender.name or expected.sender.company,
                "zip": expected.sender.zip,
                "city": expected.sender.city,
                "country": expected.sender.country,
            },
            "customs": {
                "export_ref": expected.customs.export_ref,
                "reimport_ref": expected.customs.reimport_ref,
                "vat_number": expected.customs.vat_number,
            },
        }


class HellowordReturn(models.Model):
    _inherit = "helloword.return"

    def _take_wms_photos(self, states, connections):
        """Pictures that events name go to their return."""
        for ret, state in states.items():
            refs = {
                photo.ref
                for group in (state.photos, *(unit.photos for unit in state.units))
                for photo in group
                if photo.ref
            }
            photos = connections[ret]._find_photos(list(refs)) if refs else {}
            for photo in photos.values():
                photo.write({"res_model": ret._name, "res_id": ret.id})


def _write_cursor(notice):
    text = f"{notice.changed_date.isoformat()}|{notice.id}"
    return base64.urlsafe_b64encode(text.encode()).decode()


def _read_cursor(cursor):
    """:raise ValueError: it is none"""
    try:
        moment, _bar, number = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
        return fields.Datetime.to_datetime(moment.replace("T", " ")), int(number)
    except (ValueError, UnicodeError) as error:
        raise ValueError("no cursor") from error
