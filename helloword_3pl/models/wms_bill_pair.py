from decimal import Decimal

from odoo import fields, models

from ..wms.bill_match import Entry, pair, rank

# More open fees than this are not offered for one row.
SUGGESTIONS_FROM = 1000


class HellowordWmsBill(models.Model):
    """Looking for the fee each row bills."""

    _inherit = "helloword.wms.bill"

    def _pair(self):
        """Pair rows that have no fee yet with fees no bill has claimed. Batch: a few queries for
        each bill, however many rows it has."""
        for bill in self:
            stale = bill.row_ids.sudo().cost_ids.filtered(lambda cost: cost.state == "cancelled")
            stale.wms_bill_row_id = False
            rows = bill.row_ids.filtered(lambda row: row.state == "open")
            if not rows:
                continue
            bill._find_row_returns(rows.filtered(lambda row: not row.return_id))
            rows = bill._note_repeats(rows)
            costs = bill._find_open_fees(rows)
            found = pair(
                [row._get_entry() for row in rows],
                [rows[:1]._get_fee_entry(cost) for cost in costs],
            )
            for row in rows:
                if row.id in found:
                    cost_id, how = found[row.id]
                    costs.browse(cost_id).wms_bill_row_id = row
                    row.write({"found_by": how, "problem": False})

    def _find_row_returns(self, rows):
        """Rows learn their return, by our number or the operator's; others' returns are none."""
        self.ensure_one()
        connections = self._get_connections()
        Return = self.env["helloword.return"].sudo()
        numbers = {row.return_number for row in rows} - {False}
        found = Return.search(
            [("name", "in", list(numbers)), ("company_id", "=", self.company_id.id)]
        )
        own = Return.union(*(each._filter_own_returns(found) for each in connections))
        by_number = {ret.name: ret for ret in own}
        refs = {row.external_ref for row in rows} | {
            row.return_number for row in rows if row.return_number not in by_number
        }
        by_ref = self._find_returns_by_external_ref(connections, refs - {False})
        for row in rows:
            ret = by_number.get(row.return_number) or by_ref.get(
                row.external_ref or row.return_number
            )
            if ret:
                row.return_id = ret

    def _find_returns_by_external_ref(self, connections, refs):
        """:return: dict of the operator's number of a return → ``helloword.return``"""
        if not refs:
            return {}
        domain = [
            ("connection_id", "in", connections.ids),
            ("external_ref", "in", list(refs)),
            ("return_id", "!=", False),
        ]
        return {
            record.external_ref: record.return_id
            for model in ("helloword.wms.event", "helloword.wms.notice")
            for record in self.env[model].sudo().search(domain)
        }

    def _note_repeats(self, rows):
        """Rows whose fee was billed before are told so, and not paired with anything else.

        :return: the other rows
        """
        refs = {row.fee_ref for row in rows} - {False}
        if not refs:
            return rows
        billed = {
            cost.wms_bill_row_id.fee_ref or cost._get_wms_fee_ref(): cost
            for cost in self.env["helloword.return.cost"]
            .sudo()
            .search(
                [
                    (
                        "reference",
                        "in",
                        [
                            f"{connection.id}:{ref}"
                            for connection in self._get_connections()
                            for ref in refs
                        ],
                    ),
                    ("state", "=", "billed"),
                ]
            )
        }
        repeats = rows.filtered(lambda row: row.fee_ref in billed)
        for row in repeats:
            earlier = billed[row.fee_ref].wms_bill_row_id
            row.problem = self.env._(
                "This fee was billed before: %s.", earlier.display_name or billed[row.fee_ref].name
            )
        return rows - repeats

    def _find_open_fees(self, rows):
        """:return: accrued costs these rows may bill, oldest first"""
        self.ensure_one()
        connections = self._get_connections()
        references = [
            f"{connection.id}:{ref}"
            for connection in connections
            for ref in {row.fee_ref for row in rows} - {False}
        ]
        return (
            self.env["helloword.return.cost"]
            .sudo()
            .search(
                [
                    *self._get_open_fee_domain(),
                    "|",
                    ("reference", "in", references),
                    ("return_id", "in", rows.return_id.ids),
                ],
                order="date, id",
            )
        )

    def _get_open_fee_domain(self):
        """:return: domain of costs of this operator that wait for a bill"""
        self.ensure_one()
        partners = self.partner_id.commercial_partner_id
        return [
            ("company_id", "=", self.company_id.id),
            ("state", "=", "accrued"),
            ("wms_bill_row_id", "=", False),
            "|",
            ("wms_connection_id", "in", self._get_connections().ids),
            "&",
            ("wms_connection_id", "=", False),
            ("partner_id", "child_of", partners.ids),
        ]

    def _suggest(self, row):
        """:return: list of tuples (score, ``helloword.return.cost``, reasons), best first"""
        self.ensure_one()
        costs = (
            self.env["helloword.return.cost"]
            .sudo()
            .search(self._get_open_fee_domain(), order="date desc, id", limit=SUGGESTIONS_FROM)
        )
        costs |= self._find_open_fees(row)
        ranked = rank(row._get_entry(), [row._get_fee_entry(cost) for cost in costs])
        return [(score, costs.browse(fee.key), reasons) for score, fee, reasons in ranked]


class HellowordWmsBillRow(models.Model):
    _inherit = "helloword.wms.bill.row"

    def _get_entry(self):
        self.ensure_one()
        return Entry(
            self.id,
            self.fee_ref or "",
            self.return_id.id or None,
            self.kind,
            self._get_exact(self.amount),
            self.date or self.bill_id.date,
        )

    def _get_fee_entry(self, cost):
        """A fee in this row's currency."""
        return Entry(
            cost.id,
            cost._get_wms_fee_ref(),
            cost.return_id.id,
            cost.kind,
            self._get_exact(self._convert_to_bill(cost)),
            cost.date,
        )

    def _get_exact(self, amount):
        """Equal amounts must be equal: money in whole coins, not binary fractions."""
        currency = self.currency_id
        return Decimal(f"{currency.round(amount):.{currency.decimal_places}f}")


class HellowordReturnCost(models.Model):
    _inherit = "helloword.return.cost"

    wms_connection_id = fields.Many2one(
        "helloword.wms.connection",
        string="Told By",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The connection whose warehouse told this fee.",
    )
    wms_bill_row_id = fields.Many2one(
        "helloword.wms.bill.row",
        string="Row of the Bill",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    def _get_wms_fee_ref(self):
        """:return: the operator's number of the fee, or an empty text"""
        self.ensure_one()
        prefix = f"{self.wms_connection_id.id}:"
        reference = self.reference or ""
        return reference.removeprefix(prefix) if reference.startswith(prefix) else ""
