from odoo import api, fields, models


class HellowordReturn(models.Model):
    _inherit = "helloword.return"

    @api.model
    def _load_demo(self):
        """Load the demonstration data; called by the demo file when the module is installed."""
        from ..demo.loader import DemoLoader

        if not self.env["sale.order"].search([("return_channel_id", "!=", False)], limit=1):
            DemoLoader(self.env).load()

    @api.model
    def _load_portal_demo(self):
        """Open the demonstration's shop to its customers; called by the demo file."""
        from ..demo.portal_shop import ORDERS, PortalShop

        if not self.env["sale.order"].search([("name", "in", list(ORDERS))], limit=1):
            PortalShop(self.env).load()

    @api.model
    def _load_experiment_demo(self):
        """Draft an experiment on a shipped rule; called by the demo file."""
        rule = self.env.ref("helloword_returns.rule_small_amount", raise_if_not_found=False)
        company = self.env.ref("base.main_company")
        Experiment = self.env["helloword.return.experiment"]
        if not rule or Experiment.search([("rule_id", "=", rule.id)], limit=1):
            return
        experiment = Experiment.create(
            {
                "name": "Small amount: keep goods up to 30 instead of 20",
                "rule_id": rule.id,
                "company_id": company.id,
                "kind": "threshold",
                "threshold_field": "amount_company",
                "user_id": self.env.ref("base.user_admin").id,
                "hypothesis": "Between 20 and 30 a parcel and its inspection cost more than the "
                "goods bring.",
                "holdout_percent": 5.0,
                "variant_ids": [
                    fields.Command.create({"name": "Below 20", "is_control": True}),
                    fields.Command.create({"name": "Below 30", "threshold": 30.0}),
                ],
            }
        )
        experiment.action_estimate_sample()

    @api.model
    def _load_label_demo(self):
        """Label accounts of the demonstration, and labels for parcels that are awaited; called by
        the demo file."""
        company = self.env.ref("base.main_company")
        Account = self.env["helloword.label.account"]
        if Account.search([("company_id", "=", company.id)], limit=1):
            return
        carrier = self.env["res.partner"].create({"name": "Demo Parcel", "is_company": True})
        common = {"company_id": company.id, "currency_id": company.currency_id.id}
        Account.create(
            [
                common
                | {
                    "name": "Demo Parcel",
                    "provider": "demo",
                    "environment": "production",
                    "partner_id": carrier.id,
                    "wants_qr": True,
                },
                common | {"name": "Slip to print", "provider": "slip", "sequence": 90},
            ]
        )
        awaited = self.search(
            [("company_id", "=", company.id), ("goods_state", "=", "expected")], order="id"
        )
        awaited.filtered(lambda ret: not ret.cost_ids).with_context(
            queue_job__no_delay=True, tracking_disable=True
        )._filter_label_due()._make_labels()

    @api.model
    def _load_parcel_demo(self):
        """Parcels of the demonstration that are on their way; called by the demo file."""
        from ..demo.parcels import SOLD_HOURS_AGO, DemoParcels

        labels = self.env["helloword.return.label"].search(
            [
                ("company_id", "=", self.env.ref("base.main_company").id),
                ("account_id.provider", "=", "demo"),
                ("state", "=", "bought"),
                ("return_id.goods_state", "=", "expected"),
            ],
            order="id",
            limit=len(SOLD_HOURS_AGO),
        )
        if not labels.event_ids:
            DemoParcels(labels.with_context(tracking_disable=True)).load()
