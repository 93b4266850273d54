from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal, pager

CLOSED = ("done", "rejected", "cancelled")


class ReturnPortal(CustomerPortal):
    """The returns of a logged-in customer.

    Customers have no access rights on returns: they are read as superuser, within the customer's
    own. What the recipient of a gift asked for is not for its buyer to see.
    """

    def _get_own_returns_domain(self):
        commercial_partner = request.env.user.partner_id.commercial_partner_id
        return [("partner_id", "child_of", commercial_partner.id), ("is_gift", "=", False)]

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
            "can_ask": self._can_ask_for_return(),
        }
        return request.render("helloword_returns.portal_my_returns", values)

    def _can_ask_for_return(self):
        """:return: whether any company lets customers ask for returns themselves"""
        return bool(
            request.env["res.company"].sudo().search_count([("return_portal", "=", True)], limit=1)
        )
