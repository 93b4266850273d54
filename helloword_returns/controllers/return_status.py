from odoo.exceptions import UserError
from odoo.http import request, route
from odoo.tools.misc import consteq
from reportlab.graphics.barcode import createBarcodeDrawing
from werkzeug.exceptions import NotFound

from ..intake.photo import PHOTO_BYTES, PhotoError
from ..models.batch_savepoint import batch_savepoint
from ..models.return_portal import PHOTOS_PER_RETURN
from .public import FORM_LIMIT, PublicPage
from .return_request import COMMENT_LIMIT, PHOTO_FORM_LIMIT, describe_photo_error

# Large enough: a hand scanner reads both from paper and from a phone.
CODE_SIZES = {
    "qr": ("QR", {"width": 180, "height": 180}),
    "bar": ("Code128", {"width": 300, "height": 70, "humanReadable": False, "quiet": True}),
}


def draw_code(text, kind):
    """:param str kind: ``qr`` or ``bar``
    :return: bytes of an SVG drawing
    """
    name, options = CODE_SIZES[kind]
    svg = createBarcodeDrawing(name, value=text, **options).asString("svg")
    return svg if isinstance(svg, bytes) else svg.encode()


class ReturnStatusPage(PublicPage):
    """Where a customer follows a return and answers to it.

    Open to the bearer of the return's token, to its logged-in customer and to staff. Customers
    have no access rights on returns: everything is read as superuser after that check.
    """

    def _get_return(self, return_id, access_token, operation="read"):
        """The return as superuser, for somebody who may see it or answer on it.

        :param str operation: what staff without the token must have the right to; ``write`` for
            whatever changes the return
        :return: ``helloword.return``, empty when the visitor may not
        """
        return_sudo = request.env["helloword.return"].sudo().browse(return_id).exists()
        user = request.env.user
        if not return_sudo:
            return return_sudo
        if access_token and return_sudo.access_token:
            if consteq(return_sudo.access_token, access_token):
                return return_sudo
        customer = return_sudo.partner_id.commercial_partner_id
        is_own = not user._is_public() and customer and user.commercial_partner_id == customer
        if is_own and not return_sudo.is_gift:
            return return_sudo
        if user._is_internal() and return_sudo.with_user(user).has_access(operation):
            return return_sudo
        return return_sudo.browse()

    def _go_back(self, return_sudo, access_token, message="", anchor=""):
        """To the status page, after a form was taken."""
        path = request.env["ir.http"]._url_for(f"/my/returns/{return_sudo.id}")
        token = access_token or ""
        return request.redirect(f"{path}?access_token={token}&message={message}{anchor}", code=303)

    # -------------------------------------------------------------------------
    # Pages
    # -------------------------------------------------------------------------

    @route(
        "/my/returns/<int:return_id>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def show(self, return_id, access_token=None, message="", **kwargs):
        return_sudo = self._get_return(return_id, access_token)
        if not return_sudo:
            return request.redirect("/my")
        return self._render_status(return_sudo, access_token, message=message)

    def _render_status(self, return_sudo, access_token, status=200, **values):
        headline, sentences = return_sudo._get_portal_answer()
        user = request.env.user
        values = {
            "return_order": return_sudo,
            "access_token": access_token or "",
            "headline": headline,
            "sentences": sentences,
            "timeline": return_sudo._get_portal_timeline(),
            "documents": return_sudo._get_portal_documents(),
            "messages": return_sudo._get_portal_messages(),
            "photos": return_sudo.customer_photo_ids,
            "is_staff": user._is_internal(),
            "is_logged_in": not user._is_public(),
            "comment_limit": COMMENT_LIMIT,
            "form": {},
            "outcomes": return_sudo._get_portal_outcomes() if return_sudo.waits_for_choice else [],
            "exchanges": return_sudo._get_exchange_rows() if return_sudo.waits_for_choice else [],
            "may_decline": bool(return_sudo._get_open_offer("keep_it")),
        } | values
        return self._render_page(
            "helloword_returns.return_status", values, return_sudo.company_id, status
        )

    @route(
        "/my/returns/<int:return_id>/slip",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def slip(self, return_id, access_token=None, **kwargs):
        """The paper that goes into the parcel."""
        return_sudo = self._get_return(return_id, access_token)
        if not return_sudo or return_sudo.approval_state != "approved":
            raise NotFound()
        return self._render_page(
            "helloword_returns.return_slip",
            {"return_order": return_sudo, "access_token": access_token or ""},
            return_sudo.company_id,
        )

    @route(
        "/my/returns/<int:return_id>/document/<int:document_id>",
        type="http",
        auth="public",
        sitemap=False,
        methods=["GET"],
    )
    def document(self, return_id, document_id, access_token=None, **kwargs):
        """A label or another file of this return; no other attachment."""
        return_sudo = self._get_return(return_id, access_token)
        document = return_sudo and return_sudo._get_portal_documents().filtered(
            lambda document: document.id == document_id
        )
        if not document:
            raise NotFound()
        return request.env["ir.binary"]._get_stream_from(document).get_response(as_attachment=True)

    @route(
        "/my/returns/<int:return_id>/image/<int:line_id>",
        type="http",
        auth="public",
        sitemap=False,
        methods=["GET"],
    )
    def image(self, return_id, line_id, access_token=None, **kwargs):
        """The picture of a product of this return."""
        return_sudo = self._get_return(return_id, access_token)
        line = return_sudo.line_ids.filtered(lambda line: line.id == line_id)
        if not line.product_id:
            raise NotFound()
        return self._send_product_image(line.product_id)

    @route(
        "/my/returns/<int:return_id>/photo/<int:photo_id>",
        type="http",
        auth="public",
        sitemap=False,
        methods=["GET"],
    )
    def photo(self, return_id, photo_id, access_token=None, **kwargs):
        """A photo the customer has sent."""
        return_sudo = self._get_return(return_id, access_token)
        photo = return_sudo and return_sudo.customer_photo_ids.filtered(
            lambda photo: photo.id == photo_id
        )
        if not photo:
            raise NotFound()
        return self._send_photo(photo)

    @route(
        "/my/returns/<int:return_id>/code/<any(qr,bar):kind>.svg",
        type="http",
        auth="public",
        sitemap=False,
        methods=["GET"],
    )
    def code(self, return_id, kind, access_token=None, **kwargs):
        """The return's number for scanners. Drawn as lines, so that it prints sharp."""
        return_sudo = self._get_return(return_id, access_token)
        if not return_sudo:
            raise NotFound()
        return request.make_response(
            draw_code(return_sudo.name, kind),
            headers=[
                ("Content-Type", "image/svg+xml"),
                ("X-Content-Type-Options", "nosniff"),
                ("Cache-Control", "private, max-age=86400"),
            ],
        )

    # -------------------------------------------------------------------------
    # Answers
    # -------------------------------------------------------------------------

    @route(
        "/my/returns/<int:return_id>/message",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["POST"],
        max_content_length=PHOTO_FORM_LIMIT,
    )
    def message(self, return_id, access_token=None, text="", **kwargs):
        """The customer writes, or sends more photos."""
        return_sudo = self._get_return(return_id, access_token, "write")
        if not return_sudo:
            raise NotFound()
        wait = self._is_too_often("submit_ip")
        if wait:
            return self._render_too_often(return_sudo.company_id, wait)
        text = (text or "").strip()[:COMMENT_LIMIT]
        files = request.httprequest.files.getlist("photos")
        photos = [data for data in (file.read(PHOTO_BYTES + 1) for file in files[:10]) if data]
        errors = {}
        if not text and not photos:
            errors["text"] = request.env._("Write something or choose a photo.")
        elif photos and len(return_sudo.customer_photo_ids) + len(photos) > PHOTOS_PER_RETURN:
            errors["photos"] = describe_photo_error("too_many")
        else:
            try:
                return_sudo._post_from_customer(text, photos)
            except PhotoError as error:
                errors["photos"] = describe_photo_error(error.code)
        if errors:
            return self._render_status(
                return_sudo, access_token, 422, errors=errors, form={"text": text}
            )
        return self._go_back(return_sudo, access_token, "sent", "#messages")

    @route(
        "/my/returns/<int:return_id>/withdraw",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["POST"],
        max_content_length=FORM_LIMIT,
    )
    def withdraw(self, return_id, access_token=None, **kwargs):
        return_sudo = self._get_return(return_id, access_token, "write")
        if not return_sudo:
            raise NotFound()
        try:
            if return_sudo.approval_state != "cancelled":
                # What is refused half-way leaves nothing behind.
                with batch_savepoint(request.env):
                    return_sudo.action_customer_withdraw()
        except UserError as error:
            return self._render_status(
                return_sudo, access_token, 422, errors={"withdraw": str(error)}
            )
        return self._go_back(return_sudo, access_token, "withdrawn")

    @route(
        "/my/returns/<int:return_id>/choose",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["POST"],
        max_content_length=FORM_LIMIT,
    )
    def choose(self, return_id, access_token=None, outcome="", decline="", **form):
        """The customer takes one of the offers, or does not want to keep the goods."""
        return_sudo = self._get_return(return_id, access_token, "write")
        if not return_sudo:
            raise NotFound()
        errors, exchanges = {}, {}
        offers = return_sudo._get_portal_offers()
        offer = offers.filtered(lambda offer: offer.kind == ("keep_it" if decline else outcome))
        if not offer:
            errors["outcome"] = request.env._("Choose what you would like.")
        elif offer.kind == "exchange":
            exchanges, errors = self._read_exchanges(return_sudo._get_exchange_rows(), form)
        if not errors:
            try:
                with batch_savepoint(request.env):
                    self._answer_offer(return_sudo, offer, exchanges, decline)
            except UserError as error:
                errors["outcome"] = str(error)
        if errors:
            return self._render_status(return_sudo, access_token, 422, errors=errors, form=form)
        return self._go_back(return_sudo, access_token, "declined" if decline else "accepted")

    def _answer_offer(self, return_sudo, offer, exchanges, decline):
        if decline:
            offer._decline()
            return
        if offer.kind == "exchange":
            for line in return_sudo.line_ids:
                line.exchange_product_id = exchanges.get(line.sale_line_id.id)
        offer._accept()
