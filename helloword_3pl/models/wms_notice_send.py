import hashlib
import json
from dataclasses import replace
from decimal import Decimal

from odoo import api, fields, models

from odoo.addons.helloword_returns.models.return_label_request import _as_address
from odoo.addons.helloword_returns.providers.base import from_json, to_json

from ..wms.base import (
    Announced,
    CustomsReference,
    ExpectedLine,
    ExpectedParcel,
    ExpectedReturn,
)
from ..wms.operation import WMS_KINDS, AnnounceTask, CancelTask, WarehouseOperations

# Our dispositions as wishes, in a warehouse's words.
REQUESTED = {
    "restock": "restock",
    "refurbish": "refurbish",
    "liquidate": "liquidate",
    "vendor": "return_to_seller",
    "donate": "donate",
    "destroy": "destroy",
    "hold": "quarantine",
}


class HellowordWmsNotice(models.Model):
    _inherit = "helloword.wms.notice"

    def _send(self, force=False):
        """Have announcements sent whose content is new. Batch.

        :param bool force: send those that failed again, though nothing changed
        """
        connections = self.connection_id
        skus = {
            connection: connection._get_sku(
                self.filtered(
                    lambda notice, c=connection: notice.connection_id == c
                ).return_id.line_ids.product_id
            )
            for connection in connections
        }
        wishes = self.sudo().return_id.line_ids._get_wms_wishes()
        requests = {}
        for notice in self.sudo():
            if notice.state == "cancelled" and not force:
                continue
            if notice.state == "known" and notice.return_id.wms_arrival_date and not force:
                # It is there: what was expected is of no use to anybody any more.
                continue
            expected = notice._prepare_expected(skus[notice.connection_id], wishes)
            content = hashlib.sha256(
                json.dumps(to_json(_as_plain(expected)), sort_keys=True).encode()
            ).hexdigest()
            if content == notice.content_hash and not (force and notice.state == "failed"):
                continue
            if notice.external_ref and not notice.connection_id.can_update:
                # What it was told stands; people see that it differs.
                notice.error = self.env._(
                    "The warehouse takes no changes: tell its people what is different."
                )
                continue
            notice.write(
                {
                    "revision": notice.revision + 1,
                    "content_hash": content,
                    "state": "sending",
                    "error": False,
                }
            )
            requests[notice] = AnnounceTask(
                notice.id,
                notice.connection_id.id,
                notice.revision,
                replace(expected, revision=notice.revision),
            )
        self._schedule_tasks("asn_send", requests)

    def _cancel(self):
        """Take back what warehouses were told; what was never sent is dropped. Batch."""
        wishes = self.sudo().return_id.line_ids._get_wms_wishes()
        told = self.sudo().filtered(lambda notice: notice.state not in ("waiting", "cancelled"))
        (self.sudo() - told).write({"state": "cancelled"})
        requests = {}
        for notice in told:
            if notice.state == "cancelling":
                continue
            if not notice.connection_id.can_cancel:
                notice.write(
                    {
                        "state": "failed",
                        "error": self.env._(
                            "The warehouse cannot take it back: tell its people that nothing comes."
                        ),
                    }
                )
                continue
            skus = notice.connection_id._get_sku(notice.return_id.line_ids.product_id)
            requests[notice] = CancelTask(
                notice.id,
                notice.connection_id.id,
                notice.revision,
                notice._prepare_expected(skus, wishes),
            )
            notice.write({"state": "cancelling", "error": False})
        self._schedule_tasks("asn_cancel", requests)

    def _schedule_tasks(self, kind, requests):
        """:param dict requests: notice → task"""
        if not requests:
            return
        self.env["helloword.operation"]._schedule(
            kind,
            {notice.return_id: task for notice, task in requests.items()},
            purpose={notice.return_id: f"{notice.id}-{notice.revision}" for notice in requests},
        )

    # -------------------------------------------------------------------------
    # What it says
    # -------------------------------------------------------------------------

    def _prepare_expected(self, skus, wishes):
        """What the warehouse should expect.

        :param dict skus: product → the operator's code
        :param dict wishes: line → (for sound goods, for all others)
        :return: :class:`~odoo.addons.helloword_3pl.wms.base.ExpectedReturn`
        """
        self.ensure_one()
        ret = self.return_id
        site = self.connection_id.site_ids.filtered(
            lambda site: site.warehouse_id == self.warehouse_id
        )
        labels = ret.label_ids.filtered(
            lambda label: label.state == "bought" and label.tracking_number
        )
        lines = ret.line_ids.filtered(lambda line: not line.is_unexpected and line._expects_goods())
        deliveries = lines.origin_move_id.picking_id
        return ExpectedReturn(
            number=ret.name,
            revision=self.revision,
            external_ref=self.external_ref or "",
            warehouse_code=site[:1].code or "",
            order_ref=ret.external_order_ref or ret.sale_order_id.name or "",
            shipment_ref=self.shipment_ref or self._get_shipment_ref(deliveries[:1]),
            lines=tuple(line._prepare_expected_line(self, skus, wishes[line]) for line in lines),
            parcels=(
                *(ExpectedParcel(label.tracking_number, label.carrier or "") for label in labels),
                *self._get_claimed_parcels(labels),
            ),
            sender=_as_address(
                ret._get_sender_address(),
                name=ret.customer_name,
                phone=ret.customer_phone,
                email=ret._get_customer_email(),
            ),
            customs=ret._get_wms_customs(),
            expected_date=ret.expected_arrival_date or None,
        )

    def _get_claimed_parcels(self, labels):
        """Parcels the operator could not place, and we said that they are this return's.

        :return: list of :class:`~odoo.addons.helloword_3pl.wms.base.ExpectedParcel`
        """
        known = set(labels.mapped("tracking_number"))
        return [
            ExpectedParcel(
                parcel.tracking_number or "", parcel.carrier or "", parcel.license_plate or ""
            )
            for parcel in self.return_id.unknown_parcel_ids
            if parcel.connection_id == self.connection_id
            and (parcel.tracking_number or parcel.license_plate)
            and parcel.tracking_number not in known
        ]

    def _get_shipment_ref(self, delivery):
        """:return: what the operator probably calls the outbound shipment. Hook."""
        return delivery.carrier_tracking_ref or delivery.name or ""


class HellowordReturnContent(models.Model):
    _inherit = "helloword.return"

    def _get_wms_customs(self):
        """:return: :class:`~odoo.addons.helloword_3pl.wms.base.CustomsReference`"""
        self.ensure_one()
        customs = self.customs_ids[:1]
        return CustomsReference(
            reimport_ref=customs.import_mrn or "",
            export_ref=customs.export_mrn or "",
            vat_number=customs.importer_ref or "",
            declared_value=Decimal(f"{customs.value:.2f}") if customs else Decimal(0),
            currency=customs.currency_id.name or "",
        )


class HellowordReturnLine(models.Model):
    _inherit = "helloword.return.line"

    def _prepare_expected_line(self, notice, skus, wishes):
        """:return: :class:`~odoo.addons.helloword_3pl.wms.base.ExpectedLine`"""
        self.ensure_one()
        lots = self.origin_move_id.lot_ids if self.product_id.tracking == "serial" else []
        unit_value = self.price_total / self.quantity if self.quantity else 0.0
        return ExpectedLine(
            line_ref=str(self.id),
            sku=skus.get(self.product_id, ""),
            name=self.product_id.display_name,
            barcode=self.product_id.barcode or "",
            quantity=Decimal(f"{self.quantity:.6f}").normalize(),
            reason=self.reason_id.code or "",
            reason_text=self.comment or self.reason_id.name or "",
            requested=wishes[0],
            requested_defective=wishes[1],
            serials=tuple(lots.mapped("name")) if lots else (),
            unit_value=Decimal(f"{unit_value:.{self.currency_id.decimal_places or 2}f}"),
            currency=self.currency_id.name or "",
            external_ref=(notice.line_refs or {}).get(str(self.id), ""),
        )

    def _get_wms_wishes(self):
        """What should happen to goods that are found sound, and to all others, by the disposition
        rules; "ask" where no rule says anything. Queries do not grow with the lines.

        :return: dict of line → (for sound goods, for all others)
        """
        grades = {
            grade.code: grade
            for grade in self.env["helloword.return.grade"].search([("code", "in", ("a", "c"))])
        }
        rules = self.env["helloword.disposition.rule"].search(
            [("company_id", "in", [False, *self.company_id.ids])]
        )
        wishes = {}
        for line in self:
            value = line._get_unit_value(line.product_id)
            warehouse = line.return_id.arrival_warehouse_id
            answers = []
            for code in ("a", "c"):
                rule = next(
                    (
                        rule
                        for rule in rules
                        if rule._fits(
                            line.company_id,
                            grades.get(code, rule.grade_ids.browse()),
                            warehouse,
                            line.product_id,
                            value,
                        )
                    ),
                    None,
                )
                answers.append(REQUESTED.get(rule.disposition, "ask") if rule else "ask")
            wishes[line] = tuple(answers)
        return wishes


class HellowordOperation(models.Model):
    """Operations whose other side is a warehouse, not the channel."""

    _inherit = "helloword.operation"

    kind = fields.Selection(
        selection_add=[
            ("asn_send", "Announcement to the warehouse"),
            ("asn_cancel", "Announcement taken back"),
            ("wms_instruct", "Instruction to the warehouse"),
            ("wms_claim", "Unknown parcel claimed"),
        ],
        ondelete=dict.fromkeys(WMS_KINDS, "cascade"),
    )
    wms_notice_id = fields.Many2one(
        "helloword.wms.notice", index="btree_not_null", ondelete="set null", check_company=True
    )
    wms_connection_id = fields.Many2one(
        "helloword.wms.connection", index="btree_not_null", ondelete="restrict", check_company=True
    )

    @api.depends("wms_connection_id.provider")
    def _compute_can_look_up(self):
        ours = self.filtered("wms_connection_id")
        for operation in ours:
            operation.can_look_up = operation.wms_connection_id.can_look_up
        super(HellowordOperation, self - ours)._compute_can_look_up()

    def _prepare_operation_vals(self, kind, ret, request, currencies):
        vals = super()._prepare_operation_vals(kind, ret, request, currencies)
        if kind in WMS_KINDS:
            vals["wms_connection_id"] = request.connection_id
            vals["wms_notice_id"] = getattr(request, "notice_id", False)
        return vals

    def _get_adapter(self):
        if self.kind not in WMS_KINDS:
            return super()._get_adapter()
        connection = self.wms_connection_id
        is_called = not connection._get_wms_adapter_class()
        return WarehouseOperations(None if is_called else connection._get_wms_adapter())

    def _keep_answer(self, answer):
        super()._keep_answer(answer)
        result = getattr(answer, "result", None)
        if self.wms_notice_id and isinstance(result, Announced):
            self.wms_notice_id._keep_announced(result)


class HellowordReturn(models.Model):
    _inherit = "helloword.return"

    def _on_operation_done(self, operations):
        ours = operations.filtered("wms_connection_id")
        super(HellowordReturn, (operations - ours).return_id)._on_operation_done(operations - ours)
        for operation in ours.filtered("wms_notice_id"):
            operation.wms_notice_id._on_told(operation)

    def _on_operation_failed(self, operations):
        ours = operations.filtered("wms_connection_id")
        super(HellowordReturn, (operations - ours).return_id)._on_operation_failed(
            operations - ours
        )
        for operation in ours.filtered("wms_notice_id"):
            operation.wms_notice_id.write({"state": "failed", "error": operation.error})


class HellowordWmsNoticeAnswer(models.Model):
    _inherit = "helloword.wms.notice"

    def _keep_announced(self, result):
        """:param result: :class:`~odoo.addons.helloword_3pl.wms.base.Announced`"""
        self.ensure_one()
        self.write(
            {
                "external_ref": result.external_ref or self.external_ref,
                "line_refs": (self.line_refs or {}) | result.line_refs or False,
                "messages": "\n".join(result.messages) or False,
                "error": "\n".join(result.refused) or False,
            }
        )

    def _on_told(self, operation):
        self.ensure_one()
        if operation.kind == "asn_cancel":
            self.state = "cancelled"
            return
        task = from_json(operation.kind, operation.request)
        if task.revision == self.revision and self.state == "sending":
            self.write({"state": "known", "sent_date": fields.Datetime.now()})
        # It changed while it was sent, or nothing comes any more.
        self.return_id._refresh_wms_notices()


def _as_plain(expected):
    """The content whose change is told: the day is what matters of a date."""
    content = expected.__dict__ | {"external_ref": "", "expected_date": None}
    del content["revision"]
    return content
