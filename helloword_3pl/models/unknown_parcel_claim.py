from odoo import api, fields, models
from odoo.exceptions import UserError

from ..wms.operation import ClaimTask


class HellowordUnknownParcel(models.Model):
    """Operators are told to which return a parcel belongs, once the return is approved."""

    _inherit = "helloword.unknown.parcel"

    claim_state = fields.Selection(
        [
            ("waiting", "When the return is approved"),
            ("sending", "Being told"),
            ("told", "The operator knows"),
            ("failed", "Tell them by hand"),
        ],
        string="Told to the Operator",
        readonly=True,
        copy=False,
        tracking=True,
    )
    claim_error = fields.Text(readonly=True, copy=False)
    claim_ref = fields.Char(
        string="Operator's Number of the Claim", readonly=True, copy=False, index="btree_not_null"
    )
    claim_count = fields.Integer(readonly=True, copy=False, help="How often it was claimed.")

    def _on_claimed(self):
        super()._on_claimed()
        theirs = self.sudo().filtered("connection_id")
        theirs.write({"claim_state": "waiting", "claim_error": False})
        theirs._send_claims()

    def _send_claims(self):
        """Tell operators what waits to be told and belongs to an approved return. Batch."""
        parcels = self.sudo().filtered(
            lambda parcel: (
                parcel.claim_state == "waiting"
                and all(ret.approval_state == "approved" for ret in parcel.return_ids)
            )
        )
        if not parcels:
            return
        for parcel in parcels:
            for ret in parcel.return_ids:
                ret._await_at(parcel.warehouse_id)
        parcels.return_ids._refresh_wms_notices()
        notices = {
            (notice.return_id, notice.connection_id): notice
            for notice in self.env["helloword.wms.notice"]
            .sudo()
            .search([("return_id", "in", parcels.return_ids.ids), ("state", "!=", "cancelled")])
        }
        tasks = []
        # An announcement that was answered at once has led here already.
        for parcel in parcels.filtered(lambda parcel: parcel.claim_state == "waiting"):
            if parcel._awaits_announcement(notices):
                continue
            parcel.claim_count += 1
            obstacle = parcel._get_claim_obstacle(notices)
            if obstacle:
                parcel.write({"claim_state": "failed", "claim_error": obstacle})
                continue
            parcel.claim_state = "sending"
            tasks += [
                (parcel, ret, notices[ret, parcel.connection_id]) for ret in parcel.return_ids
            ]
        parcels._schedule_claims(tasks)

    def _awaits_announcement(self, notices):
        """:return: whether an operator that is called does not know of a return yet, but will"""
        self.ensure_one()
        connection = self.connection_id
        return bool(connection._get_wms_adapter_class() and connection.can_claim) and any(
            notices[ret, connection].state in ("waiting", "sending")
            for ret in self.return_ids
            if (ret, connection) in notices
        )

    def _get_claim_obstacle(self, notices):
        """:return: text: why the operator cannot be told by itself, or empty"""
        self.ensure_one()
        if not self.connection_id.can_claim:
            return self.env._(
                "“%(operator)s” takes no word on unknown parcels from us: tell its people that "
                "parcel %(parcel)s belongs to %(returns)s.",
                operator=self.connection_id.name,
                parcel=self.ref or self.tracking_number or self.name,
                returns=", ".join(self.return_ids.mapped("name")),
            )
        if any((ret, self.connection_id) not in notices for ret in self.return_ids):
            return self.env._(
                "“%(operator)s” was not told of %(returns)s: its goods go elsewhere. Tell its "
                "people by hand.",
                operator=self.connection_id.name,
                returns=", ".join(self.return_ids.mapped("name")),
            )
        return ""

    @api.model
    def _schedule_claims(self, tasks):
        """:param list tasks: tuples (parcel, return, announcement); one operation of a return is
        written down at a time
        """
        while tasks:
            batch, rest, seen = [], [], set()
            for task in tasks:
                (rest if task[1] in seen else batch).append(task)
                seen.add(task[1])
            skus = {
                notice.connection_id: notice.connection_id._get_sku(
                    self.return_ids.line_ids.product_id
                )
                for _parcel, _ret, notice in batch
            }
            wishes = self.return_ids.line_ids._get_wms_wishes()
            self.env["helloword.operation"]._schedule(
                "wms_claim",
                {
                    ret: ClaimTask(
                        notice_id=notice.id,
                        connection_id=notice.connection_id.id,
                        revision=notice.revision,
                        expected=notice._prepare_expected(skus[notice.connection_id], wishes),
                        parcel_id=parcel.id,
                        parcel_ref=parcel.ref or "",
                    )
                    for parcel, ret, notice in batch
                },
                purpose={
                    ret: f"{parcel.id}-{parcel.claim_count}" for parcel, ret, _notice in batch
                },
            )
            tasks = rest

    def _check_can_reopen(self):
        super()._check_can_reopen()
        for parcel in self:
            if parcel.claim_state in ("sending", "told") and parcel.connection_id:
                raise UserError(
                    self.env._(
                        "“%(operator)s” was told that %(parcel)s belongs to %(returns)s. Settle it "
                        "with its people.",
                        operator=parcel.connection_id.name,
                        parcel=parcel.display_name,
                        returns=", ".join(parcel.return_ids.mapped("name")),
                    )
                )
        self.sudo().write({"claim_state": False, "claim_error": False})

    def action_retry_claim(self):
        """Tell the operator again what it did not take.

        :raise UserError: nothing failed
        """
        self.check_access("write")
        for parcel in self:
            if parcel.claim_state != "failed":
                raise UserError(self.env._("%s was not refused.", parcel.display_name))
        self.sudo().write({"claim_state": "waiting", "claim_error": False})
        self._send_claims()
        return True

    def action_mark_claim_told(self):
        """A person told the operator's people.

        :raise UserError: nothing failed
        """
        self.check_access("write")
        for parcel in self:
            if parcel.claim_state != "failed":
                raise UserError(self.env._("%s was not refused.", parcel.display_name))
        self.sudo().write({"claim_state": "told", "claim_error": False})
        return True

    def _keep_claim_outcome(self, operation):
        for parcel in self:
            if operation.state == "done":
                parcel.write({"claim_state": "told", "claim_error": False})
            else:
                parcel.write({"claim_state": "failed", "claim_error": operation.error})


class HellowordOperation(models.Model):
    _inherit = "helloword.operation"

    unknown_parcel_id = fields.Many2one(
        "helloword.unknown.parcel", index="btree_not_null", ondelete="set null", check_company=True
    )

    def _prepare_operation_vals(self, kind, ret, request, currencies):
        vals = super()._prepare_operation_vals(kind, ret, request, currencies)
        if kind == "wms_claim":
            # What becomes of a claim says nothing about the announcement.
            vals |= {"wms_notice_id": False, "unknown_parcel_id": request.parcel_id or False}
        return vals

    def _keep_answer(self, answer):
        super()._keep_answer(answer)
        result = getattr(answer, "result", None)
        if self.unknown_parcel_id and getattr(result, "external_ref", ""):
            self.unknown_parcel_id.claim_ref = result.external_ref


class HellowordReturn(models.Model):
    _inherit = "helloword.return"

    def _await_at(self, warehouse):
        """The parcel is at another warehouse than announced: its goods are received there.

        :param warehouse: ``stock.warehouse``, or empty where nobody knows
        """
        self.ensure_one()
        if (
            warehouse
            and self.arrival_warehouse_id != warehouse
            and self.goods_state in ("expected", "transit")
        ):
            self._cancel_receipts()
            self.warehouse_id = warehouse
            self._create_receipts()

    def _on_approved(self):
        super()._on_approved()
        self._get_waiting_claims()._send_claims()

    def _on_operation_done(self, operations):
        super()._on_operation_done(operations)
        for operation in operations.filtered("unknown_parcel_id"):
            operation.unknown_parcel_id._keep_claim_outcome(operation)
        announced = operations.filtered(lambda operation: operation.kind == "asn_send")
        announced.return_id._get_waiting_claims()._send_claims()

    def _on_operation_failed(self, operations):
        super()._on_operation_failed(operations)
        for operation in operations:
            if operation.unknown_parcel_id:
                operation.unknown_parcel_id._keep_claim_outcome(operation)
            elif operation.kind == "asn_send":
                operation.return_id._get_waiting_claims()._keep_claim_outcome(operation)

    def _get_waiting_claims(self):
        return self.sudo().unknown_parcel_ids.filtered(
            lambda parcel: parcel.claim_state == "waiting"
        )


class HellowordWmsEvent(models.Model):
    _inherit = "helloword.wms.event"

    @api.model
    def _find_returns_by_ref(self, connection, refs):
        """Operators give claimed parcels numbers of their own."""
        found = super()._find_returns_by_ref(connection, refs)
        if not refs:
            return found
        parcels = (
            self.env["helloword.unknown.parcel"]
            .sudo()
            .search(
                [
                    ("connection_id", "=", connection.id),
                    ("state", "=", "claimed"),
                    "|",
                    ("claim_ref", "in", list(refs)),
                    ("ref", "in", list(refs)),
                ]
            )
            .filtered(lambda parcel: len(parcel.return_ids) == 1)
        )
        for parcel in parcels:
            for ref in {parcel.ref, parcel.claim_ref} & set(refs):
                found.setdefault(ref, parcel.return_ids)
        return found
