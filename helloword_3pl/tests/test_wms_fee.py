from decimal import Decimal

from odoo.tests import tagged

from ..wms.base import Fee
from .common import WmsCommon


@tagged("post_install", "-at_install")
class TestWmsFee(WmsCommon):
    """What warehouses charge is accrued once."""

    def _charge(self, event_id, ret, amount, currency="EUR", hours=0, ref="F1"):
        fee = Fee(ref, "receiving", Decimal(amount), currency, "Receiving")
        return self._event(event_id, "fee.charged", ret, hours=hours, fees=(fee,))

    def _get_costs(self, ret):
        return ret.cost_ids.filtered(
            lambda cost: cost.partner_id == self.operator and cost.state != "cancelled"
        )

    def test_accrued_once(self):
        ret = self._expect()
        event = self._charge("e1", ret, "2.75", self.company.currency_id.name)
        self._take(event, event)
        self._take(self._inspected("i1", ret, self.product_standard))
        cost = self._get_costs(ret)
        self.assertEqual((cost.kind, cost.amount, cost.name), ("handling", 2.75, "Receiving"))

    def test_other_currency(self):
        ret = self._expect()
        self._take(self._charge("e1", ret, "5", self.other_currency.name))
        self.assertEqual(self._get_costs(ret).currency_id, self.other_currency)

    def test_newest_word_holds(self):
        code = self.company.currency_id.name
        for first, second in ((0, 1), (1, 0)):
            ret = self._expect()
            events = [
                self._charge(f"a{ret.id}", ret, "2", code, 0),
                self._charge(f"b{ret.id}", ret, "3.5", code, 1),
            ]
            self._take(events[first])
            self._take(events[second])
            self.assertEqual(self._get_costs(ret).mapped("amount"), [3.5])

    def test_given_back(self):
        ret = self._expect()
        code = self.company.currency_id.name
        self._take(self._charge("a", ret, "2", code), self._charge("b", ret, "0", code, 1))
        self.assertFalse(self._get_costs(ret))

    def test_of_no_return(self):
        fee = Fee("F9", "storage", Decimal(9), "EUR")
        self.assertEqual(
            self._take(self._event("e9", "fee.charged", fees=(fee,))),
            [("parked", "unknown_return")],
        )
