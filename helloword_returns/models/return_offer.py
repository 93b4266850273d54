import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from psycopg2 import OperationalError

from odoo.addons.queue_job.exception import RetryableJobError

from .batch_savepoint import batch_savepoint

_logger = logging.getLogger(__name__)

OFFER_KINDS = [
    ("refund", "Refund"),
    ("keep_it", "Keep it for a part of the money"),
    ("store_credit", "Store credit"),
    ("exchange", "Exchange"),
]


class HellowordReturnOffer(models.Model):
    """One way out the customer may choose; the plan says which there are.

    Choosing one closes the others and carries it out. The ladder of keep-it shares is climbed one
    step at a time, so that a later, better one is not there to be waited for.
    """

    _name = "helloword.return.offer"
    _description = "Return Offer"
    _order = "return_id, sequence, id"
    _check_company_auto = True

    return_id = fields.Many2one(
        "helloword.return", required=True, index=True, ondelete="cascade", check_company=True
    )
    company_id = fields.Many2one(related="return_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="return_id.currency_id")
    sequence = fields.Integer(default=10)
    kind = fields.Selection(OFFER_KINDS, required=True)
    percent = fields.Float(
        digits=(5, 2), help="Of a keep-it offer: the share of the goods' value that is refunded."
    )
    bonus_percent = fields.Float(digits=(5, 2), help="Added to the value of the goods.")
    amount = fields.Monetary(help="What the customer gets, bonus included, after fees.")
    state = fields.Selection(
        [
            ("open", "Open"),
            ("accepted", "Accepted"),
            ("declined", "Declined"),
            ("expired", "Expired"),
            ("closed", "Closed"),
        ],
        required=True,
        default="open",
        index=True,
        string="Status",
    )
    expires_at = fields.Datetime(index="btree_not_null", help="UTC. Empty: never.")
    answered_at = fields.Datetime(help="When the customer chose or declined it (UTC).")

    _open_kind_uniq = models.UniqueIndex(
        "(return_id, kind) WHERE state = 'open'", "This has been offered already."
    )

    @api.depends("kind", "percent", "bonus_percent")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for offer in self:
            share = offer.percent or offer.bonus_percent
            sign = "+" if offer.bonus_percent else ""
            offer.display_name = kinds[offer.kind] + (f" ({sign}{share:g} %)" if share else "")

    def _accept(self):
        """The customer takes this offer: it becomes the decision and is carried out.

        :raise UserError: it is not open any more
        """
        for offer in self:
            offer._check_open()
            offer.write({"state": "accepted", "answered_at": fields.Datetime.now()})
            ret = offer.return_id
            ret.offer_ids.filtered(lambda other: other.state == "open").state = "closed"
            ret.write(offer._prepare_plan_vals())
            ret.message_post(body=self.env._("The customer chose: %s", offer.display_name))
            ret._run_one_by_one_if_needed(lambda returns: returns.action_approve())

    def _decline(self):
        """The customer does not want it; of a ladder the next step is offered, once.

        When nothing is offered any more, the plan's own decision is carried out.

        :raise UserError: it is not open any more
        """
        for offer in self:
            offer._check_open()
        self.write({"state": "declined", "answered_at": fields.Datetime.now()})
        # The index that allows one open offer of a kind must see it before the next is made.
        self.flush_recordset(["state"])
        returns = self.return_id
        returns.filtered(
            lambda ret: any(offer.kind == "keep_it" for offer in self if offer.return_id == ret)
        )._offer_next_share()
        returns._carry_out_without_offers()

    def _check_open(self):
        self.ensure_one()
        now = fields.Datetime.now()
        if (
            self.state != "open"
            or self.return_id.approval_state != "requested"
            or (self.expires_at and self.expires_at < now)
        ):
            raise UserError(
                self.env._("This offer is not open any more. See the status of your return.")
            )

    def _prepare_plan_vals(self):
        """:return: values for the return that make this offer its decision"""
        self.ensure_one()
        if self.kind == "keep_it":
            return {"decision": "keep_it", "keep_it_percent": self.percent}
        if self.kind == "refund":
            return {"decision": self.return_id._get_decision_without_offers()}
        return {"decision": self.kind}

    @api.model
    def _cron_expire(self):
        """Offers nobody answered end, and what the plan decided is carried out."""
        overdue = self.search([("state", "=", "open"), ("expires_at", "<", fields.Datetime.now())])
        for ret, offers in overdue.grouped("return_id").items():
            try:
                with batch_savepoint(self.env):
                    offers.state = "expired"
                    ret._carry_out_without_offers()
            except (OperationalError, RetryableJobError):
                raise
            except UserError as error:
                offers.state = "expired"
                ret._note_failed_decision(error)
            except Exception:
                # One return that cannot be carried out must not keep the others open.
                _logger.exception("Offers of return %s could not be ended", ret.id)


class HellowordReturn(models.Model):
    """Returns that wait for the customer's choice."""

    _inherit = "helloword.return"

    offer_ids = fields.One2many("helloword.return.offer", "return_id", copy=False)
    waits_for_choice = fields.Boolean(
        compute="_compute_waits_for_choice",
        store=True,
        index="btree_not_null",
        help="The customer has been offered something and has not answered.",
    )

    @api.depends("offer_ids.state")
    def _compute_waits_for_choice(self):
        for ret in self:
            ret.waits_for_choice = any(offer.state == "open" for offer in ret.offer_ids)

    def _get_offer_vals(self):
        """What the plan of this return offers the customer, the plan's own decision first.

        :return: list of values of offers, empty when there is nothing to choose
        """
        self.ensure_one()
        vals_list = []
        if self.offer_keep_it or (self.decision == "keep_it" and self.keep_it_ladder):
            vals_list.append(self._prepare_share_vals(self._get_keep_it_steps()[0]))
        if self.offer_store_credit and self.decision != "store_credit":
            vals_list.append(self._prepare_bonus_vals("store_credit", self.credit_bonus_percent))
        if self.offer_exchange and self.decision != "exchange":
            vals_list.append(self._prepare_bonus_vals("exchange", self.exchange_bonus_percent))
        if not vals_list:
            return []
        if self._get_decision_without_offers() in ("refund_only", "return_refund"):
            amount = self.amount_total - self._get_fee(self.amount_total)
            vals_list.insert(0, self._prepare_offer_vals("refund", amount=amount))
        return [vals | {"sequence": number * 10} for number, vals in enumerate(vals_list)]

    def _prepare_offer_vals(self, kind, **vals):
        expires = fields.Datetime.now() + timedelta(days=self.offer_days)
        return {
            "return_id": self.id,
            "kind": kind,
            "expires_at": expires if self.offer_days else False,
            **vals,
        }

    def _prepare_share_vals(self, percent):
        amount = self.currency_id.round(self.amount_total * percent / 100.0)
        return self._prepare_offer_vals("keep_it", percent=percent, amount=amount)

    def _prepare_bonus_vals(self, kind, percent):
        fee = self._get_fee(self.amount_total) if kind == "store_credit" else 0.0
        bonus = self.currency_id.round(self.amount_total * percent / 100.0)
        return self._prepare_offer_vals(
            kind, bonus_percent=percent, amount=self.amount_total - fee + bonus
        )

    def _get_decision_without_offers(self):
        """What happens when the customer takes none of the offers.

        :return: code of a decision; goods kept for a part of the money come back instead
        """
        self.ensure_one()
        return "return_refund" if self.decision == "keep_it" else self.decision

    def _make_offers(self):
        """Offer the customers what their plans have; tell them where to choose.

        :return: the returns that wait for an answer now
        """
        vals_list = [vals for ret in self for vals in ret._get_offer_vals()]
        offers = self.env["helloword.return.offer"].sudo().create(vals_list)
        waiting = self.filtered(lambda ret: ret in offers.return_id)
        waiting._mail_customers("helloword_returns.mail_template_return_offer")
        return waiting

    def _offer_next_share(self):
        """Offer the next step of the ladder to those who declined one, where there is one."""
        vals_list = []
        for ret in self:
            declined = ret.offer_ids.filtered(lambda offer: offer.kind == "keep_it")
            highest = max(declined.mapped("percent"), default=0.0)
            steps = [step for step in ret._get_keep_it_steps() if step > highest + 0.005]
            if steps:
                vals_list.append(ret._prepare_share_vals(steps[0]))
        self.env["helloword.return.offer"].sudo().create(vals_list)

    def _carry_out_without_offers(self):
        """Carry out the plan's own decision on what waits for no answer any more."""
        for ret in self:
            if ret.approval_state != "requested" or ret.waits_for_choice:
                continue
            ret.decision = ret._get_decision_without_offers()
            ret._run_one_by_one_if_needed(lambda returns: returns.action_approve())

    def _on_approved(self):
        result = super()._on_approved()
        self._close_offers()
        return result

    def _on_rejected(self):
        result = super()._on_rejected()
        self._close_offers()
        return result

    def _on_cancelled(self):
        result = super()._on_cancelled()
        self._close_offers()
        return result

    def _close_offers(self):
        """Somebody decided without waiting for the customer."""
        self.sudo().offer_ids.filtered(lambda offer: offer.state == "open").state = "closed"

    @api.depends("waits_for_choice")
    def _compute_stage(self):
        super()._compute_stage()

    def _get_stage(self):
        stage = super()._get_stage()
        return "customer" if stage in ("new", "review") and self.waits_for_choice else stage
