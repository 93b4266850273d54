from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import float_is_zero

from ..intake.payload import to_utc_naive


class HellowordReturn(models.Model):
    """The one way in: every source hands typed requests to :meth:`intake`."""

    _inherit = "helloword.return"

    request_currency_id = fields.Many2one(
        "res.currency",
        string="Currency of the Request",
        copy=False,
        help="In which the channel or the customer named amounts. The refund is paid in the "
        "order's.",
    )

    @api.model
    def intake(self, payloads, decide=True):
        """Take requests into the inbox, whole batch at once; repeated requests change nothing.

        A request is known by its channel and external id. One that cannot be matched is kept as a
        return that needs attention, with what was received.

        :param payloads: iterable of :class:`~odoo.addons.helloword_returns.intake.payload.
            ReturnRequest`
        :param bool decide: let the rules decide what could be matched, in this transaction
        :return: the returns, in the order of the payloads; a request that came twice gives the
            same return twice
        """
        payloads = list(payloads)
        known = self._find_known(payloads)
        fresh, keys = {}, []
        for number, payload in enumerate(payloads):
            key = self._get_intake_key(payload) or ("new", number)
            keys.append(key)
            if key not in known:
                fresh[key] = payload
        changed = self._update_from_payloads(payloads, known)
        created = self._create_from_payloads(fresh.values())
        known.update(zip(fresh, created, strict=True))
        (created | changed)._match()
        created._on_taken_in()
        if decide:
            (created | changed)._decide_after_intake()
        return self.browse(known[key].id for key in keys)

    def _on_taken_in(self):
        """What follows when requests came in for the first time. Hook, batch."""

    def _decide_after_intake(self):
        """Let the rules decide what needs no attention; the rest waits for a person."""
        self.filtered(lambda ret: not ret.needs_attention).action_decide()

    @api.model
    def _get_intake_key(self, payload):
        return (payload.channel_id, payload.external_id) if payload.external_id else None

    def _find_known(self, payloads):
        external_ids = {payload.external_id for payload in payloads if payload.external_id}
        if not external_ids:
            return {}
        channel_ids = {payload.channel_id for payload in payloads}
        known = self.with_context(active_test=False).search(
            [("channel_id", "in", list(channel_ids)), ("external_id", "in", list(external_ids))]
        )
        return {(ret.channel_id.id, ret.external_id): ret for ret in known}

    def _create_from_payloads(self, payloads):
        """What can be returned is checked by the matching that follows, not here: a request for
        too much is kept."""
        lookup = self._prepare_intake_lookup(payloads)
        created = self.with_context(returnable_checked=True).create(
            [self._prepare_return_vals(payload, lookup) for payload in payloads]
        )
        return created.with_env(self.env)

    def _update_from_payloads(self, payloads, known):
        """Bring undecided returns up to date; tell people about changes of decided ones.

        :return: the returns whose lines changed and have to be matched again
        """
        latest = {}
        for payload in payloads:
            ret = known.get(self._get_intake_key(payload))
            if ret:
                latest[ret] = payload
        latest = {
            ret: payload for ret, payload in latest.items() if ret.raw_payload != payload.as_json()
        }
        if not latest:
            return self.browse()
        lookup = self._prepare_intake_lookup(latest.values())
        changed = self.browse()
        for ret, payload in latest.items():
            if ret.approval_state == "requested":
                vals = ret._prepare_update_vals(self._prepare_return_vals(payload, lookup))
                ret.with_context(returnable_checked=True).write(vals)
                changed |= ret
            else:
                ret.raw_payload = payload.as_json()
                ret.message_post(
                    body=self.env._(
                        "The channel sent this request again with changes after it was decided. "
                        "Compare it with the lines below."
                    )
                )
        return changed

    def _prepare_update_vals(self, vals):
        """What a changed request writes: what it says nothing about stays as people left it."""
        self.ensure_one()
        kept = ("sale_order_id", "partner_id", "deadline_date", "external_url")
        vals = {name: value for name, value in vals.items() if value or name not in kept}
        return vals | {
            "line_ids": [fields.Command.clear(), *vals["line_ids"]],
            "decision": False,
            "rule_id": False,
            "decision_explanation": False,
        }

    # -------------------------------------------------------------------------
    # From payload to values
    # -------------------------------------------------------------------------

    def _prepare_intake_lookup(self, payloads):
        """Everything the payloads refer to, read once for the whole batch."""
        payloads = list(payloads)
        lines = [line for payload in payloads for line in payload.lines]
        reasons = self.env["helloword.return.reason"].search(
            [("code", "in", list({line.reason for line in lines if line.reason}))]
        )
        currencies = self.env["res.currency"].search(
            [("name", "in", list({p.currency.upper() for p in payloads if p.currency}))]
        )
        countries = self.env["res.country"].search(
            [("code", "in", list({p.country.upper() for p in payloads if p.country}))]
        )
        codes = list({line.sku for line in lines if line.sku})
        barcodes = list({line.barcode for line in lines if line.barcode})
        products = self.env["product.product"].with_context(active_test=False)
        if codes or barcodes:
            products = products.search(
                ["|", ("default_code", "in", codes), ("barcode", "in", barcodes)],
                order="active desc, id",
            )
        by_code, by_barcode = defaultdict(products.browse), defaultdict(products.browse)
        for product in products:
            by_code[product.default_code] |= product
            by_barcode[product.barcode] |= product
        channels = self.env["helloword.channel"].browse({p.channel_id for p in payloads})
        return {
            "reason": {reason.code: reason.id for reason in reasons},
            "currency": {currency.name: currency.id for currency in currencies},
            "country": {country.code: country.id for country in countries},
            "code": by_code,
            "barcode": by_barcode,
            "channel": {channel.id: channel for channel in channels},
        }

    def _prepare_return_vals(self, payload, lookup):
        channel = lookup["channel"][payload.channel_id]
        issues = []
        lines = [self._prepare_line_vals(line, lookup, channel, issues) for line in payload.lines]
        currency_id = lookup["currency"].get(payload.currency.upper())
        if payload.currency and not currency_id:
            issues.append({"code": "unknown_currency", "currency": payload.currency})
        if not lines:
            issues.append({"code": "no_lines"})
        vals = {
            "channel_id": channel.id,
            "company_id": channel.company_id.id,
            "external_id": payload.external_id or False,
            "external_order_ref": payload.order_ref or False,
            "external_url": payload.url or False,
            "sale_order_id": payload.sale_order_id or False,
            "partner_id": payload.partner_id or False,
            "customer_comment": payload.comment or False,
            "deadline_date": to_utc_naive(payload.deadline) or False,
            "raw_payload": payload.as_json(),
            "line_ids": [fields.Command.create(line) for line in lines],
            "attention_issues": issues or False,
        }
        optional = {
            "request_date": to_utc_naive(payload.requested_at),
            "currency_id": currency_id,
            "request_currency_id": currency_id,
            "country_id": lookup["country"].get(payload.country.upper()),
            "customer_name": payload.customer_name,
            "customer_email": payload.customer_email,
            "customer_phone": payload.customer_phone,
        }
        vals.update({name: value for name, value in optional.items() if value})
        return vals

    def _prepare_line_vals(self, line, lookup, channel, issues):
        quantity = self._read_quantity(line, issues)
        product_id = line.product_id
        if not product_id and not line.sale_line_id and not line.move_id:
            candidates = lookup["barcode"][line.barcode] if line.barcode else None
            candidates = candidates or (lookup["code"][line.sku] if line.sku else None)
            candidates = (candidates or self.env["product.product"]).filtered(
                lambda product: product.company_id.id in (False, channel.company_id.id)
            )
            product_id = candidates[:1].id
        vals = {
            "external_id": line.external_id or False,
            "sku": line.sku or line.barcode or False,
            "product_id": product_id or False,
            "sale_line_id": line.sale_line_id or False,
            "origin_move_id": line.move_id or False,
            "quantity": quantity,
            "reason_id": lookup["reason"].get(line.reason, False),
            "comment": line.comment or False,
        }
        if line.amount is not None and line.amount >= 0:
            vals["price_total"] = line.amount
        return vals

    def _read_quantity(self, line, issues):
        """A quantity above zero; anything else is kept in the issues and read as one unit."""
        label = line.sku or line.barcode or str(line.product_id or "?")
        try:
            quantity = float(line.quantity)
        except (TypeError, ValueError):
            quantity = 0.0
        if not 0 < quantity <= 1_000_000 or float_is_zero(quantity, precision_digits=6):
            issues.append({"code": "bad_quantity", "value": str(line.quantity), "product": label})
            return 1.0
        return quantity
