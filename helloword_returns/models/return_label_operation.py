from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..carriers.base import Draft, Label, VoidAnswer, is_web_address
from ..carriers.operation import LABEL_KINDS, BuyTask, LabelOperations
from ..providers.base import from_json
from .return_operation import STARTED_STATES

# A customer waits for the label: another account is asked rather than one that keeps failing.
LABEL_ATTEMPTS = 3
# Kind of file → field that holds it; other kinds are papers beside the label.
FILE_FIELDS = {
    "label": "label_attachment_id",
    "slip": "label_attachment_id",
    "qr": "qr_attachment_id",
}


class HellowordReturnLabel(models.Model):
    """How a label is bought exactly once, and what the service's answers mean here."""

    _inherit = "helloword.return.label"

    # -------------------------------------------------------------------------
    # Buying
    # -------------------------------------------------------------------------

    def _buy(self, rate):
        """Have an offer bought. The draft's identifier at the service was committed before this.

        :param rate: ``helloword.return.label.rate`` of this label
        """
        self.ensure_one()
        draft = rate.operation_id
        task = from_json(draft.kind, draft.request)
        self.write({"chosen_rate_id": rate.id, "account_id": rate.account_id.id})
        digits = rate.currency_id.decimal_places if rate.currency_id else 2
        operation = self.env["helloword.operation"]._schedule(
            "label_buy",
            {
                self.return_id: BuyTask(
                    self.id,
                    rate.account_id.id,
                    task.label,
                    draft_ref=draft.external_ref or "",
                    rate_ref=rate.rate_ref or "",
                    amount=Decimal(f"{rate.amount:.{digits}f}"),
                    currency=rate.currency_name or "",
                )
            },
            purpose=f"{self.id}-{rate.id}",
        )
        # Where jobs run at once it has been carried out by now.
        if not self.buy_operation_id or self.buy_operation_id.state not in STARTED_STATES:
            self.buy_operation_id = operation

    def _hold_purchase(self, operation):
        """Take this label for one purchase, under its lock, so that no other is made.

        The row is written in the transaction that claims the purchase: another that reads an
        older state of it cannot commit its own claim.

        :return: whether the purchase may be made
        """
        self.ensure_one()
        self.flush_recordset()
        self.env.cr.execute(
            SQL("UPDATE helloword_return_label SET write_date = write_date WHERE id = %s", self.id)
        )
        self.invalidate_recordset()
        other = self.operation_ids.filtered(
            lambda other: (
                other.kind == "label_buy" and other != operation and other.state in STARTED_STATES
            )
        )
        if other or self.bought_date or not self._is_wanted():
            return False
        self.buy_operation_id = operation
        return True

    # -------------------------------------------------------------------------
    # Answers, kept in the transaction that records them
    # -------------------------------------------------------------------------

    def _keep_rates(self, operation, draft):
        """Write down what an account would take. Adds rows only, so that several accounts may
        answer at the same moment.

        :param operation: that prepared the draft
        :param draft: :class:`~odoo.addons.helloword_returns.carriers.base.Draft`
        """
        self.ensure_one()
        account = operation.label_account_id
        common = {"label_id": self.id, "account_id": account.id, "operation_id": operation.id}
        currencies = operation._get_currencies(draft.rates)
        vals_list = [
            common
            | {
                "rate_ref": rate.ref,
                "carrier": rate.carrier,
                "service": rate.service,
                "amount": float(rate.amount),
                "is_price_known": True,
                "currency_name": rate.currency,
                "currency_id": currencies.get(rate.currency),
                "days": rate.days or 0,
            }
            for rate in draft.rates
        ]
        if not vals_list:
            vals_list = [
                common
                | {
                    "amount": account.expected_price,
                    "currency_name": account.currency_id.name,
                    "currency_id": account.currency_id.id,
                    "days": account.expected_days,
                }
            ]
            if account.can_rate:
                vals_list[0]["obstacle"] = " ".join(draft.messages) or self.env._(
                    "The service offers nothing for this parcel."
                )
        self.env["helloword.return.label.rate"].create(vals_list)

    def _apply_label(self, answer):
        """Keep a label that exists: its number, cost and files. Safe to repeat.

        :param answer: :class:`~odoo.addons.helloword_returns.carriers.base.Label`
        """
        self.ensure_one()
        url = answer.tracking_url if is_web_address(answer.tracking_url) else ""
        vals = {
            "provider_ref": answer.provider_ref,
            "carrier": answer.carrier or self.chosen_rate_id.carrier,
            "service": answer.service or self.chosen_rate_id.service,
            "charge_event": answer.charge_event,
            "tracking_number": answer.tracking_number or self.tracking_number,
            "tracking_url": url or self.tracking_url,
            "valid_until": as_naive(answer.valid_until) or self.valid_until,
            "bought_date": self.bought_date or fields.Datetime.now(),
            "has_failed": False,
            "error": False,
        }
        vals |= self._prepare_cost_vals(answer)
        self.write(vals | self._keep_files(answer.files))

    def _prepare_cost_vals(self, answer):
        """The cost as the service says, else as its offer said."""
        self.ensure_one()
        rate = self.chosen_rate_id
        if answer.cost is None:
            return {"cost": rate.amount, "currency_id": rate.currency_id.id}
        currencies = self.env["helloword.operation"]._get_currencies([answer])
        currency_id = currencies.get(answer.currency) or rate.currency_id.id
        return {"cost": float(answer.cost), "currency_id": currency_id}

    def _keep_files(self, files):
        """Make attachments of files that are not there yet.

        :param files: :class:`~odoo.addons.helloword_returns.providers.base.AnswerFile` objects
        :return: values of this label that hold them
        """
        self.ensure_one()
        attachments = (
            self.env["ir.attachment"]
            .sudo()
            .create(
                [
                    {
                        "name": file.name,
                        "raw": file.content,
                        "mimetype": file.mimetype,
                        "res_model": self._name,
                        "res_id": self.id,
                    }
                    for file in files
                ]
            )
        )
        vals = {}
        for file, attachment in zip(files, attachments, strict=True):
            name = FILE_FIELDS.get(file.kind)
            if name and name not in vals:
                vals[name] = attachment.id
            else:
                vals.setdefault("document_ids", []).append(fields.Command.link(attachment.id))
        return vals

    # -------------------------------------------------------------------------
    # What follows, in a transaction of its own
    # -------------------------------------------------------------------------

    def _on_bought(self):
        """What follows when labels exist. Batch."""
        for label in self.filtered(lambda label: not label.bought_date):
            # A person saw it at the service: number and file are theirs to enter.
            label.write(
                {
                    "bought_date": fields.Datetime.now(),
                    "provider_ref": label.buy_operation_id.external_ref
                    or label.chosen_rate_id.operation_id.external_ref,
                }
            )
        self.failure_activity_id.filtered("active").action_feedback()
        self.filtered(lambda label: label.charge_event != "scan")._accrue_costs()
        unwanted = self.filtered(lambda label: not label._is_wanted())
        unwanted._void()
        wanted = self - unwanted
        wanted._note_on_receipts()
        wanted._mail_to_customers()

    def _note_on_receipts(self):
        """The dock finds the return by the parcel's number."""
        for label in self.filtered("tracking_number"):
            label.return_id.sudo().receipt_picking_ids.filtered(
                lambda picking: (
                    picking.state not in ("done", "cancel") and not picking.carrier_tracking_ref
                )
            ).carrier_tracking_ref = label.tracking_number

    def _on_purchase_failed(self, operation):
        """The service refused, or was given up: the next account is asked."""
        self.ensure_one()
        account = operation.label_account_id
        self._add_error(f"{account.name}: {operation.error or ''}")
        self.rate_ids.filtered(
            lambda rate: rate.account_id == account and not rate.obstacle
        ).obstacle = (operation.error or self.env._("It was refused."))[:200]
        self._on_prepared()


class HellowordOperation(models.Model):
    """Operations whose other side is a label service, not the channel."""

    _inherit = "helloword.operation"

    kind = fields.Selection(
        selection_add=[
            ("label_prepare", "Offers for a label"),
            ("label_buy", "Buy a label"),
            ("label_void", "Give a label back"),
        ],
        ondelete=dict.fromkeys(LABEL_KINDS, "cascade"),
    )
    label_id = fields.Many2one(
        "helloword.return.label", index="btree_not_null", ondelete="restrict", check_company=True
    )
    label_account_id = fields.Many2one(
        "helloword.label.account", index="btree_not_null", ondelete="restrict", check_company=True
    )

    @api.depends("label_account_id.provider")
    def _compute_can_look_up(self):
        labels = self.filtered("label_account_id")
        for operation in labels:
            operation.can_look_up = (
                operation.kind != "label_buy" or operation.label_account_id.can_look_up
            )
        super(HellowordOperation, self - labels)._compute_can_look_up()

    def _prepare_operation_vals(self, kind, ret, request, currencies):
        vals = super()._prepare_operation_vals(kind, ret, request, currencies)
        if kind in LABEL_KINDS:
            vals |= {
                "label_id": request.label_id,
                "label_account_id": request.account_id,
                "max_attempts": LABEL_ATTEMPTS,
            }
        return vals

    def _get_adapter(self):
        if self.kind in LABEL_KINDS:
            return LabelOperations(self.label_account_id._get_label_adapter(self.label_id))
        return super()._get_adapter()

    def _claim(self):
        """A label is bought by one operation only; the others are taken back."""
        if self.kind == "label_buy" and self.state == "ready":
            if not self.label_id._hold_purchase(self):
                self._drop_needless()
                return None
        return super()._claim()

    def _drop_needless(self):
        """Stop a purchase that came too late. One that waits for another's outcome waits on."""
        self.ensure_one()
        label = self.label_id
        settled = label.bought_date or not label._is_wanted()
        if settled and self.try_lock_for_update(allow_referencing=True):
            self.write({"state": "cancelled", "next_try_at": False, "is_followed_up": True})
            label._drop_unbought()

    def action_retry(self):
        """Stopped purchases are tried again only while nothing else was bought.

        :raise UserError: the label exists, or another account is buying it
        """
        for operation in self.filtered(lambda operation: operation.kind == "label_buy"):
            purchases = operation.label_id.operation_ids.filtered(
                lambda other, operation=operation: (
                    other.kind == "label_buy"
                    and other != operation
                    and other.state in ("ready", *STARTED_STATES)
                )
            )
            if purchases or operation.label_id.bought_date:
                raise UserError(
                    self.env._(
                        "Label %s is being bought elsewhere, or exists already.",
                        operation.label_id.name,
                    )
                )
        return super().action_retry()

    # -------------------------------------------------------------------------
    # Answers
    # -------------------------------------------------------------------------

    def _keep_answer(self, answer):
        super()._keep_answer(answer)
        result = getattr(answer, "result", None)
        if isinstance(result, Draft):
            self.label_id._keep_rates(self, result)
        elif isinstance(result, Label):
            self.label_id.buy_operation_id = self
            self.label_id._apply_label(result)
        elif isinstance(result, VoidAnswer):
            self.label_id._apply_void(result)

    def _get_activity_summary(self):
        if self.kind in LABEL_KINDS and self.state == "unknown":
            return self.env._(
                "Check at %(service)s: %(operation)s",
                service=self.label_account_id.name,
                operation=self.display_name,
            )
        return super()._get_activity_summary()


class HellowordReturn(models.Model):
    _inherit = "helloword.return"

    def _on_operation_done(self, operations):
        ours = operations.filtered("label_id")
        super(HellowordReturn, (operations - ours).return_id)._on_operation_done(operations - ours)
        ours._close_activities()
        labels = ours.label_id
        if "label_prepare" in ours.mapped("kind"):
            labels._on_prepared()
        elif "label_buy" in ours.mapped("kind"):
            labels._on_bought()
        elif "label_void" in ours.mapped("kind"):
            labels._on_voided()

    def _on_operation_failed(self, operations):
        ours = operations.filtered("label_id")
        super(HellowordReturn, (operations - ours).return_id)._on_operation_failed(
            operations - ours
        )
        for operation in ours:
            label = operation.label_id
            if operation.kind == "label_void":
                label._on_void_failed(operation)
            elif operation.kind == "label_buy":
                label._on_purchase_failed(operation)
            else:
                label._add_error(f"{operation.label_account_id.name}: {operation.error or ''}")
                label._on_prepared()


def as_naive(moment):
    """:param moment: aware or naive UTC moment, or None
    :return: naive UTC, or None
    """
    if moment is None or moment.tzinfo is None:
        return moment
    return fields.Datetime.to_datetime((moment - moment.utcoffset()).replace(tzinfo=None))
