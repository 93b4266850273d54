from unittest import SkipTest

from dateutil.relativedelta import relativedelta
from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation

from .common_label import LabelsCommon

MINE = "helloword.return.customs"


class CustomsCommon(LabelsCommon):
    """Customers and warehouses on both sides of a border."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["helloword.label.account"].search([]).active = False
        cls.company.partner_id.write({"country_id": cls._country("US").id, "vat": False})
        cls.products = cls.product_standard | cls.product_average | cls.product_fifo
        cls.today = fields.Date.today()

    @classmethod
    def _make_customer(cls, country, zip_code="", **vals):
        return cls.env["res.partner"].create(
            {
                "name": f"Buyer {country}",
                "street": "Main Street 1",
                "city": "Town",
                "zip": zip_code,
                "country_id": cls._country(country).id,
                **vals,
            }
        )

    @classmethod
    def _place_warehouse(cls, country, zip_code="", warehouse=None):
        (warehouse or cls.warehouse).partner_id.write(
            {"country_id": cls._country(country).id, "state_id": False, "zip": zip_code}
        )

    def _make_customs(self, order=None, quantities=None, country="DE", **plan):
        order = order or self._make_order(
            [(self.product_standard, 5, 40.0)], partner=self._make_customer(country)
        )
        return self._make_return(order, quantities, **plan).customs_ids


@tagged("post_install", "-at_install")
class TestReturnCustoms(CustomsCommon):
    """From the approval to complete papers."""

    def test_approval_makes_complete_papers(self):
        customs = self._make_customs(quantities={self.product_standard: 2})
        self.assertEqual(customs.state, "ready", customs.gaps)
        self.assertEqual(customs.border, "customs")
        self.assertEqual(customs.direction, "import")
        self.assertEqual(customs.export_country_id.code, "DE")
        self.assertEqual(customs.import_country_id.code, "US")
        self.assertEqual(customs.reason, "withdrawal")
        self.assertEqual(customs.form, "commercial")
        self.assertEqual(customs.incoterm_id.code, "DAP")
        invoice = customs.return_id.sale_order_id.invoice_ids
        self.assertEqual(customs.original_invoice, invoice.name)
        self.assertEqual(customs.original_export_date, self.today)
        line = customs.line_ids
        self.assertEqual(line.quantity, 2)
        self.assertEqual(line.description, "Standard mug")
        self.assertEqual(line.hs_code, "6912002000")
        self.assertEqual(line.origin_country_id.code, "CN")
        self.assertAlmostEqual(line.net_weight, 0.8)
        self.assertEqual(line.value_basis, "invoice")
        self.assertFalse(customs.activity_ids)

    def test_within_a_territory_none(self):
        self._place_warehouse("NL", "5928")
        self.assertFalse(self._make_customs())
        ret = self.env["helloword.return"].search([], limit=1)
        with self.assertRaisesRegex(UserError, "cross no customs border"):
            ret.action_make_customs()
        self.assertFalse(ret._get_customs_gaps()[ret])
        self.assertEqual(ret._prepare_customs_items()[ret], ())

    def test_canary_islands_have_a_tax_border(self):
        self._place_warehouse("DE", "10115")
        partner = self._make_customer("ES", "35001")
        customs = self._make_customs(
            self._make_order([(self.product_standard, 1)], partner=partner)
        )
        self.assertEqual(customs.border, "fiscal")
        self.assertFalse(customs.scheme_id, "No customs duty is due")
        self.assertIn("F15", customs.hints)

    def test_province_stands_for_a_missing_postal_code(self):
        self._place_warehouse("DE", "10115")
        partner = self._make_customer("ES", state_id=self.env.ref("base.state_es_gc").id)
        customs = self._make_customs(
            self._make_order([(self.product_standard, 1)], partner=partner)
        )
        self.assertEqual(customs.border, "fiscal")
        partner.state_id = self.env.ref("base.state_es_ce")
        self.assertEqual(customs.border, "customs")
        partner.zip = "28001"
        self.assertEqual(customs.state, "not_needed")

    def test_no_goods_no_papers(self):
        order = self._make_order([(self.product_standard, 1)])
        ret = self._make_return(order, decision="refund_only")
        self.assertFalse(ret.customs_ids)

    def test_cancelled_return_needs_none(self):
        customs = self._make_customs()
        customs.return_id.action_cancel()
        self.assertEqual(customs.state, "not_needed")
        self.assertFalse(customs.gaps)

    def test_value_is_the_price_at_the_sale(self):
        """Discount off, taxes excluded, by the piece; neither cost nor list price."""
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._make_order(
            [
                {
                    "product_id": self.product_standard.id,
                    "product_uom_qty": 2,
                    "product_uom_id": dozen.id,
                    "price_unit": 100.0,
                    "discount": 10.0,
                    "tax_ids": [Command.set(self.tax_sale_a.ids)],
                }
            ]
        )
        self.product_standard.write({"lst_price": 999.0, "standard_price": 1.0})
        customs = self._make_customs(order, {self.product_standard: 7})
        self.assertEqual(customs.line_ids.quantity, 7)
        self.assertAlmostEqual(customs.line_ids.unit_value, 7.5)
        self.assertAlmostEqual(customs.value, 52.5)
        self.assertLess(customs.value, customs.return_id.line_ids.price_total, "Taxes excluded")

    def test_indivisible_value(self):
        order = self._make_order([(self.product_standard, 3, 33.3333)])
        customs = self._make_customs(order)
        self.assertEqual(customs.value, 100.0)

    def test_order_without_invoice(self):
        order = self._make_order([(self.product_standard, 1, 20.0)], invoice=False)
        customs = self._make_customs(order)
        self.assertEqual(customs.line_ids.value_basis, "order")
        self.assertEqual(customs.value, 20.0)
        self.assertEqual(customs.form, "proforma")

    def test_second_currency(self):
        order = self._make_order(
            [(self.product_standard, 2, 80.0)],
            currency=self.other_currency,
            partner=self._make_customer("DE"),
        )
        customs = self._make_customs(order, {self.product_standard: 1})
        self.assertEqual(customs.currency_id, self.other_currency)
        self.assertEqual(customs.value, 80.0)
        self.assertAlmostEqual(customs._get_value_usd(), 160.0, msg="At today's rate")
        item = customs.return_id._prepare_customs_items()[customs.return_id][0]
        self.assertEqual((str(item.value), item.currency, item.origin), ("80.00", "EUR", "CN"))

    def test_free_goods_need_a_value(self):
        order = self._make_order([(self.product_standard, 1, 0.0)])
        customs = self._make_customs(order)
        self.assertIn("value", customs.gaps)
        customs.line_ids.unit_value = 12.0
        self.assertEqual(customs.state, "ready")
        self.assertEqual(customs.line_ids.value_basis, "entered")
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(CheckViolation),
            self.cr.savepoint(),
        ):
            customs.line_ids.unit_value = -1.0
            customs.line_ids.flush_recordset()

    def test_lot_is_known_when_all_come_back(self):
        self.product_serial.write(
            {"weight": 0.2, "hs_code": "851713", "country_of_origin": self._country("CN").id}
        )
        order = self._make_order([(self.product_serial, 2)])
        some = self._make_customs(order, {self.product_serial: 1})
        self.assertFalse(some.line_ids.lot_ids, "Nobody knows which one")
        some.return_id.action_cancel()
        customs = self._make_customs(order)
        self.assertEqual(len(customs.line_ids.lot_ids), 2)

    def test_without_an_order(self):
        """A return entered by hand: no price, no invoice, no date; services are no goods."""
        service = self._create_product(name="Gift wrapping", type="service", lst_price=3.0)
        ret = self.env["helloword.return"].create(
            {
                "channel_id": self.channel.id,
                "partner_id": self._make_customer("DE").id,
                "decision": "return_refund",
                "line_ids": [
                    Command.create({"product_id": product.id, "quantity": 1})
                    for product in (self.product_standard, service)
                ],
            }
        )
        ret.action_approve()
        customs = ret.customs_ids
        self.assertEqual(customs.line_ids.product_id, self.product_standard)
        self.assertIn("value", customs.gaps)
        self.assertFalse(customs.original_export_date)
        self.assertFalse(customs.scheme_id, "Nobody knows where it was exported from")

    # -------------------------------------------------------------------------
    # What lacks
    # -------------------------------------------------------------------------

    def test_missing_data_is_asked_for(self):
        self.product_standard.write(
            {"hs_code": False, "country_of_origin": False, "weight": 0, "name": "棉质连衣裙"}
        )
        customs = self._make_customs()
        self.assertEqual(customs.state, "incomplete")
        self.assertFalse(customs.line_ids.origin_country_id, "Never guessed")
        for word in ("HS code", "country of origin", "description in English", "net weight"):
            self.assertIn(word, customs.gaps)
        self.assertEqual(customs.return_id.customs_gaps, customs.gaps)
        self.assertIn("HS code", customs.activity_ids.note)
        with self.assertRaisesRegex(UserError, "HS code"):
            customs.action_print()
        customs.line_ids.write(
            {
                "hs_code": "6204.42",
                "origin_country_id": self._country("VN").id,
                "unit_weight": 0.3,
                "description": "Women's dress, cotton",
            }
        )
        self.assertEqual(customs.state, "ready", customs.gaps)
        self.assertEqual(customs.line_ids.hs_code, "620442")
        self.assertFalse(customs.activity_ids)

    def test_product_data_fill_open_papers(self):
        self.product_standard.hs_code = False
        customs = self._make_customs()
        self.assertEqual(customs.state, "incomplete")
        self.product_standard.hs_code = "6912.00"
        self.assertEqual(customs.state, "ready")
        self.product_standard.hs_code = "6911.10"
        self.assertEqual(customs.line_ids.hs_code, "691200", "What stands there stays")
        self.env[MINE]._cron_watch_deadlines()
        self.assertFalse(customs.activity_ids)

    def test_nonsense_is_refused_in_words(self):
        customs = self._make_customs()
        customs.line_ids.write({"hs_code": "12", "description": "HW-1"})
        self.assertIn("“12” is no HS code", customs.gaps)
        self.assertIn("does not say what", customs.gaps)
        customs.line_ids.write({"hs_code": "691200", "description": "Mug of stoneware"})
        customs.gross_weight = 0.1
        self.assertIn("weigh", customs.gaps)

    def test_kept_on_products(self):
        self.product_standard.write({"hs_code": False, "country_of_origin": False})
        customs = self._make_customs()
        customs.line_ids.write({"hs_code": "691200", "origin_country_id": self._country("PT").id})
        self.assertTrue(self.product_standard.lacks_customs_data)
        clerk = self._make_clerk()
        customs.with_user(clerk).action_fill_products()
        self.assertEqual(self.product_standard.hs_code, "691200")
        self.assertEqual(self.product_standard.country_of_origin.code, "PT")
        self.assertFalse(self.product_standard.customs_description, "The name says it")
        self.assertFalse(self.product_standard.lacks_customs_data)
        customs.line_ids.hs_code = "691110"
        with self.assertRaisesRegex(UserError, "already"):
            customs.with_user(clerk).action_fill_products()
        self.assertEqual(self.product_standard.hs_code, "691200", "Nothing is overwritten")

    def test_products_without_customs_data(self):
        template = self.product_standard.product_tmpl_id
        domain = [("id", "=", template.id), ("lacks_customs_data", "=", True)]
        Template = self.env["product.template"]
        self.assertFalse(Template.search(domain))
        template.country_of_origin = False
        self.assertEqual(Template.search(domain), template)

    def test_papers_follow_the_lines(self):
        order = self._make_order([(self.product_standard, 3), (self.product_average, 1)])
        ret = self._make_return(order, {self.product_standard: 1})
        customs = ret.customs_ids
        ret.line_ids.quantity = 2
        self.assertEqual(customs.line_ids.quantity, 2)
        self.assertAlmostEqual(customs.net_weight, 0.8)
        ret.line_ids = [
            Command.create(
                {
                    "product_id": self.product_average.id,
                    "sale_line_id": order.order_line[1].id,
                    "quantity": 1,
                }
            )
        ]
        ret.action_make_customs()
        self.assertEqual(customs.line_ids.product_id, self.product_standard | self.product_average)
        ret.line_ids[0].decision = "refund_only"
        ret.action_make_customs()
        self.assertEqual(customs.line_ids.product_id, self.product_average)

    def test_propose_again(self):
        customs = self._make_customs()
        customs.line_ids.hs_code = "111111"
        customs.action_refresh()
        self.assertEqual(customs.line_ids.hs_code, "6912002000")
        customs.line_ids.hs_code = "111111"
        customs.return_id.shipped_date = fields.Datetime.now()
        with self.assertRaisesRegex(UserError, "on its way"), self.cr.savepoint():
            customs.action_refresh()
        self.assertEqual(customs.line_ids.hs_code, "111111", "What travelled with the parcel stays")

    # -------------------------------------------------------------------------
    # Access
    # -------------------------------------------------------------------------

    def _make_clerk(self, group="group_return_user", company=None):
        company = company or self.company
        return new_test_user(
            self.env,
            f"clerk-{group}-{company.id}",
            groups=f"helloword_returns.{group}",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    def test_clerk_without_other_rights(self):
        clerk = self._make_clerk()
        order = self._make_order([(self.product_standard, 1)])
        ret = self._make_return(order, approve=False).with_user(clerk)
        ret.action_approve()
        customs = ret.customs_ids
        self.assertEqual(customs.state, "ready")
        customs.write({"note": "Fragile"})
        customs.action_attest()
        self.assertEqual(customs.attestor, clerk.name)
        self.assertEqual(customs.attested_date, self.today)
        with self.assertRaises(AccessError):
            customs.unlink()
        with self.assertRaises(AccessError):
            customs.scheme_id.write({"years": 9})

    def test_of_others(self):
        customs = self._make_customs()
        customs.return_id.user_id = self.env.user
        own = self._make_clerk("group_return_own")
        with self.assertRaises(AccessError):
            customs.with_user(own).read(["name"])
        with self.assertRaises(AccessError):
            customs.line_ids.with_user(own).write({"hs_code": "111111"})
        stockman = new_test_user(self.env, "stockman", groups="stock.group_stock_user")
        self.assertEqual(customs.with_user(stockman).name, customs.name)
        with self.assertRaises(AccessError):
            customs.with_user(stockman).write({"note": "x"})

    def test_portal_users_read_no_papers(self):
        customs = self._make_customs()
        portal = new_test_user(self.env, "portal-customs", groups="base.group_portal")
        for record in (customs, customs.line_ids, customs.scheme_id):
            with self.assertRaises(AccessError):
                record.with_user(portal).read(["display_name"])

    def test_two_companies(self):
        self.company_2.partner_id.country_id = self._country("GB")
        self._place_warehouse("GB", "LS1 1AA", self.warehouse_2)
        product = self.product_standard.with_company(self.company_2)
        self._put_in_stock({product: 5}, location=self.warehouse_2.lot_stock_id)
        order = self._make_order(
            [(product, 1)], company=self.company_2, partner=self._make_customer("US")
        )
        customs = self._make_return(order).customs_ids
        self.assertEqual(customs.company_id, self.company_2)
        self.assertEqual(customs.importer_partner_id, self.company_2.partner_id)
        self.assertEqual(customs.scheme_id.code, "uk_rgr")
        clerk = self._make_clerk()
        self.assertFalse(self.env[MINE].with_user(clerk).search([("id", "=", customs.id)]))
        with self.assertRaises(AccessError):
            customs.with_user(clerk).read(["name"])

    # -------------------------------------------------------------------------
    # Batch
    # -------------------------------------------------------------------------

    def test_queries_do_not_grow(self):
        def count(number):
            orders = self._make_orders(
                [[(self.product_standard, 1), (self.product_average, 1)]] * number
            )
            returns = self._make_returns([(order, None) for order in orders], approve=False)
            returns.write({"approval_state": "approved"})
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            papers = returns._create_customs()
            self.env.flush_all()
            papers.mapped("gaps")
            self.assertEqual(len(papers), number)
            self.assertEqual(set(papers.mapped("state")), {"ready"})
            return self.cr.sql_log_count - before

        count(1)
        few, many = count(2), count(12)
        self.assertLessEqual(many - few, 6, f"{few} for 2, {many} for 12")


@tagged("post_install", "-at_install")
class TestReturnCustomsRelief(CustomsCommon):
    """Which relief, until when."""

    def test_switzerland_to_germany(self):
        self._place_warehouse("DE", "10115")
        self.company.partner_id.write({"country_id": self._country("DE").id, "eori": "DE1234567"})
        customs = self._make_customs(country="CH")
        self.assertEqual(customs.scheme_id.code, "eu_rgr")
        self.assertEqual(customs.relief_deadline, self.today + relativedelta(years=3))
        self.assertEqual(customs.importer_ref, "DE1234567")
        self.assertIn("unaltered", customs.relief_gaps)
        self.assertEqual(customs.state, "ready", "The parcel may go; duty would be due")
        self.assertFalse(customs.is_relief_proven)
        customs.action_attest()
        self.assertTrue(customs.is_relief_proven, customs.relief_gaps)

    def test_united_states_to_britain(self):
        self._place_warehouse("GB", "LS1 1AA")
        customs = self._make_customs(country="US")
        self.assertEqual(customs.scheme_id.code, "uk_rgr")
        self.assertIn("F05", customs.procedure_codes)
        customs.line_ids.duty_paid_on_import = True
        self.assertEqual(customs.export_scheme_id.code, "drawback_j", "Not wanted, unused")
        self.assertTrue(customs.line_ids.is_drawback_claimable)
        customs.reason = "defective"
        self.assertEqual(customs.export_scheme_id.code, "drawback_c")

    def test_ireland_has_codes(self):
        self._place_warehouse("IE")
        customs = self._make_customs(country="GB")
        for code in ("F01", "F02", "F03", "F05"):
            self.assertIn(code, customs.procedure_codes)

    def test_american_goods_have_no_limit(self):
        customs = self._make_customs(country="DE")
        self.assertEqual(customs.scheme_id.code, "us_9801")
        self.assertEqual(customs.relief_deadline, self.today + relativedelta(years=3))
        customs.line_ids.origin_country_id = self._country("US")
        self.assertFalse(customs.relief_deadline)
        self.assertIn("20 USD", customs.hints)

    def test_goods_shipped_from_elsewhere_get_none(self):
        """Sold from China, returned to Germany: nothing was exported from the Union."""
        self._place_warehouse("CN")
        order = self._make_order([(self.product_standard, 1)], partner=self._make_customer("CH"))
        hub = self.env["stock.warehouse"].create(
            {
                "name": "Hub",
                "code": "HUB",
                "company_id": self.company.id,
                "partner_id": self._make_customer("DE", "10115").id,
            }
        )
        customs = self._make_customs(order, warehouse_id=hub)
        self.assertEqual(customs.original_country_id.code, "CN")
        self.assertFalse(customs.scheme_id)
        self.assertIn("shipped from China", customs.hints)

    def test_repair_is_no_returned_goods(self):
        customs = self._make_customs()
        customs.reason = "repair"
        self.assertFalse(customs.scheme_id)
        self.assertFalse(customs.relief_deadline)
        self.assertIn("processing", customs.hints)

    def test_schemes_end(self):
        scheme = self.env.ref("helloword_returns.customs_scheme_us_9801")
        scheme.date_to = self.today - relativedelta(days=1)
        self.assertFalse(self._make_customs().scheme_id)
        with self.assertRaisesRegex(ValidationError, "ends before it begins"):
            scheme.date_to = "2000-01-01"

    def test_deadline_over(self):
        customs = self._make_customs()
        self.assertIn("9801.00.10", customs._get_paper_remark())
        self.assertTrue(customs._claims_relief())
        customs.original_export_date = "2020-01-01"
        self.assertIn("ended on", customs.relief_gaps)
        self.assertNotIn("9801.00.10", customs._get_paper_remark(), "A false claim")
        self.assertFalse(customs._needs_shipper_declaration())
        invoice, _type = self.env["ir.actions.report"]._render_qweb_html(
            "helloword_returns.report_customs_invoice", customs.ids
        )
        self.assertNotIn(b"Free of duty", invoice)

    def test_deadline_is_watched(self):
        customs = self._make_customs()
        far = self._make_customs()
        customs.original_export_date = self.today - relativedelta(years=3, days=-20)
        Customs = self.env[MINE]
        self.assertIn(customs, Customs._cron_watch_deadlines())
        self.assertFalse(far.activity_ids)
        self.assertEqual(customs.activity_ids.date_deadline, customs.relief_deadline)
        self.assertNotIn(customs, Customs._cron_watch_deadlines(), "Once")
        customs.return_id.action_receive()
        Customs._cron_watch_deadlines()
        self.assertFalse(customs.activity_ids)

    def test_postal_forms(self):
        self._make_account("Post", is_postal=True)
        small = self._make_label().return_id.customs_ids
        self.assertTrue(small.return_id.label_id.account_id.is_postal)
        self.assertEqual(small.form, "commercial", "The demo carrier is no post")
        small.return_id.label_id.carrier = False
        self.assertEqual(small.form, "cn22")
        small.return_id.label_id.carrier = "UPS"
        self.assertEqual(small.form, "commercial")
        small.return_id.label_id.carrier = "Deutsche Post"
        self.assertEqual(small.form, "cn22")
        self.env.ref("helloword_returns.customs_figure_cn22_weight").value = 1.0
        small.gross_weight = 2.1
        self.assertEqual(small.form, "cn23")

    def test_unknown_rate_takes_the_longer_form(self):
        customs = self._make_customs()
        self.env["helloword.customs.figure"].search([("key", "=", "sdr_usd")]).active = False
        self.assertEqual(customs._get_value_sdr(None), float("inf"))


@tagged("post_install", "-at_install")
class TestReturnCustomsLabel(CustomsCommon):
    """Labels wait for their papers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls._make_account()

    def test_label_waits_and_is_bought(self):
        self.product_standard.hs_code = False
        label = self._make_label()
        self.assertEqual(label.state, "failed")
        self.assertIn("HS code", label.error)
        self.assertIn("HS code", label.failure_activity_id.note)
        self.assertEqual(self._count_sold(), 0)
        customs = label.return_id.customs_ids
        self.assertFalse(customs.activity_ids, "One question is enough")
        with self.assertRaisesRegex(UserError, "not complete"):
            customs.action_try_label()
        customs.line_ids.hs_code = "691200"
        customs.with_context(queue_job__no_delay=True).action_try_label()
        self.assertEqual(label.state, "bought", label.error)
        self.assertEqual(customs.return_tracking, label.tracking_number)
        with self.assertRaisesRegex(UserError, "No label"):
            customs.action_try_label()

    def test_request_is_filled_from_the_papers(self):
        label = self._make_label(quantity=3)
        customs = label.return_id.customs_ids
        customs.line_ids.description = "Coffee mug, stoneware"
        request = label._prepare_label_request(self.account)
        (item,) = request.items
        self.assertEqual(item.description, "Coffee mug, stoneware")
        self.assertEqual(str(item.quantity), "3")
        self.assertEqual(str(item.value), "100.00", "Taxes excluded")
        self.assertEqual(str(item.weight), "0.400")
        self.assertEqual((item.hs_code, item.origin), ("6912002000", "CN"))
        self.assertEqual(request.invoice_ref, customs.original_invoice)

    def test_weight_is_entered_once(self):
        self.product_standard.weight = 0
        label = self._make_label(quantity=2)
        self.assertIn("weight", label.error)
        label.weight = 0.7
        label.with_context(queue_job__no_delay=True).action_buy()
        self.assertEqual(label.state, "bought", label.error)
        self.assertAlmostEqual(label.return_id.customs_ids.line_ids.unit_weight, 0.35)
        other = self._make_label(quantity=2)
        other.return_id.customs_ids.line_ids.unit_weight = 0.25
        other.return_id.customs_ids.with_context(queue_job__no_delay=True).action_try_label()
        self.assertEqual(other.state, "bought", other.error)
        self.assertAlmostEqual(other.weight, 0.5)

    def test_customer_gets_the_papers(self):
        label = self._make_label()
        self.assertEqual(
            label.document_ids.name,
            f"Commercial invoice {label.return_id.name.replace('/', '-')}.pdf",
        )
        self.assertIn(label.document_ids, label.return_id._get_portal_documents())
        mail = self.env["mail.mail"].search(
            [("model", "=", label._name), ("res_id", "=", label.id)]
        )
        self.assertIn(label.document_ids, mail.attachment_ids)
        label._attach_customs_papers()
        self.assertEqual(len(label.document_ids), 1, "Once")
        self.channel.notify_customer = False
        self.assertTrue(self._make_label().document_ids, "On the customer's page")

    def test_within_a_country_nothing_is_asked(self):
        self.product_standard.write({"hs_code": False, "country_of_origin": False})
        self._place_warehouse("DE", "10115")
        self.assertEqual(self._make_label().state, "bought")


@tagged("post_install", "-at_install")
class TestReturnCustomsReports(CustomsCommon):
    """What is printed; texts in English whoever prints them."""

    def _render(self, customs, report):
        html, _type = self.env["ir.actions.report"]._render_qweb_html(
            f"helloword_returns.report_customs_{report}", customs.ids
        )
        return html.decode()

    def test_invoice(self):
        customs = self._make_customs(quantities={self.product_standard: 1})
        html = self._render(customs, "invoice")
        for text in (
            "Returned goods – not a sale",
            "Value for customs purposes only",
            "6912002000",
            "China",
            customs.original_invoice,
            "9801.00.10",
        ):
            self.assertIn(text, html)
        self.assertNotIn("19 CFR 10.1", html, "40 USD need no declaration")
        customs.line_ids.unit_value = 2500.01
        self.assertIn("19 CFR 10.1", self._render(customs, "invoice"))

    def test_postal_forms(self):
        customs = self._make_customs()
        for report in ("cn22", "cn23"):
            html = self._render(customs, report)
            for text in ("DÉCLARATION EN DOUANE", "Retour de marchandise", "6912002000", "200.00"):
                self.assertIn(text, html, report)

    def test_print_takes_the_form(self):
        customs = self._make_customs()
        self.assertEqual(
            customs.action_print()["report_name"], "helloword_returns.report_customs_invoice"
        )
        customs.form = "cn23"
        self.assertEqual(
            customs.action_print()["report_name"], "helloword_returns.report_customs_cn23"
        )


@tagged("post_install", "-at_install")
class TestReturnCustomsKit(CustomsCommon):
    """A kit is one article to customs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "mrp.bom" not in cls.env or "bom_line_id" not in cls.env["stock.move"]._fields:
            raise SkipTest("Manufacturing is not installed")
        cls.kit = cls._create_product(
            name="Tea set",
            is_storable=True,
            hs_code="691200",
            country_of_origin=cls._country("CN").id,
        )
        cls.env["mrp.bom"].sudo().create(
            {
                "product_tmpl_id": cls.kit.product_tmpl_id.id,
                "type": "phantom",
                "company_id": False,
                "bom_line_ids": [
                    Command.create({"product_id": cls.product_average.id, "product_qty": 1}),
                    Command.create({"product_id": cls.product_standard.id, "product_qty": 4}),
                ],
            }
        )

    def test_kit(self):
        order = self._make_order([(self.kit, 3, 60.0)])
        customs = self._make_customs(order, {self.kit: 2})
        self.assertEqual(customs.state, "ready", customs.gaps)
        self.assertEqual(customs.line_ids.product_id, self.kit)
        self.assertEqual(customs.value, 120.0)
        self.assertAlmostEqual(customs.net_weight, 4.0, msg="2 × 5 × 0.4 kg")
