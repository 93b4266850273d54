"""Whatever operators tell, by message or when asked, in any order and repeated: the end is theirs."""

import random
from dataclasses import replace
from functools import partial
from unittest import TestCase

from odoo.addons.helloword_3pl.wms.shipbob import ShipbobAdapter
from odoo.addons.helloword_3pl.wms.shiphero import ShipheroAdapter
from odoo.addons.helloword_3pl.wms.shipmonk import ShipmonkAdapter
from odoo.addons.helloword_3pl.wms.state import fold

from .expected_returns import make_expected, with_line
from .peers.shipbob import ShipbobPeer
from .peers.shiphero import ShipheroPeer
from .peers.shipmonk import ShipmonkPeer

HISTORIES = 25
PRODUCTS = {"TEE-M": 9557855, "MUG": 9557856}


class TestWarehouseHistories(TestCase):
    def setUp(self):
        super().setUp()
        self.random = random.Random(20261123)

    def _tell_history(self, adapter, peer, expected, steps):
        """Let things happen, and hear of some of them in between.

        :return: tuple (events heard, events of the last asking)
        """
        heard = []
        for step in steps:
            step()
            way = self.random.choice(("message", "asked", "nothing"))
            if way == "message":
                heard += adapter.parse_webhook(*peer.notify(expected.number))
            elif way == "asked":
                heard += adapter.fetch_return(expected)
        return heard, adapter.fetch_return(expected)

    def _assert_the_end_is_theirs(self, heard, last):
        end = fold(last)
        self.assertFalse(end.problems)
        everything = [*heard, *last]
        for _shuffle in range(5):
            told = everything + self.random.choices(everything, k=len(everything))
            self.random.shuffle(told)
            state = fold(told)
            self.assertEqual(state.units, end.units)
            self.assertEqual((state.status, state.is_final), (end.status, end.is_final))
            self.assertEqual(state.fees, end.fees)

    def test_shipbob(self):
        peer = self.enterContext(ShipbobPeer())
        adapter = ShipbobAdapter(peer.token, peer.channel_id, base_url=peer.url)
        for number in range(HISTORIES):
            peer.remaining_calls = 150
            expected = make_expected(f"RET/{number}", warehouse_code="22")
            for place, sku in enumerate(PRODUCTS):
                expected = with_line(expected, place, sku=str(PRODUCTS[sku]))
            adapter.announce(expected, "key")
            steps = [partial(peer.arrive, expected.number)]
            for product, quantity in ((9557855, 2), (9557856, 1)):
                for _unit in range(self.random.randint(0, quantity)):
                    action = self.random.choice(("Restock", "Quarantine", "Dispose"))
                    steps.append(partial(peer.process, expected.number, product, action))
            steps.append(partial(peer.complete, expected.number))
            steps.append(partial(peer.charge, expected.number, "Return Processing", 3))
            self._assert_the_end_is_theirs(*self._tell_history(adapter, peer, expected, steps))

    def test_shipmonk(self):
        peer = self.enterContext(ShipmonkPeer())
        adapter = ShipmonkAdapter(peer.api_key, peer.store_id, base_url=peer.url)
        for number in range(HISTORIES):
            expected = make_expected(f"RET/{number}")
            adapter.announce(expected, "key")
            steps = []
            for sku, quantity in (("TEE-M", 3), ("MUG", 1)):
                for _unit in range(self.random.randint(0, quantity)):
                    way = self.random.choice((None, "returned_to_inventory", "donate", "other"))
                    steps.append(partial(peer.receive, expected.number, sku, 1, way))
            for status in ("returned", "grading_completed"):
                steps.append(partial(peer.set_status, expected.number, status))
            self._assert_the_end_is_theirs(*self._tell_history(adapter, peer, expected, steps))

    def test_shiphero(self):
        peer = self.enterContext(ShipheroPeer())
        peer.credits = 10**6
        adapter = ShipheroAdapter(peer.access_token, base_url=peer.url)
        for number in range(HISTORIES):
            expected = make_expected(f"RET/{number}", warehouse_code=peer.warehouse)
            announced = adapter.announce(expected, "key")
            expected = replace(expected, external_ref=announced.external_ref)
            steps = []
            for sku, quantity in (("TEE-M", 2), ("MUG", 1)):
                for _unit in range(self.random.randint(0, quantity)):
                    restock = self.random.randint(0, 1)
                    steps.append(partial(peer.receive, expected.number, sku, 1, restock))
            steps.append(partial(peer.charge_label, expected.number, "7.45"))
            steps.append(partial(peer.finish, expected.number))
            self._assert_the_end_is_theirs(*self._tell_history(adapter, peer, expected, steps))
