import base64

from odoo import fields, models
from odoo.exceptions import UserError


class HellowordRegulationImport(models.TransientModel):
    _name = "helloword.regulation.import"
    _description = "Take In Newer Regulations"

    file = fields.Binary(required=True, attachment=False)
    filename = fields.Char()
    is_complete = fields.Boolean(
        string="The Table Is Complete",
        help="Rules it does not name any more are flagged. Nothing is deleted.",
    )
    state = fields.Selection([("file", "File"), ("done", "Done")], default="file")
    created_count = fields.Integer(string="New Rules", readonly=True)
    updated_count = fields.Integer(string="Brought Up to Date", readonly=True)
    proposed_count = fields.Integer(
        string="Proposals", readonly=True, help="Newer texts of rules you changed."
    )
    left_out_count = fields.Integer(string="No Longer Listed", readonly=True)

    def action_import(self):
        """Take the table in, rule by rule.

        :raise UserError: it cannot be read; nothing is taken in then
        """
        self.ensure_one()
        try:
            text = base64.b64decode(self.file).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise UserError(
                self.env._("Save the file as “CSV UTF-8” and choose it again.")
            ) from error
        changes = self.env["helloword.regulation"]._load_table(text, complete=self.is_complete)
        self.write(
            {
                "state": "done",
                "created_count": len(changes["created"]),
                "updated_count": len(changes["updated"]),
                "proposed_count": len(changes["proposed"]),
                "left_out_count": len(changes["left_out"]),
            }
        )
        return self._get_records_action(target="new", name=self.env._("Newer Regulations"))

    def action_view_proposals(self):
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helloword_returns.helloword_regulation_action"
        )
        action["context"] = {"search_default_has_proposal": 1}
        return action
