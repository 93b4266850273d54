"""What Odoo's test cases need to talk to peers."""


class PeerMixin:
    """Beside an Odoo test case: lets calls to peers on this machine pass."""

    @classmethod
    def _request_handler(cls, session, request, /, **kwargs):
        """Odoo compares the timeout with a number; ours are pairs (to connect, to read)."""
        if isinstance(kwargs.get("timeout"), tuple):
            kwargs["timeout"] = max(kwargs["timeout"])
        return super()._request_handler(session, request, **kwargs)
