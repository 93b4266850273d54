from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError, ValidationError
from psycopg2.errors import UniqueViolation

from ..carriers.scan import clean_scan

STATES = [
    ("open", "Waits for its return"),
    ("claimed", "Matched"),
    ("foreign", "Nobody's"),
    ("gone", "Destroyed"),
]
# What says again the same of the same parcel fills what is empty, and what people did not correct.
REPEATED = (
    "warehouse_id",
    "tracking_number",
    "carrier",
    "license_plate",
    "order_ref",
    "number",
    "sender_name",
    "sender_email",
    "sender_phone",
    "sender_zip",
    "sender_city",
    "sender_country_id",
    "weight",
    "note",
    "destroy_date",
)


class HellowordUnknownParcel(models.Model):
    """A parcel somebody holds and cannot place: what stands on it and what is in it, which returns
    it may belong to, and until when.

    Whoever finds one hands it to :meth:`_take_in`; how returns are found is in
    ``unknown_parcel_match``, what people do about it in ``unknown_parcel_claim``.
    """

    _name = "helloword.unknown.parcel"
    _description = "Unknown Parcel"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "destroy_date, id desc"
    _check_company_auto = True

    name = fields.Char(
        string="Number", required=True, readonly=True, copy=False, default="/", index="trigram"
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse", index="btree_not_null", check_company=True, tracking=True
    )
    source = fields.Selection(
        [
            ("manual", "By hand"),
            ("dock", "Dock"),
            ("api", "Our interface"),
            ("file", "File"),
            ("warehouse", "Warehouse's operator"),
        ],
        required=True,
        default="manual",
        readonly=True,
    )
    source_key = fields.Char(
        readonly=True, copy=False, help="Whose reference it is, where several sources have some."
    )
    ref = fields.Char(string="Their Reference", copy=False, help="Of whoever holds the parcel.")
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        index="btree_not_null",
        tracking=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )

    # What stands on it.
    number = fields.Char(string="Return Number", help="As written on the parcel.", tracking=True)
    tracking_number = fields.Char(index="btree_not_null", tracking=True)
    carrier = fields.Char()
    license_plate = fields.Char(help="A code on the parcel that is not the carrier's.")
    order_ref = fields.Char(string="Order Number", tracking=True)
    sender_name = fields.Char(string="Sender")
    sender_email = fields.Char(string="E-mail")
    sender_phone = fields.Char(string="Phone")
    sender_zip = fields.Char(string="ZIP")
    sender_city = fields.Char(string="City")
    sender_country_id = fields.Many2one("res.country", string="Country")
    weight = fields.Float(digits="Stock Weight", help="Kilograms, packed.")
    note = fields.Text()
    line_ids = fields.One2many("helloword.unknown.parcel.line", "parcel_id", string="Contents")
    attachment_ids = fields.Many2many("ir.attachment", string="Photos", copy=False)
    arrival_date = fields.Datetime(
        string="Arrived", required=True, default=fields.Datetime.now, help="UTC."
    )
    destroy_date = fields.Datetime(
        string="Destroyed On",
        tracking=True,
        index="btree_not_null",
        help="When whoever holds it will destroy it (UTC). Empty: not known.",
    )
    is_urgent = fields.Boolean(compute="_compute_is_urgent", search="_search_is_urgent")
    is_overdue = fields.Boolean(
        string="Past Its Date", compute="_compute_is_urgent", search="_search_is_overdue"
    )

    # What became of it.
    state = fields.Selection(
        STATES,
        string="Status",
        required=True,
        default="open",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    match_ids = fields.One2many(
        "helloword.unknown.parcel.match", "parcel_id", string="May Belong To", copy=False
    )
    best_match_id = fields.Many2one("helloword.unknown.parcel.match", compute="_compute_best_match")
    return_ids = fields.Many2many(
        "helloword.return",
        "helloword_unknown_parcel_return_rel",
        "parcel_id",
        "return_id",
        readonly=True,
        copy=False,
        check_company=True,
    )
    matched_date = fields.Datetime(readonly=True, copy=False, help="UTC.")
    matched_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, help="Empty: by itself."
    )

    _ref_uniq = models.UniqueIndex(
        "(company_id, source_key, ref) WHERE ref IS NOT NULL AND source_key IS NOT NULL",
        "This parcel is known already.",
    )
    _weight_positive = models.Constraint(
        "CHECK(COALESCE(weight, 0) >= 0)", "The weight of a parcel cannot be negative."
    )

    # -------------------------------------------------------------------------
    # Compute
    # -------------------------------------------------------------------------

    @api.depends("name", "tracking_number", "sender_name")
    def _compute_display_name(self):
        for parcel in self:
            about = parcel.tracking_number or parcel.sender_name
            parcel.display_name = f"{parcel.name} · {about}" if about else parcel.name

    @api.depends("match_ids.points")
    def _compute_best_match(self):
        for parcel in self:
            parcel.best_match_id = parcel.match_ids.sorted("points", reverse=True)[:1]

    @api.depends("destroy_date", "state", "company_id.unknown_parcel_days")
    def _compute_is_urgent(self):
        now = fields.Datetime.now()
        for parcel in self:
            waits = parcel.state == "open" and parcel.destroy_date
            days = parcel.company_id.unknown_parcel_days
            parcel.is_urgent = bool(
                waits and parcel.destroy_date <= fields.Datetime.add(now, days=days)
            )
            parcel.is_overdue = bool(waits and parcel.destroy_date <= now)

    def _search_is_urgent(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        domain = ["|"] * (len(self.env.companies) - 1)
        for company in self.env.companies:
            until = fields.Datetime.add(now, days=company.unknown_parcel_days)
            domain += ["&", ("company_id", "=", company.id), ("destroy_date", "<=", until)]
        return [("state", "=", "open"), *domain]

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("state", "=", "open"), ("destroy_date", "<=", fields.Datetime.now())]

    # -------------------------------------------------------------------------
    # CRUD
    # -------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        sequence = self.env.ref("helloword_returns.sequence_unknown_parcel").sudo()
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                vals["name"] = sequence.next_by_id()
        parcels = super().create(vals_list)
        parcels._attach_photos()
        if not self.env.context.get("is_registering"):
            parcels._match()
        return parcels

    def write(self, vals):
        result = super().write(vals)
        if "attachment_ids" in vals:
            self._attach_photos()
        return result

    def _attach_photos(self):
        """Whoever may read the parcel may see its photos; nobody gives away others' files."""
        for parcel in self:
            parcel.sudo().attachment_ids.filtered(
                lambda photo: (
                    photo.res_model in (False, self._name)
                    and not photo.res_id
                    and photo.create_uid == self.env.user
                )
            ).write({"res_model": self._name, "res_id": parcel.id})

    @api.ondelete(at_uninstall=False)
    def _unlink_except_matched(self):
        for parcel in self:
            if parcel.state == "claimed":
                raise UserError(
                    self.env._("%s belongs to a return. Archive it instead.", parcel.display_name)
                )

    # -------------------------------------------------------------------------
    # Taking in
    # -------------------------------------------------------------------------

    @api.model
    def _take_in(self, vals_list):
        """Know parcels nobody could place, each once, and look for their returns. Batch.

        What is told again of a parcel that is open brings it up to date; a parcel that was matched
        or given up is left alone.

        :param list vals_list: dicts of values; ``source`` and ``ref`` tell parcels apart
            (``source_key`` where several parties share a source), ``lines`` is a list of dicts
            with ``product_id`` or ``sku``, ``quantity`` and ``serial``; ``weight`` in kilograms,
            ``destroy_date`` in UTC
        :return: ``helloword.unknown.parcel`` in the order of ``vals_list``
        """
        vals_list = [self._prepare_registered(vals) for vals in vals_list]
        known = {parcel._get_register_key(): parcel for parcel in self._find_registered(vals_list)}
        fresh, keys = {}, []
        for number, vals in enumerate(vals_list):
            key = (
                (vals["company_id"], vals["source_key"], vals.get("ref"))
                if vals.get("ref")
                else (vals["company_id"], number)
            )
            keys.append(key)
            if key in known:
                known[key]._update_registered(vals)
            elif key in fresh:
                fresh[key] |= {name: value for name, value in vals.items() if value}
            else:
                fresh[key] = vals
        try:
            with self.env.cr.savepoint():
                created = self.with_context(is_registering=True).create(list(fresh.values()))
        except UniqueViolation as error:
            # The same parcel is told by another way at this very moment.
            raise ConcurrencyError("A parcel came twice at once.") from error
        known |= dict(zip(fresh, created.with_env(self.env), strict=True))
        parcels = self.browse([known[key].id for key in keys])
        parcels._match()
        return parcels

    @api.model
    def _prepare_registered(self, vals):
        """:return: dict of values for :meth:`create`, with cleaned codes"""
        vals = dict(vals)
        for name in ("tracking_number", "license_plate", "number", "order_ref", "ref"):
            if vals.get(name):
                vals[name] = clean_scan(str(vals[name]))
        vals.setdefault("company_id", self.env.company.id)
        vals.setdefault("source", "manual")
        vals["source_key"] = vals.get("source_key") or vals["source"]
        vals["weight"] = max(float(vals.get("weight") or 0.0), 0.0)
        vals["line_ids"] = [
            fields.Command.create(
                {
                    "product_id": line.get("product_id") or False,
                    "sku": line.get("sku") or False,
                    "quantity": float(line.get("quantity") or 1.0),
                    "serial": line.get("serial") or False,
                }
            )
            for line in vals.pop("lines", None) or ()
        ]
        return vals

    @api.model
    def _find_registered(self, vals_list):
        refs = [vals["ref"] for vals in vals_list if vals.get("ref")]
        if not refs:
            return self.browse()
        return self.with_context(active_test=False).search(
            [
                ("company_id", "in", list({vals["company_id"] for vals in vals_list})),
                ("source_key", "in", list({vals["source_key"] for vals in vals_list})),
                ("ref", "in", refs),
            ]
        )

    def _get_register_key(self):
        self.ensure_one()
        return (self.company_id.id, self.source_key, self.ref)

    def _update_registered(self, vals):
        """:param dict vals: as :meth:`_prepare_registered` gives them"""
        self.ensure_one()
        if self.state != "open":
            return
        news = {
            name: vals[name]
            for name in REPEATED
            if vals.get(name)
            and self._fields[name].convert_to_write(self[name], self) != vals[name]
        }
        if vals["line_ids"] and not self.line_ids:
            news["line_ids"] = vals["line_ids"]
        if vals.get("attachment_ids"):
            news["attachment_ids"] = vals["attachment_ids"]
        if news:
            self.write(news)

    @api.model
    def _load_demo(self):
        """Parcels of the demonstration; called by the demo file."""
        from ..demo.unknown_parcels import DemoUnknownParcels

        if not self.search([], limit=1):
            DemoUnknownParcels(self.env).load()


class HellowordUnknownParcelLine(models.Model):
    """What was found in a parcel nobody could place, and to which return it goes."""

    _name = "helloword.unknown.parcel.line"
    _description = "Contents of an Unknown Parcel"
    _check_company_auto = True

    parcel_id = fields.Many2one(
        "helloword.unknown.parcel", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="parcel_id.company_id", store=True, index=True)
    state = fields.Selection(related="parcel_id.state")
    product_id = fields.Many2one(
        "product.product",
        index="btree_not_null",
        check_company=True,
        domain="[('type', '=', 'consu')]",
    )
    sku = fields.Char(string="Described As", help="The code or the words of whoever opened it.")
    quantity = fields.Float(digits="Product Unit", required=True, default=1.0)
    uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    serial = fields.Char(string="Lot/Serial Number")
    return_id = fields.Many2one(
        "helloword.return",
        index="btree_not_null",
        check_company=True,
        help="Where the contents go to several returns: to which these go.",
    )

    @api.depends("product_id", "sku", "quantity")
    def _compute_display_name(self):
        for line in self:
            goods = line.product_id.display_name or line.sku or "?"
            line.display_name = f"{line.quantity:g} × {goods}"

    @api.constrains("quantity")
    def _check_quantity(self):
        for line in self:
            if line.quantity <= 0:
                raise ValidationError(
                    self.env._("Enter how many units of “%s” were found, above zero.", line.sku)
                    if line.sku
                    else self.env._("Enter how many units were found, above zero.")
                )

    @api.constrains("parcel_id", "product_id", "sku")
    def _check_named(self):
        for line in self:
            if not line.product_id and not line.sku:
                raise ValidationError(
                    self.env._("Say what was found: choose the product, or describe it.")
                )
