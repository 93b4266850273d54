from datetime import UTC

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import mute_logger

from ..channels.limits import Limiter, refill
from ..channels.tokens import Tokens, TokenStore


class HellowordChannelToken(models.Model):
    """The tokens of one account as they were given last. Only superusers read them."""

    _name = "helloword.channel.token"
    _description = "Tokens of a Sales Channel"
    _log_access = False
    _rec_name = "channel_id"

    channel_id = fields.Many2one("helloword.channel", required=True, index=True, ondelete="cascade")
    access = fields.Char(groups="base.group_system")
    refresh = fields.Char(groups="base.group_system")
    access_until = fields.Datetime()
    refresh_until = fields.Datetime()
    scope = fields.Char()

    _channel_uniq = models.UniqueIndex("(channel_id)")

    def _get_tokens(self):
        """:return: :class:`~odoo.addons.helloword_connectors.channels.tokens.Tokens`"""
        if not self:
            return Tokens()
        self.ensure_one()
        return Tokens(
            self.access or "",
            self.refresh or "",
            self.access_until and self.access_until.replace(tzinfo=UTC),
            self.refresh_until and self.refresh_until.replace(tzinfo=UTC),
            self.scope or "",
        )

    @api.model
    def _prepare_vals(self, tokens):
        return {
            "access": tokens.access or False,
            "refresh": tokens.refresh or False,
            "access_until": _to_naive(tokens.access_until),
            "refresh_until": _to_naive(tokens.refresh_until),
            "scope": tokens.scope or False,
        }


class HellowordChannelLimit(models.Model):
    """How full one account's buckets of calls are, for all workers and servers."""

    _name = "helloword.channel.limit"
    _description = "Calls Left at a Sales Channel"
    _log_access = False
    _rec_name = "bucket"

    channel_id = fields.Many2one("helloword.channel", required=True, ondelete="cascade")
    bucket = fields.Char(required=True)
    level = fields.Float(digits=(16, 4), help="Calls or points that were left at the moment.")
    moment = fields.Float(digits=(16, 4), help="Seconds since 1970, by the database's clock.")
    capacity = fields.Float(digits=(16, 4))

    _bucket_uniq = models.UniqueIndex("(channel_id, bucket)")


class ChannelTokens(TokenStore):
    """One account's tokens in the database. They are written in transactions of their own: what a
    provider gave is kept whatever becomes of the call it was for."""

    def __init__(self, env, channel_id):
        super().__init__()
        self._env = env
        self._channel_id = channel_id

    def _search(self, env):
        return env["helloword.channel.token"].sudo().search([("channel_id", "=", self._channel_id)])

    def load(self):
        with self._env.registry.cursor() as cr:
            return self._search(self._env(cr=cr))._get_tokens()

    def renew(self, stale, make):
        with self._env.registry.cursor() as cr:
            # One renewal at a time, in whatever worker; the channel's row is left alone.
            cr.execute(SQL("SELECT pg_advisory_xact_lock(%s, %s)", _TOKEN_LOCK, self._channel_id))
            row = self._search(self._env(cr=cr))
            kept = row._get_tokens()
            if kept.access != stale and kept.is_fresh():
                return kept
            tokens = make(kept)
            vals = row._prepare_vals(tokens)
            with mute_logger("odoo.sql_db"):
                if row:
                    row.write(vals)
                else:
                    row.create(vals | {"channel_id": self._channel_id})
            return tokens


class ChannelLimiter(Limiter):
    """One account's calls, counted in the database for all workers and servers."""

    def __init__(self, env, channel_id):
        super().__init__()
        self._env = env
        self._channel_id = channel_id

    def note(self, bucket, left):
        with self._env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    """
                    INSERT INTO helloword_channel_limit (channel_id, bucket, level, moment, capacity)
                    VALUES (%(channel)s, %(bucket)s, %(level)s,
                            extract(epoch FROM clock_timestamp()), %(capacity)s)
                    ON CONFLICT (channel_id, bucket) DO UPDATE
                       SET level = excluded.level, moment = excluded.moment,
                           capacity = excluded.capacity
                    """,
                    channel=self._channel_id,
                    bucket=bucket.name,
                    level=float(left),
                    capacity=bucket.capacity,
                )
            )

    def _spend(self, bucket, cost):
        with self._env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    """
                    INSERT INTO helloword_channel_limit (channel_id, bucket, level, moment, capacity)
                    VALUES (%(channel)s, %(bucket)s, %(capacity)s,
                            extract(epoch FROM clock_timestamp()), %(capacity)s)
                    ON CONFLICT (channel_id, bucket) DO UPDATE SET capacity = excluded.capacity
                    RETURNING level, extract(epoch FROM clock_timestamp()) - moment
                    """,
                    channel=self._channel_id,
                    bucket=bucket.name,
                    capacity=bucket.capacity,
                )
            )
            [[level, passed]] = cr.fetchall()
            level = refill(bucket, float(level), float(passed))
            needed = min(cost, bucket.capacity)
            if level < needed:
                return (needed - level) / bucket.rate
            cr.execute(
                SQL(
                    "UPDATE helloword_channel_limit "
                    "SET level = %s, moment = extract(epoch FROM clock_timestamp()) "
                    "WHERE channel_id = %s AND bucket = %s",
                    level - cost,
                    self._channel_id,
                    bucket.name,
                )
            )
            return 0.0


# Names our advisory locks on tokens among those of other programs: "hwtk".
_TOKEN_LOCK = 0x6877746B


def _to_naive(moment):
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0) if moment else False
