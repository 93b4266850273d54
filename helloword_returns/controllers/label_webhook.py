import logging

from odoo import http
from odoo.http import request, route

_logger = logging.getLogger(__name__)

# Messages about one parcel have some kilobytes; histories of long journeys some more.
MESSAGE_LIMIT = 512 * 1024


class LabelWebhook(http.Controller):
    """Where label services tell what happens to labels and parcels.

    The address holds a secret of its own, the message a signature. Whoever knows neither learns
    nothing: answers are empty.
    """

    @route(
        "/helloword/label/webhook/<string:token>",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
        max_content_length=MESSAGE_LIMIT,
    )
    def receive(self, token, **kwargs):
        """:return: 200 when the message is kept, 401 when its signature does not fit, 404 when the
        address is nobody's, 413 when it is too long, 429 when too many forged ones came
        """
        account = request.env["helloword.label.account"]._get_by_webhook_token(token)
        if not account:
            return _answer(404)
        Limit = request.env["helloword.request.limit"].sudo()
        body = request.httprequest.get_data()
        notices = request.env["helloword.label.notice"].sudo().with_company(account.company_id)
        notice = notices._receive(
            account, request.httprequest.headers, body, request.httprequest.args
        )
        if notice.state != "forged":
            return _answer(200)
        _logger.warning("Label account %s got a message with a bad signature", account.id)
        if Limit._take("label_forged", str(account.id)):
            notice.unlink()
            return _answer(429)
        return _answer(401)


def _answer(status):
    return request.make_response("", headers=[("Cache-Control", "no-store")], status=status)
