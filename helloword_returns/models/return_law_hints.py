from datetime import timedelta

from markupsafe import Markup
from odoo import api, fields, models
from odoo.tools.misc import format_date

from ..law.clock import FAULTY, NOT_DELIVERED, WITHDRAWAL
from ..law.finding import Law
from ..law.working_days import add_working_days

TONE_CLASSES = {
    "right": "fa-balance-scale text-success",
    "limit": "fa-hand-stop-o text-danger",
    "warning": "fa-exclamation-triangle text-warning",
    "note": "fa-info-circle text-info",
}
_GUARANTEES = (
    "legal_guarantee_period",
    "implied_warranty_period",
    "defect_claim_period_durable",
)
# What the story of a decision keeps of the law that held, by what the law makes of the request.
_KEPT = {
    WITHDRAWAL: (
        "statutory_change_of_mind_right",
        "withdrawal_period",
        "withdrawal_period_business_days",
        "return_cost_bearer_withdrawal",
        "refund_outbound_standard_delivery",
    ),
    FAULTY: (*_GUARANTEES, "return_cost_bearer_defect"),
    NOT_DELIVERED: (
        "cancel_if_delivery_late_by",
        "late_shipment_refund_business_days",
        "refund_deadline_after_cancellation",
    ),
}


class HellowordReturn(models.Model):
    """What the buyer's law says about this return. Hints, not legal advice."""

    _inherit = "helloword.return"

    law_hints_html = fields.Html(string="Law", compute="_compute_law_hints_html", sanitize=False)

    @api.depends("country_id", "request_date", "reason_group_id", "delivered_date", "line_ids")
    @api.depends_context("lang")
    def _compute_law_hints_html(self):
        for ret in self:
            ret.law_hints_html = Markup().join(
                self._render_hint(hint) for hint in ret._get_law_hints()
            )

    def _get_law_hints(self):
        """What right applies, until when, at whose cost, and what a delay would cost.

        :return: list of dicts with ``code``, ``tone`` (right, limit, warning or note), ``text`` in
            the reader's language, ``reference``, ``url`` and ``confidence`` of the source; empty
            when the buyer's country is not known
        """
        self.ensure_one()
        jurisdiction = self._get_jurisdiction()
        notice = self._as_buyer_day(self._get_notice_date())
        if not jurisdiction or not notice:
            return []
        rulebook = self.env["helloword.regulation"]._get_rulebook()
        law = Law(rulebook, jurisdiction, notice)
        hints = {
            WITHDRAWAL: self._get_withdrawal_hints,
            FAULTY: self._get_faulty_hints,
            NOT_DELIVERED: self._get_not_delivered_hints,
        }[self._get_claim_kind()](law, notice)
        return [hint for hint in hints if hint]

    def _get_law_snapshot(self):
        """The rules of law that held when this return was decided, as JSON; reads no database
        beyond the return itself.

        :return: list of dicts with ``key``, ``value``, ``unit``, ``reference`` and ``url``
        """
        self.ensure_one()
        jurisdiction = self._get_jurisdiction()
        notice = self._as_buyer_day(self._get_notice_date())
        if not jurisdiction or not notice:
            return []
        law = Law(self.env["helloword.regulation"]._get_rulebook(), jurisdiction, notice)
        return [
            {
                "key": rule.key,
                "value": rule.value,
                "unit": rule.unit,
                "reference": rule.reference,
                "url": rule.source,
            }
            for rule in filter(None, map(law.get, _KEPT[self._get_claim_kind()]))
        ]

    def _make_hint(self, rule, tone, text):
        if rule is None:
            return None
        return {
            "code": rule.key,
            "tone": tone,
            "text": text,
            "reference": rule.reference,
            "url": rule.source,
            "confidence": rule.confidence,
        }

    # -------------------------------------------------------------------------
    # Change of mind
    # -------------------------------------------------------------------------

    def _get_withdrawal_hints(self, law, notice):
        rule = law.first("withdrawal_period", "withdrawal_period_business_days")
        if rule is None:
            return self._get_no_right_hints(law)
        end = self._get_window_end(rule)
        hints = [self._describe_window(rule, end, notice)]
        if end and notice > end:
            return hints
        return [
            *hints,
            self._describe_label_payer(law),
            self._describe_fee(law),
            self._describe_outbound(law),
            self._describe_approval(law),
            *self._describe_late_refund(law),
        ]

    def _get_no_right_hints(self, law):
        none = law.get("statutory_change_of_mind_right")
        default = law.first(
            "default_return_period_if_not_disclosed",
            "withdrawal_period_unless_policy_displayed",
        )
        policy = self.env["helloword.return.policy"]._get_for(self)[self]
        if policy:
            text = self.env._(
                "No right to change one's mind; your policy “%(policy)s” promises %(days)s days.",
                policy=policy.name,
                days=policy.window_days,
            )
        else:
            text = self.env._("No right to change one's mind; what you published binds you.")
        hints = [self._make_hint(none, "note", text)]
        if default:
            hints.append(
                self._make_hint(
                    default,
                    "warning",
                    self.env._(
                        "Where no policy was shown, buyers may return for %s.",
                        self._describe_length(default),
                    ),
                )
            )
        return hints

    def _get_window_end(self, rule):
        """The day the right ends, counted from the delivery as far as it is known.

        :return: date, or None when the delivery is not known
        """
        self.ensure_one()
        delivered = self._as_buyer_day(self._get_delivered_date())
        if not delivered:
            return None
        if rule.key == "withdrawal_period_business_days":
            return add_working_days(delivered, rule.number, rule.jurisdiction)
        return delivered + timedelta(days=rule.days)

    def _get_delivered_date(self):
        """:return: when the last of the goods was delivered (naive UTC), or False"""
        self.ensure_one()
        return self.delivered_date or max(
            self.sudo().line_ids.origin_move_id.filtered("date").mapped("date"), default=False
        )

    def _describe_window(self, rule, end, notice):
        length = self._describe_length(rule)
        if end is None:
            text = self.env._(
                "Buyers may change their mind for %s from the delivery; when that was is not known.",
                length,
            )
            return self._make_hint(rule, "right", text)
        day = format_date(self.env, end)
        if notice <= end:
            text = self.env._(
                "Inside the withdrawal period: %(length)s from the delivery, until %(day)s.",
                length=length,
                day=day,
            )
            return self._make_hint(rule, "right", text)
        text = self.env._(
            "The withdrawal period of %(length)s ended on %(day)s, counted from the delivery noted "
            "here. Taking the goods back is your own choice.",
            length=length,
            day=day,
        )
        return self._make_hint(rule, "note", text)

    def _describe_label_payer(self, law):
        rule = law.get("return_cost_bearer_withdrawal")
        if rule is None:
            return None
        if rule.value == "seller":
            return self._make_hint(rule, "limit", self.env._("The seller pays the return label."))
        if rule.value == "consumer_if_informed":
            text = self.env._(
                "The buyer pays the return label only if they were told so before the order."
            )
            return self._make_hint(rule, "note", text)
        return self._make_hint(rule, "note", self.env._("The buyer may be asked to pay the label."))

    def _describe_fee(self, law):
        rule = law.first(
            "restocking_fee_allowed_on_withdrawal", "restocking_fee_allowed", "max_cancellation_fee"
        )
        if rule is None:
            return None
        if rule.flag is False:
            loss = law.get("diminished_value_deduction")
            text = self.env._("No restocking fee may be kept.")
            if loss:
                text += " " + self.env._(
                    "Lost value may be deducted only for handling beyond testing."
                )
            return self._make_hint(rule, "limit", text)
        return self._make_hint(rule, "note", self.env._("Fee: %s.", rule.value))

    def _describe_outbound(self, law):
        rule = law.get("refund_outbound_standard_delivery")
        if rule is None or not rule.flag:
            return None
        text = self.env._("The standard delivery cost of the order is refunded, too.")
        return self._make_hint(rule, "right", text)

    def _describe_approval(self, law):
        rule = law.first("withdrawal_by_unequivocal_statement", "withdrawal_prior_approval_allowed")
        text = self.env._("The buyer's statement is enough: no approval, no reason needed.")
        return self._make_hint(rule, "right", text)

    def _describe_late_refund(self, law):
        surcharge = law.get("late_refund_surcharge")
        double = law.get("late_refund_double_amount")
        yield self._make_hint(
            surcharge,
            "warning",
            self.env._("A late refund costs +5 % after 10 days, rising to +50 % and beyond."),
        )
        if double and double.is_confirmed:
            yield self._make_hint(
                double, "warning", self.env._("After a late refund twice the amount is owed.")
            )

    # -------------------------------------------------------------------------
    # Faulty goods
    # -------------------------------------------------------------------------

    def _get_faulty_hints(self, law, notice):
        bearer = law.get("return_cost_bearer_defect")
        remedy = law.get("remedy_deadline")
        choice = law.get("major_failure_remedy_choice")
        return [
            self._describe_rejection(law, notice),
            self._describe_guarantee(law, notice),
            self._describe_burden(law, notice),
            bearer
            and self._make_hint(
                bearer,
                "limit" if bearer.value == "seller" else "note",
                self.env._("The seller pays the return of faulty goods.")
                if bearer.value == "seller"
                else self.env._("Return of faulty goods: %s.", bearer.value),
            ),
            remedy
            and self._make_hint(
                remedy,
                "note",
                self.env._(
                    "A fault is put right within %s, otherwise the buyer may want the money.",
                    self._describe_length(remedy),
                ),
            ),
            choice
            and self._make_hint(
                choice, "right", self.env._("After a major failure the buyer chooses the remedy.")
            ),
            self._describe_faulty_fee(law),
        ]

    def _describe_rejection(self, law, notice):
        rule = law.first("short_term_right_to_reject", "right_of_rejection_period")
        end = rule and self._get_window_end(rule)
        if rule is None or (end and notice > end):
            return None
        text = self.env._(
            "Within %s of the delivery the buyer may reject faulty goods and have the money back.",
            self._describe_length(rule),
        )
        return self._make_hint(rule, "right", text)

    def _describe_guarantee(self, law, notice):
        rule = law.first(*_GUARANTEES)
        if rule is None:
            return None
        if rule.days is None:
            text = self.env._("Legal guarantee: %s.", rule.value)
            return self._make_hint(rule, "right", text)
        end = self._get_window_end(rule)
        length = self._describe_length(rule)
        if end and notice > end:
            text = self.env._(
                "The legal guarantee of %(length)s ended on %(day)s.",
                length=length,
                day=format_date(self.env, end),
            )
            return self._make_hint(rule, "note", text)
        until = end and format_date(self.env, end)
        text = (
            self.env._("Legal guarantee: %(length)s, until %(day)s.", length=length, day=until)
            if until
            else self.env._("Legal guarantee: %s from the delivery.", length)
        )
        return self._make_hint(rule, "right", text)

    def _describe_burden(self, law, notice):
        rule = law.get("burden_of_proof_reversal")
        if rule is None or rule.days is None:
            return None
        end = self._get_window_end(rule)
        if end and notice > end:
            text = self.env._("The buyer has to prove that the fault was there at delivery.")
            return self._make_hint(rule, "note", text)
        text = self.env._(
            "The seller has to prove that the goods were sound, for %s from the delivery.",
            self._describe_length(rule),
        )
        return self._make_hint(rule, "limit", text)

    def _describe_faulty_fee(self, law):
        rule = law.get("restocking_fee_allowed_on_faulty_goods")
        text = self.env._("No fee may be kept on faulty goods.")
        return self._make_hint(rule, "limit", text)

    # -------------------------------------------------------------------------
    # Not delivered in time
    # -------------------------------------------------------------------------

    def _get_not_delivered_hints(self, law, _notice):
        cancel = law.get("cancel_if_delivery_late_by")
        ship = law.get("ship_deadline_if_no_date_stated")
        refund = law.first(
            "late_shipment_refund_business_days", "refund_deadline_after_cancellation"
        )
        return [
            cancel
            and self._make_hint(
                cancel,
                "right",
                self.env._(
                    "The buyer may cancel when the delivery is %s late.",
                    self._describe_length(cancel),
                ),
            ),
            ship
            and self._make_hint(
                ship,
                "limit",
                self.env._(
                    "Without a stated date goods ship within %s; otherwise ask for consent, or "
                    "refund without being asked.",
                    self._describe_length(ship),
                ),
            ),
            refund
            and self._make_hint(
                refund,
                "limit",
                self.env._(
                    "The refund is due within %s, shipping included.", self._describe_length(refund)
                ),
            ),
        ]

    # -------------------------------------------------------------------------
    # In words
    # -------------------------------------------------------------------------

    @api.model
    def _describe_length(self, rule):
        """:return: a period in the reader's language"""
        if "business_days" in rule.key:
            return self.env._("%s working days", rule.value)
        if rule.unit == "days":
            return self.env._("%s days", rule.value)
        if rule.unit == "months":
            return self.env._("%s months", rule.value)
        if rule.unit == "years":
            return self.env._("%s years", rule.value)
        return rule.value

    @api.model
    def _render_hint(self, hint):
        link = Markup("{}").format(hint["reference"])
        if hint["url"]:
            link = Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(
                hint["url"], hint["reference"] or hint["url"]
            )
        return Markup(
            '<div class="mb-1"><i class="fa {icon} me-1" role="img" aria-hidden="true"></i>{text} '
            '<span class="small text-muted">{link}</span></div>'
        ).format(icon=TONE_CLASSES[hint["tone"]], text=hint["text"], link=link)
