import re

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

DEFAULT_LANGUAGE = "en"
# What the texts may name.
PLACEHOLDERS = ("number", "company", "name", "contract", "contact", "items", "date", "statement")
_PLACEHOLDER = re.compile(r"{(\w*)}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


class HellowordWithdrawalWording(models.Model):
    """The words of the withdrawal function in one language.

    Article 11a of Directive 2011/83/EU, added by Directive (EU) 2023/2673 and applied from
    2026-06-19, prescribes what stands on two controls: "withdraw from contract here" (paragraph 1)
    and, with nothing else on it, "confirm withdrawal" (paragraph 3), or an equally unambiguous
    wording. The act itself gives these words in every language of the Union
    (http://data.europa.eu/eli/dir/2023/2673/oj); § 356a BGB, art. D221-5 of the Code de la
    consommation and art. 54-bis of the Codice del consumo have their own.

    The texts do not depend on the languages that are installed: a Spanish consumer gets a Spanish
    acknowledgement from a shop that works in Chinese.
    """

    _name = "helloword.withdrawal.wording"
    _description = "Wording of the Withdrawal Function"
    _order = "lang"
    _rec_name = "lang"
    _rec_names_search = ["lang", "function_label"]

    lang = fields.Char(string="Language", required=True, help="ISO 639-1 code, such as “de”.")
    active = fields.Boolean(default=True)
    function_label = fields.Char(
        string="First Control",
        required=True,
        help="In the meaning of “withdraw from contract here”.",
    )
    confirm_label = fields.Char(
        string="Second Control",
        required=True,
        help="In the meaning of “confirm withdrawal”. Nothing else may stand on this control.",
    )
    source = fields.Char(help="Where the wording of the two controls was read.")
    confidence = fields.Selection(
        [("high", "High"), ("medium", "Medium"), ("low", "Low")],
        required=True,
        default="low",
        help="High: read in the law or in several sources. Medium: in one source that cites it. "
        "Low: our own translation.",
    )
    whole_contract = fields.Char(help="Stands for the goods when the whole contract is meant.")
    statement = fields.Text(help="What the consumer declares.")
    subject = fields.Char(string="Subject of the Acknowledgement")
    acknowledgement = fields.Text(help="The acknowledgement of receipt. Empty: in English.")

    _lang_uniq = models.UniqueIndex("(lang)", "The words of this language are there already.")

    @api.constrains("lang")
    def _check_lang(self):
        for wording in self:
            if not _LANGUAGE.fullmatch(wording.lang):
                raise ValidationError(
                    self.env._(
                        "“%s” is no language code. Use two or three small letters.", wording.lang
                    )
                )

    @api.constrains("statement", "subject", "acknowledgement")
    def _check_placeholders(self):
        for wording in self:
            texts = (wording.statement, wording.subject, wording.acknowledgement)
            for name in _PLACEHOLDER.findall(" ".join(text or "" for text in texts)):
                if name not in PLACEHOLDERS:
                    raise ValidationError(
                        self.env._(
                            "{%(name)s} means nothing in a text. Use %(known)s.",
                            name=name,
                            known=", ".join(f"{{{known}}}" for known in PLACEHOLDERS),
                        )
                    )

    @api.constrains("acknowledgement")
    def _check_acknowledgement(self):
        """Article 11a(4): content, date and time."""
        for wording in self.filtered("acknowledgement"):
            missing = [
                f"{{{name}}}"
                for name in ("statement", "date")
                if f"{{{name}}}" not in wording.acknowledgement
            ]
            if missing:
                raise ValidationError(
                    self.env._(
                        "The acknowledgement must tell what was declared and when. Add %s.",
                        ", ".join(missing),
                    )
                )

    # -------------------------------------------------------------------------
    # Asking
    # -------------------------------------------------------------------------

    @api.model
    def _get_for(self, lang):
        """The words of a language, else the English ones.

        :param str lang: language code, such as ``de``, ``de_AT`` or ``zh-CN``
        """
        code = re.split(r"[_-]", (lang or DEFAULT_LANGUAGE).lower())[0]
        by_lang = self._get_ids_by_lang()
        return self.sudo().browse(by_lang.get(code) or by_lang.get(DEFAULT_LANGUAGE) or False)

    @api.model
    def _get_known(self, lang):
        """:return: the words of exactly this language, perhaps empty"""
        wording = self._get_for(lang)
        code = re.split(r"[_-]", (lang or "").lower())[0]
        return wording if wording.lang == code else wording.browse()

    @tools.ormcache()
    def _get_ids_by_lang(self):
        return {wording.lang: wording.id for wording in self.sudo().search([])}

    def _get_text(self, name):
        """:param str name: of a text field; English stands in for what is empty"""
        return self[name] or self._get_for(DEFAULT_LANGUAGE)[name] or ""

    def _fill(self, name, values):
        """A text with its placeholders filled.

        :param str name: of a text field
        :param dict values: placeholder → text; nothing in the values is read as a placeholder
        """
        return _PLACEHOLDER.sub(
            lambda match: str(values.get(match[1], match[0])), self._get_text(name)
        )

    # -------------------------------------------------------------------------
    # CRUD
    # -------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
