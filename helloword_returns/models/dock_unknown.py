from odoo import Command, api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

PARCEL_LIMIT = 20
REF_LENGTH = 64
TEXT_LENGTH = 200
NOTE_LENGTH = 5000
PARCEL_FIELDS = ("tracking_number", "order_ref", "sender_name", "sender_zip", "sender_city")


class HellowordDock(models.AbstractModel):
    """Parcels nobody knows, kept with what can be read off them."""

    _inherit = "helloword.dock"

    @api.model
    def dock_register_unknown(self, warehouse_id, vals):
        """Keep an unknown parcel. Sent again with the same reference it is kept once.

        :param dict vals: ``ref`` (made by the device for this parcel), ``tracking_number``,
            ``order_ref``, ``sender_name``, ``sender_zip``, ``sender_city``, ``note`` and
            ``photos`` (list of texts, pictures in base64)
        :return: dict with ``name``, ``match`` (the return it most likely is, may be empty) and
            ``counters``
        :raise UserError: nothing is known of the parcel, or a photo is none
        """
        warehouse = self._get_dock_warehouse(warehouse_id)
        dock = self.with_company(warehouse.company_id)
        ref = str(vals.get("ref") or "")[:REF_LENGTH]
        parcel = dock._find_own_parcel(warehouse, ref)
        if not parcel:
            parcel = dock._take_parcel_in(warehouse, ref, vals)
        return {
            "name": parcel.name,
            "match": parcel.best_match_id.return_id.name or "",
            "counters": dock._get_counters(),
        }

    @api.model
    def _find_own_parcel(self, warehouse, ref):
        """:return: the parcel this device has registered under this reference"""
        Parcel = self.env["helloword.unknown.parcel"]
        if not ref:
            return Parcel
        return Parcel.search(
            [
                ("company_id", "=", warehouse.company_id.id),
                ("source_key", "=", "dock"),
                ("ref", "=", ref),
            ]
        )

    @api.model
    def _take_parcel_in(self, warehouse, ref, vals):
        facts = {name: str(vals.get(name) or "").strip()[:TEXT_LENGTH] for name in PARCEL_FIELDS}
        note = str(vals.get("note") or "").strip()[:NOTE_LENGTH]
        if not any(facts.values()) and not note and not vals.get("photos"):
            raise UserError(
                self.env._("Enter something that is on the parcel, or take a photo of it.")
            )
        photos = self._read_photos(vals.get("photos"))
        return self.env["helloword.unknown.parcel"]._take_in(
            [
                {
                    "company_id": warehouse.company_id.id,
                    "warehouse_id": warehouse.id,
                    "source": "dock",
                    "ref": ref or False,
                    "note": note or False,
                    "attachment_ids": [Command.link(photo.id) for photo in photos],
                    **{name: value or False for name, value in facts.items()},
                }
            ]
        )

    @api.model
    def _get_counters(self):
        counters = super()._get_counters()
        counters["unknown"] = self.env["helloword.unknown.parcel"].search_count(
            [
                ("create_uid", "=", self.env.uid),
                ("source", "=", "dock"),
                ("create_date", ">=", self._get_start_of_day()),
            ]
        )
        return counters

    # -------------------------------------------------------------------------
    # Found again
    # -------------------------------------------------------------------------

    @api.model
    def _find_by_parcel(self, candidates, own, add, answer):
        """Unknown parcels with this number: matched ones lead to their returns.

        :param dict answer: gets ``parcel``, one that still waits for its return
        """
        parcels = (
            self.env["helloword.unknown.parcel"]
            .sudo()
            .search(
                own
                & (
                    Domain("name", "in", candidates)
                    | Domain("tracking_number", "in", candidates)
                    | Domain("license_plate", "in", candidates)
                ),
                limit=PARCEL_LIMIT,
            )
        )
        for ret in parcels.return_ids:
            add(ret.id, 4, "parcel")
        waiting = parcels.filtered(lambda parcel: parcel.state == "open")[:1]
        answer["parcel"] = {"id": waiting.id, "name": waiting.name} if waiting else False

    @api.model
    def _get_kind_labels(self):
        return super()._get_kind_labels() | {"parcel": self.env._("Unknown parcel")}
