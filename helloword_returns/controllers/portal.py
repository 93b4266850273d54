from odoo.exceptions import AccessError, MissingError
from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal, pager

CLOSED = ("done", "rejected", "cancelled")


class ReturnPortal(CustomerPortal):
    """Where a customer follows a return.

    Customers have no access rights on returns: pages are read as superuser, after the token or
    the customer's own identity was checked.
    """

    def _get_own_returns_domain(self):
        commercial_partner = request.env.user.partner_id.commercial_partner_id
        return [("partner_id", "child_of", commercial_partner.id)]

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "return_count" in counters:
            values["return_count"] = (
                request.env["helloword.return"].sudo().search_count(self._get_own_returns_domain())
            )
        return values

    def _get_return_filters(self):
        return {
            "all": {"label": request.env._("All"), "domain": []},
            "open": {"label": request.env._("Open"), "domain": [("state", "not in", CLOSED)]},
            "closed": {"label": request.env._("Closed"), "domain": [("state", "in", CLOSED)]},
        }

    def _get_return_sortings(self):
        return {
            "date": {"label": request.env._("Newest"), "order": "request_date desc, id desc"},
            "name": {"label": request.env._("Number"), "order": "name desc"},
        }

    @route(
        ["/my/returns", "/my/returns/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_my_returns(self, page=1, sortby="date", filterby="all", **kwargs):
        filters, sortings = self._get_return_filters(), self._get_return_sortings()
        filterby = filterby if filterby in filters else "all"
        sortby = sortby if sortby in sortings else "date"
        Return = request.env["helloword.return"].sudo()
        domain = self._get_own_returns_domain() + filters[filterby]["domain"]
        pages = pager(
            url="/my/returns",
            url_args={"sortby": sortby, "filterby": filterby},
            total=Return.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        returns = Return.search(
            domain,
            order=sortings[sortby]["order"],
            limit=self._items_per_page,
            offset=pages["offset"],
        )
        values = self._prepare_portal_layout_values() | {
            "returns": returns,
            "page_name": "return",
            "pager": pages,
            "default_url": "/my/returns",
            "searchbar_sortings": sortings,
            "sortby": sortby,
            "searchbar_filters": filters,
            "filterby": filterby,
        }
        return request.render("helloword_returns.portal_my_returns", values)

    @route(["/my/returns/<int:return_id>"], type="http", auth="public", website=True)
    def portal_my_return(self, return_id, access_token=None, **kwargs):
        try:
            return_sudo = self._get_return_sudo(return_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        values = self._get_page_view_values(
            return_sudo,
            access_token or return_sudo._portal_ensure_token(),
            {"return_order": return_sudo, "page_name": "return"},
            "my_returns_history",
            False,
            **kwargs,
        )
        return request.render("helloword_returns.portal_return_page", values)

    def _get_return_sudo(self, return_id, access_token):
        """The return, if its customer or a bearer of its token asks.

        :raise AccessError: neither the customer, nor staff, nor the right token
        :raise MissingError: there is no such return
        """
        user = request.env.user
        return_sudo = request.env["helloword.return"].sudo().browse(return_id).exists()
        customer = return_sudo.partner_id.commercial_partner_id
        if customer and not user._is_public() and user.commercial_partner_id == customer:
            return return_sudo
        return self._document_check_access("helloword.return", return_id, access_token)
