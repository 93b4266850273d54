from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import format_amount, format_date, format_datetime

from .return_facts import HISTORY_MONTHS
from .return_plan import GOODS_DECISIONS

# What is listed; a button leads to the rest.
EARLIER_SHOWN = 8
MESSAGES_SHOWN = 6


class HellowordReturn(models.Model):
    """What a person has to know to decide a return, gathered for one screen."""

    _inherit = "helloword.return"

    review_facts = fields.Json(compute="_compute_review_facts")
    review_due_date = fields.Datetime(
        string="Decide By",
        compute="_compute_review_due_date",
        store=True,
        index="btree_not_null",
        help="The first clock that runs out (UTC): the channel's or the law's, the refund's, or "
        "the time for an answer of the plan.",
    )

    @api.depends("deadline_date", "refund_due_date", "answer_due_date", "refund_state")
    def _compute_review_due_date(self):
        for ret in self:
            clocks = [ret.deadline_date, ret.answer_due_date]
            if ret.refund_state != "done":
                clocks.append(ret.refund_due_date)
            ret.review_due_date = min(filter(None, clocks), default=False)

    @api.depends_context("lang", "uid", "tz")
    def _compute_review_facts(self):
        for ret, facts in self._get_review_facts().items():
            ret.review_facts = facts

    def _get_review_facts(self):
        """Everything the review screen shows, in the reader's words.

        Orders, transfers and invoices are read as superuser: who may decide a return may see what
        it is about. Some twenty queries, however many returns there are, besides the law's.

        :return: dict of return → dict that can be stored as JSON
        """
        self.check_access("read")
        returns = self.sudo()
        estimates = dict(zip(self, returns._estimate_decisions().values(), strict=True))
        photos = returns._read_review_photos()
        messages = returns._read_review_messages()
        earlier = returns._read_earlier_returns()
        suggestions = returns._suggest_decisions(
            {ret: estimates[record] for ret, record in zip(returns, self, strict=True)}, photos
        )
        facts = {}
        for ret, record in zip(self, returns, strict=True):
            facts[ret] = {
                "id": ret.id,
                "name": ret.name,
                "open": record.stage in ("review", "new", "customer", "attention"),
                "stage": record._get_label("stage", record.stage),
                "request": record._get_request_facts(),
                "photos": photos[record],
                "messages": messages[record],
                "order": record._get_order_facts(),
                "customer": record._get_customer_facts(earlier[record]),
                "why": record.decision_story or "",
                "attention": record.attention_message or "",
                "law": record._get_law_hints(),
                "clock": record._get_clock_facts(),
                "decisions": record._get_decision_facts(estimates[ret]),
                "suggestion": suggestions[record],
                "reply": record._get_reply_facts(),
                "undo": ret._can_undo_review(),
            }
        return facts

    # -------------------------------------------------------------------------
    # Read for all returns at once
    # -------------------------------------------------------------------------

    def _read_review_photos(self):
        """:return: dict of return → list of the pictures on it and in its thread"""
        attachments = self.env["ir.attachment"].search_fetch(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("res_field", "=", False),
                ("mimetype", "=like", "image/%"),
            ],
            ["res_id", "name", "create_date"],
            order="id",
        )
        by_return = attachments.grouped("res_id")
        return {
            ret: [
                {
                    "id": photo.id,
                    "name": photo.name,
                    "date": format_datetime(self.env, photo.create_date, dt_format="short"),
                }
                for photo in by_return.get(ret.id, ())
            ]
            for ret in self
        }

    def _read_review_messages(self):
        """:return: dict of return → what was said between customer and shop, the last first"""
        found = self.env["mail.message"].search_fetch(
            [
                ("model", "=", self._name),
                ("res_id", "in", self.ids),
                ("message_type", "in", ("comment", "email")),
            ],
            ["res_id", "author_id", "email_from", "date", "body", "is_internal"],
            order="id desc",
        )
        by_return = found.grouped("res_id")
        return {
            ret: [
                {
                    "id": message.id,
                    "author": message.author_id.name or message.email_from or "",
                    "from_customer": ret._is_from_customer(message),
                    "date": format_datetime(self.env, message.date, dt_format="short"),
                    "body": str(message.body or ""),
                }
                for message in by_return.get(ret.id, found.browse())[:MESSAGES_SHOWN]
                if message.body
            ]
            for ret in self
        }

    def _read_earlier_returns(self):
        """:return: dict of return → the same customer's other returns, the last first"""
        keys = list({ret.customer_key for ret in self if ret.customer_key})
        found = self.search_fetch(
            [("customer_key", "in", keys), ("company_id", "in", self.company_id.ids)],
            [
                "name",
                "customer_key",
                "company_id",
                "channel_id",
                "request_date",
                "decision",
                "stage",
                "amount_total",
                "currency_id",
                "product_id",
                "reason_id",
                "sale_order_id",
            ],
            order="request_date desc, id desc",
        )
        by_customer = defaultdict(self.browse)
        for ret in found:
            by_customer[ret.customer_key, ret.company_id] |= ret
        return {
            ret: by_customer[ret.customer_key, ret.company_id] - ret
            if ret.customer_key
            else self.browse()
            for ret in self
        }

    # -------------------------------------------------------------------------
    # One return
    # -------------------------------------------------------------------------

    def _get_label(self, field_name, value):
        return dict(self._fields[field_name]._description_selection(self.env)).get(value, "")

    def _get_request_facts(self):
        self.ensure_one()
        return {
            "channel": self.channel_id.name,
            "channel_id": self.channel_id.id,
            "has_logo": self.channel_has_logo,
            "external_id": self.external_id or "",
            "external_url": self.external_url or "",
            "date": format_datetime(self.env, self.request_date, dt_format="medium"),
            "comment": self.customer_comment or "",
            "amount": format_amount(self.env, self.amount_total, self.currency_id),
            "company_amount": ""
            if self.currency_id == self.company_currency_id
            else format_amount(self.env, self.amount_company, self.company_currency_id),
            "lines": [
                {
                    "id": line.id,
                    "product_id": line.product_id.id,
                    "name": line.product_id.display_name or line.name or line.sku or "",
                    "quantity": f"{line.quantity:g}",
                    "unit": line.uom_id.name or "",
                    "reason": line.reason_id.name or "",
                    "reason_group": line.reason_group_id.name or "",
                    "comment": line.comment
                    if line.comment and line.comment != self.customer_comment
                    else "",
                    "amount": format_amount(self.env, line.price_total, self.currency_id),
                }
                for line in self.line_ids
            ],
        }

    def _get_order_facts(self):
        self.ensure_one()
        order = self.sale_order_id
        delivered = self.delivered_date or max(
            self.line_ids.origin_move_id.filtered("date").mapped("date"), default=False
        )
        outgoing = self.line_ids.origin_move_id.picking_id
        days = (self.request_date - delivered).days if delivered else False
        invoices = self.line_ids.invoice_line_id.move_id
        payments = dict(invoices._fields["payment_state"]._description_selection(self.env))
        return {
            "id": order.id,
            "name": order.name or "",
            "reference": self.external_order_ref or "",
            "ordered": format_date(self.env, order.date_order) if order else "",
            "delivered": format_date(self.env, delivered) if delivered else "",
            "days_since_delivery": max(days, 0) if delivered else None,
            "tracking": [
                {"ref": picking.carrier_tracking_ref, "url": picking.carrier_tracking_url or ""}
                for picking in outgoing
                if picking.carrier_tracking_ref
            ],
            "payment": ", ".join(
                dict.fromkeys(payments.get(invoice.payment_state, "") for invoice in invoices)
            ),
            "total": format_amount(self.env, order.amount_total, order.currency_id)
            if order
            else "",
            "others": [
                {"id": line.id, "name": line.name, "quantity": f"{line.product_uom_qty:g}"}
                for line in order.order_line - self.line_ids.sale_line_id
                if not line.display_type
            ],
            "returns": [other._get_short_facts() for other in order.return_ids - self],
        }

    def _get_short_facts(self):
        self.ensure_one()
        return {
            "id": self.id,
            "name": self.name,
            "date": format_date(self.env, self.request_date),
            "channel": self.channel_id.name,
            "product": self.product_id.display_name or "",
            "reason": self.reason_id.name or "",
            "decision": self._get_label("decision", self.decision),
            "outcome": self._get_label("stage", self.stage),
            "stage": self.stage,
            "amount": format_amount(self.env, self.amount_total, self.currency_id),
        }

    def _get_customer_facts(self, earlier):
        self.ensure_one()
        return {
            "partner_id": self.partner_id.id,
            "name": self.customer_name or "",
            "email": self.customer_email or "",
            "country": self.country_id.name or "",
            "flag": self.country_flag_url or "",
            "months": HISTORY_MONTHS,
            "orders": self.customer_order_count,
            "returns": self.customer_return_count,
            "rate": round(self.customer_return_rate),
            "keep_its": self.customer_keep_it_count,
            "value": format_amount(
                self.env, self.customer_lifetime_value, self.company_currency_id
            ),
            "earlier": [ret._get_short_facts() for ret in earlier[:EARLIER_SHOWN]],
            "earlier_count": len(earlier),
        }

    def _get_clock_facts(self):
        """:return: list of the clocks that run, the first first"""
        self.ensure_one()
        now = fields.Datetime.now()
        clocks = [
            (self.deadline_date, self.env._("Answer due"), self.channel_id.name),
            (self.refund_due_date, self.env._("Refund due"), self.refund_due_source or ""),
        ]
        if self.sla_hours and self.request_date:
            answer = fields.Datetime.add(self.request_date, hours=self.sla_hours)
            clocks.append((answer, self.env._("Own promise"), self.env._("Plan of the rule")))
        return [
            {
                "label": label,
                "source": source,
                "date": format_datetime(self.env, date, dt_format="medium"),
                "hours": int((date - now).total_seconds() // 3600),
            }
            for date, label, source in sorted(
                (clock for clock in clocks if clock[0]), key=lambda clock: clock[0]
            )
        ]

    def _get_decision_facts(self, estimates):
        """:return: list of what can be decided, each with what it is likely to cost"""
        self.ensure_one()
        labels = dict(self._fields["decision"]._description_selection(self.env))
        currency = self.company_currency_id
        rows = []
        for estimate in estimates:
            parts = (
                ("refund", self.env._("Refund")),
                ("replacement", self.env._("Replacement")),
                ("label", self.env._("Label")),
                ("freight", self.env._("Freight")),
                ("handling", self.env._("Handling")),
                ("inspection", self.env._("Inspection")),
                ("other", self.env._("Other")),
                ("labour", self.env._("Labour")),
                ("write_down", self.env._("Write-down")),
                ("recovered", self.env._("Goods back")),
            )
            sign = {"recovered": -1}
            rows.append(
                {
                    "code": estimate.decision,
                    "label": labels[estimate.decision],
                    "goods": estimate.decision in GOODS_DECISIONS,
                    "total": format_amount(self.env, estimate.total, currency),
                    "range": self.env._(
                        "%(low)s to %(high)s",
                        low=format_amount(self.env, estimate.low, currency),
                        high=format_amount(self.env, estimate.high, currency),
                    )
                    if currency.compare_amounts(estimate.low, estimate.high)
                    else "",
                    "basis": estimate.basis,
                    "sample_size": estimate.sample_size,
                    "parts": [
                        {
                            "label": label,
                            "amount": format_amount(
                                self.env, sign.get(name, 1) * getattr(estimate, name), currency
                            ),
                        }
                        for name, label in parts
                        if not currency.is_zero(getattr(estimate, name))
                    ],
                }
            )
        return rows

    def _get_reply_facts(self):
        self.ensure_one()
        Text = self.env["helloword.reply.text"]
        return {
            "lang": self._get_reply_lang(),
            "languages": [list(item) for item in Text._fields["lang"].selection],
            "way": self._get_reply_way(),
            "address": self._get_customer_email() or "",
            "plan": {
                "label_payer": self.label_payer,
                "refund_trigger": self.refund_trigger,
                "keep_it_percent": self.keep_it_percent,
                "credit_bonus_percent": self.credit_bonus_percent,
            },
            "choices": {
                name: [list(item) for item in self._fields[name]._description_selection(self.env)]
                for name in ("label_payer", "refund_trigger")
            },
        }
