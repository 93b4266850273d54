from odoo import api, fields, models
from odoo.exceptions import UserError

from ..wms.base import CAPABILITIES


class HellowordWmsConnection(models.Model):
    """What stands at the other side of a connection, and what it can do.

    A provider adds its code to ``provider`` and overrides :meth:`_get_wms_adapter_class` and
    :meth:`_get_wms_adapter` for it, in a file of its own.
    """

    _inherit = "helloword.wms.connection"

    can_announce = fields.Boolean(string="Is Told What Comes", compute="_compute_capabilities")
    can_update = fields.Boolean(string="Takes Changes", compute="_compute_capabilities")
    can_cancel = fields.Boolean(string="Takes Back", compute="_compute_capabilities")
    can_instruct = fields.Boolean(string="Takes Instructions", compute="_compute_capabilities")
    can_poll = fields.Boolean(string="Is Asked", compute="_compute_capabilities")
    can_webhook = fields.Boolean(string="Sends Messages", compute="_compute_capabilities")
    can_look_up = fields.Boolean(
        string="Can Be Asked What It Was Told", compute="_compute_capabilities"
    )
    can_photos = fields.Boolean(string="Photos", compute="_compute_capabilities")
    can_fees = fields.Boolean(string="Fees", compute="_compute_capabilities")
    can_unknown_parcels = fields.Boolean(string="Unknown Parcels", compute="_compute_capabilities")
    can_claim = fields.Boolean(
        string="Takes Our Word on Unknown Parcels", compute="_compute_capabilities"
    )
    polled_date = fields.Datetime(
        string="Last Asked", readonly=True, copy=False, help="Successfully (UTC)."
    )
    poll_error = fields.Text(readonly=True, copy=False)
    cursor = fields.Char(
        string="Asked Up To", readonly=True, copy=False, help="In the operator's own terms."
    )
    health = fields.Selection(
        [("new", "Not used yet"), ("good", "Works"), ("bad", "Failed last")],
        compute="_compute_health",
    )

    @api.depends("provider")
    def _compute_capabilities(self):
        for connection in self:
            adapter_class = connection._get_wms_adapter_class()
            capabilities = (
                adapter_class.capabilities
                if adapter_class
                else connection._get_called_capabilities()
            )
            for name in CAPABILITIES:
                connection[f"can_{name}"] = name in capabilities

    def _get_called_capabilities(self):
        """What an operator can do that calls us."""
        return frozenset(CAPABILITIES) - {"poll", "webhook", "look_up"}

    @api.depends("tested_date", "test_error", "polled_date", "poll_error")
    def _compute_health(self):
        for connection in self:
            if connection.test_error or connection.poll_error:
                connection.health = "bad"
            elif connection.tested_date or connection.polled_date:
                connection.health = "good"
            else:
                connection.health = "new"

    def _get_wms_adapter_class(self):
        """:return: :class:`~odoo.addons.helloword_3pl.wms.base.WarehouseAdapter` of the provider,
        or None when the operator calls us. Hook.
        """
        self.ensure_one()
        return

    def _get_wms_adapter(self):
        """The adapter of this connection, ready to be called without the ORM. Hook.

        :return: :class:`~odoo.addons.helloword_3pl.wms.base.WarehouseAdapter`
        :raise UserError: something is missing, with what to do about it
        """
        self.ensure_one()
        raise UserError(
            self.env._(
                "“%s” calls us: there is nothing to ask. Give its operator a key.", self.name
            )
        )

    def _get_provider_adapter(self):
        return self._get_wms_adapter()
