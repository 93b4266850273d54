import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..providers.base import mask_secrets, to_json

OPERATION_STATES = [
    ("ready", "Ready"),
    ("claimed", "Under way"),
    ("accepted", "Accepted there"),
    ("unknown", "Outcome unknown"),
    ("done", "Done"),
    ("rejected", "Refused"),
    ("failed", "Failed"),
    ("cancelled", "Cancelled"),
]
# The other side has it or may have it: never send it under another key.
STARTED_STATES = ("claimed", "accepted", "unknown", "done")
# Certainly not carried out, and nothing will happen by itself.
STOPPED_STATES = ("rejected", "failed", "cancelled")


class HellowordOperation(models.Model):
    """One effect outside the database, written in the business transaction that wants it.

    It is carried out after the commit, by a job; see ``return_operation_run``. The job may be
    lost or run twice: the operation is known by its idempotency key and succeeds once at most.
    """

    _name = "helloword.operation"
    _description = "Operation"
    _order = "id desc"
    _check_company_auto = True

    return_id = fields.Many2one(
        "helloword.return", required=True, index=True, ondelete="restrict", check_company=True
    )
    company_id = fields.Many2one(related="return_id.company_id", store=True, index=True)
    channel_id = fields.Many2one(
        "helloword.channel",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        help="Where it is carried out.",
    )
    can_look_up = fields.Boolean(compute="_compute_can_look_up")
    kind = fields.Selection(
        [
            ("approve", "Approve"),
            ("decline", "Decline"),
            ("refund", "Refund"),
            ("notify", "Message to the customer"),
        ],
        required=True,
        index=True,
    )
    idempotency_key = fields.Char(
        required=True,
        copy=False,
        help="The same for every attempt at the same effect. The provider gets it where it "
        "understands such keys.",
    )
    revision = fields.Integer(
        help="How often a refused operation was sent again on purpose, under a key of its own."
    )
    state = fields.Selection(
        OPERATION_STATES, required=True, default="ready", index=True, string="Status"
    )
    request = fields.Json(help="What is asked, secrets masked.")
    request_hash = fields.Char()
    answer = fields.Json(help="What the other side said, secrets masked.")
    request_text = fields.Text(compute="_compute_texts", string="Request as Text")
    answer_text = fields.Text(compute="_compute_texts", string="Answer as Text")
    external_ref = fields.Char(string="Reference at the Provider", index="btree_not_null")
    error = fields.Text()
    currency_id = fields.Many2one("res.currency")
    amount = fields.Monetary(help="Of a refund.")

    attempts = fields.Integer(help="How often it was sent.")
    max_attempts = fields.Integer(default=8)
    lookups = fields.Integer(help="How often the other side was asked whether it was carried out.")
    next_try_at = fields.Datetime(
        index="btree_not_null", help="Not before (UTC). Empty: at once, or when a person says so."
    )
    claimed_at = fields.Datetime(help="When a job took it in hand (UTC).")
    claim_token = fields.Char(groups="base.group_system", help="Which job took it in hand.")
    done_at = fields.Datetime(help="When the other side confirmed it (UTC).")
    is_followed_up = fields.Boolean(help="What follows from its end has happened here.")

    _key_uniq = models.UniqueIndex(
        "(idempotency_key)", "This operation exists already; at most one succeeds."
    )
    _due = models.Index(
        "(next_try_at) WHERE state IN ('ready', 'claimed', 'accepted', 'unknown') "
        "OR is_followed_up IS NOT TRUE"
    )

    @api.depends("kind", "return_id.name")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for operation in self:
            operation.display_name = f"{operation.return_id.name}: {kinds.get(operation.kind)}"

    @api.depends("channel_id.provider")
    def _compute_can_look_up(self):
        """Whether the other side can be asked what it carried out. Hook."""
        for operation in self:
            operation.can_look_up = operation.channel_id.can_look_up

    @api.depends("request", "answer")
    def _compute_texts(self):
        for operation in self:
            operation.request_text = _as_text(operation.request)
            operation.answer_text = _as_text(operation.answer)

    # -------------------------------------------------------------------------
    # Scheduling
    # -------------------------------------------------------------------------

    @api.model
    def _schedule(self, kind, requests, purpose="1"):
        """Write down operations in this transaction; jobs carry them out after its commit.

        An operation is known by return, kind and purpose. One that is there already is not
        doubled: one that was never sent takes the new request, one that was refused, failed or
        was cancelled becomes ready again, any other is given back as it is.

        :param str kind: of operation
        :param dict requests: return → typed request, see ``providers.base.REQUEST_TYPES``
        :param purpose: what tells several operations of one kind on one return apart, e.g. the
            number of a part refund; a string for all, or a dict return → string
        :return: the operations, in the order of the returns
        :raise UserError: the operation was sent with another content and may have been carried out
        """
        operations = self.sudo()
        keys = {
            ret: self._make_key(kind, ret, purpose[ret] if isinstance(purpose, dict) else purpose)
            for ret in requests
        }
        known = {
            operation.idempotency_key: operation
            for operation in operations.search([("idempotency_key", "in", list(keys.values()))])
        }
        currencies = self._get_currencies(requests.values())
        vals_list, released = [], operations.browse()
        for ret, request in requests.items():
            vals = self._prepare_operation_vals(kind, ret, request, currencies)
            operation = known.get(keys[ret])
            if not operation:
                vals_list.append(vals | {"idempotency_key": keys[ret]})
            elif operation._take_request(vals):
                released |= operation
        created = operations.create(vals_list)
        known.update({operation.idempotency_key: operation for operation in created})
        (created | released)._enqueue()
        return self.browse(known[key].id for key in keys.values())

    @api.model
    def _make_key(self, kind, ret, purpose):
        """Unique among all databases that may use the same account."""
        database = self.env["ir.config_parameter"].sudo().get_param("database.uuid") or ""
        return f"hw-{database[:8]}-{kind}-{ret.id}-{purpose}"

    def _get_currencies(self, requests):
        codes = {getattr(request, "currency", "") for request in requests} - {""}
        currencies = (
            self.env["res.currency"]
            .with_context(active_test=False)
            .search([("name", "in", list(codes))])
            if codes
            else []
        )
        return {currency.name: currency.id for currency in currencies}

    def _prepare_operation_vals(self, kind, ret, request, currencies):
        content = mask_secrets(to_json(request))
        return {
            "return_id": ret.id,
            "channel_id": ret.channel_id.id,
            "kind": kind,
            "request": content,
            "request_hash": _hash(content),
            "amount": float(getattr(request, "amount", 0) or 0),
            "currency_id": currencies.get(getattr(request, "currency", "")),
        }

    def _take_request(self, vals):
        """Let an existing operation serve a new request.

        :return: whether it has to be sent
        """
        self.ensure_one()
        changed = self.request_hash != vals["request_hash"]
        if self.state in STOPPED_STATES:
            self._release(vals)
            return True
        if not changed:
            return False
        if self.state in STARTED_STATES or self.attempts:
            raise UserError(
                self.env._(
                    "“%s” was sent with another content and may have been carried out. Wait for "
                    "its outcome, or cancel it, before you change it.",
                    self.display_name,
                )
            )
        self.write(vals)
        return False

    def _release(self, vals=None):
        """Make stopped operations ready again; what was refused gets a key of its own, since
        providers repeat their first answer to a key they know."""
        for operation in self:
            operation.write(
                (vals or {})
                | {
                    "state": "ready",
                    "attempts": 0,
                    "lookups": 0,
                    "next_try_at": False,
                    "error": False,
                    "is_followed_up": False,
                    "revision": operation.revision + (operation.state == "rejected"),
                }
            )

    def _get_provider_key(self):
        """:return: the idempotency key as the provider gets it"""
        self.ensure_one()
        suffix = f"-r{self.revision}" if self.revision else ""
        return f"{self.idempotency_key}{suffix}"

    # -------------------------------------------------------------------------
    # Actions
    # -------------------------------------------------------------------------

    def action_retry(self):
        """Send stopped operations again; look up those whose outcome is unknown.

        :raise UserError: an operation is done or under way
        """
        self.check_access("write")
        operations = self.sudo()
        for operation in operations:
            if operation.state not in ("ready", "accepted", "unknown", *STOPPED_STATES):
                raise UserError(self.env._("“%s” is done or under way.", operation.display_name))
        operations.filtered(lambda operation: operation.state in STOPPED_STATES)._release()
        operations.write({"next_try_at": False})
        operations._enqueue()
        return True

    def action_look_up(self):
        """Ask the other side whether operations of unknown outcome were carried out.

        :raise UserError: the outcome of an operation is known
        """
        self._check_unknown()
        self.sudo().write({"lookups": 0, "next_try_at": False})
        self.sudo()._enqueue()
        return True

    def action_mark_done(self):
        """A person saw at the provider that it was carried out."""
        self._check_unknown()
        for operation in self.sudo():
            operation._record_done(operation.external_ref)
        return True

    def action_mark_absent(self):
        """A person saw at the provider that it was not carried out: it is sent again."""
        self._check_unknown()
        self.sudo().write({"state": "ready", "next_try_at": False, "lookups": 0})
        self.sudo()._enqueue()
        return True

    def action_cancel(self):
        """Stop operations before they are sent.

        :raise UserError: an operation was sent already
        """
        self.check_access("write")
        operations = self.sudo()
        for operation in operations:
            if operation.state not in ("ready", "failed", "rejected", "cancelled"):
                raise UserError(
                    self.env._(
                        "“%s” was sent and may have been carried out. It cannot be cancelled here.",
                        operation.display_name,
                    )
                )
        if operations.try_lock_for_update(allow_referencing=True) != operations:
            raise UserError(self.env._("An operation is being sent right now. Try again."))
        operations.write({"state": "cancelled", "next_try_at": False, "is_followed_up": True})
        return True

    def _check_unknown(self):
        self.check_access("write")
        for operation in self:
            if operation.state not in ("accepted", "unknown"):
                raise UserError(
                    self.env._(
                        "The outcome of “%s” is known; see its status.", operation.display_name
                    )
                )


def _hash(content):
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _as_text(content):
    return json.dumps(content, indent=2, ensure_ascii=False) if content else False
