from odoo import models

from ..law.policy import Policy


class HellowordReturnPolicy(models.Model):
    """What is published is held against the law of the buyers it is published for."""

    _name = "helloword.return.policy"
    _inherit = ["helloword.return.policy", "helloword.law.checked"]

    def _get_law_check_fields(self):
        return [
            "company_id",
            "channel_ids",
            "country_ids",
            "country_group_ids.country_ids",
            "window_days",
            "window_start",
            "must_arrive_in_window",
            "send_back_days",
            "withdrawal_explained",
            "withdrawal_function",
            "policy_shown_before_billing",
            "label_paid_by",
            "faulty_label_paid_by",
            "label_cost_disclosed",
            "refund_days",
            "refund_trigger",
            "refund_method",
            "refund_outbound",
            "fee_percent",
            "faulty_fee_percent",
            "fee_disclosed",
            "approval_required",
            "reason_required",
            "photo_required",
            "login_required",
            "exclusion_ids",
            "exclusions_announced",
            "claim_days",
            "odr_link",
        ]

    def _get_law_countries(self):
        return {
            policy: set(policy._get_countries().mapped("code"))
            or policy.company_id._get_sold_country_codes(policy.channel_ids._origin)
            for policy in self
        }

    def _get_law_policy(self):
        self.ensure_one()
        return Policy(
            window_days=self.window_days,
            window_start=self.window_start or None,
            must_arrive_in_window=self.must_arrive_in_window,
            send_back_days=self.send_back_days or None,
            withdrawal_explained=self.withdrawal_explained,
            withdrawal_function=self.withdrawal_function,
            policy_shown_before_billing=self.policy_shown_before_billing,
            label_paid_by=self.label_paid_by or None,
            faulty_label_paid_by=self.faulty_label_paid_by or None,
            label_cost_disclosed=self.label_cost_disclosed,
            refund_days=self.refund_days,
            refund_trigger=self.refund_trigger or None,
            refund_method=self.refund_method or None,
            faulty_refund_method=self.refund_method or None,
            refund_outbound=self.refund_outbound,
            fee_percent=self.fee_percent,
            faulty_fee_percent=self.faulty_fee_percent,
            fee_disclosed=self.fee_disclosed,
            approval_required=self.approval_required,
            reason_required=self.reason_required,
            photo_required=self.photo_required,
            login_required=self.login_required,
            exclusions=frozenset(self.exclusion_ids.mapped("code")),
            exclusions_announced=self.exclusions_announced,
            claim_days=self.claim_days or None,
            odr_link=self.odr_link,
        )
