from odoo import models

from ..carriers.slip import SlipTexts


class HellowordLabelAccount(models.Model):
    """What customers read on a slip."""

    _inherit = "helloword.label.account"

    def _get_slip_texts(self):
        """:return: what a slip says, in the language of the context"""
        return SlipTexts(
            title=self.env._("Return slip"),
            send_to=self.env._("Send the parcel to"),
            sent_by=self.env._("Sent by"),
            contents=self.env._("Contents"),
            instructions=(
                self.env._("Pack everything well, with what came with it."),
                self.env._("Put this sheet into the parcel."),
                self.env._("Write the number of the return on the parcel."),
                self.env._("Post it with a carrier of your choice and keep the receipt."),
            ),
            return_number=self.env._("Return"),
        )
