import hashlib
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, consteq

SCOPES = {
    "returns": "may_read_returns",
    "events": "may_send_events",
    "photos": "may_send_photos",
    "instructions": "may_take_instructions",
}
# A key that was replaced works on so long, so that its user can change over.
OVERLAP = timedelta(days=7)
# How exact the last use is kept: not every request writes.
USE_EVERY = timedelta(hours=1)


class HellowordWmsKey(models.Model):
    """A key of one connection to our interface. It reaches nothing else: it belongs to no user.

    Only a digest is kept. The secret part has 256 random bits, so that one pass of SHA-256 is
    enough.
    """

    _name = "helloword.wms.key"
    _description = "Key of a Warehouse Connection"
    _order = "id desc"

    connection_id = fields.Many2one(
        "helloword.wms.connection", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    name = fields.Char(required=True, help="Whose it is, e.g. “Warehouse system, production”.")
    active = fields.Boolean(default=True)
    prefix = fields.Char(
        string="Begins With", readonly=True, copy=False, help="To tell keys apart."
    )
    digest = fields.Char(readonly=True, copy=False, groups="base.group_system")
    may_read_returns = fields.Boolean(string="Fetch Expected Returns", default=True)
    may_send_events = fields.Boolean(string="Tell Events", default=True)
    may_send_photos = fields.Boolean(string="Upload Photos", default=True)
    may_take_instructions = fields.Boolean(string="Take Instructions", default=True)
    expiry_date = fields.Datetime(string="Ends", help="UTC. Empty: never.")
    used_date = fields.Datetime(string="Last Used", readonly=True, copy=False)

    _prefix_uniq = models.UniqueIndex("(prefix) WHERE prefix IS NOT NULL")

    @api.constrains(*SCOPES.values())
    def _check_scopes(self):
        for key in self:
            if not any(key[name] for name in SCOPES.values()):
                raise ValidationError(self.env._("A key that may do nothing is of no use."))

    def _draw(self):
        """Give a key its secret.

        :return: the whole key; it cannot be shown again
        """
        self.ensure_one()
        prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        self.sudo().write({"prefix": f"hww_{prefix}", "digest": _hash(secret)})
        return f"hww_{prefix}_{secret}"

    @api.model
    def _check(self, text):
        """:param str text: a whole key as somebody sent it
        :return: the key, with full rights; empty when it is none, has ended or was revoked
        """
        parts = text.split("_", 2)
        prefix, secret = ("_".join(parts[:2]), parts[2]) if len(parts) == 3 else ("", "")
        key = self.sudo().search([("prefix", "=", prefix)], limit=1) if prefix else self.sudo()
        # Compared also where there is no such key: the time it takes tells nothing.
        if not consteq(key.digest or _hash(""), _hash(secret)) or not key:
            return self.sudo()
        if key.expiry_date and key.expiry_date <= fields.Datetime.now():
            return self.sudo()
        return key if key.connection_id.active else self.sudo()

    def _note_use(self):
        """Keep the time of the last use; others that write it at the same moment win."""
        now = fields.Datetime.now()
        if self.used_date and now - self.used_date < USE_EVERY:
            return
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    "UPDATE helloword_wms_key SET used_date = %s WHERE id = ("
                    "SELECT id FROM helloword_wms_key WHERE id = %s FOR UPDATE SKIP LOCKED)",
                    now,
                    self.id,
                )
            )

    def action_rotate(self):
        """Make a new key with the same rights; the old one ends in a week.

        :return: an action that shows the new key once
        """
        self.ensure_one()
        self.connection_id.check_access("write")
        ends = fields.Datetime.now() + OVERLAP
        if not self.expiry_date or self.expiry_date > ends:
            self.expiry_date = ends
        new = self.copy({"expiry_date": False})
        return new.action_show_new()

    def action_show_new(self):
        """Draw the secret and show it, once."""
        self.ensure_one()
        self.check_access("write")
        wizard = (
            self.env["helloword.wms.key.shown"]
            .sudo()
            .create({"key_id": self.id, "text": self._draw()})
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("The Key"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_revoke(self):
        self.active = False
        return True


class HellowordWmsConnection(models.Model):
    _inherit = "helloword.wms.connection"

    key_ids = fields.One2many("helloword.wms.key", "connection_id", string="Keys")

    def action_new_key(self):
        """Make a key and show it, once."""
        self.ensure_one()
        self.check_access("write")
        return (
            self.env["helloword.wms.key"]
            .create({"connection_id": self.id, "name": self.partner_id.name or self.name})
            .action_show_new()
        )


def _hash(secret):
    return hashlib.sha256(secret.encode()).hexdigest()
