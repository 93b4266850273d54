from odoo.addons.helloword_returns.models.request_limit import LIMITS

# Messages with a bad signature to one warehouse connection before they are not even answered.
LIMITS["wms_forged"] = (200, 60 * 60)
# Requests of one connection to our interface.
LIMITS["wms_api"] = (1200, 60)
