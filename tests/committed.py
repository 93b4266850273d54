"""Test data that other connections see, and how to get rid of it again."""

from contextlib import contextmanager

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase
from odoo.tests.common import get_db_name


class CommittedCase(BaseCase):
    """A delivered order in the database proper: a service, so that no stock or accounting document
    has to be undone afterwards."""

    QUANTITY = 3

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.addCleanup(self._clean_up)
        with self._transaction() as env:
            self.channel_id = (
                env["helloword.channel"].create({"name": "Race", "provider": "demo"}).id
            )
            self.partner_id = env["res.partner"].create({"name": "Race Buyer"}).id
            product = env["product.product"].create(
                {"name": "Race ticket", "type": "service", "list_price": 50, "taxes_id": False}
            )
            self.template_id = product.product_tmpl_id.id
            order = env["sale.order"].create(
                {
                    "partner_id": self.partner_id,
                    "order_line": [
                        (0, 0, {"product_id": product.id, "product_uom_qty": self.QUANTITY})
                    ],
                }
            )
            order.action_confirm()
            order.order_line.qty_delivered = self.QUANTITY
            self.order_id = order.id
            self.sale_line_id = order.order_line.id

    @contextmanager
    def _transaction(self):
        """A transaction of its own, committed at the end."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    def _clean_up(self):
        with self._transaction() as env:
            returns = env["helloword.return"].search([("channel_id", "=", self.channel_id)])
            returns.operation_ids.unlink()
            returns.activity_ids.unlink()
            returns.write({"approval_state": "cancelled"})
            returns.unlink()
            env["helloword.demo.event"].search([("account", "=", str(self.channel_id))]).unlink()
            order = env["sale.order"].browse(self.order_id)
            order._action_cancel()
            order.unlink()
            env["product.template"].browse(self.template_id).unlink()
            env["helloword.channel"].browse(self.channel_id).unlink()
            env["res.partner"].browse(self.partner_id).unlink()
