"""How often a channel may be called: buckets that fill at a steady rate.

The channel's own word wins: what it says is left replaces what was counted here.
"""

import threading
import time
from dataclasses import dataclass
from math import ceil

from odoo.addons.helloword_returns.providers.base import TemporaryError

# Seconds waited at once; what takes longer is left to whoever asked.
LONGEST_WAIT = 3.0


@dataclass(frozen=True)
class Bucket:
    """:param str name: unique within the account
    :param float capacity: calls, or points, that may be spent at once
    :param float rate: how many come back in a second
    """

    name: str
    capacity: float
    rate: float


def refill(bucket, level, passed):
    """:return: what is in the bucket after so many seconds"""
    return min(bucket.capacity, level + max(passed, 0.0) * bucket.rate)


class Limiter:
    """Counts one account's calls in this process; where several processes share an account, a
    subclass counts for all.
    """

    def __init__(self):
        self._levels = {}
        self._lock = threading.Lock()

    def take(self, bucket, cost=1.0):
        """Wait until a call may be made, and count it.

        :param bucket: :class:`Bucket`
        :raise TemporaryError: that takes too long; with the seconds it takes
        """
        wait = self._spend(bucket, cost)
        while wait > 0:
            if wait > LONGEST_WAIT:
                raise TemporaryError(
                    "The channel takes no more calls for now.", retry_after=ceil(wait)
                )
            time.sleep(wait)
            wait = self._spend(bucket, cost)

    def note(self, bucket, left):
        """What the channel says is left."""
        with self._lock:
            self._levels[bucket.name] = (float(left), time.monotonic())

    def pause(self, bucket, seconds):
        """The channel takes no calls for so long."""
        self.note(bucket, -seconds * bucket.rate)

    def _spend(self, bucket, cost):
        """:return: seconds to wait; 0 when the call is counted"""
        with self._lock:
            now = time.monotonic()
            level, since = self._levels.get(bucket.name, (bucket.capacity, now))
            level = refill(bucket, level, now - since)
            # A call dearer than the bucket is let through when it is full.
            needed = min(cost, bucket.capacity)
            if level < needed:
                return (needed - level) / bucket.rate
            self._levels[bucket.name] = (level - cost, now)
            return 0.0
