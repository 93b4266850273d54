import base64
from datetime import UTC, datetime

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.wms_event import REPLACEABLE
from ..wms.file_report import read_file
from ..wms.file_table import FileError
from ..wms.file_writer import write_template
from ..wms.serial import hash_event

# Rows that are shown; those that need attention go first.
MOST_SHOWN = 1000
# Events taken in at once.
AT_ONCE = 1000
# What the inbox answers → what becomes of a row.
RESULTS = {
    "waiting": "new",
    "accepted": "new",
    "duplicate": "known",
    "parked": "parked",
    "refused": "refused",
    "rejected": "refused",
}


class HellowordWmsFileImport(models.TransientModel):
    """A warehouse's file that came by mail or was downloaded: looked at first, then taken in like
    one that lay in the folder."""

    _name = "helloword.wms.file.import"
    _description = "Warehouse File"

    connection_id = fields.Many2one(
        "helloword.wms.connection", required=True, ondelete="cascade", readonly=True
    )
    file = fields.Binary(string="CSV or XLSX File", attachment=False)
    file_name = fields.Char()
    state = fields.Selection(
        [("new", "New"), ("read", "Read"), ("done", "Imported")], default="new", readonly=True
    )
    line_ids = fields.One2many("helloword.wms.file.import.line", "import_id", readonly=True)
    new_count = fields.Integer(string="To Be Booked", readonly=True)
    known_count = fields.Integer(string="Known Already", readonly=True)
    parked_count = fields.Integer(string="Need a Person", readonly=True)
    refused_count = fields.Integer(string="Refused", readonly=True)
    hidden_count = fields.Integer(string="Not Shown", readonly=True)
    template = fields.Binary(compute="_compute_template")

    @api.depends("connection_id")
    def _compute_template(self):
        for wizard in self:
            wizard.template = base64.b64encode(
                write_template(wizard.connection_id._get_file_settings())
            )

    def action_preview(self):
        """Say row by row what would become of it; nothing is kept.

        :raise UserError: the file cannot be read
        """
        events = self._read_events()
        self._show(events, self._foresee(events), "read")
        return self._reopen()

    def action_import(self):
        """Take the file in; rows that were taken in before say nothing new.

        :raise UserError: the file cannot be read
        """
        events = self._read_events()
        inbox, told = self.env["helloword.wms.event"], []
        for start in range(0, len(events), AT_ONCE):
            told += inbox._take(
                self.connection_id.sudo(), events[start : start + AT_ONCE], source="manual"
            )
        self._show(events, [(RESULTS[row["result"]], row["message"]) for row in told], "done")
        return self._reopen()

    def action_download_template(self):
        """The columns of a file, in the connection's own words, with an example of each row."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/template/returns.csv?download=true",
            "target": "download",
        }

    def action_view_events(self):
        return self.connection_id.action_view_events()

    def _read_events(self):
        """:return: list of :class:`~odoo.addons.helloword_3pl.wms.base.WarehouseEvent`"""
        self.ensure_one()
        self.connection_id.check_access("write")
        if not self.file:
            raise UserError(self.env._("Choose the warehouse's file first."))
        try:
            told = read_file(
                self.file_name or "",
                base64.b64decode(self.with_context(bin_size=False).file),
                self.connection_id._get_file_settings(),
                datetime.now(UTC),
            )
        except FileError as error:
            raise UserError(str(error)) from error
        return list(told.events)

    def _foresee(self, events):
        """What would become of events.

        :return: list of tuples (key of ``result``, message)
        """
        connection = self.connection_id.sudo()
        inbox = self.env["helloword.wms.event"].sudo().with_company(connection.company_id)
        known = {
            row.event_id: row
            for row in inbox.search(
                [
                    ("connection_id", "=", connection.id),
                    ("event_id", "in", [event.event_id for event in events]),
                ]
            )
        }
        results = []
        for event, verdict in zip(events, inbox._judge(connection, events), strict=True):
            row = known.get(event.event_id)
            if row and row.state not in REPLACEABLE:
                results.append(
                    ("known", "")
                    if row.content_hash == hash_event(event)
                    else (
                        "refused",
                        self.env._("Another row had this number before: “%s”.", event.event_id),
                    )
                )
            else:
                results.append((RESULTS[verdict["state"]], verdict["message"] or ""))
        return results

    def _show(self, events, results, state):
        """:param results: list of tuples (key of ``result``, message)"""
        self.ensure_one()
        rows = list(zip(events, results, strict=True))
        shown = sorted(rows, key=lambda row: row[1][0] in ("new", "known"))[:MOST_SHOWN]
        shown.sort(key=lambda row: row[0].raw["line"])
        self.line_ids.unlink()
        counts = dict.fromkeys(RESULTS.values(), 0)
        for _event, (result, _message) in rows:
            counts[result] += 1
        self.write(
            {
                "state": state,
                "hidden_count": max(len(rows) - MOST_SHOWN, 0),
                **{f"{result}_count": count for result, count in counts.items()},
                "line_ids": [
                    fields.Command.create(self._prepare_line(event, result, message))
                    for event, (result, message) in shown
                ],
            }
        )

    @staticmethod
    def _prepare_line(event, result, message):
        unit = event.units[0] if event.units else None
        fee = event.fees[0] if event.fees else None
        return {
            "line": event.raw["line"],
            "type": event.type,
            "number": event.number or event.external_ref or event.tracking_number,
            "sku": unit.sku if unit else "",
            "quantity": float(unit.quantity) if unit else 0.0,
            "content": " → ".join(
                filter(
                    None,
                    (
                        unit and (unit.condition_code or unit.condition),
                        unit and unit.disposition,
                        fee and f"{fee.amount:f} {fee.currency}",
                    ),
                )
            ),
            "result": result,
            "message": message or False,
        }

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import Warehouse File"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }


class HellowordWmsFileImportLine(models.TransientModel):
    _name = "helloword.wms.file.import.line"
    _description = "Row of a Warehouse File"
    _order = "line, id"

    import_id = fields.Many2one("helloword.wms.file.import", required=True, ondelete="cascade")
    line = fields.Integer()
    type = fields.Selection(
        selection=lambda self: [
            *self.env["helloword.wms.event"]._fields["type"].selection,
            ("unreadable", self.env._("Cannot be read")),
        ],
    )
    number = fields.Char(string="Return")
    sku = fields.Char(string="SKU")
    quantity = fields.Float(digits="Product Unit")
    content = fields.Char(string="Found and Done")
    result = fields.Selection(
        [
            ("new", "To be booked"),
            ("known", "Known already"),
            ("parked", "Needs a person"),
            ("refused", "Refused"),
        ]
    )
    message = fields.Text(string="Reason")


class HellowordWmsConnection(models.Model):
    _inherit = "helloword.wms.connection"

    def action_import_file(self):
        """Upload a warehouse's file."""
        self.ensure_one()
        self.check_access("write")
        wizard = self.env["helloword.wms.file.import"].create({"connection_id": self.id})
        return wizard._reopen()
