import base64

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools.mimetypes import guess_mimetype

from ..providers.base import AnswerFile
from .return_label import OPEN_LABEL_STATES

UPLOAD_MIMETYPES = ("application/pdf", "image/png", "image/jpeg")


class HellowordReturn(models.Model):
    """Labels made elsewhere."""

    _inherit = "helloword.return"

    def _upload_label(self, vals, file_name="", content=None, mail=True):
        """Keep a label a person got elsewhere; an open label of the return takes it.

        :param dict vals: ``carrier``, ``tracking_number``, ``cost``, ``currency_id`` and so on
        :param content: the file, base64, or nothing
        :param bool mail: whether the customer gets it
        :return: ``helloword.return.label``
        :raise UserError: the return waits for no parcel, or the file is no label
        """
        self.ensure_one()
        if self.approval_state != "approved" or not self._expects_goods() or self.goods_closed:
            raise UserError(
                self.env._("Return %s does not wait for a parcel, so it needs no label.", self.name)
            )
        files = self._read_label_file(file_name, content) if content else ()
        labels = self.sudo().label_ids
        label = labels.filtered(lambda label: label.state in OPEN_LABEL_STATES)[:1]
        waiting = label.operation_ids.filtered(lambda operation: operation.state == "ready")
        waiting.action_cancel()
        label = label or labels.create({"return_id": self.id})
        label.write(
            vals
            | {
                "is_manual": True,
                "account_id": False,
                "charge_event": "purchase",
                "bought_date": fields.Datetime.now(),
                "has_failed": False,
                "error": False,
            }
            | label._keep_files(files)
        )
        label.failure_activity_id.filtered("active").action_feedback()
        label._accrue_costs()
        label._note_on_receipts()
        if mail:
            label._mail_to_customers()
        return label

    def _read_label_file(self, file_name, content):
        """:return: tuple of one :class:`~odoo.addons.helloword_returns.providers.base.AnswerFile`
        :raise UserError: the file is neither PDF, picture nor ZPL
        """
        data = base64.b64decode(content)
        mimetype = guess_mimetype(data)
        is_zpl = data.lstrip()[:3].upper() == b"^XA"
        if mimetype not in UPLOAD_MIMETYPES and not is_zpl:
            raise UserError(
                self.env._("“%s” is no label. Choose a PDF, PNG, JPEG or ZPL file.", file_name)
            )
        return (
            AnswerFile(file_name, "x-application/zpl" if is_zpl else mimetype, data, kind="label"),
        )
