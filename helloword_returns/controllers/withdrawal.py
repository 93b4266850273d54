from odoo.http import content_disposition, request, route
from odoo.tools import consteq, email_normalize
from werkzeug.exceptions import NotFound

from ..intake.withdrawal_statement import WithdrawalStatement, WithdrawnItem
from ..models.withdrawal import CONTRACT_LIMIT, NAME_LIMIT, TEXT_LIMIT
from .public import FORM_LIMIT, PublicPage


class WithdrawalPage(PublicPage):
    """The withdrawal function of Directive 2011/83/EU Art. 11a, without login and without reasons.

    Two controls with prescribed words: the first leads to the form, the second sends the
    statement. The form asks for a name, what identifies the contract, and the e-mail address for
    the acknowledgement (Art. 11a(2)); nothing else has to be filled in. Whatever is sent is
    stored; the page says the same whether an order was found or not.
    """

    # -------------------------------------------------------------------------
    # Words
    # -------------------------------------------------------------------------

    def _get_withdrawal_wording(self):
        """The words in the language of the page; in the browser's where we have its words but
        Odoo does not speak it."""
        Wording = request.env["helloword.withdrawal.wording"].sudo()
        page_lang = request.env.lang or "en_US"
        wanted = request.httprequest.accept_languages.best or ""
        installed = {code.split("_")[0] for code, _name in request.env["res.lang"].get_installed()}
        if wanted.split("-")[0].lower() not in installed:
            known = Wording._get_known(wanted)
            if known:
                return known
        return Wording._get_for(page_lang)

    def _render_withdrawal(self, template, values, company, status=200):
        wording = values.get("wording") or self._get_withdrawal_wording()
        return self._render_page(
            template,
            {
                "wording": wording,
                "page_home": request.env["ir.http"]._url_for(
                    f"/withdrawal/{company.return_page_slug}"
                ),
            }
            | values,
            company,
            status,
        )

    def _get_withdrawal_company(self, slug):
        company = self._get_page_company(slug)
        if not company.withdrawal_page:
            raise NotFound()
        return company

    def _go(self, path):
        return request.redirect(request.env["ir.http"]._url_for(path), code=303)

    # -------------------------------------------------------------------------
    # First control
    # -------------------------------------------------------------------------

    @route("/withdrawal", type="http", auth="public", website=True, sitemap=False, readonly=True)
    def withdrawal_shops(self, **kwargs):
        """The page of the only shop, else a list of shops."""
        companies = request.env["res.company"].sudo().search([("withdrawal_page", "=", True)])
        companies = companies.filtered("return_page_slug")
        if not companies:
            raise NotFound()
        if len(companies) == 1:
            return self._go(f"/withdrawal/{companies.return_page_slug}")
        own = companies.filtered(lambda company: company == request.env.company)
        return self._render_withdrawal(
            "helloword_returns.withdrawal_shops", {"companies": companies}, own or companies[0]
        )

    @route(
        "/withdrawal/<string:slug>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        readonly=True,
        methods=["GET"],
    )
    def withdrawal_start(self, slug, **kwargs):
        company = self._get_withdrawal_company(slug)
        return self._render_withdrawal("helloword_returns.withdrawal_start", {}, company)

    # -------------------------------------------------------------------------
    # The statement, second control
    # -------------------------------------------------------------------------

    @route(
        "/withdrawal/<string:slug>/statement",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET", "POST"],
        max_content_length=FORM_LIMIT,
    )
    def withdrawal_statement(self, slug, order="", **form):
        company = self._get_withdrawal_company(slug)
        found = self._read_order_token(order, company)
        values = self._read_form(form, found)
        if request.httprequest.method == "GET":
            return self._render_statement(company, values, found, order)
        if "find" in form:
            return self._show_items(company, values)
        errors = self._check_statement(values, found)
        if errors:
            return self._render_statement(company, values, found, order, errors, status=422)
        wait = max(
            self._is_too_often("withdraw_ip"),
            self._is_too_often("withdraw_email", email_normalize(values["email"])),
        )
        if wait:
            return self._render_statement(company, values, found, order, wait=wait, status=429)
        withdrawal = self._take_statement(company, values, found)
        return self._go(f"/withdrawal/received/{withdrawal.sudo().access_token}")

    def _read_order_token(self, token, company):
        """:return: FoundOrder of this company, or None"""
        found = request.env["sale.order"].sudo()._read_finder_token(token) if token else None
        return found if found and found.order.company_id == company else None

    def _read_form(self, form, found):
        """What was typed; on the first visit with a token, what the order knows.

        Name and address of the buyer are for the buyer alone: a token is also given to who knows
        the order's number and a postcode, as everybody does who sees the parcel.
        """
        values = {
            "name": (form.get("name") or "").strip()[:NAME_LIMIT],
            "contract": (form.get("contract") or "").strip()[:CONTRACT_LIMIT],
            "email": (form.get("email") or "").strip()[:NAME_LIMIT],
            "scope": "part" if form.get("scope") == "part" else "all",
            "items_text": (form.get("items_text") or "").strip()[:TEXT_LIMIT],
            "quantities": {
                key.removeprefix("quantity_"): value
                for key, value in form.items()
                if key.startswith("quantity_")
            },
        }
        if found and request.httprequest.method == "GET":
            values["contract"] = found.order.return_channel_ref or found.order.name
            buyer = found.order.partner_id
            visitor = request.env.user
            is_own = visitor.commercial_partner_id == buyer.commercial_partner_id
            if is_own and not visitor._is_public():
                values["name"] = buyer.name or ""
                values["email"] = buyer.email or ""
        return values

    def _show_items(self, company, values):
        """List the goods of an order to somebody who knows its number and e-mail address.

        To everybody else the same page comes back with a field for words; too many guesses count
        as wrong ones, since the statement itself needs no order.
        """
        found, _wait = self._find_order(values["contract"], values["email"], company)
        values["scope"] = "part"
        token = found.order._get_finder_token(found.proof, found.nonce) if found else ""
        return self._render_statement(company, values, found, token, looked=True)

    def _check_statement(self, values, found):
        """:return: dict of input id → message"""
        _ = request.env._
        errors = {}
        if not values["name"]:
            errors["name"] = _("Enter your name.")
        if not values["contract"]:
            errors["contract"] = _(
                "Enter what identifies the contract, such as the order number, or what you "
                "ordered and when."
            )
        if not email_normalize(values["email"]):
            errors["email"] = _(
                "Enter an e-mail address such as name@example.com. We send you the "
                "acknowledgement of your withdrawal there."
            )
        has_items = found and self._read_items(found.order, values["quantities"])
        if values["scope"] == "part" and not values["items_text"] and not has_items:
            errors["items_text"] = _(
                "Name the goods you mean, or choose to withdraw from the whole contract."
            )
        if values["scope"] == "all" and (values["items_text"] or has_items):
            errors["scope_all"] = _(
                "You named some goods. Choose whether you withdraw from the whole contract or only "
                "from these."
            )
        return errors

    def _take_statement(self, company, values, found):
        items, words = (), values["items_text"] if values["scope"] == "part" else ""
        is_own = bool(found) and self._is_same_order(found.order, values["contract"])
        if values["scope"] == "part" and found:
            items = self._read_items(found.order, values["quantities"])
        if items and not is_own:
            # Goods of one order, the number of another: keep what was meant in words.
            chosen = [f"{item.quantity:g} × {item.name}" for item in items]
            items, words = (), "\n".join([*chosen, words]).strip()
        statement = WithdrawalStatement(
            company_id=company.id,
            name=values["name"],
            contract=values["contract"],
            email=values["email"],
            lang=self._get_withdrawal_wording().lang,
            items=items,
            items_text=words,
            order_id=found.order.id if is_own else 0,
            is_buyer=is_own and found.proof == "buyer",
        )
        return request.env["helloword.withdrawal"].sudo()._take([statement])

    def _is_same_order(self, order, contract):
        """Whether somebody who chose goods of an order did not type another number afterwards."""
        Order = request.env["sale.order"]
        numbers = (order.name, order.client_order_ref, order.return_channel_ref)
        typed = Order._normalize_number(contract)
        return typed in {Order._normalize_number(number) for number in numbers if number}

    def _read_items(self, order, quantities):
        """:return: tuple of WithdrawnItem; only goods of this order, at most what was ordered"""
        items = []
        for line in order.order_line.filtered(lambda line: line._is_withdrawable()):
            ordered = self._get_ordered(line)
            quantity = min(self._read_quantity(quantities.get(str(line.id))), ordered)
            if quantity > 0:
                items.append(WithdrawnItem(line.id, quantity, line.product_id._get_portal_name()))
        return tuple(items)

    def _get_ordered(self, line):
        return line.product_uom_id._compute_quantity(
            line.product_uom_qty, line.product_id.uom_id, round=False
        )

    def _read_quantity(self, text):
        try:
            number = float((text or "0").replace(",", "."))
        except ValueError:
            return 0.0
        return number if 0 < number <= 1_000_000 else 0.0

    def _render_statement(
        self, company, values, found, token, errors=None, looked=False, wait=0, status=200
    ):
        lines = request.env["sale.order.line"].sudo()
        if found:
            lines = found.order.order_line.filtered(lambda line: line._is_withdrawable())
        return self._render_withdrawal(
            "helloword_returns.withdrawal_statement",
            {
                "values": values,
                "items": [(line, self._get_ordered(line)) for line in lines],
                "order_token": token if found else "",
                "errors": errors or {},
                "looked": looked,
                "minutes": -(-wait // 60),
                "name_limit": NAME_LIMIT,
                "contract_limit": CONTRACT_LIMIT,
                "text_limit": TEXT_LIMIT,
            },
            company,
            status,
        )

    # -------------------------------------------------------------------------
    # Received
    # -------------------------------------------------------------------------

    @route(
        "/withdrawal/received/<string:token>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        readonly=True,
        methods=["GET"],
    )
    def withdrawal_received(self, token, **kwargs):
        withdrawal = self._get_by_token(token)
        return self._render_withdrawal(
            "helloword_returns.withdrawal_received",
            {"withdrawal": withdrawal, "token": token, "wording": withdrawal._get_wording()},
            withdrawal.company_id,
        )

    @route(
        "/withdrawal/received/<string:token>/copy",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def withdrawal_copy(self, token, **kwargs):
        withdrawal = self._get_by_token(token)
        # Drawing a PDF is the dearest thing a visitor can ask for.
        wait = self._is_too_often("copy_ip")
        if wait:
            return self._render_too_often(withdrawal.company_id, wait)
        name, content, mimetype = withdrawal._get_copy_file()
        return request.make_response(
            content,
            headers=[
                ("Content-Type", mimetype),
                ("Content-Disposition", content_disposition(name)),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )

    def _get_by_token(self, token):
        """:raise NotFound: no statement has this token"""
        withdrawal = (
            request.env["helloword.withdrawal"]
            .sudo()
            .search([("access_token", "=", token)], limit=1)
        )
        if not withdrawal or not consteq(withdrawal.access_token, token):
            raise NotFound()
        return withdrawal
