"""A label from every service, through the product and over HTTP, read back by a scanner."""

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from odoo.addons.helloword_returns.tests.common_label import LabelsCommon

from .barcode_reader import read_barcodes
from .peers.case import PeerMixin
from .peers.dhl_parcel_de_returns import DhlPeer
from .peers.sendcloud import SendcloudPeer
from .peers.shippo import ShippoPeer


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

    def test_dhl_parcel_de_returns(self):
        peer = self.enterContext(DhlPeer())
        account = self._make_account(
            "DHL",
            provider="dhl_parcel_de_returns",
            api_key=peer.api_key,
            api_secret=peer.api_secret,
            dhl_username=peer.username,
            dhl_password=peer.password,
            dhl_receivers="CH=che",
            base_url=peer.url,
            wants_qr=True,
            currency_id=self.env.ref("base.EUR").id,
        )
        account.action_test_connection()
        self.assertEqual(account.health, "good", account.test_error)
        self.customer.country_id = self._country("DE")
        label = self._make_label()
        self._assert_bought(label)
        self.assertIn(label.tracking_number, read_barcodes(label.qr_attachment_id.raw))
        self.assertEqual(list(peer.orders), [label.tracking_number])
        for wrong in ("DE", "DEU=deu", "DE="):
            with self.assertRaisesRegex(ValidationError, "cannot be read"):
                account.dhl_receivers = wrong

    def test_dhl_whose_answer_was_lost_goes_to_a_person(self):
        peer = self.enterContext(DhlPeer())
        self._make_account(
            "DHL",
            provider="dhl_parcel_de_returns",
            api_key=peer.api_key,
            api_secret=peer.api_secret,
            dhl_username=peer.username,
            dhl_password=peer.password,
            base_url=peer.url,
        )
        self.customer.country_id = self._country("DE")
        peer.break_down("lose_answer", path="/orders")
        label = self._make_label()
        self.assertEqual(label.state, "unknown")
        self.assertEqual(len(peer.orders), 1)
        self.assertTrue(label.return_id.activity_ids)

    def test_shippo(self):
        peer = self.enterContext(ShippoPeer())
        account = self._make_account(
            "Shippo",
            provider="shippo",
            api_key=peer.api_key,
            base_url=peer.url,
            wants_qr=True,
            currency_id=self.env.ref("base.USD").id,
        )
        account.action_test_connection()
        self.assertEqual(account.health, "good", account.test_error)
        self.customer.country_id = self._country("US")
        label = self._make_label()
        self._assert_bought(label)
        self.assertIn(label.tracking_number, read_barcodes(label.qr_attachment_id.raw))
        self.assertEqual((label.carrier, label.cost), ("UPS", 8.15))
        self.assertEqual([row["metadata"] for row in peer.transactions], [label.name])
