from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from psycopg2.errors import UniqueViolation

KEPT = timedelta(days=2)


class HellowordWmsRequest(models.Model):
    """The answer to a request that came with an Idempotency-Key, for its repetition.

    Source: draft-ietf-httpapi-idempotency-key-header-08.
    """

    _name = "helloword.wms.request"
    _description = "Answered Request of a Warehouse"

    connection_id = fields.Many2one(
        "helloword.wms.connection", required=True, index=True, ondelete="cascade"
    )
    key = fields.Char(required=True)
    request_hash = fields.Char(required=True)
    answer = fields.Json()

    _key_uniq = models.Constraint("UNIQUE(connection_id, key)", "This key was used already.")

    @api.model
    def _find(self, connection, key):
        return self.search([("connection_id", "=", connection.id), ("key", "=", key)], limit=1)

    @api.model
    def _keep(self, connection, key, request_hash, answer):
        """:raise ConcurrencyError: the same request is answered at this very moment by another
        worker; tried again, this one finds the answer
        """
        try:
            with self.env.cr.savepoint():
                self.create(
                    {
                        "connection_id": connection.id,
                        "key": key,
                        "request_hash": request_hash,
                        "answer": answer,
                    }
                )
        except UniqueViolation as error:
            raise ConcurrencyError("The request came twice at once.") from error

    @api.autovacuum
    def _gc_answers(self):
        self.search([("create_date", "<=", fields.Datetime.now() - KEPT)]).unlink()
