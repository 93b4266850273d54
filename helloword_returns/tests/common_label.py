from odoo.tests import HttpCase

from .common import ReturnsCommon


class LabelsCommon(ReturnsCommon):
    """Customers and warehouses with addresses, goods with weights, and accounts that make
    labels."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.write(
            {"street": "Hauptstr. 12", "zip": "10115", "city": "Berlin", "lang": "en_US"}
        )
        for warehouse, street in ((cls.warehouse, "1 Dock Rd"), (cls.warehouse_2, "2 Dock Rd")):
            warehouse.partner_id = cls.env["res.partner"].create(
                {
                    "name": f"Dock {warehouse.code}",
                    "street": street,
                    "zip": "89501",
                    "city": "Reno",
                    "country_id": cls._country("US").id,
                    "state_id": cls.env["res.country.state"]
                    .search([("code", "=", "NV"), ("country_id.code", "=", "US")])
                    .id,
                }
            )
        # The parcels cross a border: customs ask for code and origin.
        (cls.product_standard | cls.product_average | cls.product_fifo).write(
            {
                "weight": 0.4,
                "hs_code": "6912002000",
                "country_of_origin": cls._country("CN").id,
            }
        )
        cls.order = cls._make_order([(cls.product_standard, 400)])

    @classmethod
    def _make_account(cls, name="Demo Parcel", **vals):
        return cls.env["helloword.label.account"].create(
            {"name": name, "provider": "demo", "company_id": cls.company.id} | vals
        )

    def setUp(self):
        super().setUp()
        # The demo carrier's memory and jobs open cursors of their own; cases with a web server have
        # taken care of that already.
        if not isinstance(self, HttpCase):
            self.registry_enter_test_mode()

    def _make_label(self, quantity=1, **plan):
        """The label of a return that was approved just now; jobs run at once.

        :return: ``helloword.return.label``
        """
        ret = self._make_return(self.order, {self.product_standard: quantity}, approve=False)
        ret.write(plan)
        ret.with_context(queue_job__no_delay=True).action_approve()
        return ret.label_ids

    def _count_events(self, kind):
        """How often the demo carrier did something for the accounts of these tests."""
        accounts = self.env["helloword.label.account"].with_context(active_test=False)
        own = accounts.search([("company_id", "in", (self.company | self.company_2).ids)])
        events = (
            self.env["helloword.demo.event"]
            .sudo()
            .search(
                [
                    ("kind", "=", kind),
                    ("account", "in", [f"label-{account.id}" for account in own]),
                ]
            )
        )
        return sum(events.mapped("executions"))

    def _count_sold(self):
        return self._count_events("label")
