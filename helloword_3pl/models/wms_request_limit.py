from odoo.addons.helloword_returns.models.request_limit import LIMITS

# Messages with a bad signature to one warehouse connection before they are not even answered.
LIMITS["wms_forged"] = (200, 60 * 60)
