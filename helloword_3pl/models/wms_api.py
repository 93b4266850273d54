from datetime import UTC

from odoo import fields, models

from ..wms.api_cursor import read_cursor, write_cursor


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
            moment, number = read_cursor(cursor)
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
            "next_cursor": page[-1]._get_cursor() if page else cursor or None,
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


class HellowordWmsNotice(models.Model):
    _inherit = "helloword.wms.notice"

    changed_date = fields.Datetime(
        readonly=True, index=True, help="When operators should fetch it again (UTC)."
    )

    def write(self, vals):
        if {"state", "revision", "content_hash"} & vals.keys():
            vals = vals | {"changed_date": fields.Datetime.now()}
        return super().write(vals)

    def _get_cursor(self):
        self.ensure_one()
        return write_cursor(self.changed_date, self.id)

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
