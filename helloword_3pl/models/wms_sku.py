from odoo import api, fields, models


class HellowordWmsSku(models.Model):
    """What an operator calls a product, where it is not our internal reference."""

    _name = "helloword.wms.sku"
    _description = "Product Code at a Warehouse"
    _order = "sku, id"
    _rec_name = "sku"
    _check_company_auto = True

    connection_id = fields.Many2one(
        "helloword.wms.connection", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    product_id = fields.Many2one(
        "product.product", required=True, index=True, ondelete="cascade", check_company=True
    )
    sku = fields.Char(string="Operator's Code", required=True, index=True)

    _sku_uniq = models.Constraint(
        "UNIQUE(connection_id, sku)", "The operator's code of a product must be unique."
    )


class HellowordWmsConnection(models.Model):
    _inherit = "helloword.wms.connection"

    @api.model
    def _find_products(self, wanted):
        """Products by the codes operators use: their own names for them, our internal
        references, barcodes. Three queries at most, whatever the number.

        :param wanted: iterable of tuples (connection, code)
        :return: dict of (connection, code) → ``product.product``; what is not found is left out
        """
        wanted = {(connection, code) for connection, code in wanted if code}
        codes = list({code for _connection, code in wanted})
        connections = self.browse({connection.id for connection, _code in wanted})
        found = {
            (row.connection_id, row.sku): row.product_id
            for row in self.env["helloword.wms.sku"]
            .sudo()
            .search([("connection_id", "in", connections.ids), ("sku", "in", codes)])
        }
        for name in ("default_code", "barcode"):
            missing = wanted - found.keys()
            if not missing:
                break
            by_code = {}
            for product in (
                self.env["product.product"]
                .sudo()
                .search(
                    [
                        (name, "in", list({code for _connection, code in missing})),
                        ("company_id", "in", [False, *connections.company_id.ids]),
                    ],
                    order="id desc",
                )
            ):
                by_code.setdefault(product[name], []).append(product)
            for connection, code in missing:
                for product in by_code.get(code, ()):
                    if product.company_id in (self.env["res.company"], connection.company_id):
                        found[connection, code] = product.with_env(self.env)
                        break
        return found

    def _get_sku(self, products):
        """What this operator calls products.

        :return: dict of product → code; the internal reference, else the barcode, where no other
            name is entered
        """
        self.ensure_one()
        names = {row.product_id: row.sku for row in self.sudo().sku_ids}
        return {
            product: names.get(product) or product.default_code or product.barcode or ""
            for product in products
        }
