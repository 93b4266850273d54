from odoo.tests import tagged

from odoo.addons.helloword_returns.providers.base import from_json

from .common import WmsCommon


@tagged("post_install", "-at_install")
class TestWmsNotice(WmsCommon):
    """Warehouses are told what comes, once for each content."""

    def _get_task(self, notice):
        operation = notice.operation_ids.sorted("id")[-1:]
        return from_json(operation.kind, operation.request)

    def test_told_on_approval(self):
        ret = self._expect({self.product_standard: 2, self.product_average: 1})
        notice = ret.wms_notice_ids
        self.assertEqual((notice.state, notice.revision), ("known", 1))
        self.assertTrue(notice.sent_date)
        expected = self._get_task(notice).expected
        self.assertEqual(expected.number, ret.name)
        self.assertEqual(
            [(line.sku, line.quantity) for line in expected.lines],
            [(self.product_standard.default_code, 2), (self.product_average.default_code, 1)],
        )
        self.assertEqual(expected.sender.name, self.customer.name)
        self.assertEqual({line.requested for line in expected.lines}, {"restock"})
        ret._refresh_wms_notices()
        self.assertEqual(notice.revision, 1, "Nothing changed")

    def test_not_told_of_goods_that_go_elsewhere(self):
        self.assertFalse(self._expect(warehouse_id=self.warehouse).wms_notice_ids)
        self.assertFalse(self._expect(decision="refund_only").wms_notice_ids)

    def test_told_again_when_it_changes(self):
        ret = self._expect({self.product_standard: 1})
        ret.line_ids.quantity = 2
        notice = ret.wms_notice_ids
        self.assertEqual((notice.revision, notice.state), (2, "known"))
        self.assertEqual(self._get_task(notice).expected.lines[0].quantity, 2)

    def test_taken_back(self):
        ret = self._expect()
        ret.action_cancel()
        self.assertEqual(ret.wms_notice_ids.state, "cancelled")
        self.assertEqual(
            ret.wms_notice_ids.operation_ids.sorted("id").mapped("kind"),
            ["asn_send", "asn_cancel"],
        )

    def test_told_on_first_scan(self):
        self.connection.announce_when = "first_scan"
        ret = self._expect()
        self.assertFalse(ret.wms_notice_ids)
        ret.action_mark_shipped()
        self.assertEqual(ret.wms_notice_ids.state, "known")

    def test_told_with_the_label(self):
        self.connection.announce_when = "label"
        self.assertFalse(self._expect().wms_notice_ids)

    def test_own_code_of_a_product(self):
        self.connection.sku_ids = [
            (0, 0, {"product_id": self.product_standard.id, "sku": "THEIRS"})
        ]
        notice = self._expect({self.product_standard: 1}).wms_notice_ids
        self.assertEqual(self._get_task(notice).expected.lines[0].sku, "THEIRS")

    def test_many_at_once(self):
        returns = self._make_returns(
            [(self.order, {self.product_standard: 1}) for _n in range(8)],
            warehouse_id=self.abroad,
        )
        self.assertEqual(set(returns.wms_notice_ids.mapped("state")), {"known"})
        self.assertEqual(len(returns.wms_notice_ids), 8)

    def test_nothing_is_changed_once_it_is_there(self):
        ret = self._expect({self.product_standard: 2})
        notice = ret.wms_notice_ids
        self._take(self._event("a1", "parcel.arrived", ret))
        revision = notice.revision
        ret.line_ids.quantity = 1
        self.assertEqual((notice.state, notice.revision), ("known", revision))
