from datetime import timedelta

from odoo import api, fields, models

# Kinds of events that say how goods were found, or what was done with them.
GRADING_TYPES = ("unit.inspected", "return.reported")
TREATING_TYPES = ("disposition.completed", "return.reported")


class HellowordReturn(models.Model):
    """When the goods of a return arrived, were graded and were treated, and what is overdue.

    Of warehouses others run their events tell it; of our own, receipts and inspections.
    """

    _inherit = "helloword.return"

    wms_graded_date = fields.Datetime(
        string="Last Graded by the Warehouse", readonly=True, copy=False, help="UTC."
    )
    wms_treated_date = fields.Datetime(
        string="Last Treated by the Warehouse", readonly=True, copy=False, help="UTC."
    )
    goods_arrived_date = fields.Datetime(
        string="Goods Arrived",
        compute="_compute_service_dates",
        store=True,
        help="At the warehouse (UTC).",
    )
    goods_graded_date = fields.Datetime(
        string="Goods Graded",
        compute="_compute_service_dates",
        store=True,
        help="When the last of what arrived was graded (UTC).",
    )
    goods_treated_date = fields.Datetime(
        string="Goods Treated",
        compute="_compute_service_dates",
        store=True,
        help="When the last of it was where its disposition says (UTC).",
    )
    service_wait = fields.Selection(
        [
            ("arrival", "To be taken in"),
            ("grading", "To be graded"),
            ("treatment", "To be treated"),
        ],
        string="Warehouse Has To",
        compute="_compute_service_due",
        store=True,
        index="btree_not_null",
    )
    service_due_date = fields.Datetime(
        string="Warehouse Due",
        compute="_compute_service_due",
        store=True,
        index="btree_not_null",
        help="Until when the warehouse should have done it (UTC).",
    )

    def _note_wms_moments(self, events):
        """When a warehouse last graded and treated goods of this return.

        :param events: ``helloword.wms.event`` records of this return, in any order
        """
        self.ensure_one()
        for name, types in (
            ("wms_graded_date", GRADING_TYPES),
            ("wms_treated_date", TREATING_TYPES),
        ):
            moments = events.filtered(
                lambda event, types=types: event.type in types and event.moment
            ).mapped("moment")
            self[name] = max(moments, default=False)

    @api.depends(
        "wms_arrival_date",
        "wms_graded_date",
        "wms_treated_date",
        "picking_ids.state",
        "picking_ids.date_done",
        "label_ids.delivered_date",
        "line_ids.quantity_to_inspect",
        "inspection_ids.state",
        "inspection_ids.date",
        "inspection_ids.disposition",
        "inspection_ids.is_processed",
    )
    def _compute_service_dates(self):
        for ret in self:
            results = ret.inspection_ids.filtered(lambda result: result.state == "done")
            arrived = ret._get_arrival()
            is_graded = results and not any(
                line._compare(line.quantity_to_inspect, 0.0) > 0 for line in ret.line_ids
            )
            is_treated = is_graded and all(
                result.grade_kind == "empty"
                or (result.is_processed and result.disposition != "hold")
                for result in results
            )
            graded = treated = False
            if is_graded:
                graded = ret.wms_graded_date or max(results.mapped("date"))
            if is_treated:
                moves = results.sudo().move_ids.filtered(lambda move: move.state == "done")
                treated = ret.wms_treated_date or max(moves.mapped("date"), default=graded)
            ret.goods_arrived_date = arrived
            # Clocks differ, and people enter what happened before: nothing takes less than no time.
            ret.goods_graded_date = max(graded, arrived or graded) if graded else False
            ret.goods_treated_date = max(treated, ret.goods_graded_date) if treated else False

    def _get_arrival(self):
        """:return: datetime (UTC), or False. A warehouse that graded and never said when the goods
        came had them when the carrier delivered them."""
        self.ensure_one()
        if self.wms_arrival_date:
            return self.wms_arrival_date
        if self.wms_graded_date:
            delivered = self.label_ids.filtered("delivered_date").mapped("delivered_date")
            return min(delivered) if delivered else False
        receipts = self.sudo().receipt_picking_ids.filtered(
            lambda picking: picking.state == "done" and picking.date_done
        )
        return min(receipts.mapped("date_done"), default=False)

    @api.depends(
        "approval_state",
        "goods_closed",
        "goods_arrived_date",
        "goods_graded_date",
        "goods_treated_date",
        "label_ids.delivered_date",
        "arrival_warehouse_id.return_missing_days",
        "arrival_warehouse_id.return_grade_days",
        "arrival_warehouse_id.return_treat_days",
        "arrival_warehouse_id.wms_site_ids.connection_id.active",
        "arrival_warehouse_id.wms_site_ids.connection_id.missing_days",
        "arrival_warehouse_id.wms_site_ids.connection_id.grade_days",
        "arrival_warehouse_id.wms_site_ids.connection_id.treat_days",
    )
    def _compute_service_due(self):
        days = {
            warehouse: warehouse._get_service_days()
            for warehouse in self.sudo().arrival_warehouse_id
        }
        for ret in self:
            wait, since = ret._get_service_wait()
            limits = days.get(ret.sudo().arrival_warehouse_id)
            if not wait or not limits:
                ret.service_wait = ret.service_due_date = False
                continue
            limit = limits[("arrival", "grading", "treatment").index(wait)]
            ret.service_wait = wait
            ret.service_due_date = since + timedelta(days=limit)

    def _get_service_wait(self):
        """:return: tuple: what the warehouse has to do now, since when; (False, False): nothing"""
        self.ensure_one()
        if self.approval_state != "approved" or self.goods_treated_date:
            return False, False
        if self.goods_graded_date:
            return "treatment", self.goods_graded_date
        if self.goods_arrived_date:
            return "grading", self.goods_arrived_date
        delivered = self.label_ids.filtered("delivered_date").mapped("delivered_date")
        if delivered and not self.goods_closed and not self.wms_graded_date:
            return "arrival", min(delivered)
        return False, False
