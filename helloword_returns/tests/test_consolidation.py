from unittest import TestCase

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user

from ..stats.apportion import apportion
from .common import ReturnsCommon


class TestApportion(TestCase):
    """Shares add up to the amount, to the smallest coin."""

    def test_sums_and_ties(self):
        self.assertEqual(apportion(10.0, [1, 1, 1], 0.01), [3.34, 3.33, 3.33])
        self.assertEqual(apportion(0.02, [1, 1, 1], 0.01), [0.01, 0.01, 0.0])
        self.assertEqual(apportion(1000.0, [1, 2], 1.0), [333.0, 667.0])
        self.assertEqual(apportion(100.0, [0.1, 0.2, 0.7], 0.01), [10.0, 20.0, 70.0])
        self.assertEqual(apportion(5.0, [0, 3], 0.05), [0.0, 5.0])

    def test_many(self):
        weights = [number % 7 + 0.37 for number in range(997)]
        shares = apportion(1234.57, weights, 0.01)
        self.assertEqual(sum(round(share * 100) for share in shares), 123457)
        self.assertEqual(shares, apportion(1234.57, weights, 0.01))


class TestConsolidation(ReturnsCommon):
    """Goods leave a hub together, arrive at home, and bear what that cost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, queue_job__no_delay=True))
        cls.forwarder = cls.env["res.partner"].create({"name": "Forwarder"})
        cls.hub = cls._make_hub(cls.warehouse)
        cls.product_average.weight = 2.0
        cls.product_standard.weight = 0.5
        cls.Batch = cls.env["helloword.return.consolidation"]

    @classmethod
    def _make_hub(cls, home, **vals):
        return cls.env["stock.warehouse"].create(
            {
                "name": "Venlo",
                "code": f"VE{home.id % 100}",
                "company_id": home.company_id.id,
                "is_return_hub": True,
                "return_home_warehouse_id": home.id,
                **vals,
            }
        )

    @classmethod
    def _receive(cls, *products, quantity=1, hub=None, price=100.0, **kwargs):
        hub = hub or cls.hub
        kwargs.setdefault("company", hub.company_id)
        orders = cls._make_orders([[(product, quantity, price)] for product in products], **kwargs)
        returns = cls._make_returns([(order, None) for order in orders], warehouse_id=hub)
        returns.action_receive()
        return returns

    def _plan(self, hub=None, confirm=True, **vals):
        batch = (hub or self.hub)._plan_return_consolidations()
        batch.write({"carrier_partner_id": self.forwarder.id, **vals})
        if confirm:
            batch.action_confirm()
        return batch

    def _ship(self, batch, quantities=None):
        self._transfer(
            batch.picking_ids.filtered(
                lambda picking: (
                    picking.location_dest_id.usage == "transit" and picking.state != "done"
                )
            ),
            quantities,
        )

    def _arrive(self, batch, quantities=None):
        self._transfer(
            batch.picking_ids.filtered(
                lambda picking: picking.location_id.usage == "transit" and picking.state != "done"
            ),
            quantities,
        )

    def _add_cost(self, batch, amount, kind="freight", **vals):
        return self.env["helloword.return.consolidation.cost"].create(
            {"consolidation_id": batch.id, "amount": amount, "kind": kind, **vals}
        )

    def _on_hand(self, location, product):
        return sum(
            self.env["stock.quant"]
            .search([("location_id", "=", location.id), ("product_id", "=", product.id)])
            .mapped("quantity")
        )

    # -------------------------------------------------------------------------
    # Home
    # -------------------------------------------------------------------------

    def test_home_and_inspected_there(self):
        ret = self._receive(self.product_average, quantity=2)
        batch = self._plan()
        self.assertEqual(batch.state, "ready")
        self.assertEqual((batch.units, batch.weight, batch.value), (2, 4.0, 200.0))
        self.assertEqual(len(batch.picking_ids), 2)
        self._ship(batch)
        self.assertEqual(batch.state, "shipped")
        with self.assertRaisesRegex(UserError, "not arrived"), self.cr.savepoint():
            ret.action_inspect()
        self._arrive(batch)
        self.assertEqual(batch.state, "arrived")
        home = self.warehouse
        self.assertEqual(self._on_hand(home.return_inspection_location_id, self.product_average), 2)
        self.assertEqual(ret.line_ids.quantity_received, 2)
        before = self._on_hand(home.lot_stock_id, self.product_average)
        inspection = ret.action_inspect()
        self.assertEqual(inspection.warehouse_id, home)
        self.assertEqual(self._on_hand(home.lot_stock_id, self.product_average), before + 2)
        self.assertEqual(ret.goods_state, "processed")
        self.assertFalse(self.hub._plan_return_consolidations())
        self.assertEqual(ret.consolidation_count, 1)

    def test_serial_numbers_and_kinds_of_waiting(self):
        phones = self._receive(self.product_serial, quantity=2)
        held = self._receive(self.product_average)
        sold = self._receive(self.product_standard)
        held.action_inspect(disposition="hold")
        sold.action_inspect(disposition="restock")
        batch = self._plan()
        self.assertEqual(batch.line_ids.return_id, phones | held)
        self.assertEqual(len(batch.line_ids.lot_id), 2)
        self._ship(batch)
        self.assertEqual(held.goods_state, "processed")
        self._arrive(batch)
        result = held.inspection_ids
        self.assertEqual(result.location_id, self.warehouse.return_hold_location_id)
        with self.assertRaisesRegex(UserError, "cannot be undone"), self.cr.savepoint():
            result.action_cancel()
        result.action_release_restock()
        self.assertEqual(result.location_id, self.warehouse.lot_stock_id)
        phones.action_inspect()
        self.assertEqual(phones.goods_state, "processed")

    def test_partial_shipment_and_arrival(self):
        self._receive(self.product_average, quantity=3)
        batch = self._plan()
        self._add_cost(batch, 9.0)
        self._ship(batch, {self.product_average: 2})
        self.assertEqual(batch.state, "ready")
        self.assertEqual(batch.cost_ids.state, "open")
        self.assertFalse(self.hub._plan_return_consolidations())
        self._ship(batch)
        self.assertEqual(batch.state, "shipped")
        self.assertEqual(batch.cost_ids.state, "split")
        self._arrive(batch, {self.product_average: 1})
        self.assertEqual(batch.state, "shipped")
        self.assertEqual(batch.line_ids.quantity_arrived, 1)
        self._arrive(batch)
        self.assertEqual(batch.state, "arrived")
        self.assertEqual((batch.line_ids.quantity_shipped, batch.line_ids.quantity_arrived), (3, 3))

    def test_inspected_meanwhile(self):
        ret = self._receive(self.product_average)
        batch = self._plan(confirm=False)
        ret.action_inspect()
        with self.assertRaisesRegex(UserError, "any more"):
            batch.action_confirm()

    def test_cancel(self):
        ret = self._receive(self.product_average)
        batch = self._plan()
        cost = self._add_cost(batch, 5.0)
        with self.assertRaisesRegex(UserError, "fixed"), self.cr.savepoint():
            batch.line_ids.unlink()
        batch.action_cancel()
        self.assertEqual(batch.state, "cancelled")
        self.assertEqual(set(batch.picking_ids.mapped("state")), {"cancel"})
        self.assertEqual(cost.state, "cancelled")
        again = self._plan()
        self.assertEqual(again.line_ids.return_id, ret)
        self._ship(again)
        with self.assertRaisesRegex(UserError, "left the hub"):
            again.action_cancel()

    # -------------------------------------------------------------------------
    # Costs
    # -------------------------------------------------------------------------

    def test_split_to_the_cent(self):
        returns = self._receive(self.product_average, self.product_average, self.product_average)
        batch = self._plan()
        freight = self._add_cost(batch, 10.0)
        duty = self._add_cost(batch, 1.0, "duty", currency_id=self.other_currency.id)
        with self.assertRaisesRegex(UserError, "have left"), self.cr.savepoint():
            freight.action_split()
        self._ship(batch)
        self.assertEqual(freight.return_cost_ids.mapped("state"), ["accrued"] * 3)
        self.assertEqual(sorted(freight.return_cost_ids.mapped("amount")), [3.33, 3.33, 3.34])
        self.assertEqual(freight.return_cost_ids.return_id, returns)
        self.assertEqual(sorted(duty.return_cost_ids.mapped("amount")), [0.33, 0.33, 0.34])
        self.assertEqual(duty.return_cost_ids.currency_id, self.other_currency)
        self.assertEqual(freight.return_cost_ids.partner_id, self.forwarder)
        freight.action_split()
        self._arrive(batch)
        self.assertEqual(len(freight.return_cost_ids), 3)
        late = self._add_cost(batch, 0.02, "other", split_by="units")
        batch.action_split_costs()
        self.assertEqual(sorted(late.return_cost_ids.mapped("amount")), [0.01, 0.01])
        with self.assertRaisesRegex(UserError, "split already"), self.cr.savepoint():
            freight.amount = 11.0
        freight.action_cancel()
        self.assertEqual(set(freight.return_cost_ids.mapped("state")), {"cancelled"})
        self.assertAlmostEqual(sum(returns.mapped("amount_cost")), 0.02 + 1.0 / 0.5)

    def test_missing_weight_does_not_stop_the_transfer(self):
        self.product_fifo.weight = 0.0
        self._receive(self.product_average, self.product_fifo)
        batch = self._plan()
        cost = self._add_cost(batch, 10.0)
        self._ship(batch)
        self.assertEqual((batch.state, cost.state), ("shipped", "open"))
        with self.assertRaisesRegex(UserError, "no weight"), self.cr.savepoint():
            batch.action_split_costs()
        batch.line_ids.filtered(lambda line: not line.unit_weight).unit_weight = 6.0
        batch.action_split_costs()
        self.assertEqual(sorted(cost.return_cost_ids.mapped("amount")), [2.5, 7.5])

    def test_weight_missing_beside_goods_of_the_same_return(self):
        self.product_fifo.weight = 0.0
        order = self._make_order([(self.product_average, 1), (self.product_fifo, 1)])
        ret = self._make_returns([(order, None)], warehouse_id=self.hub)
        ret.action_receive()
        self._receive(self.product_average)
        batch = self._plan()
        cost = self._add_cost(batch, 10.0)
        self._ship(batch)
        self.assertEqual(cost.state, "open", "The share of the return would be too small")
        batch.line_ids.filtered(lambda line: not line.unit_weight).unit_weight = 1.0
        cost.action_split()
        self.assertEqual(sum(cost.return_cost_ids.mapped("amount")), 10.0)
        self.assertEqual(sorted(cost.return_cost_ids.mapped("amount")), [4.0, 6.0])

    def test_cost_that_is_split_stays_with_its_batch(self):
        self._receive(self.product_average)
        batch = self._plan()
        cost = self._add_cost(batch, 10.0)
        self._ship(batch)
        other = self.Batch.create({"warehouse_id": self.hub.id})
        with self.assertRaisesRegex(UserError, "split already"), self.cr.savepoint():
            cost.consolidation_id = other

    # -------------------------------------------------------------------------
    # Disposal
    # -------------------------------------------------------------------------

    def test_disposal_needs_a_certificate(self):
        ret = self._receive(self.product_average, quantity=2)
        held = self._receive(self.product_standard)
        held.action_inspect(disposition="hold")
        batch = self._plan(kind="disposal")
        self._add_cost(batch, 5.0, "other", split_by="units")
        self.assertFalse(batch.picking_ids)
        with self.assertRaisesRegex(UserError, "certificate"), self.cr.savepoint():
            batch.action_dispose()
        batch.certificate_ids = self.env["ir.attachment"].create(
            {"name": "certificate.pdf", "raw": b"%PDF-1.4"}
        )
        self.assertEqual(batch.certificate_ids.res_id, batch.id)
        batch.action_dispose()
        self.assertEqual(batch.state, "disposed")
        results = batch.line_ids.inspection_id
        self.assertEqual(set(results.mapped("disposition")), {"destroy"})
        self.assertEqual(set(results.scrap_ids.mapped("state")), {"done"})
        self.assertEqual(ret.goods_state, "processed")
        self.assertEqual(batch.cost_ids.state, "split")
        self.assertAlmostEqual(sum((ret | held).mapped("amount_cost")), 5.0)
        with self.assertRaisesRegex(UserError, "left the hub"):
            batch.action_cancel()

    # -------------------------------------------------------------------------
    # Planning
    # -------------------------------------------------------------------------

    def test_plan_again_adds_to_the_draft(self):
        first = self._receive(self.product_average)
        batch = self._plan(confirm=False)
        self.assertFalse(self.hub._plan_return_consolidations())
        second = self._receive(self.product_average)
        self.assertEqual(self.hub._plan_return_consolidations(), batch)
        self.assertEqual(batch.line_ids.return_id, first | second)
        with self.assertRaisesRegex(UserError, "Nothing waits"):
            self.hub.action_plan_return_consolidation()

    def test_rules(self):
        cases = (
            ({"return_hub_days": 14}, True),
            ({"return_hub_days": 0}, False),
            ({"return_hub_days": 0, "return_hub_value": 150.0}, False),
            ({"return_hub_days": 0, "return_hub_value": 100.0}, True),
            ({"return_hub_days": 0, "return_hub_weight": 2.5}, False),
            ({"return_hub_days": 0, "return_hub_weight": 2.0}, True),
            ({"return_hub_days": 0, "return_hub_pallets": 1, "return_hub_pallet_units": 2}, False),
            ({"return_hub_days": 0, "return_hub_pallets": 1, "return_hub_pallet_units": 1}, True),
        )
        self._receive(self.product_average)
        for vals, expected in cases:
            self.hub.write(
                {"return_hub_value": 0, "return_hub_weight": 0, "return_hub_pallets": 0} | vals
            )
            self.env["stock.warehouse"]._cron_plan_return_consolidations()
            batch = self.Batch.search([("warehouse_id", "=", self.hub.id)])
            self.assertEqual(bool(batch), expected, vals)
            batch.unlink()
        self.hub.write({"return_hub_days": 14, "return_hub_pallets": 0})
        batch = self._plan()
        self._ship(batch)
        self._receive(self.product_average)
        self.env["stock.warehouse"]._cron_plan_return_consolidations()
        self.assertEqual(self.Batch.search_count([("warehouse_id", "=", self.hub.id)]), 1)
        batch.planned_date = fields.Date.subtract(fields.Date.today(), days=14)
        self.env["stock.warehouse"]._cron_plan_return_consolidations()
        self.assertEqual(self.Batch.search_count([("warehouse_id", "=", self.hub.id)]), 2)

    def test_hub_needs_a_home(self):
        with self.assertRaisesRegex(ValidationError, "home warehouse"), self.cr.savepoint():
            self.hub.return_home_warehouse_id = False
        with self.assertRaises(UserError), self.cr.savepoint():
            self.hub.return_home_warehouse_id = self.warehouse_2
        with self.assertRaisesRegex(UserError, "no returns hub"):
            self.warehouse.action_plan_return_consolidation()

    def test_return_address_of_the_hub(self):
        ret = self._receive(self.product_average)
        self.assertEqual(ret._get_return_address(), self.hub.partner_id)
        self.hub.return_partner_id = self.forwarder
        self.assertEqual(ret._get_return_address(), self.forwarder)

    def test_border_wants_customs_data(self):
        self.hub.partner_id = self.env["res.partner"].create(
            {"name": "Venlo", "country_id": self._country("NL").id}
        )
        self.warehouse.partner_id.country_id = self._country("CN")
        self._receive(self.product_average)
        batch = self._plan(confirm=False)
        with self.assertRaisesRegex(UserError, "HS code, country of origin"), self.cr.savepoint():
            batch.action_confirm()
        self.product_average.write(
            {"hs_code": "9405.10", "country_of_origin": self._country("CN").id}
        )
        self.assertEqual(batch.line_ids.hs_code, "940510")
        self.assertFalse(batch.customs_gaps)
        batch.action_confirm()
        self.assertEqual(batch.state, "ready")

    def test_border_is_where_the_goods_lie(self):
        """Warehouses have their company's address unless another one is entered."""
        self.assertEqual(self.hub.partner_id, self.warehouse.partner_id)
        self.warehouse.partner_id.country_id = self._country("CN")
        self._receive(self.product_average)
        batch = self._plan(confirm=False)
        self.assertFalse(batch.customs_gaps)
        self.hub.return_partner_id = self.env["res.partner"].create(
            {"name": "Hub of a service", "country_id": self._country("NL").id}
        )
        self.assertIn("HS code", batch.customs_gaps)

    def test_papers_in_english(self):
        self.product_average.customs_description = "Table lamp, steel"
        ret = self._receive(self.product_average)
        batch = self._plan()
        Report = self.env["ir.actions.report"]
        invoice = str(
            Report._render_qweb_html("helloword_returns.report_consolidation_invoice", batch.ids)[0]
        )
        packing = str(
            Report._render_qweb_html("helloword_returns.report_consolidation_packing", batch.ids)[0]
        )
        for text in ("not a sale", "Table lamp, steel", ret.name, batch.name):
            self.assertIn(text, invoice)
            self.assertIn(text, packing)
        self.assertIn(ret.line_ids.invoice_line_id.move_id.name, invoice)
        self.assertIn("100.00", invoice)
        self.assertNotIn("100.00", packing)

    def test_invoice_claims_relief_for_goods_that_come_home(self):
        self.warehouse.partner_id.write({"country_id": self._country("DE").id, "zip": "10115"})
        self.hub.return_partner_id = self.env["res.partner"].create(
            {"name": "Leeds", "country_id": self._country("GB").id, "zip": "LS1"}
        )
        returns = self._receive(self.product_average, self.product_standard)
        batch = self._plan(confirm=False)
        scheme, lines = batch._get_relief()
        self.assertEqual((scheme.code, lines), ("eu_rgr", batch.line_ids))
        late, intime = returns
        late.line_ids.origin_move_id.picking_id.carrier_tracking_ref = "OUT-1"
        late.customs_ids.write({"original_export_date": "2020-01-01", "original_export_mrn": "M1"})
        self.assertEqual(batch._get_relief()[1].return_id, intime, "Three years are over")
        html, _type = self.env["ir.actions.report"]._render_qweb_html(
            "helloword_returns.report_consolidation_invoice", batch.ids
        )
        for text in (
            b"exemption from import charges",
            b"Exported 2020-01-01",
            b"MRN M1",
            b"Tracking OUT-1",
        ):
            self.assertIn(text, b" ".join(html.split()))
        self.assertIn(b"Claimed for the goods of: " + intime.name.encode(), b" ".join(html.split()))
        self.hub.return_partner_id.country_id = self._country("NL")
        self.assertFalse(batch._get_relief()[1], "No customs border")

    # -------------------------------------------------------------------------
    # Companies, rights, queries
    # -------------------------------------------------------------------------

    def test_two_companies(self):
        self._put_in_stock({self.product_average: 5}, location=self.warehouse_2.lot_stock_id)
        hub_2 = self._make_hub(self.warehouse_2)
        ours = self._receive(self.product_average)
        theirs = self._receive(self.product_average, hub=hub_2)
        batches = (self.hub | hub_2)._plan_return_consolidations()
        self.assertEqual(batches.mapped("company_id"), self.company | self.company_2)
        batches.action_confirm()
        for batch, ret in zip(
            batches.sorted("company_id"), (ours | theirs).sorted("company_id"), strict=True
        ):
            self.assertEqual(batch.line_ids.return_id, ret)
            self._add_cost(batch, 7.0)
            self._ship(batch)
            self.assertEqual(batch.cost_ids.return_cost_ids.company_id, batch.company_id)
            self.assertEqual(batch.cost_ids.return_cost_ids.state, "accrued")
        stranger = new_test_user(
            self.env,
            "other_company",
            groups="helloword_returns.group_return_manager",
            company_id=self.company_2.id,
            company_ids=[Command.set(self.company_2.ids)],
        )
        mine = batches.filtered(lambda batch: batch.company_id == self.company)
        with self.assertRaises(AccessError):
            mine.with_user(stranger).read(["name"])

    def test_rights(self):
        self._receive(self.product_average)
        own, clerk = (
            new_test_user(self.env, name, groups=groups, company_id=self.company.id)
            for name, groups in (
                ("own_only", "helloword_returns.group_return_own"),
                ("clerk", "helloword_returns.group_return_user"),
            )
        )
        with self.assertRaises(AccessError):
            self.hub.with_user(own)._plan_return_consolidations()
        batch = self.hub.with_user(clerk)._plan_return_consolidations()
        batch.action_confirm()
        self._add_cost(batch, 3.0)
        self._ship(batch.sudo())
        self.assertEqual(batch.cost_ids.state, "split")
        with self.assertRaises(AccessError):
            batch.with_user(own).read(["name"])
        portal = new_test_user(self.env, "portal-hub", groups="base.group_portal")
        for record in (batch, batch.line_ids, batch.cost_ids):
            with self.assertRaises(AccessError):
                record.with_user(portal).read(["display_name"])

    def test_queries_of_a_batch(self):
        counts = {}
        for size in (5, 15):
            self._receive(*[self.product_average] * size)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            batch = self.hub._plan_return_consolidations()
            self.env.flush_all()
            planned = self.cr.sql_log_count
            self._add_cost(batch, 12.34)
            batch.cost_ids._prepare_shares()
            self.env.flush_all()
            counts[size] = (planned - before, self.cr.sql_log_count - planned)
            batch.action_confirm()
            self._ship(batch)
            self.assertEqual(len(batch.cost_ids.return_cost_ids), size)
        self.assertLess(counts[15][0] - counts[5][0], 10, counts)
        self.assertLess(counts[15][1] - counts[5][1], 10, counts)
