import json
import logging
from datetime import UTC, datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from psycopg2.errors import UniqueViolation

from odoo.addons.queue_job.utils import must_run_without_delay

from ..wms.base import EVENT_TYPES
from ..wms.serial import event_from_json, event_to_json, hash_event

_logger = logging.getLogger(__name__)

# Clocks differ; what lies further ahead was dated by a wrong one.
CLOCK_SKEW = timedelta(minutes=10)
# What became of an event → what its sender is told.
RESULTS = {"waiting": "accepted", "done": "accepted", "parked": "parked", "refused": "rejected"}
# The kind adapters give to what they cannot read.
UNREADABLE = "unreadable"
# Events that were never booked may be told again, better.
REPLACEABLE = ("parked", "refused")
SWEEP_AFTER = timedelta(minutes=10)
SWEEP_BATCH = 500


class HellowordWmsEvent(models.Model):
    """One thing a warehouse said, kept once, before anything is done about it.

    What is booked follows from all events of a return together, never from one alone.
    """

    _name = "helloword.wms.event"
    _description = "Warehouse Event"
    _order = "moment desc, id desc"
    _rec_name = "event_id"
    _check_company_auto = True

    connection_id = fields.Many2one(
        "helloword.wms.connection",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    event_id = fields.Char(string="Number at the Warehouse", required=True)
    type = fields.Selection(
        [
            ("parcel.arrived", "Parcel arrived"),
            ("return.unexpected", "Unknown parcel"),
            ("unit.inspected", "Goods inspected"),
            ("disposition.completed", "Goods treated"),
            ("inventory.adjusted", "Stock corrected"),
            ("fee.charged", "Fee"),
            ("return.reported", "Report"),
            ("other", "Unknown kind"),
        ],
        required=True,
        index=True,
    )
    moment = fields.Datetime(string="Happened", index=True, help="At the warehouse (UTC).")
    number = fields.Char(string="Return Number", help="As the warehouse said it.")
    external_ref = fields.Char(string="Warehouse's Number", index="btree_not_null")
    return_id = fields.Many2one(
        "helloword.return", index="btree_not_null", ondelete="set null", check_company=True
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("done", "Booked"),
            ("parked", "Needs a person"),
            ("refused", "Refused"),
        ],
        string="Status",
        required=True,
        default="waiting",
        index=True,
    )
    code = fields.Char(string="Reason Code", readonly=True)
    message = fields.Text(string="Reason", readonly=True)
    source = fields.Selection(
        [
            ("api", "Our interface"),
            ("webhook", "Message"),
            ("poll", "Asked for"),
            ("file", "File"),
            ("manual", "By hand"),
        ],
        readonly=True,
    )
    content = fields.Json(readonly=True, help="As understood.")
    raw = fields.Json(readonly=True, help="As received.")
    content_hash = fields.Char(readonly=True)
    content_text = fields.Text(string="Content", compute="_compute_texts")
    raw_text = fields.Text(string="In the Warehouse's Words", compute="_compute_texts")
    conflict = fields.Json(
        readonly=True, help="Another content that came under the same number, and was not booked."
    )
    repeats = fields.Integer(readonly=True, help="How often it came again.")

    _event_uniq = models.Constraint(
        "UNIQUE(connection_id, event_id)", "This event was received already."
    )
    _waiting = models.Index("(create_date) WHERE state = 'waiting'")

    @api.depends("content", "raw")
    def _compute_texts(self):
        for event in self:
            for name in ("content", "raw"):
                value = event[name]
                event[f"{name}_text"] = (
                    json.dumps(value, indent=2, ensure_ascii=False) if value else False
                )

    # -------------------------------------------------------------------------
    # Taking in
    # -------------------------------------------------------------------------

    @api.model
    def _take(self, connection, events, source="api"):
        """Keep events, each once, and have what follows from them booked. Batch: queries do not
        grow with the number of events.

        :param connection: ``helloword.wms.connection`` they came by
        :param events: list of :class:`~odoo.addons.helloword_3pl.wms.base.WarehouseEvent`
        :param str source: key of ``source``
        :return: list of dicts in the order of ``events``: ``event_id``, ``result`` (accepted,
            duplicate, parked, rejected), ``code`` and ``message`` (why, empty when accepted)
        """
        connection.ensure_one()
        events = [connection._keep_contents(event) for event in events]
        inbox = self.sudo().with_company(connection.company_id)
        known = {
            row.event_id: row
            for row in inbox.search(
                [
                    ("connection_id", "=", connection.id),
                    ("event_id", "in", [event.event_id for event in events]),
                ]
            )
        }
        judged = inbox._judge(connection, events)
        results, fresh = [], {}
        for event, verdict in zip(events, judged, strict=True):
            vals = {
                "connection_id": connection.id,
                "source": source,
                **self._prepare_vals(event),
                **verdict,
            }
            row = known.get(event.event_id)
            if row:
                results.append(row._take_again(vals))
            elif event.event_id in fresh:
                results.append(_tell_repeat(fresh[event.event_id], vals))
            else:
                if event.event_id:
                    fresh[event.event_id] = vals
                results.append(_tell(vals))
        try:
            with self.env.cr.savepoint():
                created = inbox.create(list(fresh.values()))
        except UniqueViolation as error:
            # The same events come by another way at this very moment: with the other's rows in
            # sight, they are repeats.
            raise ConcurrencyError("Events came twice at once.") from error
        (created | inbox.concat(*known.values()))._enqueue()
        return results

    @api.model
    def _prepare_vals(self, event):
        return {
            "event_id": event.event_id,
            "type": event.type if event.type in EVENT_TYPES else "other",
            "moment": event.moment.astimezone(UTC).replace(tzinfo=None) if event.moment else False,
            "number": event.number or False,
            "external_ref": event.external_ref or False,
            "content": event_to_json(event),
            "raw": event.raw or False,
            "content_hash": hash_event(event),
        }

    def _take_again(self, vals):
        """An event that is known came again: the same, better, or another under its number."""
        self.ensure_one()
        same = self.content_hash == vals["content_hash"]
        self.repeats += 1
        if self.state in REPLACEABLE and not (same and vals["state"] == self.state):
            self.write(vals | {"conflict": False})
            return _tell(vals)
        if not same:
            self.conflict = vals["content"]
        return _tell_repeat(
            {
                "event_id": self.event_id,
                "content_hash": self.content_hash,
                "state": self.state,
                "code": self.code,
                "message": self.message,
            },
            vals,
        )

    @api.model
    def _judge(self, connection, events):
        """What may be booked, and what needs a person first.

        :return: list of dicts of values: ``state``, ``code``, ``message``, ``return_id``
        """
        returns = self._find_returns(connection, events)
        products = connection._find_products(
            (connection, unit.sku)
            for event in events
            for unit in (*event.units, *event.units_before)
        )
        latest = datetime.now(UTC) + CLOCK_SKEW
        return [
            {"code": False, "message": False, "state": "waiting", "return_id": ret.id}
            | (
                self._get_fault(event, latest)
                or self._get_obstacle(connection, event, ret, products)
                or {}
            )
            for event, ret in zip(events, returns, strict=True)
        ]

    @api.model
    def _get_fault(self, event, latest):
        """What is wrong with an event itself; sending it again as it is is no use."""
        code = message = None
        quantities = [unit.quantity for unit in (*event.units, *event.units_before)]
        if not event.event_id:
            code, message = "no_event_id", self.env._("The event has no number of its own.")
        elif event.type == UNREADABLE:
            code = "unreadable"
            message = self.env._("Nobody can read it: %s", event.note or "?")
        elif event.type not in EVENT_TYPES:
            code = "unknown_type"
            message = self.env._("There is no such kind of event: “%s”.", event.type)
        elif not event.moment:
            code, message = "no_moment", self.env._("The event does not say when it happened.")
        elif event.moment > latest:
            code = "clock_skew"
            message = self.env._("The event lies in the future. Set the clock of the sender.")
        elif event.type != "inventory.adjusted" and any(quantity <= 0 for quantity in quantities):
            code, message = "bad_quantity", self.env._("Quantities must be above zero.")
        elif event.type in ("unit.inspected", "disposition.completed") and not event.units:
            code, message = "no_units", self.env._("The event names no goods.")
        return code and {"state": "refused", "code": code, "message": message}

    @api.model
    def _get_obstacle(self, connection, event, ret, products):
        """Why an event cannot be booked yet; somebody can mend it."""
        if event.type == "inventory.adjusted":
            return self._get_goods_obstacle(connection, event, products)
        if event.type == "return.unexpected":
            # The parcel itself is what people work on.
            return None
        if not ret:
            return {
                "state": "parked",
                "code": "unknown_return",
                "message": self.env._(
                    "No return of %(company)s has the number “%(number)s” at this warehouse.",
                    company=connection.company_id.name,
                    number=event.number or event.external_ref or "?",
                ),
            }
        return self._get_goods_obstacle(connection, event, products)

    @api.model
    def _get_goods_obstacle(self, connection, event, products):
        unknown = {
            unit.sku
            for unit in (*event.units, *event.units_before)
            if unit.sku and (connection, unit.sku) not in products
        }
        if not unknown:
            return None
        return {
            "state": "parked",
            "code": "unknown_sku",
            "message": self.env._(
                "No product has the code %s. Enter it under “Product Codes” of the connection, "
                "then try again.",
                ", ".join(sorted(unknown)),
            ),
        }

    @api.model
    def _find_returns(self, connection, events):
        """Which return each event is about: by our number, else by the warehouse's. A return that
        goes to a warehouse of others is none of this connection's.

        :return: list of ``helloword.return``, empty ones where none is found
        """
        Return = self.env["helloword.return"]
        numbers = {event.number for event in events if event.number}
        by_number = {
            ret.name: ret
            for ret in Return.search(
                [
                    ("name", "in", list(numbers)),
                    ("company_id", "=", connection.company_id.id),
                ]
            )
        }
        allowed = connection._filter_own_returns(Return.concat(*by_number.values()))
        by_ref = self._find_returns_by_ref(
            connection, {event.external_ref for event in events if not event.number} - {""}
        )
        return [
            by_number.get(event.number, Return) & allowed
            if event.number
            else by_ref.get(event.external_ref, Return)
            for event in events
        ]

    @api.model
    def _find_returns_by_ref(self, connection, refs):
        """:return: dict of the warehouse's number → ``helloword.return``"""
        if not refs:
            return {}
        rows = self.search(
            [
                ("connection_id", "=", connection.id),
                ("external_ref", "in", list(refs)),
                ("return_id", "!=", False),
            ]
        )
        return {row.external_ref: row.return_id for row in rows}

    # -------------------------------------------------------------------------
    # Working
    # -------------------------------------------------------------------------

    def _get_typed(self):
        """:return: :class:`~odoo.addons.helloword_3pl.wms.base.WarehouseEvent`"""
        self.ensure_one()
        return event_from_json(self.content)

    def _enqueue(self):
        """One job for each return that waits; where jobs run at once, they are booked here."""
        waiting = self.filtered(lambda event: event.state == "waiting")
        if must_run_without_delay(self.env):
            waiting._work()
            return
        for ret, events in waiting.grouped("return_id").items():
            events.with_delay(
                channel="root.helloword",
                identity_key=f"wms-events:{ret.id or events[0].id}",
                description=f"Book warehouse events {ret.name or ''}".strip(),
            )._job_work()

    def _job_work(self):
        """Queue job; may run any number of times. Events of the same return that came since are
        booked with these."""
        events = self.exists()
        (
            events
            | self.search([("return_id", "in", events.return_id.ids), ("state", "=", "waiting")])
        )._work()

    def _work(self):
        """Book what follows from these events. Hook: modules and files of ours add what follows
        from kinds of events that are about no return."""
        waiting = self.filtered(lambda event: event.state == "waiting")
        waiting.return_id._apply_wms_events()
        waiting.filtered("return_id").state = "done"

    def action_retry(self):
        """Judge parked events again, e.g. after a product code was entered.

        :raise UserError: an event is booked or refused
        """
        self.env["helloword.wms.connection"].check_access("write")
        for event in self:
            if event.state != "parked":
                raise UserError(self.env._("Event %s does not wait for a person.", event.event_id))
        inbox = self.sudo()
        for connection, rows in inbox.grouped("connection_id").items():
            verdicts = inbox._judge(connection, [row._get_typed() for row in rows])
            for row, verdict in zip(rows, verdicts, strict=True):
                row.write(verdict)
        inbox._enqueue()
        return True

    @api.model
    def _cron_sweep(self):
        """Book events whose job was lost."""
        before = fields.Datetime.now() - SWEEP_AFTER
        self.search(
            [("state", "=", "waiting"), ("create_date", "<=", before)],
            order="id",
            limit=SWEEP_BATCH,
        )._enqueue()


class HellowordWmsConnection(models.Model):
    _inherit = "helloword.wms.connection"

    event_ids = fields.One2many("helloword.wms.event", "connection_id")
    parked_count = fields.Integer(compute="_compute_parked_count")

    def _compute_parked_count(self):
        counts = dict(
            self.env["helloword.wms.event"]._read_group(
                [("connection_id", "in", self.ids), ("state", "=", "parked")],
                ["connection_id"],
                ["__count"],
            )
        )
        for connection in self:
            connection.parked_count = counts.get(connection._origin, 0)

    def _filter_own_returns(self, returns):
        """:return: those of ``returns`` whose goods go to a warehouse of this connection"""
        self.ensure_one()
        warehouses = self.sudo().site_ids.warehouse_id
        return returns.filtered(
            lambda ret: (
                ret.arrival_warehouse_id in warehouses
                or ret.receipt_picking_ids.picking_type_id.warehouse_id & warehouses
            )
        )

    def action_view_events(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helloword_3pl.helloword_wms_event_action"
        )
        action["domain"] = [("connection_id", "=", self.id)]
        action["context"] = {"search_default_parked": 1} if self.parked_count else {}
        return action


def _tell(vals):
    return {
        "event_id": vals["event_id"],
        "result": RESULTS[vals["state"]],
        "code": vals["code"] or "",
        "message": vals["message"] or "",
    }


def _tell_repeat(first, vals):
    """What the sender of an event is told that is known."""
    if first["content_hash"] != vals["content_hash"]:
        return {
            "event_id": first["event_id"],
            "result": "rejected",
            "code": "conflict",
            "message": "Another event has this number. Send corrections as events of their own.",
        }
    if first["state"] in REPLACEABLE:
        return _tell(first)
    return {"event_id": first["event_id"], "result": "duplicate", "code": "", "message": ""}
