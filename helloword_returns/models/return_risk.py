from odoo import api, fields, models

# Points each fact may add. Together they may pass the scale, which ends at 100.
FRAUD_REASON = 40
MANY_RETURNS = 20
HIGH_RATE = 25
KEEP_ITS = 25
NEVER_ARRIVED = 15
HIGH_SHARE = 15
NO_HISTORY = 10
# Where each fact begins to count, and where it counts in full.
RETURNS_FROM, RETURNS_FULL = 3, 8
RATE_FROM, RATE_FULL = 40.0, 90.0
# A rate says little about someone who has ordered twice.
RATE_ORDERS = 4
KEEP_ITS_FROM, KEEP_ITS_FULL = 1, 4
SHARE_FROM = 50.0


class HellowordReturn(models.Model):
    """How unusual a request is for an honest customer, from facts a person can check.

    No verdict and no guess: every point names the fact it comes from. Rules decide what follows.
    """

    _inherit = "helloword.return"

    risk_score = fields.Integer(
        string="Risk",
        readonly=True,
        copy=False,
        help="0 (nothing unusual) to 100, noted when the return was decided. Each point comes "
        "from a fact that is listed beside it.",
    )
    risk_reasons = fields.Json(readonly=True, copy=False)
    risk_summary = fields.Text(string="Risk From", compute="_compute_risk_summary")

    def _snapshot_facts(self):
        result = super()._snapshot_facts()
        names = ("risk_score", "risk_reasons")
        with self.env.protecting([self._fields[name] for name in names], self):
            for ret in self:
                reasons = [reason for reason in ret._get_risk_reasons() if reason["points"] > 0]
                ret.risk_reasons = reasons
                ret.risk_score = min(sum(reason["points"] for reason in reasons), 100)
        self.modified(names)
        return result

    def _get_risk_reasons(self):
        """:return: list of dicts with ``code``, ``points`` and the values the sentence needs"""
        self.ensure_one()
        reasons = []
        if "fraud" in self.line_ids.reason_group_id.mapped("code"):
            reasons.append({"code": "fraud_reason", "points": FRAUD_REASON})
        count = self.customer_return_count
        points = _scale(count, RETURNS_FROM, RETURNS_FULL, MANY_RETURNS)
        reasons.append({"code": "many_returns", "points": points, "value": count})
        if self.customer_order_count >= RATE_ORDERS:
            rate = self.customer_return_rate
            points = _scale(rate, RATE_FROM, RATE_FULL, HIGH_RATE)
            reasons.append({"code": "high_rate", "points": points, "value": rate})
        kept = self.customer_keep_it_count
        points = _scale(kept, KEEP_ITS_FROM, KEEP_ITS_FULL, KEEP_ITS)
        reasons.append({"code": "keep_its", "points": points, "value": kept})
        codes = self.line_ids.reason_id.mapped("code")
        if "not_delivered" in codes and self.delivered_date:
            reasons.append({"code": "never_arrived", "points": NEVER_ARRIVED})
        value = self.customer_lifetime_value
        if self.customer_order_count <= 1:
            reasons.append({"code": "no_history", "points": NO_HISTORY})
        elif self.company_currency_id.compare_amounts(value, 0.0) > 0:
            share = min(100.0 * self.amount_company / value, 100.0)
            points = _scale(share, SHARE_FROM, 100.0, HIGH_SHARE)
            reasons.append({"code": "high_share", "points": points, "value": round(share, 1)})
        return reasons

    @api.depends("risk_reasons")
    @api.depends_context("lang")
    def _compute_risk_summary(self):
        for ret in self:
            ret.risk_summary = "\n".join(
                self.env._(
                    "%(points)s: %(reason)s",
                    points=reason["points"],
                    reason=self._describe_risk(reason),
                )
                for reason in ret.risk_reasons or []
            )

    @api.model
    def _describe_risk(self, reason):
        """:return: one reason in the reader's language"""
        code, value = reason["code"], reason.get("value") or 0
        if code == "fraud_reason":
            return self.env._("the reason itself speaks of fraud")
        if code == "many_returns":
            return self.env._("%s other returns in twelve months", value)
        if code == "high_rate":
            return self.env._("%.0f %% of the customer's orders come back", value)
        if code == "keep_its":
            return self.env._("refunded %s times before and kept the goods", value)
        if code == "never_arrived":
            return self.env._("said not to have arrived, but was delivered")
        if code == "high_share":
            return self.env._("%.0f %% of all the customer ever bought", value)
        return self.env._("first order of this customer")


def _scale(value, first, full, points):
    """:return: points rising from zero at ``first`` to all of them at ``full``"""
    if value <= first:
        return 0
    return round(points * min((value - first) / (full - first), 1.0))
