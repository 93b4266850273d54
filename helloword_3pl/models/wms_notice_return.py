from odoo import api, fields, models

from .wms_notice import NOTICE_STATES


class HellowordReturn(models.Model):
    """When warehouses are told what comes."""

    _inherit = "helloword.return"

    wms_notice_ids = fields.One2many("helloword.wms.notice", "return_id")
    wms_notice_state = fields.Selection(
        NOTICE_STATES,
        string="Told to the Warehouse",
        compute="_compute_wms_notice_state",
    )

    @api.depends("wms_notice_ids.state")
    def _compute_wms_notice_state(self):
        for ret in self:
            ret.wms_notice_state = ret.sudo().wms_notice_ids[:1].state

    def _is_wms_expected(self):
        """:return: whether goods of this return are on their way to a warehouse"""
        self.ensure_one()
        return self.approval_state == "approved" and self._expects_goods() and not self.goods_closed

    def _refresh_wms_notices(self):
        """Tell, tell again or take back, as things are now. Batch, safe to repeat."""
        returns = self.sudo()
        if not returns:
            return
        connections = self.env["helloword.wms.connection"]._get_by_warehouse(
            returns.arrival_warehouse_id
        )
        Notice = self.env["helloword.wms.notice"].sudo()
        known = {
            (notice.return_id, notice.connection_id): notice
            for notice in Notice.search([("return_id", "in", returns.ids)])
        }
        vals_list, due, gone = [], Notice, Notice
        for ret in returns:
            connection = connections.get(ret.arrival_warehouse_id)
            expected = ret._is_wms_expected()
            for (owner, other), notice in known.items():
                if owner == ret and (other != connection or not expected):
                    gone |= notice
            if not connection or not expected or not connection.can_announce:
                continue
            if not ret._is_time_to_announce(connection):
                continue
            notice = known.get((ret, connection))
            if notice:
                if notice.state == "cancelled":
                    notice.write({"state": "waiting", "content_hash": False})
                due |= notice
            else:
                vals_list.append(
                    {
                        "return_id": ret.id,
                        "connection_id": connection.id,
                        "warehouse_id": ret.arrival_warehouse_id.id,
                    }
                )
        gone.filtered(lambda notice: notice.state != "cancelled")._cancel()
        (due | Notice.create(vals_list))._send()

    def _is_time_to_announce(self, connection):
        self.ensure_one()
        if self.wms_notice_ids.filtered(lambda notice: notice.connection_id == connection):
            return True
        if connection.announce_when == "label":
            return bool(self.label_ids.filtered(lambda label: label.state == "bought"))
        if connection.announce_when == "first_scan":
            return bool(self.shipped_date)
        return True

    def _on_approved(self):
        super()._on_approved()
        self._refresh_wms_notices()

    def _on_cancelled(self):
        super()._on_cancelled()
        self._refresh_wms_notices()

    def _on_goods_closed(self):
        super()._on_goods_closed()
        self._refresh_wms_notices()

    @api.model
    def _ship(self, moments):
        result = super()._ship(moments)
        self.concat(*moments)._refresh_wms_notices()
        return result

    def action_mark_shipped(self):
        result = super().action_mark_shipped()
        self._refresh_wms_notices()
        return result

    def _get_wms_line_refs(self):
        refs = super()._get_wms_line_refs()
        for notice in self.wms_notice_ids:
            refs |= {theirs: ours for ours, theirs in (notice.line_refs or {}).items()}
        return refs

    def action_view_wms_notices(self):
        self.ensure_one()
        return self.wms_notice_ids._get_records_action(
            name=self.env._("Announcements to Warehouses")
        )

    @api.model
    def _cron_refresh_wms_notices(self):
        """Daily: what changed without anybody telling."""
        notices = self.env["helloword.wms.notice"].search(
            [
                ("state", "in", ("waiting", "known")),
                ("return_id.goods_state", "in", ("expected", "transit", "partial")),
            ]
        )
        notices.return_id._refresh_wms_notices()


class HellowordReturnLine(models.Model):
    _inherit = "helloword.return.line"

    def write(self, vals):
        result = super().write(vals)
        if {"quantity", "product_id", "decision", "reason_id"} & vals.keys():
            self.return_id.filtered("wms_notice_ids")._refresh_wms_notices()
        return result


class HellowordReturnLabel(models.Model):
    _inherit = "helloword.return.label"

    def _on_bought(self):
        result = super()._on_bought()
        self.return_id._refresh_wms_notices()
        return result


class HellowordWmsEvent(models.Model):
    _inherit = "helloword.wms.event"

    @api.model
    def _find_returns_by_ref(self, connection, refs):
        found = super()._find_returns_by_ref(connection, refs)
        if not refs:
            return found
        notices = (
            self.env["helloword.wms.notice"]
            .sudo()
            .search([("connection_id", "=", connection.id), ("external_ref", "in", list(refs))])
        )
        return found | {notice.external_ref: notice.return_id for notice in notices}
