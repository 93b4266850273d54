from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..wms.goodcang import BASE_URL, GoodcangAdapter


class HellowordWmsConnection(models.Model):
    """Warehouses of GoodCang; see :mod:`~odoo.addons.helloword_3pl.wms.goodcang`.

    ``api_key`` is the app key, ``api_secret`` the app token, codes of warehouses are GoodCang's,
    e.g. "USEA". GoodCang tells the address of its test system to customers only.
    """

    _inherit = "helloword.wms.connection"

    provider = fields.Selection(
        selection_add=[("goodcang", "GoodCang 谷仓")], ondelete={"goodcang": "cascade"}
    )
    goodcang_photos = fields.Integer(
        string="Pictures of Each Product",
        help="How many GoodCang takes of each returned product; it charges for them.",
    )

    @api.constrains("goodcang_photos")
    def _check_goodcang_photos(self):
        for connection in self:
            if connection.goodcang_photos < 0:
                raise ValidationError(self.env._("The number of pictures cannot be negative."))

    def _get_answerable(self):
        if self.provider == "goodcang":
            return set(self._get_treatment_codes())
        return super()._get_answerable()

    def _get_wms_adapter_class(self):
        if self.provider == "goodcang":
            return GoodcangAdapter
        return super()._get_wms_adapter_class()

    def _get_wms_adapter(self):
        if self.provider != "goodcang":
            return super()._get_wms_adapter()
        connection = self.sudo()
        is_test = connection.environment == "test"
        connection._check_credentials("api_key", "api_secret", *(["base_url"] if is_test else []))
        return GoodcangAdapter(
            connection.api_key,
            connection.api_secret,
            process_types=connection._get_treatment_codes(),
            photos=connection.goodcang_photos,
            base_url=connection.base_url or BASE_URL,
        )
