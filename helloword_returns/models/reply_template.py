import re

from babel.languages import get_official_languages
from odoo import api, fields, models
from odoo.exceptions import ValidationError

REPLY_LANGUAGES = [
    ("en", "English"),
    ("zh", "中文"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("es", "Español"),
    ("it", "Italiano"),
    ("pt", "Português"),
    ("ja", "日本語"),
]
SITUATIONS = [
    ("approved_label", "Approved, with label"),
    ("approved_own_postage", "Approved, customer pays the postage"),
    ("refund_without_return", "Refund without return"),
    ("keep_it_offer", "Keep-it offer"),
    ("exchange", "Exchange"),
    ("store_credit", "Store credit"),
    ("rejected", "Rejected with reason"),
    ("ask_photos", "Ask for photos"),
    ("ask_information", "Ask for information"),
    ("delay", "Delay"),
]
PLACEHOLDERS = (
    "name",
    "number",
    "order",
    "items",
    "amount",
    "deadline",
    "reason",
    "company",
    "link",
)
_PLACEHOLDER = re.compile(r"\{(\w*)\}")


def get_reply_language(partner_lang, company_lang, country_code):
    """The language to answer a buyer in.

    A contact's language that is only the company's own says little: imported buyers get it by
    default. Then the language spoken in their country counts more.

    :param str partner_lang: Odoo code of the contact's language, e.g. ``de_CH``, or empty
    :param str company_lang: Odoo code of the language new contacts get
    :param str country_code: ISO 3166 alpha-2, or empty
    :return: a code of :data:`REPLY_LANGUAGES`
    """
    known = {code for code, _name in REPLY_LANGUAGES}
    own = (partner_lang or "").split("_")[0]
    if own in known and partner_lang != company_lang:
        return own
    spoken = get_official_languages(country_code, de_facto=True) if country_code else ()
    by_country = next((code.split("_")[0] for code in spoken if code.split("_")[0] in known), None)
    if by_country:
        return by_country
    # The company's own language is a guess worth less than English where the country is known.
    return own if own in known and not country_code else "en"


class HellowordReplyTemplate(models.Model):
    """What customers are told in one situation, in each language.

    The languages need not be installed: the texts are records of their own, not translations.
    """

    _name = "helloword.reply.template"
    _description = "Reply Template"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True, help="Empty: every company.")
    situation = fields.Selection(SITUATIONS, required=True, index=True)
    text_ids = fields.One2many("helloword.reply.text", "template_id", copy=True)
    languages = fields.Char(compute="_compute_languages")

    @api.depends("text_ids.lang")
    def _compute_languages(self):
        for template in self:
            template.languages = ", ".join(text.lang for text in template.text_ids)

    @api.model
    def _get_texts(self, situations, companies):
        """The texts for these situations: a company's own template comes before the shared one.

        :param situations: codes of :data:`SITUATIONS`
        :param companies: ``res.company``
        :return: dict of (company, situation, language) → ``helloword.reply.text``
        """
        templates = self.sudo().search(
            [
                ("situation", "in", list(situations)),
                ("company_id", "in", [False, *companies.ids]),
            ]
        )
        texts = {}
        for company in companies:
            usable = templates.filtered(
                lambda template, company=company: template.company_id in (company, company.browse())
            )
            # Later ones win, so the company's own and the first in order come last.
            for template in usable.sorted(lambda template: bool(template.company_id)):
                own = {text.lang: text for text in template.text_ids}
                for lang, text in own.items():
                    key = company, template.situation, lang
                    if key not in texts or template.company_id:
                        texts[key] = text
        return texts


class HellowordReplyText(models.Model):
    _name = "helloword.reply.text"
    _description = "Reply Text"
    _order = "template_id, id"
    _rec_name = "subject"

    template_id = fields.Many2one(
        "helloword.reply.template", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="template_id.company_id", store=True, index=True)
    lang = fields.Selection(REPLY_LANGUAGES, string="Language", required=True)
    subject = fields.Char(required=True)
    body = fields.Text(
        required=True,
        help="Plain text. What stands in braces is filled in: {name}, {number}, {order}, {items}, "
        "{amount}, {deadline}, {reason}, {company}, {link}.",
    )

    _lang_uniq = models.Constraint(
        "UNIQUE(template_id, lang)", "This template has a text in that language already."
    )

    @api.constrains("subject", "body")
    def _check_placeholders(self):
        for text in self:
            used = _PLACEHOLDER.findall(f"{text.subject} {text.body}")
            unknown = sorted(set(used) - set(PLACEHOLDERS))
            if unknown:
                raise ValidationError(
                    self.env._(
                        "“%(unknown)s” cannot be filled in. What can be: %(known)s.",
                        unknown=", ".join(f"{{{name}}}" for name in unknown),
                        known=", ".join(f"{{{name}}}" for name in PLACEHOLDERS),
                    )
                )

    def _fill(self, values):
        """Replace the placeholders; nothing else in the text is interpreted.

        :param dict values: placeholder → text
        :return: tuple (subject, body)
        """
        self.ensure_one()

        def fill(text):
            return _PLACEHOLDER.sub(lambda match: str(values.get(match[1], match[0])), text)

        return fill(self.subject), fill(self.body)
