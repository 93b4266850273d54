import hashlib
import io
import logging
from dataclasses import replace
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from PIL import Image

from odoo.addons.helloword_returns.providers.base import ProviderError, RejectedError
from odoo.addons.queue_job.utils import must_run_without_delay

from ..wms.base import Photo

_logger = logging.getLogger(__name__)

LARGEST_PICTURE = 50_000_000  # pixels
PICTURE_KINDS = {
    "JPEG": ("jpg", "image/jpeg"),
    "PNG": ("png", "image/png"),
    "WEBP": ("webp", "image/webp"),
}
PREFIX = "ph_"
# Operators write their pictures some time after they told of them.
ATTEMPTS = 8
FIRST_WAIT = timedelta(minutes=2)
AT_ONCE = 50


def name_photo(photo):
    """:param photo: :class:`~odoo.addons.helloword_3pl.wms.base.Photo`
    :return: what we call it, the same whenever it is named again; of its attachment's name, all
        but the ending
    """
    if photo.ref.startswith(PREFIX):
        return photo.ref
    return PREFIX + hashlib.sha256((photo.ref or photo.url).encode()).hexdigest()[:40]


def read_picture(content):
    """:param bytes content: as received
    :return: tuple (ending, MIME type), or None when it is no picture we show
    """
    try:
        with Image.open(io.BytesIO(content)) as picture:
            kind = PICTURE_KINDS.get(picture.format)
            if not kind or picture.width * picture.height > LARGEST_PICTURE:
                return None
            picture.verify()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return kind


class HellowordWmsPhoto(models.Model):
    """A picture a warehouse named, until we have it and after.

    Pictures come by upload, within an event, or from an address: those are loaded by a job, apart
    from whatever is booked.
    """

    _name = "helloword.wms.photo"
    _description = "Warehouse Photo"
    _order = "id desc"

    return_id = fields.Many2one(
        "helloword.return", required=True, ondelete="cascade", index=True, readonly=True
    )
    connection_id = fields.Many2one(
        "helloword.wms.connection", required=True, ondelete="cascade", index=True, readonly=True
    )
    company_id = fields.Many2one(related="return_id.company_id", store=True, index=True)
    name = fields.Char(required=True, readonly=True, help="What we call it.")
    url = fields.Char(string="Address", readonly=True, groups="base.group_system")
    inspection_ids = fields.Many2many(
        "helloword.return.inspection", string="Results", readonly=True, help="What it shows."
    )
    attachment_id = fields.Many2one("ir.attachment", ondelete="set null", readonly=True)
    image = fields.Binary(compute="_compute_image")
    state = fields.Selection(
        [("waiting", "Not here yet"), ("kept", "Kept"), ("failed", "Cannot be loaded")],
        string="Status",
        required=True,
        default="waiting",
        readonly=True,
    )
    attempts = fields.Integer(readonly=True)
    next_date = fields.Datetime(string="Tried Again", readonly=True, help="Not before (UTC).")
    error = fields.Text(readonly=True)

    _name_uniq = models.Constraint("UNIQUE(return_id, name)", "This photo is known already.")
    _due = models.Index("(next_date) WHERE state = 'waiting'")

    @api.depends("attachment_id")
    def _compute_image(self):
        for photo in self:
            photo.image = photo.sudo().attachment_id.datas

    # -------------------------------------------------------------------------
    # Taking in
    # -------------------------------------------------------------------------

    @api.model
    def _sync(self, shown, connections):
        """Know every picture that events named, and what it shows. Batch.

        :param dict shown: return → dict of :class:`~odoo.addons.helloword_3pl.wms.base.Photo` →
            ``helloword.return.inspection``, empty where a picture shows no result of its own
        :param dict connections: return → ``helloword.wms.connection``
        """
        returns = self.env["helloword.return"].browse(
            [ret.id for ret, photos in shown.items() if photos]
        )
        if not returns:
            return
        known = {
            (row.return_id, row.name): row
            for row in self.search([("return_id", "in", returns.ids)])
        }
        named = {}
        for ret in returns:
            for photo, inspections in shown[ret].items():
                row = named.setdefault((ret, name_photo(photo)), [photo, inspections.browse()])
                row[1] |= inspections
        fresh = self.create(
            [
                {
                    "return_id": ret.id,
                    "connection_id": connections[ret].id,
                    "name": name,
                    "url": photo.url or False,
                    "next_date": fields.Datetime.now(),
                }
                for (ret, name), (photo, _inspections) in named.items()
                if (ret, name) not in known
            ]
        )
        known |= {(row.return_id, row.name): row for row in fresh}
        for key, (_photo, inspections) in named.items():
            new = inspections - known[key].inspection_ids
            if new:
                known[key].inspection_ids |= new
        rows = self.concat(*known.values())
        rows._find_uploaded()
        rows._link()
        rows._enqueue()

    def _find_uploaded(self):
        """Pictures that were uploaded before, or came within an event."""
        waiting = self.filtered(lambda row: row.state == "waiting")
        for connection, rows in waiting.grouped("connection_id").items():
            names = rows.mapped("name")
            uploaded = connection._find_photos(names)
            # One picture may show goods of two returns.
            uploaded |= {
                other.name: other.attachment_id
                for other in self.search(
                    [
                        ("connection_id", "=", connection.id),
                        ("name", "in", names),
                        ("state", "=", "kept"),
                        ("attachment_id", "!=", False),
                    ]
                )
            }
            for row in rows:
                if row.name in uploaded:
                    row._keep(uploaded[row.name])

    def _keep(self, attachment):
        """:param attachment: ``ir.attachment``, which becomes the return's"""
        self.ensure_one()
        if attachment.res_model != "helloword.return":
            attachment.write({"res_model": "helloword.return", "res_id": self.return_id.id})
        elif attachment.res_id != self.return_id.id:
            attachment = attachment.copy({"res_id": self.return_id.id})
        self.write({"attachment_id": attachment.id, "state": "kept", "error": False})

    def _link(self):
        """Results show their pictures."""
        for inspection, rows in self._group_by_inspection().items():
            missing = rows.attachment_id - inspection.attachment_ids
            if missing:
                inspection.attachment_ids |= missing

    def _group_by_inspection(self):
        grouped = {}
        for row in self:
            if row.attachment_id:
                for inspection in row.inspection_ids:
                    grouped[inspection] = grouped.get(inspection, self.browse()) | row
        return grouped

    # -------------------------------------------------------------------------
    # Loading
    # -------------------------------------------------------------------------

    def _enqueue(self):
        """A job for each connection whose pictures are due."""
        now = fields.Datetime.now()
        due = self.filtered(
            lambda row: row.state == "waiting" and row.sudo().url and row.next_date <= now
        )
        for connection, rows in due.grouped("connection_id").items():
            if not connection.can_photos or not connection._get_wms_adapter_class():
                continue
            if must_run_without_delay(self.env):
                # A job that commits would run beside this transaction, and not see it.
                rows._load(commit=lambda: None)
            else:
                rows.with_delay(description=f"Load photos of {connection.name}")._job_load()

    def _job_load(self):
        """Queue job; loads only, so it may run any number of times."""
        self.exists()._load(commit=self.env.cr.commit)

    def _load(self, commit):
        """:param commit: called without arguments before each picture is loaded, so that no
        transaction is open meanwhile
        """
        for connection, rows in self.grouped("connection_id").items():
            try:
                adapter = connection.sudo()._get_wms_adapter()
            except UserError as error:
                rows._note_failure(error)
                continue
            for row in rows.filtered(lambda row: row.state == "waiting"):
                photo = Photo(ref=row.name, url=row.sudo().url)
                commit()
                try:
                    file = adapter.load_photo(photo)
                except ProviderError as error:
                    row._note_failure(error)
                else:
                    row._take_file(file)
                commit()

    def _take_file(self, file):
        """:param file: :class:`~odoo.addons.helloword_3pl.wms.base.AnswerFile`"""
        self.ensure_one()
        kind = read_picture(file.content)
        if not kind:
            self._note_failure(RejectedError(self.env._("What the warehouse gave is no picture.")))
            return
        self._keep(
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": f"{self.name}.{kind[0]}",
                    "raw": file.content,
                    "mimetype": kind[1],
                    "res_model": "helloword.return",
                    "res_id": self.return_id.id,
                }
            )
        )
        self._link()

    def _note_failure(self, error):
        for row in self:
            attempts = row.attempts + 1
            is_over = isinstance(error, RejectedError) or attempts >= ATTEMPTS
            row.write(
                {
                    "attempts": attempts,
                    "error": str(error),
                    "state": "failed" if is_over else "waiting",
                    "next_date": fields.Datetime.now() + FIRST_WAIT * 2**row.attempts,
                }
            )

    def action_retry(self):
        """Load again what could not be loaded."""
        self.check_access("read")
        rows = self.sudo().filtered(lambda row: row.state != "kept")
        rows.write({"state": "waiting", "attempts": 0, "next_date": fields.Datetime.now()})
        rows._find_uploaded()
        rows._link()
        rows._enqueue()
        return True

    @api.model
    def _cron_load(self):
        """Load what is due."""
        self.search(
            [
                ("state", "=", "waiting"),
                ("url", "!=", False),
                ("next_date", "<=", fields.Datetime.now()),
                ("connection_id.active", "=", True),
            ],
            order="next_date, id",
            limit=AT_ONCE,
        )._enqueue()


class HellowordWmsConnection(models.Model):
    _inherit = "helloword.wms.connection"

    def _keep_photo(self, content):
        """Keep a picture an operator uploaded, each once.

        :param bytes content: as received
        :return: its reference, or None when it is no picture
        """
        self.ensure_one()
        kind = read_picture(content)
        if not kind:
            return None
        photo_ref = f"{PREFIX}{hashlib.sha256(content).hexdigest()[:40]}"
        if not self._find_photos([photo_ref]):
            self.env["ir.attachment"].sudo().create(
                {
                    "name": f"{photo_ref}.{kind[0]}",
                    "raw": content,
                    "mimetype": kind[1],
                    "res_model": self._name,
                    "res_id": self.id,
                }
            )
        self._show_late_photo(photo_ref)
        return photo_ref

    def _show_late_photo(self, photo_ref):
        """The event that names a picture may come before it."""
        rows = (
            self.env["helloword.wms.photo"]
            .sudo()
            .search(
                [
                    ("connection_id", "=", self.id),
                    ("name", "=", photo_ref),
                    ("state", "!=", "kept"),
                ]
            )
        )
        rows.state = "waiting"
        rows._find_uploaded()
        rows._link()

    def _keep_contents(self, event):
        """Keep pictures that came within an event.

        :param event: :class:`~odoo.addons.helloword_3pl.wms.base.WarehouseEvent`
        :return: the event, which names them instead
        """
        self.ensure_one()
        groups = (event.photos, *(unit.photos for unit in (*event.units, *event.units_before)))
        if not any(photo.content for photos in groups for photo in photos):
            return event
        return replace(
            event,
            photos=self._name_contents(event.photos),
            units=self._name_contents_of(event.units),
            units_before=self._name_contents_of(event.units_before),
        )

    def _name_contents_of(self, units):
        return tuple(replace(unit, photos=self._name_contents(unit.photos)) for unit in units)

    def _name_contents(self, photos):
        return tuple(
            replace(photo, ref=self._keep_photo(photo.content) or photo.ref, content=b"")
            if photo.content
            else photo
            for photo in photos
        )

    def _find_photos(self, refs):
        """Pictures of this connection that were uploaded.

        :return: dict of reference → ``ir.attachment``
        """
        self.ensure_one()
        found = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "=", self.id),
                    (
                        "name",
                        "in",
                        [f"{ref}.{kind}" for ref in refs for kind, _mime in PICTURE_KINDS.values()],
                    ),
                ]
            )
        )
        return {photo.name.rpartition(".")[0]: photo for photo in found}


class HellowordReturn(models.Model):
    _inherit = "helloword.return"

    wms_photo_ids = fields.One2many("helloword.wms.photo", "return_id", string="Warehouse Photos")

    def _take_wms_photos(self, states, connections, shown):
        """Pictures that events name go to their return, and to the results they show.

        :param dict shown: return → dict of :class:`~.wms_targets.Result` → set of photos
        """
        photos = {
            ret: {photo: ret._find_shown_results(shown.get(ret, {}), photo) for photo in named}
            for ret, state in states.items()
            if (
                named := {
                    photo
                    for group in (state.photos, *(unit.photos for unit in state.units))
                    for photo in group
                    if photo.ref or photo.url
                }
            )
        }
        self.env["helloword.wms.photo"].sudo()._sync(photos, connections)

    def _find_shown_results(self, shown, photo):
        """:return: ``helloword.return.inspection`` a picture shows"""
        self.ensure_one()
        results = self.env["helloword.return.inspection"]
        for key, photos in shown.items():
            if photo not in photos:
                continue
            results |= self.inspection_ids.filtered(
                lambda row, key=key: (
                    row.is_wms
                    and row.state == "done"
                    and row.product_id == key.product
                    and row.lot_id == key.lot
                    and row.grade_id == key.grade
                    and row.return_line_id in (key.line or row.return_line_id)
                )
            )
        return results
