import re
from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL, email_normalize

from .order_finder import NOTHING

# Other facts leave the effects to be carried out by themselves.
NOTES = ("partly_undelivered",)
# Spellings of one statement that are looked up; nobody's contract has more numbers.
REFERENCE_LIMIT = 60


def normalize_name(name):
    """:return: a person's name as it is compared"""
    return " ".join(re.findall(r"\w+", (name or "").casefold()))


class HellowordWithdrawal(models.Model):
    """Which order a statement is about, and whether somebody said the same before."""

    _inherit = "helloword.withdrawal"

    # -------------------------------------------------------------------------
    # Examining
    # -------------------------------------------------------------------------

    def _schedule_examination(self):
        for withdrawal in self:
            withdrawal.with_delay(
                channel="root.helloword",
                priority=5,
                identity_key=f"helloword.withdrawal.examine:{withdrawal.id}",
                description=f"Examine withdrawal {withdrawal.name}",
            )._job_examine()

    def _job_examine(self):
        self.exists().filtered(lambda withdrawal: not withdrawal.examined_at)._examine()

    def _examine(self):
        """Find the order, compare with the law, then carry out what follows or ask a person.

        Repeated, nothing happens twice: what has a return, was refused or closed is left alone.
        """
        self._lock()
        waiting = self.filtered(
            lambda withdrawal: (
                not withdrawal.duplicate_of_id
                and not withdrawal.refused_at
                and not withdrawal.closed_at
                and not withdrawal._get_valid_returns()
            )
        ).sudo()
        waiting._match_orders()
        waiting._lock_orders()
        waiting._link_duplicates()
        fresh = waiting.filtered(lambda withdrawal: not withdrawal.duplicate_of_id)
        fresh._examine_right()
        waiting.write({"examined_at": fields.Datetime.now()})
        fresh.filtered(lambda withdrawal: withdrawal._is_clear())._carry_out()
        fresh.filtered("needs_person")._ask_person()

    def _note_failed_examination(self, error):
        """What cannot be examined waits for a person, not for ever in the sweeper's queue.

        :param str error: why
        """
        self.ensure_one()
        self.write(
            {
                "examined_at": fields.Datetime.now(),
                "findings": [{"code": "not_examined", "error": error}],
            }
        )
        self._ask_person()

    def _is_clear(self):
        """:return: whether nothing found keeps the effects from being carried out"""
        self.ensure_one()
        return bool(self.sale_order_id) and not any(
            finding["code"] not in NOTES for finding in self.findings or []
        )

    def _lock(self):
        """Two jobs about one statement: the second fails here, is repeated, and finds all done."""
        if self.ids:
            self.flush_recordset()
            self.env.cr.execute(
                SQL(
                    "UPDATE helloword_withdrawal SET write_date = write_date WHERE id IN %s",
                    tuple(self.ids),
                )
            )
            self.invalidate_recordset()

    def _lock_orders(self):
        """Two statements about one order at the same time must see each other."""
        if self.sale_order_id:
            self.env.cr.execute(
                SQL(
                    "UPDATE sale_order SET write_date = write_date WHERE id IN %s",
                    tuple(sorted(self.sale_order_id.ids)),
                )
            )

    # -------------------------------------------------------------------------
    # Orders
    # -------------------------------------------------------------------------

    def _match_orders(self):
        """Set the order of statements whose contract names one; note who it belongs to.

        Numbers are the order's own, the customer's reference and the channel's. One query,
        whatever the number of statements.
        """
        findings = defaultdict(list)
        unmatched = self.filtered(lambda withdrawal: not withdrawal.sale_order_id)
        references = {withdrawal: withdrawal._get_order_references() for withdrawal in unmatched}
        found = self._find_orders(
            unmatched.company_id, {ref for refs in references.values() for ref in refs}
        )
        for withdrawal, refs in references.items():
            orders = self.env["sale.order"].union(
                *(found[withdrawal.company_id, ref] for ref in refs)
            )
            own = orders.filtered(lambda order, w=withdrawal: w._is_buyer(order))
            candidates = own or orders
            if len(candidates) == 1:
                withdrawal.sale_order_id = candidates
            elif candidates:
                findings[withdrawal].append(
                    {"code": "several_orders", "orders": candidates.mapped("name")}
                )
            else:
                findings[withdrawal].append({"code": "no_order", "contract": withdrawal.contract})
        for withdrawal in self:
            order = withdrawal.sale_order_id
            if order and not withdrawal.is_identified:
                withdrawal.is_identified = withdrawal._is_buyer(order)
            if order and not withdrawal.is_identified:
                findings[withdrawal].append(
                    {
                        "code": "other_contact",
                        "order": order.name,
                        "customer": order.partner_id.display_name,
                        "contact": withdrawal.email or withdrawal.phone or "",
                        "name": withdrawal.consumer_name,
                    }
                )
            withdrawal.findings = findings[withdrawal] or False

    def _get_order_references(self):
        """What in the contract may be an order's number, as the order finder's indexes have it."""
        self.ensure_one()
        Order = self.env["sale.order"]
        words = [self.contract, *self.env["helloword.return"]._get_references(self.contract)]
        normalized = dict.fromkeys(Order._normalize_number(word) for word in words)
        return [word for word in normalized if word != NOTHING][:REFERENCE_LIMIT]

    @api.model
    def _find_orders(self, companies, references):
        """:return: dict of (company, reference) → confirmed orders with that number"""
        found = defaultdict(self.env["sale.order"].browse)
        if not references:
            return found
        references = list(references)
        self.env["sale.order"].flush_model(
            ["name", "client_order_ref", "return_channel_ref", "state", "company_id"]
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, company_id,
                       upper(translate(name, ' #', '')),
                       upper(translate(client_order_ref, ' #', '')),
                       upper(translate(return_channel_ref, ' #', ''))
                  FROM sale_order
                 WHERE company_id = ANY(%(companies)s)
                   AND state = 'sale'
                   AND (upper(translate(name, ' #', '')) = ANY(%(references)s)
                        OR upper(translate(client_order_ref, ' #', '')) = ANY(%(references)s)
                        OR upper(translate(return_channel_ref, ' #', '')) = ANY(%(references)s))
                 ORDER BY id
                """,
                companies=companies.ids,
                references=references,
            )
        )
        for order_id, company_id, *numbers in rows:
            for number in set(numbers) & set(references):
                found[self.env["res.company"].browse(company_id), number] |= self.env[
                    "sale.order"
                ].browse(order_id)
        return found

    def _is_buyer(self, order):
        """Whether the statement names somebody of the order: by e-mail address, or by the full
        name, since marketplaces give shops an address the buyer does not know."""
        self.ensure_one()
        partners = order.partner_id | order.partner_invoice_id | order.partner_shipping_id
        partners |= partners.commercial_partner_id
        email = email_normalize(self.email or "")
        if email and email in partners.mapped("email_normalized"):
            return True
        name = normalize_name(self.consumer_name)
        return " " in name and name in {normalize_name(partner.name) for partner in partners}

    # -------------------------------------------------------------------------
    # Repeated statements
    # -------------------------------------------------------------------------

    def _link_duplicates(self):
        """Link statements that say what an earlier one said. Queries do not grow with statements."""
        earlier = self.search(
            [
                ("company_id", "in", self.company_id.ids),
                ("duplicate_of_id", "=", False),
                ("refused_at", "=", False),
                "|",
                ("sale_order_id", "in", self.sale_order_id.ids),
                ("email", "in", [email for email in self.mapped("email") if email]),
            ],
            order="received_at, id",
        )
        firsts = {}
        for withdrawal in earlier | self.sorted(lambda w: (w.received_at, w.id)):
            key = withdrawal._get_identity()
            first = firsts.setdefault(key, withdrawal)
            if withdrawal in self and first != withdrawal and not first.duplicate_of_id:
                withdrawal.duplicate_of_id = first
                withdrawal.findings = False
                first.message_post(
                    body=self.env._(
                        "The consumer has sent the same statement again: %s. It was "
                        "acknowledged; nothing is refunded twice.",
                        withdrawal.name,
                    )
                )

    def _get_identity(self):
        """:return: what two statements share that say the same"""
        self.ensure_one()
        order = self.sale_order_id
        contract = (
            ("order", order.id)
            if order and self.is_identified
            else ("contract", normalize_name(self.contract), self.email or self.consumer_name)
        )
        goods = tuple(sorted((line.sale_line_id.id, line.quantity) for line in self.line_ids))
        return self.company_id.id, contract, goods, normalize_name(self.items_text)

    # -------------------------------------------------------------------------
    # A person
    # -------------------------------------------------------------------------

    def _ask_person(self):
        """One open activity for each statement a person has to look at."""
        asked = self.activity_search(["helloword_returns.mail_activity_withdrawal"])
        for withdrawal in self.filtered(lambda w: w.id not in asked.mapped("res_id")):
            withdrawal.activity_schedule(
                "helloword_returns.mail_activity_withdrawal",
                user_id=withdrawal._get_responsible().id,
                note=withdrawal.findings_text,
            )

    def _close_question(self):
        self.sudo().activity_feedback(["helloword_returns.mail_activity_withdrawal"])
