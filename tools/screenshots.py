# SPDX-License-Identifier: LGPL-3.0-or-later
"""The pictures of the README, taken from the running demo: ``./dev screenshots``."""

import json
import os
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ADDRESS = os.environ["HELLOWORD_URL"]
IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
SIZE = {"width": 1440, "height": 900}
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

# Picture, action, domain of the record to open (None: the list itself), tab to open.
PICTURES = [
    ("inbox", "helloword_return_action", None, None),
    ("return", "helloword_return_action", [["goods_state", "=", "processed"]], "money"),
    ("why", "helloword_return_action", [["decision", "=", "return_refund"]], "plan"),
    ("inspection", "helloword_return_line_action_inspect", None, None),
    ("settings", "returns_settings_action", None, None),
    ("attention", "helloword_return_action", [["stage", "=", "attention"]], None),
    ("rules", "helloword_return_rule_action", None, None),
    ("review", "helloword_return_action_review", [["stage", "=", "review"]], None),
    ("simulation", "helloword_rule_simulation_action", [["state", "=", "done"]], None),
    ("analysis", "helloword_return_action_analysis", None, None),
    ("operations", "helloword_operation_action", None, None),
    ("costs", "helloword_return_cost_action", None, None),
    (
        "parcel",
        "helloword_return_action_all",
        [["tracking_status", "=", "in_transit"], ["goods_state", "=", "transit"]],
        "goods",
    ),
]

# Pages customers see, without a login, on a phone.
PAGES = [
    ("portal", "/returns/demo-shop"),
]
PHONE = {"width": 390, "height": 780}


class Demo:
    """A browser that is logged in to the demo."""

    def __init__(self, context):
        self.context = context
        self.page = context.new_page()

    def log_in(self):
        self.page.goto(f"{ADDRESS}/web/login")
        self.page.fill("input[name=login]", "admin")
        self.page.fill("input[name=password]", "admin")
        self.page.click("button[type=submit]")
        self.page.wait_for_selector(".o_web_client", timeout=60_000)

    def call(self, model, method, *args, **kwargs):
        """Call a method of a model as the person logged in."""
        answer = self.context.request.post(
            f"{ADDRESS}/web/dataset/call_kw",
            data=json.dumps(
                {
                    "jsonrpc": "2.0",
                    "params": {"model": model, "method": method, "args": args, "kwargs": kwargs},
                }
            ),
            headers={"Content-Type": "application/json"},
        ).json()
        if "error" in answer:
            sys.exit(f"{model}.{method}: {answer['error']['data']['message']}")
        return answer["result"]

    def set_language(self, code):
        users = self.call("res.users", "search", [["login", "=", "admin"]])
        self.call("res.users", "write", users, {"lang": code})

    def find_action(self, name):
        """:return: database id of the window action and the model it shows, or None"""
        rows = self.call(
            "ir.model.data",
            "search_read",
            [["module", "=", "helloword_returns"], ["name", "=", name]],
            ["res_id"],
        )
        if not rows:
            return None
        action = self.call("ir.actions.act_window", "read", [rows[0]["res_id"]], ["res_model"])[0]
        return action["id"], action["res_model"]

    def shoot(self, file, action, domain, tab):
        found = self.find_action(action)
        if not found:
            sys.exit(f"There is no action {action}: change PICTURES in tools/screenshots.py.")
        url = f"{ADDRESS}/odoo/action-{found[0]}"
        if domain is not None:
            ids = self.call(found[1], "search", domain, limit=1)
            if not ids:
                sys.exit(f"The demo has no record for the picture {file}: {domain}")
            url += f"/{ids[0]}"
        self.page.goto(url)
        self.page.wait_for_selector(".o_action .o_content", timeout=60_000)
        self.page.wait_for_timeout(1500)
        if tab:
            self.page.click(f".o_notebook .nav-link[name={tab}]")
            self.page.wait_for_timeout(500)
            story = self.page.locator(".o_helloword_story")
            if story.count():
                story.scroll_into_view_if_needed()
        self.page.screenshot(path=IMAGES / file)
        print(f"  ✓ {file}")


def main(wanted):
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=CHROMIUM_OPTIONS
        )
        demo = Demo(browser.new_context(viewport=SIZE))
        demo.log_in()
        for language, suffix in (("zh_CN", ".zh-CN"), ("en_US", "")):
            demo.set_language(language)
            for name, *picture in PICTURES:
                if not wanted or name in wanted:
                    demo.shoot(f"{name}{suffix}.png", *picture)
        for locale, suffix in (("zh-CN", ".zh-CN"), ("en-US", "")):
            page = browser.new_context(viewport=PHONE, locale=locale).new_page()
            for name, path in PAGES:
                if not wanted or name in wanted:
                    page.goto(f"{ADDRESS}{path}")
                    page.wait_for_timeout(1000)
                    page.screenshot(path=IMAGES / f"{name}{suffix}.png")
                    print(f"  ✓ {name}{suffix}.png")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
