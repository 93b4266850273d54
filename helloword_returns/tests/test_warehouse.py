from odoo.exceptions import UserError

from ..hooks import uninstall_hook
from .common import ReturnsCommon


class TestWarehouse(ReturnsCommon):
    """Every warehouse can take returns, outside its own stock."""

    def test_locations_and_types(self):
        warehouse = self.warehouse
        self.assertEqual(warehouse.return_type_id.code, "incoming")
        self.assertEqual(warehouse.return_type_id.default_location_src_id, self.customer_location)
        self.assertFalse(warehouse.return_type_id.use_create_lots)
        self.assertEqual(warehouse.return_type_id.return_picking_type_id, warehouse.out_type_id)
        self.assertFalse(warehouse.return_view_location_id.location_id)
        for location in warehouse.return_view_location_id.child_ids:
            self.assertEqual(location.company_id, self.company)
            self.assertEqual(location.usage, "internal")
            self.assertFalse(location.warehouse_id)
        self.assertEqual(self.company.return_scrap_location_id.usage, "inventory")
        self.assertEqual(self.company_2.return_scrap_location_id.company_id, self.company_2)

    def test_return_button_is_left_alone_until_chosen(self):
        warehouse = self.warehouse
        self.assertNotEqual(warehouse.out_type_id.return_picking_type_id, warehouse.return_type_id)
        warehouse.return_button_to_inspection = True
        self.assertEqual(warehouse.out_type_id.return_picking_type_id, warehouse.return_type_id)
        warehouse.return_button_to_inspection = False
        self.assertEqual(warehouse.out_type_id.return_picking_type_id, warehouse.in_type_id)

    def test_existing_warehouses_got_it_at_install(self):
        warehouses = self.env["stock.warehouse"].sudo().with_context(active_test=False).search([])
        self.assertTrue(all(warehouses.mapped("return_type_id")))
        self.assertTrue(all(w.return_hold_location_id for w in warehouses))

    def test_setup_again_changes_nothing(self):
        before = self.warehouse.return_view_location_id.child_ids
        self.warehouse.return_type_id.default_location_dest_id = self.stock_location
        self.warehouse._create_returns_setup()
        self.assertEqual(self.warehouse.return_view_location_id.child_ids, before)
        self.assertEqual(
            self.warehouse.return_type_id.default_location_dest_id, self.stock_location
        )

    def test_later_warehouse_rename_and_archive(self):
        warehouse = self.env["stock.warehouse"].create({"name": "Overflow", "code": "OVR"})
        self.assertEqual(warehouse.return_type_id.sequence_id.prefix, "OVR/RET/")
        warehouse.write({"name": "Overspill", "code": "OVS"})
        self.assertEqual(warehouse.return_type_id.sequence_id.prefix, "OVS/RET/")
        self.assertIn("OVS", warehouse.return_inspection_location_id.complete_name)
        warehouse.active = False
        self.assertFalse(warehouse.return_type_id.active)
        self.assertFalse(warehouse.return_inspection_location_id.active)
        warehouse.active = True
        self.assertTrue(warehouse.return_type_id.active)
        self.assertTrue(warehouse.return_inspection_location_id.active)

    def test_archive_with_goods_is_refused(self):
        warehouse = self.env["stock.warehouse"].create({"name": "Overflow", "code": "OVR"})
        self._put_in_stock({self.product_average: 1}, warehouse.return_inspection_location_id)
        with self.assertRaises(UserError):
            warehouse.active = False

    def test_steps(self):
        warehouse = self.warehouse
        warehouse.return_steps = "two_steps"
        self.assertEqual(
            warehouse.return_type_id.default_location_dest_id, warehouse.return_input_location_id
        )
        warehouse.return_steps = "one_step"
        self.assertEqual(
            warehouse.return_type_id.default_location_dest_id,
            warehouse.return_inspection_location_id,
        )

    def test_core_return_button_lands_in_inspection(self):
        self.warehouse.return_button_to_inspection = True
        order = self._make_order([(self.product_average, 2)])
        delivery = order.picking_ids
        wizard = self.env["stock.return.picking"].create({"picking_id": delivery.id})
        wizard.product_return_moves.quantity = 1
        receipt = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        self.assertEqual(receipt.picking_type_id, self.warehouse.return_type_id)
        self.assertEqual(receipt.location_dest_id, self.warehouse.return_inspection_location_id)

    def test_uninstall(self):
        self.warehouse.return_button_to_inspection = True
        order = self._make_order([(self.product_average, 2)])
        returns = self._make_return(order)
        returns.action_receive()
        self._make_return(self._make_order([(self.product_average, 2)]))
        unused = self.env["stock.warehouse"].create({"name": "Unused", "code": "UNU"})
        unused_type, unused_location = unused.return_type_id, unused.return_hold_location_id
        used_type = self.warehouse.return_type_id
        uninstall_hook(self.env(su=True))
        self.assertFalse(self.warehouse.return_type_id)
        self.assertEqual(
            self.warehouse.out_type_id.return_picking_type_id, self.warehouse.in_type_id
        )
        self.assertFalse(unused_type.exists())
        self.assertFalse(unused_location.exists())
        self.assertFalse(used_type.active)

    def test_branch_gets_its_chart_and_warehouse(self):
        """A branch shares the accounts of the company above it."""
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id, "country_id": self._country("US").id}
        )
        self.env["account.chart.template"]._load("generic_coa", branch, install_demo=False)
        self.assertTrue(self._get_warehouse(branch).return_type_id)
        self.assertEqual(branch.return_scrap_location_id.company_id, branch)
