from contextlib import contextmanager

from odoo import SUPERUSER_ID, api, fields, models

from ..providers.base import to_json


class HellowordDemoEvent(models.Model):
    """What the demo provider remembers: one row for each idempotency key it was called with.

    It stands for another company's server, so it holds no foreign keys to our records and is
    written in transactions of its own.
    """

    _name = "helloword.demo.event"
    _description = "Demo Provider's Memory"
    _order = "id desc"

    account = fields.Char(required=True, index=True, help="The channel, as the provider knows it.")
    key = fields.Char(required=True, string="Idempotency Key")
    kind = fields.Char(required=True)
    calls = fields.Integer(help="How often it was asked.")
    executions = fields.Integer(help="How often it did it; never more than once.")
    reference = fields.Char()
    content = fields.Json()

    _key_uniq = models.UniqueIndex("(account, key)", "The demo provider knows this key already.")


class DemoMemory:
    """The demo provider's memory in the database, in the shape its adapter wants."""

    def __init__(self, env, account):
        self._env = env
        self._account = str(account)

    @contextmanager
    def _events(self):
        registry = self._env.registry
        if not registry.ready:
            # Modules are being installed: no other transaction sees the table yet.
            yield self._env["helloword.demo.event"].sudo()
            return
        with registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})["helloword.demo.event"]

    def _get(self, events, key):
        return events.search([("account", "=", self._account), ("key", "=", key)])

    def call(self, key, kind):
        with self._events() as events:
            event = self._get(events, key) or events.create(
                {"account": self._account, "key": key, "kind": kind}
            )
            event.calls += 1
            return event.calls

    def find(self, key):
        with self._events() as events:
            return self._get(events, key).filtered("executions").reference or None

    def recall(self, key):
        """:return: the content kept under a key"""
        with self._events() as events:
            return self._get(events, key).content

    def carry_out(self, key, kind, request):
        with self._events() as events:
            event = self._get(events, key)
            event.write(
                {
                    "executions": event.executions + 1,
                    "reference": f"DEMO-{kind.upper()}-{event.id}",
                    "content": to_json(request),
                }
            )
            return event.reference
