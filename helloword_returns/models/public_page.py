import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

DEFAULT_COLOUR = "#3d3a5c"
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
# WCAG 2.2 AA, 1.4.3: contrast of text and its background.
READABLE = 4.5


def get_luminance(colour):
    """Relative luminance as WCAG 2 defines it.

    :param str colour: ``#rrggbb``
    """
    channels = [int(colour[position : position + 2], 16) / 255 for position in (1, 3, 5)]
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def get_contrast(one, other):
    """:return: contrast of two colours, 1 to 21"""
    darker, lighter = sorted((get_luminance(one), get_luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def darken_until_readable(colour, background="#ffffff"):
    """:return: the colour, or as dark a shade of it as can be read on the background"""
    share = 1.0
    shade = colour
    while get_contrast(shade, background) < READABLE and share > 0:
        share -= 0.05
        shade = "#" + "".join(
            f"{int(int(colour[position : position + 2], 16) * max(share, 0)):02x}"
            for position in (1, 3, 5)
        )
    return shade


class ResCompany(models.Model):
    """How a company shows itself to its customers on public pages."""

    _inherit = "res.company"

    return_page_slug = fields.Char(
        string="Name in the Address",
        copy=False,
        compute="_compute_return_page_slug",
        store=True,
        readonly=False,
        help="Stands in the address of the company's pages for customers. Small letters, digits "
        "and dashes.",
    )
    return_page_title = fields.Char(
        string="Shop Name",
        translate=True,
        help="What customers know you as. Empty: the company's name.",
    )
    return_page_intro = fields.Text(
        string="Welcome Text",
        translate=True,
        help="Stands above the search for an order, for example how long goods can be returned.",
    )
    return_page_policy_url = fields.Char(string="Link to the Return Policy")
    return_page_colour = fields.Char(
        string="Colour", help="Of headings and buttons. Empty: the company's document colour."
    )

    _return_page_slug_uniq = models.UniqueIndex(
        "(return_page_slug) WHERE return_page_slug IS NOT NULL",
        "Another company uses this name in the address. Choose another one.",
    )

    @api.depends("name")
    def _compute_return_page_slug(self):
        """A first proposal; what people changed, and what customers have bookmarked, stays."""
        waiting = self.filtered(lambda company: not company.return_page_slug and company.name)
        if not waiting:
            return
        taken = set(
            self.sudo()
            .search([("return_page_slug", "!=", False), ("id", "not in", waiting.ids)])
            .mapped("return_page_slug")
        )
        for company in waiting:
            words = self.env["ir.http"]._slugify(company.name).lower()
            base = re.sub(r"[^a-z0-9]+", "-", words).strip("-") or "shop"
            slug, number = base, 2
            while slug in taken:
                slug, number = f"{base}-{number}", number + 1
            taken.add(slug)
            company.return_page_slug = slug

    @api.constrains("return_page_slug", "return_page_colour", "return_page_policy_url")
    def _check_return_page(self):
        for company in self:
            if company.return_page_slug and not _SLUG.fullmatch(company.return_page_slug):
                raise ValidationError(
                    self.env._(
                        "“%s” cannot stand in an address. Use small letters, digits and dashes.",
                        company.return_page_slug,
                    )
                )
            colour = company.return_page_colour
            if colour and not _COLOUR.fullmatch(colour):
                raise ValidationError(self.env._("“%s” is no colour. Write it as #3d3a5c.", colour))
            url = company.return_page_policy_url
            if url and not url.startswith(("https://", "http://")):
                raise ValidationError(
                    self.env._("The link to the return policy must begin with https://.")
                )

    @api.model
    def _get_by_page_slug(self, slug):
        """:return: the company whose pages stand at this address, perhaps empty"""
        return self.sudo().search([("return_page_slug", "=", (slug or "").lower())], limit=1)

    def _get_page_name(self):
        self.ensure_one()
        return self.return_page_title or self.name

    def _get_brand_colours(self):
        """The colours of this company's pages, readable whatever somebody chose.

        :return: dict of CSS custom property → colour
        """
        self.ensure_one()
        colour = self.return_page_colour or self.primary_color or DEFAULT_COLOUR
        if not _COLOUR.fullmatch(colour):
            colour = DEFAULT_COLOUR
        on_colour = max("#ffffff", "#1b1b1f", key=lambda text: get_contrast(text, colour))
        return {
            "--hw-brand": colour,
            "--hw-on-brand": on_colour,
            "--hw-brand-text": darken_until_readable(colour),
        }
