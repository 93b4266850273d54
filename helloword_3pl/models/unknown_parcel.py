from datetime import UTC

from odoo import fields, models

from .wms_photo import name_photo

# What an operator says of a parcel that nobody can claim any more.
GONE_STATUSES = frozenset(("destroyed", "cancelled", "expired"))
SOURCES = {"api": "api", "file": "file"}


class HellowordUnknownParcel(models.Model):
    """Parcels an operator of a warehouse cannot place."""

    _inherit = "helloword.unknown.parcel"

    connection_id = fields.Many2one(
        "helloword.wms.connection",
        string="Warehouse Connection",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    operator_status = fields.Char(
        string="Operator's Status", readonly=True, help="In the operator's words."
    )
    told_date = fields.Datetime(
        string="Told", readonly=True, help="When the operator last said something of it (UTC)."
    )

    def _update_registered(self, vals):
        """What an operator said earlier only fills what is empty, whenever it reaches us."""
        told = vals.get("told_date")
        if told and self.told_date and told < self.told_date:
            vals = {
                name: value
                for name, value in vals.items()
                if name == "line_ids" or (name in self._fields and not self[name])
            }
        elif self.state == "open" and vals.get("operator_status"):
            self.write({"operator_status": vals["operator_status"], "told_date": told})
        return super()._update_registered(vals)


class HellowordWmsEvent(models.Model):
    _inherit = "helloword.wms.event"

    def _work(self):
        parcels = self.filtered(
            lambda event: event.state == "waiting" and event.type == "return.unexpected"
        )
        result = super()._work()
        parcels._take_in_parcels()
        return result

    def _take_in_parcels(self):
        """Know the parcels these events tell of. Batch."""
        events = self.exists().sorted("moment")
        if not events:
            return
        typed = {event: event._get_typed() for event in events}
        products = self.env["helloword.wms.connection"]._find_products(
            (event.connection_id, unit.sku) for event in events for unit in typed[event].units
        )
        senders = [event.parcel.sender for event in typed.values() if event.parcel]
        codes = {sender.country.upper() for sender in senders if sender.country}
        countries = {
            country.code: country.id
            for country in self.env["res.country"].search([("code", "in", list(codes))])
        }
        parcels = (
            self.env["helloword.unknown.parcel"]
            .sudo()
            ._take_in(
                [event._prepare_parcel(typed[event], products, countries) for event in events]
            )
        )
        for event, parcel in zip(events, parcels, strict=True):
            event._keep_parcel_photos(typed[event], parcel)
            status = typed[event].parcel and typed[event].parcel.status
            if parcel.state == "open" and status in GONE_STATUSES:
                parcel.action_mark_gone()
            event.write({"state": "done", "return_id": parcel.return_ids[:1].id})

    def _prepare_parcel(self, typed, products, countries):
        """:return: dict of values, see ``helloword.unknown.parcel._take_in``"""
        self.ensure_one()
        connection, parcel = self.connection_id, typed.parcel
        sites = connection.site_ids
        site = sites.filtered(lambda site: site.code == typed.warehouse_code) or sites
        vals = {
            "company_id": connection.company_id.id,
            "connection_id": connection.id,
            "warehouse_id": site.warehouse_id.id if len(site) == 1 else False,
            "source": SOURCES.get(self.source, "warehouse"),
            "source_key": f"wms:{connection.id}",
            "ref": typed.tracking_number or typed.license_plate or self.event_id,
            "arrival_date": self.moment,
            "told_date": self.moment,
            "tracking_number": typed.tracking_number,
            "license_plate": typed.license_plate,
            "order_ref": typed.order_ref,
            "number": typed.number or typed.external_ref,
            "weight": typed.weight,
            "note": typed.note,
            "user_id": connection.user_id.id,
            "lines": [
                {
                    "product_id": products.get(
                        (connection, unit.sku), self.env["product.product"]
                    ).id,
                    "sku": unit.sku or unit.note,
                    "quantity": unit.quantity,
                    "serial": unit.serial or unit.lot,
                }
                for unit in typed.units
                if unit.sku or unit.note
            ],
        }
        if parcel:
            told = {
                "ref": parcel.ref,
                "tracking_number": parcel.tracking_number,
                "carrier": parcel.carrier,
                "license_plate": parcel.license_plate,
                "order_ref": parcel.order_ref,
                "number": parcel.number,
                "sender_name": parcel.sender.name or parcel.sender.company,
                "sender_email": parcel.sender.email,
                "sender_phone": parcel.sender.phone,
                "sender_zip": parcel.sender.zip,
                "sender_city": parcel.sender.city,
                "sender_country_id": countries.get(parcel.sender.country.upper()),
                "weight": parcel.weight,
                "note": parcel.note,
                "operator_status": parcel.status,
                "destroy_date": parcel.destroy_at
                and parcel.destroy_at.astimezone(UTC).replace(tzinfo=None),
            }
            vals |= {name: value for name, value in told.items() if value}
        return vals

    def _keep_parcel_photos(self, typed, parcel):
        """Pictures that were uploaded, or came within the event, are the parcel's."""
        self.ensure_one()
        photos = (*typed.photos, *(photo for unit in typed.units for photo in unit.photos))
        names = [name_photo(photo) for photo in photos]
        if not names:
            return
        found = self.connection_id._find_photos(names)
        attachments = self.env["ir.attachment"].union(*found.values())
        attachments.write({"res_model": parcel._name, "res_id": parcel.id})
        parcel.attachment_ids |= attachments


class HellowordWmsConnection(models.Model):
    _inherit = "helloword.wms.connection"

    unknown_parcel_count = fields.Integer(compute="_compute_unknown_parcel_count")

    def _compute_unknown_parcel_count(self):
        counts = dict(
            self.env["helloword.unknown.parcel"]._read_group(
                [("connection_id", "in", self.ids), ("state", "=", "open")],
                ["connection_id"],
                ["__count"],
            )
        )
        for connection in self:
            connection.unknown_parcel_count = counts.get(connection._origin, 0)

    def action_view_unknown_parcels(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helloword_returns.helloword_unknown_parcel_action"
        )
        action["domain"] = [("connection_id", "=", self.id)]
        return action
