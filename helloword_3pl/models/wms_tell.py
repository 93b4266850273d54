from urllib.parse import quote

from odoo import models

from odoo.addons.helloword_returns.providers.base import from_json, to_json

ASN_KINDS = ("asn_send", "asn_cancel")


class HellowordReturn(models.Model):
    _inherit = "helloword.return"

    def _on_operation_done(self, operations):
        super()._on_operation_done(operations)
        operations.filtered("wms_connection_id")._tell_operators()


class HellowordOperation(models.Model):
    """What operators that call us are told at once: what there is to fetch for them."""

    _inherit = "helloword.operation"

    def _tell_operators(self):
        """Have messages sent about these finished operations. Batch; each is told once."""
        webhooks = (
            self.env["helloword.wms.webhook"]
            .sudo()
            .search(
                [
                    ("connection_id", "in", self.wms_connection_id.ids),
                    ("disabled_date", "=", False),
                ]
            )
            .grouped("connection_id")
        )
        own = self.sudo().filtered(lambda operation: operation.wms_connection_id in webhooks)
        before = own._get_kinds_before()
        messages = []
        for operation in own:
            topic = operation._get_wms_topic(before.get(operation))
            data = operation._prepare_wms_message()
            vals = {"return_id": operation.return_id.id, "operation_id": operation.id}
            messages += [
                (webhook, topic, data, vals) for webhook in webhooks[operation.wms_connection_id]
            ]
        if messages:
            self.env["helloword.wms.delivery"].sudo()._tell(messages)

    def _get_kinds_before(self):
        """:return: dict of operation → kind of the one that was carried out before it for the same
        announcement; one query
        """
        done = self.search(
            [
                ("wms_notice_id", "in", self.wms_notice_id.ids),
                ("kind", "in", ASN_KINDS),
                ("state", "=", "done"),
            ],
            order="id",
        )
        last, before = {}, {}
        for operation in done:
            before[operation] = last.get(operation.wms_notice_id)
            last[operation.wms_notice_id] = operation.kind
        return before

    def _get_wms_topic(self, kind_before):
        """:param kind_before: as :meth:`_get_kinds_before` has it"""
        self.ensure_one()
        if self.kind == "wms_instruct":
            return "instruction.created"
        if self.kind == "asn_cancel":
            return "return.cancelled"
        if self.kind == "wms_claim":
            return "return.changed"
        return "return.changed" if kind_before == "asn_send" else "return.announced"

    def _prepare_wms_message(self):
        """:return: dict for the receiver: an instruction itself; of a return only where to fetch it,
        so that no buyer's data leaves without being asked for
        """
        self.ensure_one()
        task = from_json(self.kind, self.request)
        if self.kind == "wms_instruct":
            return to_json(task.instruction)
        number = task.expected.number
        return {
            "number": number,
            "revision": task.revision,
            "url": f"{self.wms_connection_id.get_base_url()}/wms/v1/returns/{quote(number)}",
        }
