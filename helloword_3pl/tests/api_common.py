import json

from odoo.tests import HttpCase

from ..wms.api_contract import find_faults
from .common import WmsCommon


class WmsApiCommon(WmsCommon, HttpCase):
    """Calls of our interface over HTTP, held against its own contract."""

    def setUp(self):
        super().setUp()
        self.key = self._draw_key(self.connection)

    def _draw_key(self, connection, **vals):
        key = self.env["helloword.wms.key"].create(
            {"connection_id": connection.id, "name": "Dock", **vals}
        )
        text = key._draw()
        self.env.flush_all()
        return text

    def _call(self, method, path, body=None, key=None, status=200, **headers):
        """:return: the answer, which keeps to the contract"""
        self.env.flush_all()
        headers = {"Authorization": f"Bearer {key or self.key}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        if body is not None and "Content-Type" not in headers:
            headers["Content-Type"] = "application/json"
        data = json.dumps(body) if isinstance(body, dict | list) else body
        answer = self.url_open(f"/wms/v1{path}", data=data, headers=headers, method=method)
        self.env.invalidate_all()
        self.assertEqual(answer.status_code, status, answer.text[:500])
        if status >= 400:
            self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
            self.assertFalse(find_faults("Problem", answer.json()), answer.text)
            self.assertNotIn("Traceback", answer.text)
        return answer
