from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ..stats.assignment import choose, digest


class HellowordReturnExperimentAssignment(models.Model):
    """One customer's place in one experiment, kept from their first return on.

    The customer is held as a pseudonym: what erases a buyer's data need not look here.
    """

    _name = "helloword.return.experiment.assignment"
    _description = "Customer in an Experiment"
    _order = "date desc, id desc"
    _log_access = False
    _rec_name = "pseudonym"

    experiment_id = fields.Many2one(
        "helloword.return.experiment", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="experiment_id.company_id", store=True, index=True)
    variant_id = fields.Many2one(
        "helloword.return.experiment.variant",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: held out, decided by the plain rule.",
    )
    pseudonym = fields.Char(required=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, index="btree_not_null", ondelete="set null"
    )
    date = fields.Datetime(
        string="Since", required=True, readonly=True, help="First return in the experiment (UTC)."
    )
    period = fields.Integer(
        readonly=True, help="Counts the changes of the weights since the start."
    )
    return_ids = fields.One2many("helloword.return", "experiment_assignment_id")

    _customer_uniq = models.UniqueIndex(
        "(experiment_id, pseudonym)", "This customer is in the experiment already."
    )


class HellowordReturnExperiment(models.Model):
    """Who gets which variant."""

    _inherit = "helloword.return.experiment"

    def _get_variants(self, returns):
        """Which variant decides each return, as it is stored or would be drawn. No side effects;
        at most two queries.

        :param returns: ``helloword.return``; those of other companies and of customers nobody can
            tell apart are left to the plain rule
        :return: dict of variant → returns; under the empty variant those that the plain rule
            decides
        """
        self.ensure_one()
        Variant = self.env["helloword.return.experiment.variant"]
        drawn = self._draw(returns)
        ids_by_variant = defaultdict(list)
        for ret in returns:
            _pseudonym, variant_id = drawn.get(ret, (None, False))
            ids_by_variant[variant_id].append(ret.id)
        return {
            Variant.browse(variant_id or ()): returns.browse(ids)
            for variant_id, ids in ids_by_variant.items()
        }

    def _draw(self, returns):
        """:return: dict of return that takes part → (pseudonym, id of the variant or False for
        those held out)"""
        taking_part = returns.filtered(
            lambda ret: ret.company_id == self.company_id and ret.customer_key
        )
        pseudonyms = {ret: digest(self.salt, ret.customer_key) for ret in taking_part}
        known = dict(
            self._search_assignments(pseudonyms.values()).mapped(
                lambda assignment: (assignment.pseudonym, assignment.variant_id.id)
            )
            if pseudonyms
            else ()
        )
        new = taking_part.filtered(lambda ret: pseudonyms[ret] not in known)
        busy = self._get_busy_customers({ret.customer_key for ret in new})
        outcomes, shares = zip(*self._get_shares().items(), strict=True)
        drawn = {}
        for ret in taking_part:
            pseudonym = pseudonyms[ret]
            if pseudonym in known:
                drawn[ret] = (pseudonym, known[pseudonym])
            elif ret.customer_key not in busy:
                drawn[ret] = (pseudonym, outcomes[choose(pseudonym, shares)])
        return drawn

    def _search_assignments(self, pseudonyms):
        Assignment = self.env["helloword.return.experiment.assignment"].sudo()
        return Assignment.search(
            [("experiment_id", "in", self.ids), ("pseudonym", "in", list(pseudonyms))]
        )

    def _get_busy_customers(self, keys):
        """:return: those of these customers who take part in another experiment of the company"""
        others = self._get_running().filtered(
            lambda other: other != self and other.company_id == self.company_id
        )
        if not self.exclude_others or not others or not keys:
            return set()
        owners = {digest(other.salt, key): key for other in others for key in keys}
        return {
            owners[assignment.pseudonym] for assignment in others._search_assignments(owners.keys())
        }

    def _get_shares(self):
        """:return: dict of variant id, False for the holdout, → share of the customers, above
        zero; in a lasting order"""
        self.ensure_one()
        total = sum(self.variant_ids.mapped("weight"))
        shares = {False: self.holdout_percent / 100.0}
        for variant in self.variant_ids.sorted("id"):
            shares[variant.id] = (1.0 - shares[False]) * variant.weight / total
        return {key: share for key, share in shares.items() if share > 0}

    def _assign(self, returns):
        """Let the customers of these returns take part, and note it on the returns.

        Customers keep the variant they have. Three queries, whatever the number of returns.

        :return: the returns that take part
        """
        self.ensure_one()
        drawn = self._draw(returns)
        first = {}
        for ret in sorted(drawn, key=lambda ret: (ret.request_date, ret.id)):
            first.setdefault(drawn[ret][0], ret)
        if not first:
            return returns.browse()
        self._insert_assignments(
            [
                (
                    pseudonym,
                    drawn[ret][1] or None,
                    ret.sudo().partner_id.commercial_partner_id.id or None,
                    ret.request_date,
                )
                for pseudonym, ret in first.items()
            ]
        )
        stored = {
            assignment.pseudonym: assignment for assignment in self._search_assignments(first)
        }
        for ret, (pseudonym, _variant_id) in drawn.items():
            ret.experiment_assignment_id = stored[pseudonym]
        return returns.browse(ret.id for ret in drawn)

    @api.private
    def _insert_assignments(self, rows):
        """:param rows: list of (pseudonym, variant id, partner id, date); those who take part
        already are passed over
        """
        Assignment = self.env["helloword.return.experiment.assignment"]
        Assignment.flush_model()
        values = SQL(", ").join(
            SQL("%s", (self.id, self.company_id.id, self.period, *row)) for row in rows
        )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO helloword_return_experiment_assignment
                    (experiment_id, company_id, period, pseudonym, variant_id, partner_id, date)
                VALUES %s
                ON CONFLICT (experiment_id, pseudonym) DO NOTHING
                """,
                values,
            )
        )
        Assignment.invalidate_model()
