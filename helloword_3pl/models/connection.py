from odoo import api, fields, models
from odoo.exceptions import ValidationError


class HellowordWmsConnection(models.Model):
    """One account at one warehouse operator, or one key to our own interface: which of our
    warehouses it runs, what it is told and when, and whose word on stock counts.

    What stands at the other side is in ``connection_provider``.
    """

    _name = "helloword.wms.connection"
    _description = "Warehouse Connection"
    _inherit = ["mail.thread", "mail.activity.mixin", "helloword.provider.account"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    provider = fields.Selection(
        [("open", "Our own interface")],
        required=True,
        default="open",
        tracking=True,
        help="Who runs the warehouse. “Our own interface”: the operator calls us.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Operator",
        check_company=True,
        help="Who runs the warehouse and sends the bills.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        help="Gets the activities when something does not add up.",
    )
    note = fields.Text(help="For colleagues, e.g. whom to call at the dock.")
    site_ids = fields.One2many("helloword.wms.site", "connection_id", string="Warehouses")
    warehouse_ids = fields.Many2many("stock.warehouse", compute="_compute_warehouse_ids")
    sku_ids = fields.One2many("helloword.wms.sku", "connection_id", string="Product Codes")
    condition_ids = fields.One2many(
        "helloword.wms.condition", "connection_id", string="Grades by Condition"
    )

    announce_when = fields.Selection(
        [
            ("approved", "The return is approved"),
            ("label", "The customer has a label"),
            ("first_scan", "A carrier has the parcel"),
        ],
        required=True,
        default="approved",
        help="When the warehouse is told what comes. Where nobody of us makes labels, “The return "
        "is approved” is the only moment there is.",
    )
    stock_truth = fields.Selection(
        [("theirs", "The warehouse's"), ("ours", "Ours")],
        string="Whose Word Counts",
        required=True,
        default="theirs",
        tracking=True,
        help="“The warehouse's”: what it says was received and put away is booked by itself. "
        "“Ours”: what it says is proposed, and a person books it.",
    )
    answer_hours = fields.Float(
        string="Answer Within (hours)",
        default=72.0,
        help="Goods that wait for our word show up this long before the warehouse decides itself; "
        "the warehouse's own clock goes first.",
    )

    account_ref = fields.Char(string="Customer Number", groups="base.group_system")

    @api.depends("site_ids.warehouse_id")
    def _compute_warehouse_ids(self):
        for connection in self:
            connection.warehouse_ids = connection.site_ids.warehouse_id

    @api.model
    def _get_webhook_path(self):
        return "/helloword/wms/webhook"

    @api.constrains("answer_hours")
    def _check_answer_hours(self):
        for connection in self:
            if connection.answer_hours < 0:
                raise ValidationError(self.env._("The hours to answer in cannot be negative."))

    # -------------------------------------------------------------------------
    # Finding
    # -------------------------------------------------------------------------

    @api.model
    def _get_by_warehouse(self, warehouses):
        """Which connection runs which warehouse; one query.

        :return: dict of ``stock.warehouse`` → ``helloword.wms.connection``, running ones only
        """
        sites = (
            self.env["helloword.wms.site"]
            .sudo()
            .search([("warehouse_id", "in", warehouses.ids), ("connection_id.active", "=", True)])
        )
        return {site.warehouse_id: site.connection_id for site in sites}
