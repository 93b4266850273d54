from collections import defaultdict

from odoo import fields, models
from odoo.tools import SQL, float_compare

from ..wms.state import fold
from .wms_targets import Result

# Tells our advisory locks from others'.
PLACE_LOCK = 7_319_042


class HellowordReturn(models.Model):
    """Booking what a warehouse said: by the difference between what should be booked and what is.

    A correction therefore undoes what was booked, the ordinary way, and books again.
    """

    _inherit = "helloword.return"

    wms_event_ids = fields.One2many("helloword.wms.event", "return_id", string="Warehouse Events")
    wms_arrival_date = fields.Datetime(
        string="Arrived at the Warehouse",
        readonly=True,
        copy=False,
        help="When its operator took the parcel in (UTC); inspection may come later.",
    )

    def _apply_wms_events(self):
        """Bring receipts and inspections to what all events of these returns say. Batch; safe to
        repeat; the order events came in does not matter."""
        returns = self.sudo().with_context(tracking_disable=True)
        if not returns:
            return
        returns._lock_wms_places()
        returns.lock_for_update(allow_referencing=True)
        events = (
            self.env["helloword.wms.event"]
            .sudo()
            .search([("return_id", "in", returns.ids), ("state", "in", ("waiting", "done"))])
        )
        by_return = events.grouped("return_id")
        states = {
            ret: fold(event._get_typed() for event in by_return[ret])
            for ret in returns
            if ret in by_return
        }
        connections = {ret: by_return[ret][0].connection_id for ret in states}
        targets, problems, shown = returns._collect_wms_targets(states, connections)
        for ret, state in states.items():
            ret._note_wms_moments(by_return[ret])
            if state.arrived_at:
                ret.wms_arrival_date = fields.Datetime.to_datetime(
                    state.arrived_at.replace(tzinfo=None)
                )
        booked = returns.filtered(
            lambda ret: ret in targets and connections[ret].stock_truth == "theirs"
        )
        booked._book_wms_targets(targets)
        returns._book_wms_fees(states, connections)
        returns._take_wms_photos(states, connections, shown)
        returns._sync_wms_questions(states, connections)
        returns._note_wms_state(states, connections, problems, targets)

    def _lock_wms_places(self):
        """Bookings at one operator follow each other. Odoo takes another quant where the first is
        locked, and what that one has reserved is lost: goods that are there cannot be moved."""
        connections = self.env["helloword.wms.event"]._read_group(
            [("return_id", "in", self.ids)], ["connection_id"]
        )
        for connection_id in sorted(connection.id for (connection,) in connections):
            self.env.execute_query(
                SQL("SELECT pg_advisory_xact_lock(%s, %s)", PLACE_LOCK, connection_id)
            )

    def _collect_wms_targets(self, states, connections):
        """:return: tuple of dicts by return: targets, problems, photos; see
        :meth:`_get_wms_targets`
        """
        units = [(connections[ret], unit) for ret, state in states.items() for unit in state.units]
        products = self.env["helloword.wms.connection"]._find_products(
            (connection, code)
            for connection, unit in units
            for code in (unit.goods.sku, unit.to_sku)
        )
        lots = self._find_wms_lots(products, units)
        grades = {connection: connection._get_grades() for connection in set(connections.values())}
        targets, problems, shown = {}, {}, {}
        for ret, state in states.items():
            connection = connections[ret]
            targets[ret], problems[ret], shown[ret] = ret._get_wms_targets(
                state, connection, products, lots, grades[connection]
            )
        return targets, problems, shown

    def _find_wms_lots(self, products, units):
        """:return: dict of (product, name) → ``stock.lot``; one query"""
        names = {unit.goods.serial or unit.goods.lot for _connection, unit in units} - {""}
        if not names:
            return {}
        found = self.env["stock.lot"].search(
            [
                ("name", "in", list(names)),
                ("product_id", "in", [product.id for product in products.values()]),
                ("company_id", "in", [False, *self.company_id.ids]),
            ]
        )
        return {(lot.product_id, lot.name): lot for lot in found}

    # -------------------------------------------------------------------------
    # Booking
    # -------------------------------------------------------------------------

    def _book_wms_targets(self, targets):
        """:param dict targets: return → dict of :class:`~.wms_targets.Result` → quantity"""
        wanted = self._add_unexpected_lines(
            {key: quantity for ret in self for key, quantity in self._by_ret(targets, ret)}
        )
        current = self._get_booked_results()
        undone, missing = self._compare_results(wanted, current)
        undone = self._redispose_results(undone, missing)
        undone.action_cancel()
        self._receive_as_told(wanted)
        self._inspect_as_told(missing)

    @staticmethod
    def _by_ret(targets, ret):
        return [((ret, key), quantity) for key, quantity in targets[ret].items()]

    def _add_unexpected_lines(self, wanted):
        """Goods nobody expected get a line of their own.

        :param dict wanted: (return, :class:`Result`) → quantity
        :return: dict of :class:`Result` → quantity
        """
        strays = {}
        for ret, key in wanted:
            if not key.line:
                strays.setdefault((ret, key.product), None)
        lines = self.env["helloword.return.line"].create(
            [
                {
                    "return_id": ret.id,
                    "product_id": product.id,
                    "quantity": 0.0,
                    "is_unexpected": True,
                }
                for ret, product in strays
            ]
        )
        strays = dict(zip(strays, lines, strict=True))
        results = defaultdict(float)
        for (ret, key), quantity in wanted.items():
            line = key.line or strays[ret, key.product]
            results[key._replace(line=line)] += quantity
        return dict(results)

    def _get_booked_results(self):
        """:return: dict of :class:`Result` → finished inspections that say so"""
        self.inspection_ids.fetch(
            ["state", "return_line_id", "product_id", "lot_id", "grade_id", "disposition"]
        )
        current = defaultdict(self.env["helloword.return.inspection"].browse)
        for inspection in self.inspection_ids:
            if inspection.state == "done" and inspection.is_wms:
                key = Result(
                    inspection.return_line_id,
                    inspection.product_id,
                    inspection.lot_id,
                    inspection.grade_id,
                    inspection.disposition,
                )
                current[key] |= inspection
        return current

    def _compare_results(self, wanted, current):
        """:return: tuple: inspections that are not true any more, dict of :class:`Result` →
        quantity that is not booked
        """
        undone = self.env["helloword.return.inspection"]
        missing = dict(wanted)
        for key, inspections in current.items():
            booked = sum(inspections.mapped("quantity"))
            if key in missing and not key.line._compare(booked, missing[key]):
                del missing[key]
            else:
                undone |= inspections
        return undone, missing

    def _redispose_results(self, undone, missing):
        """Goods on hold that went on are sent on, not undone and booked again.

        :param dict missing: lowered by what was sent on
        :return: inspections still to be undone
        """
        for key, quantity in list(missing.items()):
            held = undone.filtered(
                lambda inspection, key=key: (
                    inspection.disposition == "hold"
                    and inspection.is_processed
                    and inspection.return_line_id == key.line
                    and inspection.product_id == key.product
                    and inspection.lot_id == key.lot
                    and inspection.grade_id == key.grade
                )
            )
            if not held or not key.disposition or key.disposition == "hold":
                continue
            if key.line._compare(sum(held.mapped("quantity")), quantity):
                continue
            held.action_redispose(key.disposition)
            undone -= held
            del missing[key]
        return undone

    def _inspect_as_told(self, missing):
        """:param dict missing: :class:`Result` → quantity"""
        vals_list = []
        for key, quantity in missing.items():
            vals = {
                "return_line_id": key.line.id,
                "product_id": key.product.id,
                "grade_id": key.grade.id,
                "disposition": key.disposition,
                "lot_id": key.lot.id,
                "quantity": quantity,
                "is_wms": True,
                "user_id": False,
            }
            if key.product.tracking == "serial" and key.grade.kind != "empty":
                vals_list += [vals | {"quantity": 1.0}] * round(quantity)
            else:
                vals_list.append(vals)
        self.env["helloword.return.inspection"].create(vals_list).action_validate()

    # -------------------------------------------------------------------------
    # What does not add up
    # -------------------------------------------------------------------------

    def _note_wms_state(self, states, connections, problems, targets):
        """One activity a return for what does not add up; it goes when the numbers agree."""
        summary = self.env._("The warehouse's numbers do not add up")
        existing = self.activity_ids.filtered(lambda activity: activity.summary == summary)
        by_return = existing.grouped("res_id")
        for ret, state in states.items():
            notes = ret._describe_wms_problems(state, problems[ret], targets[ret])
            activity = by_return.get(ret.id, existing.browse())
            if not notes:
                activity.unlink()
            elif activity:
                activity.note = "<br/>".join(notes)
            else:
                user = connections[ret].user_id or ret.user_id or self.env.user
                ret.activity_schedule(
                    "mail.mail_activity_data_warning",
                    summary=summary,
                    note="<br/>".join(notes),
                    user_id=user.id,
                )

    def _describe_wms_problems(self, state, problems, targets):
        """:return: list of texts with both numbers"""
        self.ensure_one()
        texts = {
            "correction_early": self.env._("taken back more than was told"),
            "treated_too_many": self.env._("treated more than was inspected"),
            "no_grade": self.env._("no grade for this condition"),
            "no_product": self.env._("goods without a name"),
            "no_lot": self.env._("no lot or serial number"),
        }
        notes = [
            self.env._(
                "%(goods)s: %(what)s (%(expected)g expected, %(told)g told)",
                goods=problem.goods.sku or problem.goods.line_ref,
                what=texts[problem.code],
                expected=problem.expected,
                told=problem.told,
            )
            for problem in state.problems
        ]
        notes += [
            self.env._(
                "%(goods)s: %(what)s (%(expected)g expected, %(told)g told)",
                goods=product.display_name if product else "?",
                what=texts[code],
                expected=expected,
                told=told,
            )
            for code, product, expected, told in problems
        ]
        told = defaultdict(float)
        for key, quantity in targets.items():
            told[key.line] += quantity
        for line in self.line_ids:
            if line.is_unexpected:
                continue
            gap = float_compare(told[line], line.quantity, precision_rounding=0.000001)
            if gap > 0 or (gap < 0 and state.is_final):
                notes.append(
                    self.env._(
                        "%(goods)s: %(expected)g expected, %(told)g came",
                        goods=line.name,
                        expected=line.quantity,
                        told=told[line],
                    )
                )
        return notes


class HellowordReturnInspection(models.Model):
    _inherit = "helloword.return.inspection"

    is_wms = fields.Boolean(
        string="By the Warehouse",
        readonly=True,
        copy=False,
        help="Follows from what the operator of the warehouse said; a correction of theirs undoes "
        "it.",
    )
