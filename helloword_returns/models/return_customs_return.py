from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare

from ..customs.territory import get_border


class HellowordReturn(models.Model):
    """The customs papers of a return: made when it is approved and crosses a border."""

    _inherit = "helloword.return"

    customs_ids = fields.One2many("helloword.return.customs", "return_id", copy=False)
    customs_id = fields.Many2one(
        "helloword.return.customs", string="Customs Papers", compute="_compute_customs"
    )
    customs_state = fields.Selection(
        [("incomplete", "Incomplete"), ("ready", "Ready"), ("not_needed", "Not needed")],
        compute="_compute_customs",
        string="Customs Status",
    )
    customs_gaps = fields.Text(string="Customs Papers Lack", compute="_compute_customs")

    @api.depends("customs_ids.state", "customs_ids.gaps")
    def _compute_customs(self):
        for ret in self:
            customs = ret.customs_ids[:1]
            ret.customs_id = customs
            ret.customs_state = customs.state
            ret.customs_gaps = customs.gaps

    # -------------------------------------------------------------------------
    # Making papers
    # -------------------------------------------------------------------------

    def _crosses_border(self):
        """:return: whether goods of this return need customs papers on their way"""
        self.ensure_one()
        if not self._expects_goods():
            return False
        return bool(
            get_border(
                self._get_sender_address()._get_customs_place(),
                self._get_return_address()._get_customs_place(),
                fields.Date.context_today(self),
            )
        )

    def _get_customs_lines(self):
        """:return: the lines whose goods travel"""
        return self.line_ids.filtered(
            lambda line: (
                not line.is_unexpected and line._expects_goods() and line.product_id.type == "consu"
            )
        )

    def _create_customs(self):
        """Make the papers of returns that cross a border and have none; those that are there follow
        the lines of their returns. Batch.

        :return: the new ``helloword.return.customs``
        """
        Customs = self.env["helloword.return.customs"].sudo()
        returns = self.sudo()
        present = Customs.search([("return_id", "in", returns.ids)])
        present._follow_lines()
        due = (returns - present.return_id).filtered(
            lambda ret: ret._crosses_border() and ret._get_customs_lines()
        )
        return Customs.create(
            [
                {
                    "return_id": ret.id,
                    "line_ids": [
                        fields.Command.create({"return_line_id": line.id})
                        for line in ret._get_customs_lines()
                    ],
                }
                for ret in due
            ]
        )

    def action_make_customs(self):
        """The customs papers, made where there are none.

        :raise UserError: the goods of a return cross no border
        """
        self.check_access("write")
        self._create_customs()
        self.invalidate_recordset(["customs_ids"])
        for ret in self:
            if not ret.customs_ids:
                raise UserError(
                    self.env._(
                        "The goods of return %s cross no customs border, or none are expected. Check "
                        "the countries of the customer's and the warehouse's address.",
                        ret.name,
                    )
                )
        return self.action_view_customs()

    def action_view_customs(self):
        return self.customs_ids._get_records_action(name=self.env._("Customs Papers"))

    # -------------------------------------------------------------------------
    # Following the return
    # -------------------------------------------------------------------------

    def _on_approved(self):
        """The papers stand before a label is asked for: it waits for what they lack."""
        papers = self._create_customs()
        result = super()._on_approved()
        papers.filtered(lambda customs: customs.return_id.label_state != "failed")._raise_gaps()
        return result

    # -------------------------------------------------------------------------
    # For labels
    # -------------------------------------------------------------------------

    def _get_customs_gaps(self):
        """What customs papers of these returns lack. Batch.

        :return: dict return → list of sentences, empty where nothing lacks or no papers are needed
        """
        return {
            ret: ret.customs_ids._get_blocking_gaps() if ret.customs_state == "incomplete" else []
            for ret in self
        }

    def _prepare_customs_items(self):
        """What label services are told of the goods. Batch.

        :return: dict return → tuple of
            :class:`~odoo.addons.helloword_returns.carriers.base.CustomsItem`, empty where no papers
            are needed
        """
        return {
            ret: tuple(
                line._prepare_customs_item()
                for customs in ret.customs_ids
                if customs.state != "not_needed"
                for line in customs.line_ids
            )
            for ret in self
        }


class HellowordReturnLabel(models.Model):
    """A label across a border is bought when the customs papers are complete."""

    _inherit = "helloword.return.label"

    def _get_lacking(self):
        ret = self.return_id
        return super()._get_lacking() + ret._get_customs_gaps()[ret]

    def _ask_next(self):
        """Papers follow a destination that changed after the approval, and a weight entered here."""
        self.return_id._create_customs()
        self._exchange_weights()
        return super()._ask_next()

    def _exchange_weights(self):
        """Nobody enters a weight twice: the parcel's holds for goods that have none, and theirs for
        a parcel that has none."""
        for label in self:
            lines = label.return_id.sudo().customs_ids.line_ids
            light = lines.filtered(lambda line: not line.unit_weight)
            rest = label.weight - sum(lines.mapped("net_weight"))
            if len(light) == 1 and float_compare(rest, 0.0, precision_digits=3) > 0:
                light.unit_weight = rest / light.quantity
            elif lines and not light and not label.weight:
                label.weight = -rest

    def _prepare_label_request(self, account, weight_factor=None):
        request = super()._prepare_label_request(account, weight_factor)
        items = self.return_id._prepare_customs_items()[self.return_id]
        if not items:
            return request
        customs = self.return_id.customs_ids
        return replace(request, items=items, invoice_ref=customs.original_invoice or "")


class HellowordLabelAccount(models.Model):
    _inherit = "helloword.label.account"

    is_postal = fields.Boolean(
        string="Travels as Mail",
        compute="_compute_is_postal",
        store=True,
        readonly=False,
        help="Parcels of this account are carried by a post: across customs borders they take CN22 "
        "or CN23 instead of an invoice. The name of the carrier decides once it is known.",
    )

    @api.depends("provider")
    def _compute_is_postal(self):
        """Customers mostly take a parcel with a slip to the post."""
        for account in self:
            account.is_postal = account.provider == "slip"


class HellowordReturnCustoms(models.Model):
    _inherit = "helloword.return.customs"

    label_state = fields.Selection(related="return_id.label_state")

    def action_try_label(self):
        """Ask for the label again that waited for these papers.

        :raise UserError: papers still lack something, or no label waits
        """
        self.check_access("write")
        for customs in self:
            if customs.state == "incomplete":
                raise UserError(
                    self.env._(
                        "The papers of return %(name)s are not complete:\n%(gaps)s",
                        name=customs.name,
                        gaps=customs.gaps,
                    )
                )
        labels = self.return_id.label_ids.filtered(lambda label: label.state == "failed")
        if not labels:
            raise UserError(self.env._("No label of these returns waits for papers."))
        return labels.action_buy()
