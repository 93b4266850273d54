from odoo import models
from werkzeug.routing import PathConverter


class AnyPathConverter(PathConverter):
    """The rest of an address, whatever it is: the ordinary one stops at a line break, and what it
    does not match gets a page instead of a problem document."""

    regex = "(?s:.+)"
    part_isolating = False


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _get_converters(cls):
        return super()._get_converters() | {"wms_path": AnyPathConverter}
