from odoo import api, fields, models
from odoo.exceptions import UserError

LINE_MODELS = {
    "rule": "helloword.return.rule",
    "policy": "helloword.return.policy",
    "clock": "helloword.channel.clock",
}


class HellowordPolicyPack(models.Model):
    """Rules, published policies and clocks that belong together, shipped as data.

    A company takes a pack over switched off, looks at it, tries it on its past returns, and
    switches it on. What it took over is its own: later editions of the pack leave it alone.
    """

    _name = "helloword.policy.pack"
    _description = "Policy Pack"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [("starter", "To begin with"), ("country", "Country"), ("marketplace", "Marketplace")],
        required=True,
        default="country",
    )
    summary = fields.Char(translate=True, help="What it is good for, in one sentence.")
    description = fields.Html(translate=True)
    sources = fields.Text(help="Where the facts come from, one address a line.")
    line_ids = fields.One2many("helloword.policy.pack.line", "pack_id", string="Content")
    use_ids = fields.One2many("helloword.policy.pack.use", "pack_id")
    status = fields.Selection(
        [("unused", "Not used"), ("off", "Taken over, off"), ("on", "Switched on")],
        compute="_compute_status",
        help="In the company you work in.",
    )
    channel_ids = fields.Many2many(
        "helloword.channel",
        compute="_compute_status",
        inverse="_inverse_channel_ids",
        string="For Channels",
        help="Marketplace packs need the channels of that marketplace.",
    )
    rule_count = fields.Integer(compute="_compute_line_counts")
    policy_count = fields.Integer(compute="_compute_line_counts")
    clock_count = fields.Integer(compute="_compute_line_counts")

    @api.depends("line_ids.kind")
    def _compute_line_counts(self):
        for pack in self:
            kinds = pack.line_ids.mapped("kind")
            pack.rule_count = kinds.count("rule")
            pack.policy_count = kinds.count("policy")
            pack.clock_count = kinds.count("clock")

    @api.depends("use_ids.is_on", "use_ids.is_taken", "use_ids.channel_ids")
    @api.depends_context("company")
    def _compute_status(self):
        for pack in self:
            use = pack._get_use()
            pack.channel_ids = use.channel_ids
            pack.status = ("on" if use.is_on else "off") if use.is_taken else "unused"

    def _inverse_channel_ids(self):
        for pack in self:
            pack._get_use(create=True).channel_ids = pack.channel_ids

    def _get_use(self, create=False):
        """:return: this company's use of the pack, empty when there is none"""
        self.ensure_one()
        company = self.env.company
        use = self.use_ids.filtered(lambda use: use.company_id == company)[:1]
        if not use and create:
            use = self.use_ids.create({"pack_id": self.id, "company_id": company.id})
        return use

    # -------------------------------------------------------------------------
    # Actions
    # -------------------------------------------------------------------------

    def action_take_over(self):
        """Make this company's own copies, switched off; what is there already is left alone.

        :return: action that shows the rules
        """
        for pack in self:
            pack._get_use(create=True)._take_over()
        return self.action_view_rules()

    def action_simulate(self):
        """Try the pack's rules on this company's past returns.

        :return: action
        """
        self.action_take_over()
        return self._get_rules().action_simulate()

    def action_switch_on(self):
        """Let the pack decide from now on.

        :raise UserError: a marketplace's pack has no channels
        :raise ValidationError: a rule breaks the law of a country it reaches
        """
        for pack in self:
            use = pack._get_use(create=True)
            if pack.kind == "marketplace" and not use.channel_ids:
                raise UserError(
                    self.env._("Choose the channels of %s that this pack is for.", pack.name)
                )
            use._take_over()
            use._switch(True)
        return True

    def action_switch_off(self):
        """The pack decides nothing any more; its rules stay, with what was changed on them."""
        for pack in self:
            pack._get_use()._switch(False)
        return True

    def action_view_rules(self):
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helloword_returns.helloword_return_rule_action"
        )
        action["domain"] = [("id", "in", self._get_rules().ids)]
        action["context"] = {"active_test": False}
        return action

    def _get_rules(self):
        """:return: this company's rules that came from these packs"""
        return (
            self.env["helloword.return.rule"]
            .with_context(active_test=False)
            .search(
                [
                    ("pack_line_id.pack_id", "in", self.ids),
                    ("company_id", "=", self.env.company.id),
                ]
            )
        )


class HellowordPolicyPackLine(models.Model):
    """One rule, policy or clock of a pack, as values.

    Countries are given by their codes (``countries``), groups of countries by their external ids
    (``country_groups``), reasons in conditions by their codes.
    """

    _name = "helloword.policy.pack.line"
    _description = "Content of a Policy Pack"
    _order = "pack_id, sequence, id"

    pack_id = fields.Many2one(
        "helloword.policy.pack", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [("rule", "Rule"), ("policy", "Published policy"), ("clock", "Clock")], required=True
    )
    name = fields.Char(required=True, translate=True)
    note = fields.Char(translate=True, help="Why it is there.")
    content = fields.Json(required=True)

    def _prepare_vals(self, company, channels, lookup):
        """:param lookup: what countries and groups are called, see ``_prepare_lookup``
        :return: values of the record this line becomes in a company
        """
        self.ensure_one()
        vals = dict(self.content)
        countries = [lookup[code] for code in vals.pop("countries", ()) if code in lookup]
        groups = [
            self.env.ref(xmlid).id
            for xmlid in vals.pop("country_groups", ())
            if self.env.ref(xmlid, raise_if_not_found=False)
        ]
        vals |= {
            "name": self.name,
            "pack_line_id": self.id,
            "channel_ids": [fields.Command.set(channels.ids)],
            "country_ids": [fields.Command.set(countries)],
        }
        if self.kind != "clock":
            vals |= {
                "company_id": company.id,
                "country_group_ids": [fields.Command.set(groups)],
                "sequence": self.sequence,
            }
        if self.kind == "rule":
            vals["enabled"] = False
        else:
            vals["active"] = False
        if "amount_currency" in vals:
            vals["amount_currency_id"] = lookup[vals.pop("amount_currency")]
        return vals

    def _copy_name_to(self, record):
        """Give a record the line's name in every language."""
        self.ensure_one()
        if not record._fields["name"].translate:
            return
        names = {
            code: self.with_context(lang=code).name
            for code, _label in self.env["res.lang"].get_installed()
        }
        record.update_field_translations("name", names)


class HellowordPolicyPackUse(models.Model):
    """What one company has taken over of a pack."""

    _name = "helloword.policy.pack.use"
    _description = "Use of a Policy Pack"
    _rec_name = "pack_id"

    pack_id = fields.Many2one(
        "helloword.policy.pack", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade")
    channel_ids = fields.Many2many("helloword.channel", string="Channels")
    is_taken = fields.Boolean()
    is_on = fields.Boolean()

    _use_uniq = models.UniqueIndex("(pack_id, company_id)", "This pack is in use already.")

    def _take_over(self):
        """Make what is missing; what was taken over before keeps the company's changes."""
        self.ensure_one()
        lookup = self._prepare_lookup()
        for kind, lines in self.pack_id.line_ids.grouped("kind").items():
            known = self._get_records(kind).pack_line_id
            missing = lines - known
            if kind == "clock" and not self.channel_ids:
                continue
            records = self.env[LINE_MODELS[kind]].create(
                [line._prepare_vals(self.company_id, self.channel_ids, lookup) for line in missing]
            )
            for line, record in zip(missing, records, strict=True):
                line._copy_name_to(record)
        for kind in ("rule", "policy"):
            if self.channel_ids:
                self._get_records(kind).filtered(lambda record: not record.channel_ids).write(
                    {"channel_ids": [fields.Command.set(self.channel_ids.ids)]}
                )
        self.is_taken = True

    def _switch(self, is_on):
        for use in self:
            use._get_records("rule").enabled = is_on
            for kind in ("policy", "clock"):
                use._get_records(kind).active = is_on
            use.is_on = is_on

    def _get_records(self, kind):
        """:return: this company's records of the kind that came from the pack"""
        self.ensure_one()
        domain = [("pack_line_id", "in", self.pack_id.line_ids.ids)]
        domain += (
            [("channel_ids.company_id", "=", self.company_id.id)]
            if kind == "clock"
            else [("company_id", "=", self.company_id.id)]
        )
        return self.env[LINE_MODELS[kind]].with_context(active_test=False).search(domain)

    def _prepare_lookup(self):
        """:return: dict of country code and currency name → id, of those the pack names"""
        contents = self.pack_id.line_ids.mapped("content")
        codes = {code for content in contents for code in content.get("countries", ())}
        names = {content.get("amount_currency") for content in contents} - {None}
        countries = self.env["res.country"].search([("code", "in", list(codes))])
        currencies = self.env["res.currency"].with_context(active_test=False)
        return {country.code: country.id for country in countries} | {
            currency.name: currency.id
            for currency in currencies.search([("name", "in", list(names))])
        }


class HellowordReturnRule(models.Model):
    _inherit = "helloword.return.rule"

    pack_line_id = fields.Many2one(
        "helloword.policy.pack.line", readonly=True, copy=False, index="btree_not_null"
    )
    pack_id = fields.Many2one(related="pack_line_id.pack_id", string="From Pack")


class HellowordReturnPolicy(models.Model):
    _inherit = "helloword.return.policy"

    pack_line_id = fields.Many2one(
        "helloword.policy.pack.line", readonly=True, copy=False, index="btree_not_null"
    )


class HellowordChannelClock(models.Model):
    _inherit = "helloword.channel.clock"

    pack_line_id = fields.Many2one(
        "helloword.policy.pack.line", readonly=True, copy=False, index="btree_not_null"
    )
