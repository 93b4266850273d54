import math

from odoo import http
from odoo.http import request, route
from werkzeug.exceptions import NotFound, TooManyRequests

from ..models.order_finder import NOTHING

# Forms carry words, not files; pages that take photos set their own limit.
FORM_LIMIT = 256 * 1024


class PublicPage(http.Controller):
    """What every page for people without a login shares: the company's look, the limits on
    guessing, and headers that keep tokens from leaking.

    Language is Odoo's own choice: the address (``/de/returns``), then the visitor's cookie, then
    the browser, among the installed languages. Routes need ``website=True`` for it.
    """

    # -------------------------------------------------------------------------
    # Steps for controllers
    # -------------------------------------------------------------------------

    def _get_page_company(self, slug):
        """:return: the company at this address, as superuser
        :raise NotFound: there is none
        """
        company = request.env["res.company"]._get_by_page_slug(slug)
        if not company:
            raise NotFound()
        return company

    def _render_page(self, template, values, company, status=200):
        """A page in the look of a company.

        :param str template: external id of a template that calls
            ``helloword_returns.public_layout``
        :param company: ``res.company`` record, as superuser
        """
        values = {
            "page_company": company,
            "res_company": company,
            "page_lang": (request.env.lang or "en_US").replace("_", "-"),
            "languages": self._get_languages(),
            "errors": {},
        } | values
        response = request.render(template, values, status=status)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Robots-Tag"] = "noindex"
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        return response

    def _get_languages(self):
        """:return: list of tuples (code, name in its own language, address of this page in it)"""
        languages = request.env["res.lang"].sudo()._get_frontend().values()
        localized = request.env["ir.http"]._url_localized
        return [
            (
                language.code.replace("_", "-"),
                language.name.split("/")[-1].strip(),
                localized(lang_code=language.code, force_default_lang=True),
            )
            for language in languages
        ]

    def _is_too_often(self, kind, key=None):
        """Count an attempt.

        :param str kind: of ``models.request_limit.LIMITS``
        :param str key: what the attempt is about; without it, the visitor's address
        :return: 0, or in how many seconds to try again
        """
        Limit = request.env["helloword.request.limit"].sudo()
        if key is None:
            key = Limit._get_address_key(request.httprequest.remote_addr)
        return Limit._take(kind, key)

    def _find_order(self, number, contact, companies=None, is_gift=False):
        """Find an order for a visitor, counting guesses by address and by order number.

        :return: tuple (:class:`~odoo.addons.helloword_returns.models.order_finder.FoundOrder` or
            None, seconds to wait); one that has to wait finds nothing
        """
        Order = request.env["sale.order"].sudo()
        key = Order._normalize_number(number)
        wait = self._is_too_often("find_ip")
        if key != NOTHING:
            wait = max(wait, self._is_too_often("find_order", key))
        if wait:
            return None, wait
        found = Order._find_for_customer(number, contact, companies, is_gift)
        if found:
            Limit = request.env["helloword.request.limit"].sudo()
            Limit._give_back("find_order", key)
            Limit._give_back("find_ip", Limit._get_address_key(request.httprequest.remote_addr))
        return found, 0

    def _render_too_often(self, company, seconds):
        """The page for somebody who tried too often."""
        response = self._render_page(
            "helloword_returns.public_too_often",
            {"when": request.env._("Please try again in %s minutes.", math.ceil(seconds / 60))},
            company,
            status=TooManyRequests.code,
        )
        response.headers["Retry-After"] = str(seconds)
        return response

    def _read_exchanges(self, rows, form):
        """What somebody wants instead, of what can be had.

        :param rows: iterable of :class:`~odoo.addons.helloword_returns.models.return_preview.
            ExchangeRow`
        :return: tuple (dict of order line id → product id, dict of input id → message)
        """
        exchanges, errors = {}, {}
        for row in rows:
            chosen = row.get_choice(form.get(f"exchange_{row.sale_line_id}"))
            if chosen:
                exchanges[row.sale_line_id] = chosen.product_id
            else:
                errors[f"exchange_{row.sale_line_id}"] = request.env._(
                    "%s: choose what you would like instead.", row.name
                )
        return exchanges, errors

    def _send_product_image(self, product):
        """:param product: ``product.product`` record whose buyer asks"""
        stream = request.env["ir.binary"]._get_image_stream_from(product.sudo(), "image_256")
        return stream.get_response(max_age=3600)

    def _send_photo(self, photo):
        """:param photo: ``ir.attachment`` made by ``intake.photo.read_photo``"""
        return request.make_response(
            photo.raw,
            headers=[
                ("Content-Type", "image/jpeg"),
                ("X-Content-Type-Options", "nosniff"),
                ("Cache-Control", "private, max-age=3600"),
            ],
        )

    # -------------------------------------------------------------------------
    # Routes
    # -------------------------------------------------------------------------

    @route(
        "/helloword_returns/brand/<string:slug>.css",
        type="http",
        auth="public",
        methods=["GET"],
        readonly=True,
        save_session=False,
    )
    def brand_css(self, slug):
        """The company's colours as CSS custom properties."""
        company = self._get_page_company(slug)
        rules = ";".join(f"{name}:{value}" for name, value in company._get_brand_colours().items())
        return request.make_response(
            f":root{{{rules}}}",
            headers=[
                ("Content-Type", "text/css; charset=utf-8"),
                ("Cache-Control", "public, max-age=300"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
