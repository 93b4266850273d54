"""An operator's system that takes our messages, and checks them with Standard Webhooks' own library."""

from standardwebhooks import Webhook

from .base import Peer, Reply, route


class WmsReceiverPeer(Peer):
    """:ivar str secret: the one it knows
    :ivar messages: what it took, by number
    :ivar forged: numbers of messages whose signature did not fit
    """

    def __init__(self):
        super().__init__()
        self.secret = ""
        self.messages = {}
        self.forged = []

    @route("POST", "/inbox")
    def take(self, call):
        number = call.headers.get("webhook-id", "")
        try:
            content = Webhook(self.secret).verify(call.body, call.headers)
        except Exception:
            self.forged.append(number)
            return Reply(401)
        with self.lock:
            self.messages.setdefault(number, content)
        return Reply(204, b"")

    @route("POST", "/elsewhere")
    def send_on(self, call):
        return Reply(307, b"", {"Location": f"{self.url}/inbox"})
