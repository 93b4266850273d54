"""The same events, told in any order, in any batches and again, end in the same stock, the same
ledger and the same return.

Each history happens to several returns at once, each at a warehouse of its own; they hear of it in
different orders and are compared with each other in the end.
"""

from collections import Counter, defaultdict

from odoo.tests import tagged

from odoo.addons.helloword_3pl.tests.common import WmsCommon
from odoo.addons.queue_job.tests.common import trap_jobs

from .warehouse_histories import History, Told

HISTORIES = 200
# In order, and in a random order with repeats.
WAYS = ("in order", "shuffled")
# Messages each return hears its events in.
ROUNDS = 4
HISTORIES_AN_ORDER = 10
LOTS = ("LOT-A", "LOT-B")


@tagged("post_install", "-at_install")
class TestWarehousePermutations(WmsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Jobs are run when the test says so.
        context = {
            name: value for name, value in cls.env.context.items() if name != "queue_job__no_delay"
        }
        cls.env = cls.env(context=context | {"tracking_disable": True})
        cls.product_lot = cls._create_product(
            name="Lotted cream",
            default_code="SKU-LOT",
            categ_id=cls.category_average.id,
            standard_price=10.0,
            tracking="lot",
            is_storable=True,
            invoice_policy="order",
            lst_price=100.0,
            taxes_id=cls.tax_sale_a,
        )
        cls.products = {
            "standard": cls.product_standard,
            "average": cls.product_average,
            "fifo": cls.product_fifo,
            "lot": cls.product_lot,
            "serial": cls.product_serial,
        }
        cls._put_in_stock({cls.products[kind]: 10000 for kind in ("standard", "average", "fifo")})
        lots = cls.env["stock.lot"].create(
            [{"name": name, "product_id": cls.product_lot.id} for name in LOTS]
        )
        cls._put_in_stock({cls.product_lot: 5000}, lots=lots)
        serials = cls.env["stock.lot"].create(
            [
                {"name": f"PHONE-{number}", "product_id": cls.product_serial.id}
                for number in range(400)
            ]
        )
        cls._put_in_stock({cls.product_serial: 1}, lots=serials)
        cls.connections = {
            way: cls._make_connection(way, cls._make_warehouse(way, f"V{place}", cls.company))
            for place, way in enumerate(WAYS)
        }

    # -------------------------------------------------------------------------
    # Returns that histories happen to
    # -------------------------------------------------------------------------

    def _make_told(self, histories, way):
        """:return: list of tuples (history, return, :class:`Told`)"""
        warehouse = self.connections[way].site_ids.warehouse_id
        groups = [
            histories[start : start + HISTORIES_AN_ORDER]
            for start in range(0, len(histories), HISTORIES_AN_ORDER)
        ]
        orders = self._make_orders(
            [
                [
                    (self.products[line.kind], line.quantity + 2 * (line.kind != "serial"))
                    for history in group
                    for line in history.lines
                ]
                for group in groups
            ]
        )
        wanted = []
        for order, group in zip(orders, groups, strict=True):
            sold = iter(order.order_line)
            wanted += [
                (order, {next(sold): line.quantity for line in history.lines}) for history in group
            ]
        returns = self._make_returns(wanted, approve=False, warehouse_id=warehouse)
        for history, ret in zip(histories, returns, strict=True):
            ret.refund_trigger = history.trigger
        returns.action_approve()
        return [
            (history, ret, self._make_return_told(history, ret, quantities))
            for history, ret, (_order, quantities) in zip(histories, returns, wanted, strict=True)
        ]

    def _make_return_told(self, history, ret, quantities):
        line_by_sold = {line.sale_line_id: line for line in ret.line_ids}
        return Told(
            ret.name,
            f"{ret.id}-",
            {kind: product.default_code for kind, product in self.products.items()},
            [str(line_by_sold[sold].id) for sold in quantities],
            [
                sold.move_ids.move_line_ids.lot_id.sorted("id").mapped("name")
                if line.kind == "serial"
                else []
                for sold, line in zip(quantities, history.lines, strict=True)
            ],
            list(LOTS),
        )

    # -------------------------------------------------------------------------
    # Telling
    # -------------------------------------------------------------------------

    def _tell_all(self, told, way, pays_at_once):
        """Tell every return its history, in messages that are about all of them."""
        rounds = [[] for _round in range(ROUNDS)]
        returns = self.env["helloword.return"]
        for history, ret, about in told:
            events = history.tell(about)
            if way != WAYS[0]:
                events = history.shuffle(events, way)
            size = -(-len(events) // ROUNDS) or 1
            for number, heard in enumerate(rounds):
                heard += events[number * size : (number + 1) * size]
            returns |= ret
        Event = self.env["helloword.wms.event"].sudo()
        connection = self.connections[way]
        for heard in rounds:
            with trap_jobs():
                results = Event._take(connection, heard)
                self.assertFalse(
                    [r for r in results if r["result"] not in ("accepted", "duplicate")]
                )
                Event.search([("connection_id", "=", connection.id)])._work()
                if pays_at_once:
                    returns._job_refund_due()
        with trap_jobs():
            returns._job_refund_due()
        return returns

    # -------------------------------------------------------------------------
    # What came of it
    # -------------------------------------------------------------------------

    def _describe_all(self, told):
        """:return: list of dicts, one a return, that say nothing of its own numbers"""
        return [self._describe(ret, about) for _history, ret, about in told]

    def _describe(self, ret, about):
        serials = {name: f"serial {n}" for names in about.serials for n, name in enumerate(names)}
        place = {ref: str(number) for number, ref in enumerate(about.line_refs)}

        def name_line(line):
            return place.get(str(line.id), f"stray {line.product_id.name}")

        def name_lot(lot):
            return serials.get(lot.name, lot.name or "")

        results = defaultdict(float)
        for inspection in ret.inspection_ids.filtered(lambda i: i.state == "done"):
            results[
                name_line(inspection.return_line_id),
                inspection.product_id.name,
                name_lot(inspection.lot_id),
                inspection.grade_id.code,
                inspection.disposition or "",
                inspection.is_processed,
            ] += inspection.quantity
        return {
            "status": (
                ret.state,
                ret.approval_state,
                ret.goods_state,
                ret.refund_state,
                ret.refund_blocked_reason or "",
                str(ret.wms_arrival_date or ""),
            ),
            # Goods nobody expected that were not there after all leave a line without goods.
            "lines": sorted(
                (
                    name_line(line),
                    line.quantity,
                    line.quantity_received,
                    line.quantity_inspected,
                    line.quantity_processed,
                    line.quantity_credited,
                    line.price_total,
                )
                for line in ret.line_ids
                if not line.is_unexpected or line.quantity_received
            ),
            "results": dict(results),
            "stock": self._describe_stock(ret, name_lot),
            "expected": self._describe_expected(ret, name_line),
            "credit": self._sum_ledger(ret.credit_note_ids.line_ids),
            "costs": sorted(
                (cost.kind, cost.amount, cost.currency_id.name, cost.state)
                for cost in ret.cost_ids
                if cost.state != "cancelled"
            ),
            "accruals": self._sum_ledger(self._get_cost_items(ret)),
            "notes": sorted(
                note
                for note in ret.activity_ids.filtered(
                    lambda activity: "do not add up" in (activity.summary or "")
                ).mapped("note")
            ),
        }

    def _describe_stock(self, ret, name_lot):
        """:return: dict of (place, product, lot) → units that came less those that left"""
        moves = (
            ret.line_ids.move_ids
            | ret.inspection_ids.move_ids
            | ret.inspection_ids.scrap_ids.move_ids
        ).filtered(lambda move: move.state == "done")
        stock = defaultdict(float)
        warehouse = ret.arrival_warehouse_id
        for line in moves.move_line_ids:
            lot, product = name_lot(line.lot_id), line.product_id.name
            for location, sign in ((line.location_id, -1), (line.location_dest_id, 1)):
                name = location.complete_name.replace(warehouse.code, "WH")
                stock[name, product, lot] += sign * line.quantity_product_uom
        return {key: quantity for key, quantity in stock.items() if quantity}

    def _describe_expected(self, ret, name_line):
        expected = defaultdict(float)
        for move in ret.receipt_picking_ids.move_ids:
            if move.state not in ("done", "cancel"):
                expected[name_line(move.return_line_id)] += move.product_qty
        return dict(expected)

    @staticmethod
    def _get_cost_items(ret):
        """Entries hold the costs of many returns, each as a pair: expense, then accrual."""
        costs = ret.cost_ids
        items = costs.browse().accrual_line_id
        for accrual in costs.accrual_line_id | costs.reversal_line_id:
            own = accrual.move_id.line_ids.sorted("id")
            items |= own[own.ids.index(accrual.id) - 1] | accrual
        return items

    @staticmethod
    def _sum_ledger(items):
        sums = defaultdict(float)
        for item in items.filtered(lambda item: item.parent_state == "posted"):
            sums[item.account_id.code, item.product_id.name or ""] += item.balance
        return {key: round(balance, 2) for key, balance in sums.items() if round(balance, 2)}

    def _describe_quants(self, way):
        warehouse = self.connections[way].site_ids.warehouse_id
        quants = Counter()
        for quant in self.env["stock.quant"].search(
            [("location_id", "child_of", warehouse.view_location_id.id)]
        ):
            lot = "serial" if quant.product_id.tracking == "serial" else quant.lot_id.name or ""
            name = quant.location_id.complete_name.replace(warehouse.code, "WH")
            quants[name, quant.product_id.name, lot] += quant.quantity
        return {key: quantity for key, quantity in quants.items() if quantity}

    def _check(self, histories, pays_at_once):
        ends, quants = {}, {}
        for way in WAYS:
            told = self._make_told(histories, way)
            self._tell_all(told, way, pays_at_once)
            self.env.flush_all()
            self.env.invalidate_all()
            ends[way] = self._describe_all(told)
            quants[way] = self._describe_quants(way)
        self.maxDiff = None
        for history, *described in zip(histories, *ends.values(), strict=True):
            for way, end in zip(WAYS[1:], described[1:], strict=True):
                with self.subTest(history=history.seed, way=way):
                    self.assertEqual(end, described[0])
        for way in WAYS[1:]:
            self.assertEqual(quants[way], quants[WAYS[0]])

    def test_any_order_with_words_taken_back(self):
        """Money follows when all is told: what was paid out for a word taken back stays paid."""
        self._check([History(seed) for seed in range(HISTORIES // 2)], pays_at_once=False)

    def test_any_order_paid_as_told(self):
        self._check(
            [History(seed, has_corrections=False) for seed in range(HISTORIES // 2, HISTORIES)],
            pays_at_once=True,
        )
