from odoo import models

# What an operator charges for → kind of cost.
KINDS = {
    "receiving": "handling",
    "restocking": "handling",
    "photo": "inspection",
    "inspection": "inspection",
    "repair": "repair",
    "relabel": "repair",
    "shipping": "freight",
    "duty": "duty",
}


class HellowordReturn(models.Model):
    """What warehouses charge becomes costs of the return, as the newest word on each fee says."""

    _inherit = "helloword.return"

    def _book_wms_fees(self, states, connections):
        """Accrue fees, once each; one that was charged anew with another amount is taken back and
        accrued again. A fee that is matched with a bill stays, and people see the difference there.

        :param dict states: return → :class:`~odoo.addons.helloword_3pl.wms.state.ReturnState`
        :param dict connections: return → ``helloword.wms.connection``
        """
        fees = {
            (ret, self._get_wms_fee_reference(connections[ret], fee)): fee
            for ret, state in states.items()
            for fee in state.fees
            if fee.ref
        }
        if not fees:
            return
        currencies = {
            currency.name: currency
            for currency in self.env["res.currency"]
            .with_context(active_test=False)
            .search([("name", "in", list({fee.currency for fee in fees.values()}))])
        }
        Cost = self.env["helloword.return.cost"].sudo()
        known = {
            (cost.return_id, cost.reference): cost
            for cost in Cost.search(
                [
                    ("return_id", "in", [ret.id for ret in states]),
                    ("reference", "in", [reference for _ret, reference in fees]),
                    ("state", "!=", "cancelled"),
                ]
            )
        }
        vals_list = []
        for (ret, reference), fee in fees.items():
            currency = currencies.get(fee.currency) or connections[ret].fee_currency_id
            cost = known.get((ret, reference))
            amount = currency.round(float(fee.amount))
            if cost and cost.currency_id == currency:
                if not currency.compare_amounts(cost.amount, amount) or cost.state == "billed":
                    continue
            if cost:
                cost.action_cancel()
                cost.reference = f"{reference} ({cost.id})"
            if currency.compare_amounts(amount, 0.0) <= 0:
                continue
            vals_list.append(
                {
                    "return_id": ret.id,
                    "kind": KINDS.get(fee.kind, "other"),
                    "reference": reference,
                    "name": fee.description or False,
                    "amount": amount,
                    "currency_id": currency.id,
                    "partner_id": connections[ret].partner_id.id,
                    "wms_connection_id": connections[ret].id,
                }
            )
        for vals in vals_list:
            if not vals["name"]:
                del vals["name"]
        Cost._accrue(vals_list)

    def _get_wms_fee_reference(self, connection, fee):
        return f"{connection.id}:{fee.ref}"
