from dataclasses import dataclass

from odoo import models

from .return_request import OUTCOMES

# What each decision is to the customer.
DECISION_OUTCOMES = {
    "refund_only": "refund",
    "return_refund": "refund",
    "exchange": "exchange",
    "store_credit": "store_credit",
    "keep_it": "keep_it",
}


@dataclass(frozen=True)
class Outcome:
    """One thing the customer may choose to get.

    :param str kind: of ``return_request.OUTCOMES``; stands in the form
    :param float percent: of the value, for a keep-it offer
    :param str title: what it is
    :param str text: when and how it comes
    :param str amount: money with its currency; empty when there is none, or none to be shown
    """

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
    label: str
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
    :param bool has_next_step: who declines the keep-it offer gets a better one
    """

    is_decided: bool
    needs_photo: bool
    refusal: str
    outcomes: tuple
    exchanges: tuple
    has_next_step: bool = False

    def get_outcome(self, kind):
        return next((outcome for outcome in self.outcomes if outcome.kind == kind), None)


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
        outcomes = tuple(self._get_portal_outcomes())
        exchanges = ()
        if any(outcome.kind == "exchange" for outcome in outcomes):
            exchanges = tuple(self._get_exchange_rows())
        if not exchanges:
            outcomes = tuple(outcome for outcome in outcomes if outcome.kind != "exchange")
        return Preview(
            is_decided, self._lacks_photo(), "", outcomes, exchanges, self._has_next_step()
        )

    def _has_next_step(self):
        self.ensure_one()
        offer = self._get_open_offer("keep_it")
        return bool(offer) and any(
            step > offer.percent + 0.005 for step in self._get_keep_it_steps()
        )

    def _lacks_photo(self):
        self.ensure_one()
        return self.photo_required and not self.customer_photo_ids

    # -------------------------------------------------------------------------
    # What is offered
    # -------------------------------------------------------------------------

    def _get_portal_offers(self):
        """:return: the open offers, as far as the company makes them on its pages"""
        self.ensure_one()
        allowed = {"refund", "keep_it"} | self.company_id._get_portal_kinds()
        order = [kind for kind, _label in OUTCOMES]
        return self.offer_ids.filtered(
            lambda offer: offer.state == "open" and offer.kind in allowed
        ).sorted(lambda offer: order.index(offer.kind))

    def _get_portal_outcomes(self):
        """:return: list of :class:`Outcome`"""
        self.ensure_one()
        if self.needs_attention or self.is_gift or self.decision in (False, "manual", "reject"):
            return self._get_wishes()
        offers = self._get_portal_offers()
        if offers:
            return [
                self._describe_offer(offer.kind, offer.percent, offer.bonus_percent, offer.amount)
                for offer in offers
            ]
        kind = DECISION_OUTCOMES[self.decision]
        return [self._describe_offer(kind, self.keep_it_percent, 0.0, self.amount_to_refund)]

    def _get_wishes(self):
        """What a customer may ask a person for."""
        allowed = self.company_id._get_portal_kinds()
        kinds = [
            *(["refund"] if not self.is_gift else []),
            *(["exchange"] if "exchange" in allowed else []),
            *(["store_credit"] if "store_credit" in allowed or self.is_gift else []),
        ]
        return [Outcome(kind, 0.0, self._get_outcome_title(kind), "", "") for kind in kinds]

    def _get_outcome_title(self, kind):
        if kind == "store_credit" and self.is_gift:
            return self.env._("Credit for our shop")
        return {
            "refund": self.env._("Money back"),
            "exchange": self.env._("Exchange"),
            "store_credit": self.env._("Store credit"),
            "keep_it": self.env._("Keep it and get a part of the price back"),
        }[kind]

    def _describe_offer(self, kind, percent, bonus_percent, amount):
        """:return: :class:`Outcome`"""
        decision = {"refund": self._get_decision_without_offers()}.get(kind, kind)
        if decision in ("refund_only", "keep_it"):
            texts = [self.env._("You keep the goods. There is nothing to send back.")]
        else:
            texts = [self._get_promises(decision).get(self.refund_trigger, "")]
        if bonus_percent and kind == "store_credit":
            texts.append(self.env._("With a bonus of %g%% on top.", bonus_percent))
        if bonus_percent and kind == "exchange":
            texts.append(
                self.env._(
                    "Something dearer? %s of it are on us.",
                    self.currency_id.format(
                        self.currency_id.round(self.amount_total * bonus_percent / 100.0)
                    ),
                )
            )
        return Outcome(
            kind,
            percent if kind == "keep_it" else 0.0,
            self._get_outcome_title(kind),
            " ".join(text for text in texts if text),
            "" if kind == "exchange" else self.currency_id.format(amount),
        )

    def _get_exchange_rows(self):
        """What can be had instead of each line; nothing when one of them has nothing."""
        rows = []
        for sale_line, lines in self.line_ids.grouped("sale_line_id").items():
            if not sale_line:
                return []
            choices = sale_line.sudo()._get_exchange_choices(
                sum(lines.mapped("quantity")), self.exchange_bonus_percent
            )
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
            name = sale_line.product_id._get_portal_name()
            label = self.env._("Instead of %s", name)
            rows.append(ExchangeRow(sale_line.id, name, label, options))
        return rows

    def _describe_difference(self, difference):
        sign = self.currency_id.compare_amounts(difference, 0.0)
        if sign > 0:
            return self.env._("you pay %s more", self.currency_id.format(difference))
        if sign < 0:
            return self.env._("you get %s back", self.currency_id.format(-difference))
        return ""
