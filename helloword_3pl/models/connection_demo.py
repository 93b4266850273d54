from datetime import UTC, datetime, timedelta

from odoo import api, fields, models

from odoo.addons.helloword_returns.models.demo_event import DemoMemory

from ..wms.demo import DemoAdapter

TICKS = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(hours=12),
}


class WarehouseMemory(DemoMemory):
    """What the demo warehouse remembers of one connection."""

    def recall_all(self):
        """:return: dict of kind → dict of key → content, oldest first"""
        kinds = {}
        with self._events() as events:
            for row in events.search([("account", "=", self._account)], order="id"):
                kinds.setdefault(row.kind, {})[row.key] = row.content or {}
        return kinds

    def keep(self, key, kind, content):
        with self._events() as events:
            row = self._get(events, key)
            if row:
                row.write({"content": content, "calls": row.calls + 1})
            else:
                vals = {"account": self._account, "key": key, "kind": kind, "content": content}
                events.create([{**vals, "calls": 1, "executions": 1}])


class HellowordWmsConnection(models.Model):
    """The demo warehouse; see :mod:`~odoo.addons.helloword_3pl.wms.demo`."""

    _inherit = "helloword.wms.connection"

    provider = fields.Selection(selection_add=[("demo", "Demo")], ondelete={"demo": "cascade"})
    demo_mode = fields.Selection(
        [
            ("full", "All comes, all is sound"),
            ("damaged", "One unit is damaged"),
            ("short", "Less comes"),
            ("over", "More comes"),
            ("partial", "In two parcels"),
            ("wrong", "Something else comes"),
            ("empty", "The parcel is empty"),
            ("late", "It comes late"),
            ("corrected", "A second look finds a fault"),
            ("unlabelled", "No number on the parcel"),
        ],
        string="What Happens to Returns",
        help="To returns announced from now on. Empty: each return's number decides, the same way "
        "every time.",
    )
    demo_pace = fields.Selection(
        [("minutes", "In minutes"), ("hours", "In hours"), ("days", "In days, as in life")],
        string="Time Passes",
        default="hours",
        help="From its announcement a return takes five to fifteen steps of a minute, an hour or "
        "half a day each.",
    )

    def _get_wms_adapter_class(self):
        if self.provider == "demo":
            return DemoAdapter
        return super()._get_wms_adapter_class()

    def _get_wms_adapter(self):
        if self.provider != "demo":
            return super()._get_wms_adapter()
        return DemoAdapter(
            WarehouseMemory(self.env, f"wms-{self.id}"),
            datetime.now(UTC),
            TICKS[self.demo_pace or "hours"],
            self.demo_mode or "",
            self._get_fee_currency_code(),
        )

    def action_demo_hurry(self):
        """Every return in the demo warehouse does its next step now, and tells of it."""
        self.check_access("write")
        for connection in self.filtered(lambda connection: connection.provider == "demo"):
            connection._get_wms_adapter().hurry()
            # Nothing is sent anywhere, so no transaction waits for anyone.
            connection._poll(commit=lambda: None)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @api.model
    def _load_demo(self):
        """Load the demonstration's warehouse; called by the demo file."""
        from ..demo.warehouse import DemoWarehouse

        if not self.search([("provider", "=", "demo")], limit=1):
            DemoWarehouse(self.env).load()
