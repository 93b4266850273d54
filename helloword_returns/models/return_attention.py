from odoo import api, fields, models
from odoo.exceptions import UserError

# Without a product and a possible quantity there is nothing to return; people have to correct these.
UNACCEPTABLE_ISSUES = ("unknown_product", "too_many", "no_lines")


class HellowordReturn(models.Model):
    """What keeps a return from being decided by itself, in plain words."""

    _inherit = "helloword.return"

    attention_issues = fields.Json(
        copy=False, help="List of {code, …}: what could not be matched, with its values."
    )
    needs_attention = fields.Boolean(
        compute="_compute_needs_attention", store=True, index="btree_not_null"
    )
    attention_message = fields.Text(compute="_compute_attention_message")

    @api.depends("attention_issues")
    def _compute_needs_attention(self):
        for ret in self:
            ret.needs_attention = bool(ret.attention_issues)

    @api.depends("attention_issues")
    @api.depends_context("lang")
    def _compute_attention_message(self):
        for ret in self:
            ret.attention_message = "\n".join(
                self._describe_issue(issue) for issue in ret.attention_issues or []
            )

    # -------------------------------------------------------------------------
    # Actions
    # -------------------------------------------------------------------------

    def action_dismiss_attention(self):
        """Accept requests as they are; the rules decide next. Logged in the chatter.

        :raise UserError: something is missing without which nothing can be returned
        """
        self.check_access("write")
        for ret in self.filtered("needs_attention"):
            codes = {issue["code"] for issue in ret.attention_issues}
            if codes & set(UNACCEPTABLE_ISSUES):
                raise UserError(
                    self.env._(
                        "Return %(name)s cannot be accepted as it is:\n%(issues)s",
                        name=ret.name,
                        issues=ret.attention_message,
                    )
                )
            ret.message_post(
                body=self.env._("Accepted as it is, although: %s", ret.attention_message)
            )
            ret.attention_issues = False
        self._decide_after_intake()
        return True

    def _check_can_approve(self):
        super()._check_can_approve()
        for ret in self.filtered("needs_attention"):
            raise UserError(
                self.env._(
                    "Return %(name)s needs attention first:\n%(issues)s",
                    name=ret.name,
                    issues=ret.attention_message,
                )
            )

    # -------------------------------------------------------------------------
    # In words
    # -------------------------------------------------------------------------

    @api.model
    def _describe_issue(self, issue):
        """One issue in the reader's language, with what to do about it.

        :param dict issue: ``code`` and the values the sentence needs
        """
        code = issue.get("code")
        if code == "unknown_order":
            return self.env._(
                "Order “%s” was not found. Choose the order, or create it, then match again.",
                issue.get("order") or "?",
            )
        if code == "unknown_product":
            return self.env._(
                "No product has the SKU “%s”. Correct the line's product, then match again.",
                issue.get("sku") or "?",
            )
        if code == "not_in_order":
            return self.env._(
                "“%(product)s” is not on order %(order)s. Check the customer's request.",
                product=issue.get("product"),
                order=issue.get("order"),
            )
        if code == "too_many":
            return self.env._(
                "%(asked)s units of “%(product)s” are asked back, %(returnable)s can be returned. "
                "Lower the quantity, then match again.",
                asked=f"{issue.get('asked') or 0:g}",
                product=issue.get("product"),
                returnable=f"{issue.get('returnable') or 0:g}",
            )
        if code == "other_currency":
            return self.env._(
                "The request is in %(request)s, the order in %(order)s. Check the amounts.",
                request=issue.get("request"),
                order=issue.get("order"),
            )
        if code == "other_sender":
            return self.env._(
                "%(sender)s is not the buyer of order %(order)s. Make sure who is asking before "
                "you accept the request.",
                sender=issue.get("sender") or "?",
                order=issue.get("order"),
            )
        if code == "unknown_currency":
            return self.env._(
                "“%s” is no active currency. Activate it, or check the amounts and accept the "
                "request as it is.",
                issue.get("currency"),
            )
        if code == "no_rate":
            return self.env._(
                "%s has no exchange rate, so the rules cannot judge the value. Enter a rate, then "
                "accept the request.",
                issue.get("currency"),
            )
        if code == "bad_quantity":
            return self.env._(
                "“%(value)s” is no quantity for “%(product)s”. Enter how many come back.",
                value=issue.get("value"),
                product=issue.get("product"),
            )
        if code == "no_lines":
            return self.env._("The request names no product. Add what comes back.")
        return issue.get("message") or self.env._(
            "The request could not be read. See what was received below."
        )
