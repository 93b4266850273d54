from importlib.util import find_spec
from pathlib import Path
from unittest import skipUnless

from odoo.tests import tagged

from .test_return_request import PublicCase

# The checks a machine can make for WCAG 2.2 AA, and some beyond.
RULES = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']"
CHECK = """
axe.run(document, {runOnly: %s}).then(({violations}) => {
    const found = violations.map(({id, help, nodes}) =>
        `${id}: ${help} (${nodes.map(({target}) => target).join(', ')})`);
    if (document.documentElement.scrollWidth > window.innerWidth) {
        found.push(`wider than the screen: ${document.documentElement.scrollWidth}`);
    }
    found.length ? console.error(found.join('; ')) : console.log('test successful');
});
"""


@tagged("post_install", "-at_install")
class TestPublicPagesOnPhone(PublicCase):
    """The pages as a phone shows them."""

    browser_size = "390x844"
    touch_enabled = True

    def test_whole_way(self):
        self.order.name = "PORTAL-TOUR"
        self.env.flush_all()
        self.start_tour("/returns/mug-shop", "helloword_return_portal")
        ret = self.order.return_ids
        self.assertEqual((ret.approval_state, ret.line_ids.quantity), ("cancelled", 1))

    @skipUnless(find_spec("axe_playwright_python"), "axe-core is a development tool")
    def test_accessible(self):
        package = find_spec("axe_playwright_python").submodule_search_locations[0]
        axe = Path(package, "axe.min.js").read_text()
        self.rule.write(
            {
                "offer_exchange": True,
                "offer_store_credit": True,
                "offer_keep_it": True,
                "keep_it_ladder": "20, 30",
            }
        )
        asked = self.env["helloword.return"].intake(
            [self._make_request(self.order, {self.line: 1})]
        )
        approved = self._make_return(self.order, {self.line: 1})
        token = self.order._get_finder_token()
        found = self.env["sale.order"]._read_finder_token(token)
        draft = self.env["helloword.return.draft"].sudo()._get_or_create(found)
        draft.lines = [{"sale_line_id": self.line.id, "quantity": 1, "reason": "too_small"}]
        paths = [
            "/returns",
            "/returns/mug-shop",
            f"/returns/order/{token}",
            f"/returns/order/{token}/options",
            f"/my/returns/{asked.id}?access_token={asked._portal_ensure_token()}",
            f"/my/returns/{approved.id}?access_token={approved._portal_ensure_token()}",
            f"/my/returns/{approved.id}/slip?access_token={approved.access_token}",
        ]
        self.env.flush_all()
        for path in paths:
            with self.subTest(path):
                self.browser_js(
                    path, axe + CHECK % RULES, ready="document.readyState === 'complete'"
                )
