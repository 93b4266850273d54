from collections import namedtuple
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import hmac

# What is counted → (how many are allowed, in how many seconds).
LIMITS = {
    # Guesses of somebody at one address; a shop's whole office may sit behind it.
    "find_ip": (30, 15 * 60),
    # Wrong guesses about one order, from anywhere: this is what protects postcodes.
    "find_order": (10, 60 * 60),
    # Forms sent after an order was found.
    "submit_ip": (120, 60 * 60),
    # Statements of withdrawal from one address; past it the page says how else to withdraw.
    "withdraw_ip": (60, 60 * 60),
    # Copies of statements, drawn as PDF.
    "copy_ip": (60, 60 * 60),
    # Acknowledgements to one e-mail address: nobody's mailbox is to be flooded through us.
    "withdraw_email": (10, 60 * 60),
    # Messages with a bad signature to one label account that are kept for people to see.
    "label_forged": (200, 60 * 60),
}

# What counting one attempt said: in how many seconds to try again (0: it is allowed), how many more
# are allowed now, and in how many seconds all of them are again.
Counted = namedtuple("Counted", ["wait", "left", "reset"])


class HellowordRequestLimit(models.Model):
    """How often something was tried in a window of time, counted in the database so that all
    workers and servers see the same number.

    Keys are kept as digests: an address or an order number somebody typed is nobody's business.
    """

    _name = "helloword.request.limit"
    _description = "Counter of Public Requests"
    _log_access = False

    kind = fields.Char(required=True)
    key = fields.Char(required=True)
    window_start = fields.Datetime(required=True, index=True)
    count = fields.Integer(required=True, default=0)

    _window_uniq = models.UniqueIndex("(kind, key, window_start)")

    @api.model
    def _take(self, kind, key):
        """Count one attempt. It stays counted when the request fails later.

        :param str kind: of ``LIMITS``
        :param str key: who or what the attempt is about
        :return: 0 when the attempt is allowed, else in how many seconds to try again
        """
        return self._count(kind, key).wait

    @api.model
    def _count(self, kind, key):
        """Count one attempt, as :meth:`_take`.

        :return: :class:`Counted`
        """
        allowed, seconds = LIMITS[kind]
        now = fields.Datetime.now()
        start = self._get_window_start(now, seconds)
        digest = self._get_digest(kind, key)
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    "INSERT INTO %(table)s (kind, key, window_start, count) "
                    "VALUES (%(kind)s, %(key)s, %(start)s, 1) "
                    "ON CONFLICT (kind, key, window_start) "
                    "DO UPDATE SET count = %(table)s.count + 1 RETURNING count",
                    table=SQL.identifier(self._table),
                    kind=kind,
                    key=digest,
                    start=start,
                )
            )
            [[count]] = cr.fetchall()
            cr.execute(
                SQL(
                    "SELECT count FROM %(table)s WHERE kind = %(kind)s AND key = %(key)s "
                    "AND window_start = %(start)s",
                    table=SQL.identifier(self._table),
                    kind=kind,
                    key=digest,
                    start=start - timedelta(seconds=seconds),
                )
            )
            before = sum(row[0] for row in cr.fetchall())
        # A sliding window: what is left of the window before counts in proportion.
        passed = (now - start).total_seconds() / seconds
        used = count + before * (1 - passed)
        reset = max(int(seconds * (1 - passed)), 1)
        return Counted(0 if used <= allowed else reset, max(int(allowed - used), 0), reset)

    @api.model
    def _give_back(self, kind, key):
        """An attempt that turned out to be right does not count."""
        seconds = LIMITS[kind][1]
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    "UPDATE %(table)s SET count = count - 1 WHERE kind = %(kind)s "
                    "AND key = %(key)s AND window_start = %(start)s AND count > 0",
                    table=SQL.identifier(self._table),
                    kind=kind,
                    key=self._get_digest(kind, key),
                    start=self._get_window_start(fields.Datetime.now(), seconds),
                )
            )

    @api.model
    def _get_address_key(self, address):
        """Whoever has an IPv6 address has a whole network of them.

        :param str address: IP address of a client, perhaps nonsense
        """
        try:
            ip = ip_address(address or "")
        except ValueError:
            return address or ""
        return str(ip_network((ip, 64), strict=False)) if ip.version == 6 else str(ip)

    @api.model
    def _get_digest(self, kind, key):
        return hmac(self.env(su=True), "helloword_returns.request_limit", (kind, key))

    @api.model
    def _get_window_start(self, now, seconds):
        elapsed = int((now - datetime(1970, 1, 1)).total_seconds())
        return datetime(1970, 1, 1) + timedelta(seconds=elapsed - elapsed % seconds)

    @api.autovacuum
    def _gc_windows(self):
        longest = max(seconds for _allowed, seconds in LIMITS.values())
        limit = fields.Datetime.now() - timedelta(seconds=2 * longest)
        self.search([("window_start", "<", limit)]).unlink()
