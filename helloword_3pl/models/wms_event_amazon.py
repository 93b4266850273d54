from odoo import api, fields, models


class HellowordWmsEvent(models.Model):
    """What Amazon tells of its own: units by the order's number and their license plate, never by a
    number of ours; see :mod:`~odoo.addons.helloword_3pl.wms.amazon_fba`.
    """

    _inherit = "helloword.wms.event"

    license_plate = fields.Char(
        index="btree_not_null", help="The operator's code on the unit, at Amazon the LPN."
    )

    @api.model
    def _prepare_vals(self, event):
        return super()._prepare_vals(event) | {"license_plate": event.license_plate or False}

    @api.model
    def _find_returns_by_ref(self, connection, refs):
        """At FBA a reference is the order's number. Of several returns of one order the one is
        meant whose goods did not all come yet; where that is not one, a person has to say.
        """
        found = super()._find_returns_by_ref(connection, refs)
        if connection.provider != "fba" or not refs:
            return found
        refs = list(refs)
        returns = self.env["helloword.return"].search(
            [
                ("company_id", "=", connection.company_id.id),
                ("approval_state", "=", "approved"),
                "|",
                "|",
                ("external_order_ref", "in", refs),
                ("sale_order_id.client_order_ref", "in", refs),
                ("sale_order_id.name", "in", refs),
            ]
        )
        by_order = {}
        for ret in connection._filter_own_returns(returns):
            for ref in ret._get_order_refs():
                by_order[ref] = by_order.get(ref, ret.browse()) | ret
        for ref in refs:
            choice = by_order.get(ref, returns.browse())
            if len(choice) > 1:
                choice = choice.filtered(
                    lambda ret: ret.goods_state in ("expected", "transit", "partial")
                )
            if len(choice) == 1:
                found[ref] = choice
            elif ref in by_order:
                found.pop(ref, None)
        return found

    @api.model
    def _get_obstacle(self, connection, event, ret, products):
        obstacle = super()._get_obstacle(connection, event, ret, products)
        if connection.provider != "fba" or not obstacle or obstacle["code"] != "unknown_return":
            return obstacle
        if not event.order_ref:
            goods = ", ".join(f"{unit.quantity:f} × {unit.sku}" for unit in event.units)
            message = self.env._(
                "Amazon removed %(goods)s (%(note)s). It does not say whose returns these were: take "
                "them out of the stock of this warehouse.",
                goods=goods,
                note=", ".join(unit.note for unit in event.units if unit.note),
            )
            return obstacle | {"code": "removal", "message": message}
        message = self.env._(
            "Amazon took back %(goods)s of order %(order)s, and no approved return of it goes to this "
            "warehouse, or more than one waits for goods. Make the return; then this is booked by "
            "itself.",
            goods=", ".join(f"{unit.quantity:f} × {unit.sku}" for unit in event.units),
            order=event.order_ref,
        )
        return obstacle | {"message": message}

    @api.model
    def _judge(self, connection, events):
        """A unit Amazon grades a second time, and otherwise, is counted once: a person decides."""
        verdicts = super()._judge(connection, events)
        if connection.provider != "fba":
            return verdicts
        graded = [event for event in events if event.type == "unit.inspected"]
        first = self._get_first_grades(connection, graded)
        for event, verdict in zip(events, verdicts, strict=True):
            known = event.type == "unit.inspected" and first.get(event.license_plate)
            if known and known != event.event_id and verdict["state"] == "waiting":
                verdict |= {
                    "state": "parked",
                    "code": "graded_twice",
                    "message": self.env._(
                        "Amazon told of the unit %(plate)s before, and otherwise (%(event)s). The "
                        "first is booked; correct it by hand if this is right.",
                        plate=event.license_plate,
                        event=known,
                    ),
                }
        return verdicts

    @api.model
    def _get_first_grades(self, connection, events):
        """:return: dict of license plate → number of the event that graded the unit first"""
        plates = {event.license_plate for event in events} - {""}
        rows = self.search_fetch(
            [
                ("connection_id", "=", connection.id),
                ("type", "=", "unit.inspected"),
                ("license_plate", "in", list(plates)),
                ("code", "!=", "graded_twice"),
            ],
            ["license_plate", "event_id"],
            order="id",
        )
        first = {}
        for row in rows:
            first.setdefault(row.license_plate, row.event_id)
        # Told for the first time both at once: the choice must not depend on their order.
        for event in sorted(events, key=lambda event: event.event_id):
            first.setdefault(event.license_plate, event.event_id)
        return first


class HellowordReturn(models.Model):
    _inherit = "helloword.return"

    def _get_order_refs(self):
        """:return: set of the names the order of a return goes by"""
        self.ensure_one()
        order = self.sudo().sale_order_id
        return {self.external_order_ref, order.client_order_ref, order.name} - {False, ""}

    def _on_approved(self):
        super()._on_approved()
        self._retry_amazon_events()

    def _retry_amazon_events(self):
        """What Amazon told of these orders before there was a return. Batch."""
        connections = self.env["helloword.wms.connection"]._get_by_warehouse(
            self.arrival_warehouse_id
        )
        refs = {}
        for ret in self:
            connection = connections.get(ret.arrival_warehouse_id)
            if connection and connection.provider == "fba":
                refs.setdefault(connection, set()).update(ret._get_order_refs())
        if not refs:
            return
        Event = self.env["helloword.wms.event"].sudo()
        parked = Event.search(
            [
                ("connection_id", "in", [connection.id for connection in refs]),
                ("state", "=", "parked"),
                ("code", "=", "unknown_return"),
                ("external_ref", "in", list(set().union(*refs.values()))),
            ]
        )
        for connection, rows in parked.grouped("connection_id").items():
            verdicts = Event._judge(connection, [row._get_typed() for row in rows])
            for row, verdict in zip(rows, verdicts, strict=True):
                row.write(verdict)
        parked._enqueue()
