from dataclasses import dataclass

from odoo import models


@dataclass(frozen=True)
class Outcome:
    """One thing the customer may choose to get.

    :param str key: stands in the form
    :param str kind: of ``return_request.OUTCOMES``
    :param float percent: of the value, for a keep-it offer
    :param str title: what it is
    :param str text: when and how it comes
    :param str amount: money with its currency; empty when there is none, or none to be shown
    """

    key: str
    kind: str
    percent: float
    title: str
    text: str
    amount: str


@dataclass(frozen=True)
class ExchangeOption:
    """:param str difference: what it costs more or less, in words; empty when nothing"""

    product_id: int
    name: str
    difference: str
    available: bool


@dataclass(frozen=True)
class ExchangeRow:
    """One returned product and what can be had instead."""

    sale_line_id: int
    name: str
    options: tuple

    def get_choice(self, text):
        """:return: the available option a form names, or None"""
        for option in self.options:
            if option.available and str(option.product_id) == text:
                return option
        return None


@dataclass(frozen=True)
class Preview:
    """What a request would lead to.

    :param bool is_decided: rules decide it at once; else a person does
    :param bool needs_photo: the plan asks for a photo, and there is none
    :param str refusal: why it would not be accepted, else empty
    :param tuple outcomes: of :class:`Outcome`
    :param tuple exchanges: of :class:`ExchangeRow`
    """

    is_decided: bool
    needs_photo: bool
    refusal: str
    outcomes: tuple
    exchanges: tuple

    def get_outcome(self, key):
        return next((outcome for outcome in self.outcomes if outcome.key == key), None)


class HellowordReturnDraft(models.Model):
    _inherit = "helloword.return.draft"

    def _preview(self):
        """:return: :class:`Preview` of what sending this draft would lead to"""
        self.ensure_one()
        return self.env["helloword.return"]._preview_draft(
            self, lambda ret: ret._describe_preview()
        )


class HellowordReturn(models.Model):
    """What a plan offers its customer, and what the customer chose of it."""

    _inherit = "helloword.return"

    def _describe_preview(self):
        """:return: :class:`Preview` of a return that has its plan and is not decided"""
        self.ensure_one()
        is_decided = (
            not self.needs_attention and not self.is_gift and self.decision not in (False, "manual")
        )
        if is_decided and self.decision == "reject":
            reason = self.rejection_reason or self.env._(
                "Our return conditions do not cover this request."
            )
            return Preview(True, False, reason, (), ())
        exchanges = tuple(self._get_exchange_rows())
        outcomes = tuple(
            outcome
            for outcome in self._get_portal_outcomes()
            if outcome.kind != "exchange" or exchanges
        )
        return Preview(is_decided, self._lacks_photo(), "", outcomes, exchanges)

    def _lacks_photo(self):
        self.ensure_one()
        return self.photo_required and not self.customer_photo_ids

    # -------------------------------------------------------------------------
    # What is offered
    # -------------------------------------------------------------------------

    def _get_offered_decisions(self):
        """What the customer may choose under the plan.

        :return: dict of outcome → decision it leads to; empty when a person decides
        """
        self.ensure_one()
        company = self.company_id
        if self.decision == "return_refund":
            offered = {"refund": "return_refund"}
            if company.return_portal_exchange:
                offered["exchange"] = "exchange"
            if company.return_portal_store_credit:
                offered["store_credit"] = "store_credit"
            return offered
        own = {
            "refund_only": "refund",
            "exchange": "exchange",
            "store_credit": "store_credit",
            "keep_it": "keep_it",
        }
        return {own[self.decision]: self.decision} if self.decision in own else {}

    def _get_portal_outcomes(self):
        """:return: list of :class:`Outcome`"""
        self.ensure_one()
        offered = self._get_offered_decisions()
        if self.needs_attention or self.is_gift or not offered:
            return self._get_wishes()
        return [self._describe_outcome(kind, decision) for kind, decision in offered.items()]

    def _get_wishes(self):
        """What a customer may ask a person for."""
        company = self.company_id
        kinds = [
            *(["refund"] if not self.is_gift else []),
            *(["exchange"] if company.return_portal_exchange else []),
            *(["store_credit"] if company.return_portal_store_credit or self.is_gift else []),
        ]
        return [Outcome(kind, kind, 0.0, self._get_outcome_title(kind), "", "") for kind in kinds]

    def _get_outcome_title(self, kind):
        if kind == "store_credit" and self.is_gift:
            return self.env._("Credit for our shop")
        return {
            "refund": self.env._("Money back"),
            "exchange": self.env._("Exchange"),
            "store_credit": self.env._("Store credit"),
            "keep_it": self.env._("Keep it and get a part of the price back"),
        }[kind]

    def _describe_outcome(self, kind, decision):
        """What the customer gets and when, were it decided so."""
        planned = self.decision
        self.decision = decision
        amount = "" if kind == "exchange" else self.currency_id.format(self.amount_to_refund)
        if decision in ("refund_only", "keep_it"):
            text = self.env._("You keep the goods. There is nothing to send back.")
        else:
            text = self._get_promises(decision).get(self.refund_trigger, "")
        self.decision = planned
        return Outcome(
            kind,
            kind,
            self.keep_it_percent if kind == "keep_it" else 0.0,
            self._get_outcome_title(kind),
            text,
            amount,
        )

    def _get_exchange_rows(self):
        """What can be had instead of each line; nothing when one of them has nothing."""
        if not self.company_id.return_portal_exchange and self.decision != "exchange":
            return []
        rows = []
        for sale_line, lines in self.line_ids.grouped("sale_line_id").items():
            if not sale_line:
                return []
            choices = sale_line.sudo()._get_exchange_choices(sum(lines.mapped("quantity")))
            if self.is_gift:
                choices = [choice for choice in choices if not choice.difference]
            options = tuple(
                ExchangeOption(
                    choice.product.id,
                    choice.product._get_portal_name(),
                    self._describe_difference(choice.difference),
                    choice.available,
                )
                for choice in choices
            )
            if not any(option.available for option in options):
                return []
            rows.append(ExchangeRow(sale_line.id, sale_line.product_id._get_portal_name(), options))
        return rows

    def _describe_difference(self, difference):
        sign = self.currency_id.compare_amounts(difference, 0.0)
        if sign > 0:
            return self.env._("you pay %s more", self.currency_id.format(difference))
        if sign < 0:
            return self.env._("you get %s back", self.currency_id.format(-difference))
        return ""

    # -------------------------------------------------------------------------
    # What was chosen
    # -------------------------------------------------------------------------

    def _apply_rule(self, rule):
        """The plan decides; among what it offers, the customer."""
        result = super()._apply_rule(rule)
        for ret in self:
            chosen = ret._get_offered_decisions().get(ret.requested_outcome)
            if chosen and chosen != ret.decision:
                ret.decision = chosen
        return result
