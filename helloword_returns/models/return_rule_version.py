import hashlib
import json

from odoo import api, fields, models


class HellowordReturnRuleVersion(models.Model):
    """A rule's conditions as they stood when they decided something.

    Rules change; what they said when a return was decided does not. One row for each content, so
    that explanations of many returns stay small.
    """

    _name = "helloword.return.rule.version"
    _description = "Rule as It Stood"
    _order = "id desc"

    rule_id = fields.Many2one("helloword.return.rule", index="btree_not_null", ondelete="set null")
    name = fields.Char(required=True)
    parts = fields.Json(help="What the rule asked, part by part; see ``RulePart.as_json``.")
    digest = fields.Char(required=True)

    _digest_uniq = models.UniqueIndex("(digest)", "This version is kept already.")

    @api.model
    def _keep(self, parts_by_rule):
        """Keep rules as they stand now; what is kept already is not kept twice.

        :param dict parts_by_rule: rule → list of :class:`RulePart`
        :return: dict of rule → version
        """
        contents = {
            rule: {"name": rule.name, "parts": [part.as_json() for part in parts]}
            for rule, parts in parts_by_rule.items()
        }
        digests = {
            rule: hashlib.sha256(
                json.dumps([rule.id, content], sort_keys=True).encode()
            ).hexdigest()
            for rule, content in contents.items()
        }
        versions = self.sudo()
        known = {
            version.digest: version
            for version in versions.search([("digest", "in", list(digests.values()))])
        }
        missing = [rule for rule in contents if digests[rule] not in known]
        created = versions.create(
            [{"rule_id": rule.id, "digest": digests[rule], **contents[rule]} for rule in missing]
        )
        known.update({version.digest: version for version in created})
        return {rule: known[digest] for rule, digest in digests.items()}
