import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..intake.payload import RequestLine, ReturnRequest
from ..providers import demo_texts

CANDIDATE_LINES = 500
REQUESTS_BY_BUTTON = 5
# One request in so many cannot be matched, as in real life.
TROUBLE_EVERY = 10
TROUBLES = ("unknown_order", "unknown_sku", "too_many", "other_currency")


class HellowordChannel(models.Model):
    """The demo provider's customers: they ask for returns of what was delivered to them."""

    _inherit = "helloword.channel"

    demo_requests_per_day = fields.Integer(
        string="Requests per Day",
        help="How many returns the demo provider's customers ask for by themselves. 0: none.",
    )

    _demo_volume = models.Constraint(
        "CHECK(demo_requests_per_day BETWEEN 0 AND 10000)",
        "The demo provider makes between 0 and 10,000 requests a day.",
    )

    # -------------------------------------------------------------------------
    # CRUD
    # -------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        channels = super().create(vals_list)
        channels._switch_demo_cron()
        return channels

    def write(self, vals):
        result = super().write(vals)
        if {"provider", "demo_requests_per_day", "active"} & set(vals):
            self._switch_demo_cron()
        return result

    def _switch_demo_cron(self):
        """The schedule runs only while a channel wants it."""
        cron = self.env.ref("helloword_returns.cron_make_demo_requests", raise_if_not_found=False)
        wanted = bool(self.sudo().search_count(self._get_demo_domain(), limit=1))
        if cron and cron.sudo().active != wanted:
            cron.sudo().active = wanted

    @api.model
    def _get_demo_domain(self):
        return [("provider", "=", "demo"), ("demo_requests_per_day", ">", 0)]

    # -------------------------------------------------------------------------
    # Making requests
    # -------------------------------------------------------------------------

    def action_make_demo_requests(self):
        """Let some customers ask now.

        :return: action that shows what they asked for
        :raise UserError: nothing was delivered that could come back
        """
        self.check_access("write")
        returns = self.env["helloword.return"]
        for channel in self:
            returns |= channel._make_demo_requests(REQUESTS_BY_BUTTON)
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helloword_returns.helloword_return_action"
        )
        action["domain"] = [("id", "in", returns.ids)]
        action["context"] = {}
        return action

    @api.model
    def _cron_make_demo_requests(self):
        """An hour's share of each demo channel's requests."""
        channels = self.search(self._get_demo_domain())
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(channels))
        for channel in channels:
            share, rest = divmod(channel.demo_requests_per_day, 24)
            count = share + (random.random() < rest / 24)  # noqa: S311
            if count and channel._get_demo_candidates():
                channel.with_company(channel.company_id)._make_demo_requests(count)
            if not cron._commit_progress(1):
                break

    def _make_demo_requests(self, count, seed=None):
        """Make requests about what was delivered, most of them sensible, through intake.

        :param int count: how many
        :param seed: the same seed makes the same requests of the same orders
        :return: ``helloword.return`` recordset
        :raise UserError: nothing was delivered that could come back
        """
        self.ensure_one()
        if self.provider != "demo":
            raise UserError(self.env._("Only demo channels make up requests."))
        candidates = self._get_demo_candidates()
        if not candidates:
            raise UserError(
                self.env._(
                    "Nothing was delivered in %s that is not coming back already. Deliver an "
                    "order first.",
                    self.company_id.name,
                )
            )
        dice = random.Random(seed)  # noqa: S311
        orders = dice.sample(list(candidates), min(count, len(candidates)))
        payloads = [self._make_demo_request(order, candidates[order], dice) for order in orders]
        return self.env["helloword.return"].intake(payloads)

    def _get_demo_candidates(self):
        """:return: dict of order → its delivered lines nobody asked to return, newest first"""
        self.ensure_one()
        lines = self.env["sale.order.line"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("state", "=", "sale"),
                ("order_id.return_channel_id", "in", [False, self.id]),
                ("product_id.type", "=", "consu"),
                ("qty_delivered", ">", 0),
                ("return_line_ids", "=", False),
            ],
            order="id desc",
            limit=CANDIDATE_LINES,
        )
        candidates = defaultdict(list)
        for line in lines:
            candidates[line.order_id].append(line)
        return candidates

    def _make_demo_request(self, order, sale_lines, dice):
        trouble = dice.choice(TROUBLES) if dice.randrange(TROUBLE_EVERY) == 0 else None
        country = order.partner_shipping_id.country_id.code or ""
        number = f"{dice.getrandbits(40):010X}"
        asked_at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=dice.randrange(60))
        currency = order.currency_id.name
        if trouble == "other_currency":
            currency = "GBP" if currency != "GBP" else "EUR"
        chosen = dice.sample(sale_lines, 1 if dice.random() < 0.8 else min(2, len(sale_lines)))
        lines = [self._make_demo_line(line, country, trouble, dice) for line in chosen]
        reference = order.return_channel_ref or order.name
        return ReturnRequest(
            channel_id=self.id,
            external_id=f"DEMO-{number}",
            order_ref=f"{number[:3]}-{number[3:]}" if trouble == "unknown_order" else reference,
            lines=tuple(lines),
            currency=currency,
            country=country,
            customer_name=order.partner_id.name or "",
            customer_email=order.partner_id.email or "",
            comment=lines[0].comment,
            requested_at=asked_at,
            deadline=asked_at + timedelta(hours=dice.choice((24, 48, 72))),
        )

    def _make_demo_line(self, sale_line, country, trouble, dice):
        delivered = int(
            sale_line.product_uom_id._compute_quantity(
                sale_line.qty_delivered, sale_line.product_id.uom_id
            )
        )
        quantity = delivered if dice.random() < 0.7 else dice.randint(1, max(delivered, 1))
        reason = demo_texts.choose_reason(dice)
        product = sale_line.product_id
        return RequestLine(
            quantity=delivered + dice.randint(1, 5) if trouble == "too_many" else quantity or 1,
            sku=f"OLD-{dice.randrange(10**6):06d}"
            if trouble == "unknown_sku"
            else product.default_code or "",
            product_id=0 if product.default_code or trouble == "unknown_sku" else product.id,
            external_id=f"L{sale_line.id}",
            reason=reason,
            comment=demo_texts.choose_comment(reason, country, dice),
        )
