from odoo.http import request, route
from odoo.tools import email_normalize, float_compare
from werkzeug.exceptions import NotFound

from ..intake.payload import RequestLine
from ..intake.photo import PHOTO_BYTES, PhotoError
from ..models.return_draft import PHOTOS_PER_DRAFT
from .public import FORM_LIMIT, PublicPage

# All photos of a form together.
PHOTO_FORM_LIMIT = 64 * 1024 * 1024
COMMENT_LIMIT = 2000
NAME_LIMIT = 100
EMAIL_LIMIT = 200


def describe_photo_error(code):
    """:param str code: of a PhotoError, or ``too_many``"""
    return {
        "too_big": request.env._("This photo is too big. Send one of less than 12 MB."),
        "not_an_image": request.env._("This file is no photo. Send a JPEG or PNG picture."),
        "too_many": request.env._("These are too many photos. Remove some first."),
    }[code]


class ReturnRequestPage(PublicPage):
    """Asking for a return without a login: find the order, choose the goods, choose what to get.

    Everything after the first page is bound to one order by a signed token. Order lines, reasons
    and products are looked up among those this order may have; other ids in a form mean nothing.
    """

    # -------------------------------------------------------------------------
    # Shops
    # -------------------------------------------------------------------------

    @route("/returns", type="http", auth="public", website=True, sitemap=False, readonly=True)
    def shops(self, **kwargs):
        """The page of the only shop, else a list of shops."""
        companies = request.env["res.company"].sudo().search([("return_portal", "=", True)])
        if not companies:
            raise NotFound()
        if len(companies) == 1:
            return self._go(f"/returns/{companies.return_page_slug}")
        own = companies.filtered(lambda company: company == request.env.company)
        return self._render_page(
            "helloword_returns.return_shops", {"companies": companies}, own or companies[0]
        )

    def _get_portal_company(self, slug):
        company = self._get_page_company(slug)
        if not company.return_portal:
            raise NotFound()
        return company

    def _go(self, path):
        """:param str path: of ours, without language"""
        return request.redirect(request.env["ir.http"]._url_for(path), code=303)

    # -------------------------------------------------------------------------
    # Find the order
    # -------------------------------------------------------------------------

    @route(
        "/returns/<string:slug>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET", "POST"],
        max_content_length=FORM_LIMIT,
    )
    def find(self, slug, order="", contact="", is_gift="", **kwargs):
        company = self._get_portal_company(slug)
        values = {"order": order, "contact": contact, "is_gift": is_gift, "slug": slug}
        if request.httprequest.method == "POST":
            errors = self._check_find_form(order, contact)
            if not errors:
                found, wait = self._find_order(order, contact, company, bool(is_gift))
                if wait:
                    return self._render_too_often(company, wait)
                if found:
                    token = found.order._get_finder_token(found.proof, found.nonce)
                    return self._go(f"/returns/order/{token}")
                errors["order"] = request.env._(
                    "We found no order with this number and this e-mail address or postcode. "
                    "Please compare both with your order confirmation."
                )
            values["errors"] = errors
        elif kwargs.get("expired"):
            values["is_expired"] = True
        status = 422 if values.get("errors") else 200
        return self._render_page("helloword_returns.return_find", values, company, status)

    def _check_find_form(self, number, contact):
        errors = {}
        if not (number or "").strip():
            errors["order"] = request.env._("Enter the number of your order.")
        if not (contact or "").strip():
            errors["contact"] = request.env._("Enter your e-mail address or postcode.")
        return errors

    # -------------------------------------------------------------------------
    # Logged-in customers
    # -------------------------------------------------------------------------

    @route("/my/returns/new", type="http", auth="user", website=True, sitemap=False)
    def choose_order(self, **kwargs):
        orders = self._get_own_orders()
        company = orders.company_id[:1] or request.env.company.sudo()
        return self._render_page(
            "helloword_returns.return_choose_order", {"orders": orders}, company
        )

    @route(
        "/my/returns/new/<int:order_id>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
        max_content_length=FORM_LIMIT,
    )
    def start_from_order(self, order_id, **kwargs):
        order = self._get_own_orders().filtered(lambda order: order.id == order_id)
        if not order:
            raise NotFound()
        return self._go(f"/returns/order/{order._get_finder_token()}")

    def _get_own_orders(self):
        """:return: the customer's latest orders in shops with a portal, as superuser"""
        partner = request.env.user.partner_id.commercial_partner_id
        return (
            request.env["sale.order"]
            .sudo()
            .search(
                [
                    ("partner_id", "child_of", partner.id),
                    ("state", "=", "sale"),
                    ("company_id.return_portal", "=", True),
                    ("order_line.product_id.type", "=", "consu"),
                ],
                order="date_order desc, id desc",
                limit=50,
            )
        )

    # -------------------------------------------------------------------------
    # Choose the goods
    # -------------------------------------------------------------------------

    def _read_token(self, token):
        """:return: FoundOrder, or None when the token is not, or no longer, good"""
        found = request.env["sale.order"].sudo()._read_finder_token(token)
        return found if found and found.order.company_id.sudo().return_portal else None

    def _go_to_start(self):
        return self._go("/returns?expired=1")

    def _get_draft(self, found):
        return request.env["helloword.return.draft"].sudo()._get_or_create(found)

    @route(
        "/returns/order/<string:token>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET", "POST"],
        max_content_length=PHOTO_FORM_LIMIT,
    )
    def choose_items(self, token, **form):
        found = self._read_token(token)
        if not found:
            return self._go_to_start()
        company = found.order.company_id
        draft = self._get_draft(found)
        if draft.return_id:
            return self._go_to_return(draft.return_id)
        obstacle = found.order._get_portal_obstacle()
        items = [] if obstacle else found.order._get_portal_items()
        errors = self._ask_for_photo(draft) if form.get("photo") else {}
        if request.httprequest.method == "POST" and items:
            wait = self._is_too_often("submit_ip")
            if wait:
                return self._render_too_often(company, wait)
            errors = self._save_items(draft, items, form)
            if not errors:
                return self._go(f"/returns/order/{token}/options")
        lines = {line.sale_line_id: line for line in draft._get_request_lines()}
        values = {
            "token": token,
            "order": found.order,
            "draft": draft,
            "is_gift": draft.is_gift,
            "obstacle": obstacle,
            "items": items,
            "lines": lines,
            "reason_groups": request.env["helloword.return.reason"].sudo()._get_portal_groups(),
            "can_continue": any(not item.obstacle for item in items),
            "errors": errors,
            "comment_limit": COMMENT_LIMIT,
        }
        return self._render_page(
            "helloword_returns.return_items", values, company, 422 if errors else 200
        )

    def _ask_for_photo(self, draft):
        """The rules want to see a photo before they decide.

        :return: dict of input id → message
        """
        lines = [] if draft.photo_ids else draft._get_request_lines()
        return {
            f"photos_{line.sale_line_id}": request.env._("Please add a photo that shows the goods.")
            for line in lines[:1]
        }

    def _save_items(self, draft, items, form):
        """Take what the form says about each item into the draft.

        :return: dict of input id → message
        """
        errors, lines = {}, []
        self._remove_photos(draft)
        reasons = {
            reason.code: reason
            for _group, reasons in request.env["helloword.return.reason"]
            .sudo()
            ._get_portal_groups()
            for reason in reasons
        }
        for item in items:
            if item.obstacle:
                continue
            key = item.sale_line.id
            quantity = self._read_number(form.get(f"quantity_{key}"))
            rounding = item.product.uom_id.rounding or 0.01
            if float_compare(quantity, 0.0, precision_rounding=rounding) <= 0:
                continue
            if float_compare(quantity, item.returnable, precision_rounding=rounding) > 0:
                errors[f"quantity_{key}"] = request.env._(
                    "%(product)s: at most %(quantity)g can be returned.",
                    product=item.name,
                    quantity=item.returnable,
                )
            reason = reasons.get(form.get(f"reason_{key}"))
            if not reason:
                errors[f"reason_{key}"] = request.env._(
                    "%s: choose why you send it back.", item.name
                )
            message = self._save_photos(draft, item.sale_line)
            if message:
                errors[f"photos_{key}"] = message
            elif reason and reason.portal_photo_required:
                if not draft._get_photos(item.sale_line):
                    errors[f"photos_{key}"] = request.env._(
                        "%s: add a photo that shows the problem.", item.name
                    )
            lines.append(
                RequestLine(
                    sale_line_id=key,
                    quantity=min(quantity, item.returnable),
                    reason=reason.code if reason else "",
                    comment=(form.get(f"comment_{key}") or "").strip()[:COMMENT_LIMIT],
                )
            )
        draft._set_request_lines(lines)
        if not lines:
            first = next(item for item in items if not item.obstacle)
            errors[f"quantity_{first.sale_line.id}"] = request.env._(
                "Choose how many of at least one product you want to send back."
            )
        return errors

    def _read_number(self, text):
        try:
            number = float((text or "0").replace(",", "."))
        except ValueError:
            return 0.0
        return number if 0 < number <= 1_000_000 else 0.0

    def _remove_photos(self, draft):
        """Photos the customer ticked; only those of the draft itself."""
        ticked = request.httprequest.form.getlist("remove_photo")
        draft.photo_ids.filtered(lambda photo: str(photo.id) in ticked).unlink()

    def _save_photos(self, draft, sale_line):
        """:return: message when a file cannot be taken, else None"""
        for file in request.httprequest.files.getlist(f"photos_{sale_line.id}"):
            data = file.read(PHOTO_BYTES + 1)
            if not data:
                continue
            if len(draft.photo_ids) >= PHOTOS_PER_DRAFT:
                return describe_photo_error("too_many")
            try:
                draft._add_photo(sale_line, data)
            except PhotoError as error:
                return describe_photo_error(error.code)
        return None

    @route(
        "/returns/order/<string:token>/photo/<int:photo_id>",
        type="http",
        auth="public",
        sitemap=False,
        methods=["GET"],
    )
    def show_photo(self, token, photo_id, **kwargs):
        """A photo the customer has sent, while the request is filled in."""
        found = self._read_token(token)
        photo = found and self._get_draft(found).photo_ids.filtered(
            lambda photo: photo.id == photo_id
        )
        if not photo:
            raise NotFound()
        return self._send_photo(photo)

    @route(
        "/returns/order/<string:token>/image/<int:line_id>",
        type="http",
        auth="public",
        sitemap=False,
        methods=["GET"],
        readonly=True,
    )
    def show_product(self, token, line_id, **kwargs):
        """The picture of a product of this order."""
        found = self._read_token(token)
        line = found and found.order.order_line.filtered(lambda line: line.id == line_id)
        if not line:
            raise NotFound()
        return self._send_product_image(line.product_id)

    # -------------------------------------------------------------------------
    # Choose what to get, and send
    # -------------------------------------------------------------------------

    @route(
        "/returns/order/<string:token>/options",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET", "POST"],
        max_content_length=FORM_LIMIT,
    )
    def choose_outcome(self, token, **form):
        found = self._read_token(token)
        if not found:
            return self._go_to_start()
        draft = self._get_draft(found)
        company = found.order.company_id
        if draft.return_id:
            return self._go_to_return(draft.return_id)
        if not draft.lines:
            return self._go(f"/returns/order/{token}")
        errors = {}
        preview = draft._preview()
        if preview.needs_photo:
            return self._go(f"/returns/order/{token}?photo=1")
        if request.httprequest.method == "POST":
            wait = self._is_too_often("submit_ip")
            if wait:
                return self._render_too_often(company, wait)
            answers, errors = self._read_answers(draft, preview, form)
            if not errors and self._offers_more(draft, preview, answers["outcome"]):
                return self._go(f"/returns/order/{token}/options")
            if not errors:
                ret = request.env["helloword.return"].sudo()._create_from_draft(draft, **answers)
                return self._go_to_return(ret)
        values = {
            "token": token,
            "order": found.order,
            "draft": draft,
            "is_gift": draft.is_gift,
            "preview": preview,
            "form": form,
            "errors": errors,
            "masked_email": self._mask(found.order.partner_id.email_normalized),
            "comment_limit": COMMENT_LIMIT,
        }
        return self._render_page(
            "helloword_returns.return_options", values, company, 422 if errors else 200
        )

    def _offers_more(self, draft, preview, outcome):
        """The next step of a keep-it ladder, for somebody who wants the money.

        :return: whether there is one; it is offered from now on
        """
        if outcome != "refund" or not preview.has_next_step:
            return False
        draft.keep_it_step += 1
        return True

    def _read_answers(self, draft, preview, form):
        """:return: tuple (arguments of ``_create_from_draft``, dict of input id → message)"""
        errors = {}
        outcome = preview.get_outcome(form.get("outcome"))
        if preview.outcomes and not outcome:
            errors["outcome"] = request.env._("Choose what you would like.")
        exchanges = {}
        if outcome and outcome.kind == "exchange":
            exchanges, mistakes = self._read_exchanges(preview.exchanges, form)
            errors |= mistakes
        email = (form.get("email") or "").strip()[:EMAIL_LIMIT]
        if email and not email_normalize(email):
            errors["email"] = request.env._("Enter an e-mail address such as name@example.com.")
        if not email and (draft.is_gift or not draft.sale_order_id.partner_id.email):
            errors["email"] = request.env._("Enter the e-mail address we should write to.")
        name = (form.get("name") or "").strip()[:NAME_LIMIT]
        if draft.is_gift and not name:
            errors["name"] = request.env._("Enter your name.")
        answers = {
            "outcome": outcome.kind if outcome else "",
            "exchanges": exchanges,
            "name": name if draft.is_gift else "",
            "email": email,
            "comment": (form.get("comment") or "").strip()[:COMMENT_LIMIT],
        }
        return answers, errors

    def _mask(self, email):
        """Enough of an address for its owner to know it, too little for anybody else."""
        if not email or "@" not in email:
            return ""
        name, domain = email.split("@", 1)
        return f"{name[0]}•••@{domain[0]}•••.{domain.rsplit('.', 1)[-1]}"

    def _go_to_return(self, ret):
        token = ret._portal_ensure_token()
        return self._go(f"/my/returns/{ret.id}?access_token={token}")
