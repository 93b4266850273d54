import logging

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request, route

from odoo.addons.helloword_returns.models.provider_notice import UNREADABLE

from ..wms.base import InvalidSignatureError

_logger = logging.getLogger(__name__)

# Reports of large returns with all their lines.
MESSAGE_LIMIT = 2 * 1024 * 1024


class WmsWebhook(http.Controller):
    """Where operators of warehouses tell what happened.

    The address holds a secret of its own, the message a signature. Events are kept before the
    answer; what follows from them is worked by jobs.
    """

    @route(
        "/helloword/wms/webhook/<string:token>",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
        max_content_length=MESSAGE_LIMIT,
    )
    def receive(self, token, **kwargs):
        """:return: what the operator wants to hear when the message is kept; 401 when its signature
        does not fit, 404 when the address is nobody's, 422 when it cannot be read, 429 when too
        many forged ones came
        """
        connection = request.env["helloword.wms.connection"]._get_by_webhook_token(token)
        if not connection:
            return _answer(404)
        body = request.httprequest.get_data()
        headers = request.httprequest.headers
        try:
            adapter = connection._get_wms_adapter()
            adapter.verify_webhook(headers, body, request.httprequest.args)
        except (InvalidSignatureError, UserError) as error:
            _logger.warning(
                "Warehouse connection %s got a forged message: %s", connection.id, error
            )
            limit = request.env["helloword.request.limit"].sudo()
            return _answer(429 if limit._take("wms_forged", str(connection.id)) else 401)
        try:
            events = adapter.parse_webhook(headers, body)
        except UNREADABLE as error:
            _logger.warning(
                "Warehouse connection %s got a message nobody can read: %s",
                connection.id,
                type(error).__name__,
            )
            return _answer(422)
        connection.env["helloword.wms.event"]._take(connection, list(events), source="webhook")
        return _answer(*adapter.answer_webhook())


def _answer(status, content_type="text/plain", body=b""):
    return request.make_response(
        body,
        headers=[("Content-Type", content_type), ("Cache-Control", "no-store")],
        status=status,
    )
