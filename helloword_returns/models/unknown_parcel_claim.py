from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..intake.payload import RequestLine, ReturnRequest

WATCH_LIMIT = 1000
ALERT = "helloword_returns.mail_activity_unknown_parcel"


class HellowordUnknownParcel(models.Model):
    """What people, or the best match, say about a parcel nobody could place."""

    _inherit = "helloword.unknown.parcel"

    def action_match_best(self):
        """Match each parcel to the return that stands first.

        :raise UserError: none was found for one of them
        """
        for parcel in self:
            best = parcel.best_match_id
            if not best.return_id:
                raise UserError(
                    self.env._(
                        "No return was found for %s. Choose one, or create it.",
                        parcel.display_name,
                    )
                )
        for parcel in self:
            parcel._claim(parcel.best_match_id.return_id)
        return True

    def _claim(self, returns, by_itself=False):
        """These parcels belong to these returns.

        :param returns: ``helloword.return``; several share the contents as their lines say
        :param bool by_itself: nobody decided it
        :raise UserError: a parcel does not wait any more, or belongs to another company
        """
        self._check_open()
        if not returns:
            raise UserError(self.env._("Choose the return the parcel belongs to."))
        self.write(
            {
                "state": "claimed",
                "return_ids": [fields.Command.set(returns.ids)],
                "matched_date": fields.Datetime.now(),
                "matched_by_id": False if by_itself else self.env.uid,
            }
        )
        self._settle_alerts()
        self._hand_over()
        self._on_claimed()
        return True

    def _check_open(self):
        self.check_access("write")
        for parcel in self:
            if parcel.state != "open":
                raise UserError(
                    self.env._(
                        "%(parcel)s does not wait any more: %(state)s.",
                        parcel=parcel.display_name,
                        state=dict(self._fields["state"]._description_selection(self.env))[
                            parcel.state
                        ],
                    )
                )

    def _hand_over(self):
        """The returns learn what was found, and get its photos; a receipt that has no tracking
        number gets the parcel's."""
        for parcel in self.sudo():
            for ret in parcel.return_ids:
                photos = parcel.attachment_ids
                copies = photos.browse()
                for photo in photos:
                    copies |= photo.copy({"res_model": ret._name, "res_id": ret.id})
                ret.message_post(body=parcel._describe_for(ret), attachment_ids=copies.ids)
                if ret.approval_state != "approved":
                    parcel._ask_about(ret)
            if parcel.tracking_number:
                parcel.return_ids.receipt_picking_ids.filtered(
                    lambda picking: (
                        picking.state not in ("done", "cancel") and not picking.carrier_tracking_ref
                    )
                ).carrier_tracking_ref = parcel.tracking_number

    def _describe_for(self, ret):
        """:return: text for the return's chatter"""
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: not line.return_id or line.return_id == ret)
        contents = ", ".join(lines.mapped("display_name"))
        text = self.env._(
            "The unknown parcel %(parcel)s at %(warehouse)s belongs to this return.",
            parcel=self.display_name,
            warehouse=self.warehouse_id.display_name or self.env._("an unnamed warehouse"),
        )
        return f"{text} {self.env._('In it: %s.', contents)}" if contents else text

    def _ask_about(self, ret):
        """Goods are here that nobody agreed to take back."""
        self.ensure_one()
        ret.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("The parcel of this return came: decide"),
            note=self._describe_for(ret),
            user_id=(ret.user_id or self.user_id or self.env.user).id,
        )

    def _on_claimed(self):
        """What follows when parcels were matched. Hook, batch."""

    def action_reopen(self):
        """Take back what was said of these parcels.

        :raise UserError: nothing was said, or it was carried out
        """
        self.check_access("write")
        for parcel in self:
            if parcel.state == "open":
                raise UserError(self.env._("%s waits already.", parcel.display_name))
        self._check_can_reopen()
        for parcel in self.sudo():
            for ret in parcel.return_ids:
                ret.message_post(
                    body=self.env._(
                        "The unknown parcel %s does not belong to this return after all.",
                        parcel.display_name,
                    )
                )
        self.write(
            {
                "state": "open",
                "return_ids": [fields.Command.clear()],
                "matched_date": False,
                "matched_by_id": False,
            }
        )
        self.line_ids.return_id = False
        # A person said that what was certain was wrong.
        self.with_context(unknown_parcel_by_hand=True)._match()
        return True

    def _check_can_reopen(self):
        """:raise UserError: it is too late to take it back. Hook."""

    def action_mark_foreign(self):
        """Nobody of us is meant: the parcel is somebody else's."""
        self._check_open()
        self.state = "foreign"
        self._settle_alerts()
        return True

    def action_mark_gone(self):
        """The parcel was destroyed, or went elsewhere."""
        self._check_open()
        self.state = "gone"
        self._settle_alerts()
        return True

    # -------------------------------------------------------------------------
    # A return for it
    # -------------------------------------------------------------------------

    def action_create_return(self, order=None):
        """Make the return nobody asked for. With an order at hand and contents nobody listed, a
        person says what came back; else it is made from the contents, and a person decides it.

        :param order: ``sale.order``, by default the best match's
        :raise UserError: the parcel does not wait any more, or nothing is known of it
        """
        self.ensure_one()
        self._check_open()
        order = order or self.best_match_id.sale_order_id
        products = self.line_ids.filtered("product_id")
        if order and not products:
            return {
                "type": "ir.actions.act_window",
                "name": self.env._("What Came Back?"),
                "res_model": "helloword.return.create",
                "view_mode": "form",
                "target": "new",
                "context": {
                    "active_model": "sale.order",
                    "active_id": order.id,
                    "unknown_parcel_id": self.id,
                },
            }
        if not self.line_ids:
            raise UserError(
                self.env._("List what is in the parcel first, or enter its order number.")
            )
        ret = self.env["helloword.return"].intake(
            [self._prepare_request(order)],
            # Nobody asked for it: what happens is for a person to say.
            decide=False,
        )
        self._claim(ret)
        return ret._get_records_action()

    def _prepare_request(self, order):
        """:return: :class:`~odoo.addons.helloword_returns.intake.payload.ReturnRequest`"""
        self.ensure_one()
        channel = (order and order.return_channel_id) or self.env["helloword.channel"].sudo()
        if not channel:
            channel = channel._get_manual(self.company_id)
        return ReturnRequest(
            channel_id=channel.id,
            order_ref=self.order_ref or "",
            sale_order_id=order.id if order else 0,
            currency=order.currency_id.name if order else "",
            country=self.sender_country_id.code or "",
            customer_name=self.sender_name or "",
            customer_email=self.sender_email or "",
            comment=self.note or "",
            lines=[
                RequestLine(
                    quantity=line.quantity,
                    product_id=line.product_id.id or 0,
                    sku=line.sku or "",
                    comment=line.serial or "",
                )
                for line in self.line_ids
            ],
            raw={"unknown_parcel": self.name},
        )

    # -------------------------------------------------------------------------
    # The clock
    # -------------------------------------------------------------------------

    @api.model
    def _cron_watch(self):
        """Ask a person before parcels are destroyed; the nearest first."""
        activity_type = self.env.ref(ALERT)
        due = self.search(
            Domain("is_urgent", "=", True)
            & ~Domain("activity_ids.activity_type_id", "in", activity_type.ids),
            order="destroy_date",
            limit=WATCH_LIMIT,
        )
        model = self.env["ir.model"]._get(self._name)
        return self.env["mail.activity"].create(
            [
                {
                    "activity_type_id": activity_type.id,
                    "summary": activity_type.summary,
                    "date_deadline": parcel.destroy_date.date(),
                    "user_id": (parcel.user_id or self.env.user).id,
                    "res_model_id": model.id,
                    "res_id": parcel.id,
                    "automated": True,
                }
                for parcel in due
            ]
        )

    def _settle_alerts(self):
        self.sudo().activity_ids.filtered(
            lambda activity: activity.activity_type_id == self.env.ref(ALERT)
        ).unlink()

    def action_view_returns(self):
        self.ensure_one()
        return self.return_ids._get_records_action(name=self.env._("Returns"))


class HellowordReturn(models.Model):
    _inherit = "helloword.return"

    unknown_parcel_ids = fields.Many2many(
        "helloword.unknown.parcel",
        "helloword_unknown_parcel_return_rel",
        "return_id",
        "parcel_id",
        string="Parcels Found",
        readonly=True,
        copy=False,
    )
    unknown_parcel_count = fields.Integer(compute="_compute_unknown_parcel_count")

    @api.depends("unknown_parcel_ids")
    def _compute_unknown_parcel_count(self):
        for ret in self:
            ret.unknown_parcel_count = len(ret.unknown_parcel_ids)

    def action_view_unknown_parcels(self):
        self.ensure_one()
        return self.unknown_parcel_ids._get_records_action(name=self.env._("Parcels Found"))
