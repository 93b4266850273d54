"""A fuzzing run over HTTP, driven by the contract of our interface for warehouses: whatever is
sent, nothing breaks and every answer is as described."""

import json
import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import TestCase
from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from openapi_spec_validator import OpenAPIV31SpecValidator

from odoo.addons.helloword_3pl.tests.common import WmsCommon
from odoo.addons.helloword_3pl.wms.api_contract import read_contract, read_text
from odoo.addons.helloword_returns.models.request_limit import LIMITS

SETTINGS = Path(__file__).with_name("schemathesis.toml")
SEED = 20261123
EXAMPLES = 20
SECONDS = 90
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


class TestWarehouseContract(TestCase):
    def test_contract_is_openapi(self):
        errors = [error.message for error in OpenAPIV31SpecValidator(read_contract()).iter_errors()]
        self.assertFalse(errors)


@tagged("post_install", "-at_install")
class TestWarehouseFuzz(WmsCommon, HttpCase):
    def setUp(self):
        super().setUp()
        # The run is one busy caller; what the limit answers has tests of its own.
        self.enterContext(patch.dict(LIMITS, {"wms_api": (10**6, 60)}))
        for _return in range(3):
            self._expect({self.product_standard: 2})
        self.key = (
            self.env["helloword.wms.key"]
            .create({"connection_id": self.connection.id, "name": "Dock"})
            ._draw()
        )
        self.env.flush_all()

    def _fuzz(self, key, *options):
        """:return: what was found, empty when nothing was"""
        with ExitStack() as stack:
            folder = stack.enter_context(TemporaryDirectory())
            stack.enter_context(self.allow_requests())
            contract = Path(folder, "openapi.json")
            contract.write_text(read_text(), encoding="utf-8")
            run = subprocess.run(
                [
                    Path(sys.executable).with_name("st"),
                    "--config-file",
                    SETTINGS,
                    "run",
                    contract,
                    "--url",
                    self.base_url(),
                    "--header",
                    f"Authorization: Bearer {key}",
                    "--header",
                    f"Cookie: test_request_key={self.http_request_key}",
                    "--seed",
                    str(SEED),
                    "--max-examples",
                    str(EXAMPLES),
                    "--generation-database",
                    "none",
                    "--no-color",
                    "--continue-on-failure",
                    *options,
                ],
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
                timeout=10 * SECONDS,
            )
        return run.returncode, run.stdout + run.stderr

    def test_valid_key(self):
        code, told = self._fuzz(self.key, "--phases", "examples,coverage,fuzzing")
        self.assertEqual(code, 0, told[-20000:])
        cases = int(re.search(r"(\d[\d,]*) generated", told)[1].replace(",", ""))
        self.assertGreater(cases, 200, told[-3000:])

    def test_key_of_nobody(self):
        """Whatever is sent with a wrong key: nobody is let in, and nothing breaks."""
        code, told = self._fuzz(
            "wms_made-up",
            "--phases",
            "coverage",
            "--exclude-checks",
            "missing_required_header,negative_data_rejection,unsupported_method",
        )
        self.assertEqual(code, 0, told[-20000:])

    def test_unknown_addresses_and_methods(self):
        """Problem documents everywhere below the interface."""
        paths = list(read_contract()["paths"])
        for path in (*paths, "/wms/v1", "/wms/v1/nothing", "/wms/v1/returns/%00", "/wms/v1/a%0Ab"):
            for method in METHODS:
                with self.subTest(path=path, method=method):
                    self._check_problem(path.replace("{number}", "RET"), method)

    def _check_problem(self, path, method):
        answer = self.url_open(
            path,
            data="{}",
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "text/plain"},
            method=method,
        )
        self.assertLess(answer.status_code, 500, answer.text[:500])
        if answer.status_code >= 400 and method != "HEAD":
            self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
            self.assertEqual(json.loads(answer.text)["status"], answer.status_code)
        if answer.status_code == 405:
            self.assertTrue(answer.headers.get("Allow"))
