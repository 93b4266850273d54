"""No account at the other side: people enter requests and pay refunds themselves."""

from .base import ChannelAdapter


class ManualAdapter(ChannelAdapter):
    """Can do nothing, so nothing is ever scheduled for it."""
