"""A label from every service, through the product and over HTTP, read back by a scanner."""

from odoo.tests import tagged

from odoo.addons.helloword_returns.tests.common_label import LabelsCommon

from .barcode_reader import read_barcodes
from .peers.case import PeerMixin
from .peers.sendcloud import SendcloudPeer


@tagged("post_install", "-at_install")
class TestLabelProviders(PeerMixin, LabelsCommon):
    def _assert_bought(self, label):
        self.assertEqual(label.state, "bought", label.error)
        self.assertIn(label.tracking_number, read_barcodes(label.label_attachment_id.raw))

    def test_sendcloud(self):
        peer = self.enterContext(SendcloudPeer())
        account = self._make_account(
            "Sendcloud",
            provider="sendcloud",
            api_key=peer.public_key,
            api_secret=peer.secret_key,
            base_url=peer.url,
            currency_id=self.env.ref("base.EUR").id,
        )
        account.action_test_connection()
        self.assertEqual(account.health, "good", account.test_error)
        self.customer.country_id = self._country("DE")
        label = self._make_label()
        self._assert_bought(label)
        self.assertEqual((label.carrier, label.cost, label.currency_id.name), ("dpd", 5.4, "EUR"))
        self.assertEqual(peer.charges, [label.name])
