import io
from datetime import UTC, datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from PIL import Image

from ..wms.api_contract import find_faults, read_contract
from .api_common import WmsApiCommon

MOMENT = "2026-11-02T09:00:00+00:00"


@tagged("post_install", "-at_install")
class TestWmsApi(WmsApiCommon):
    """Our interface for operators."""

    def _post(self, *events, status=200, **headers):
        answer = self._call("POST", "/events", {"events": list(events)}, status=status, **headers)
        if status >= 400:
            return answer
        content = answer.json()
        self.assertFalse(find_faults("EventResults", content))
        return [(row["result"], row["code"]) for row in content["results"]]

    def _inspected_json(self, event_id, ret, quantity=1, condition="new", **vals):
        return {
            "type": "unit.inspected",
            "event_id": event_id,
            "occurred_at": MOMENT,
            "return_number": ret.name,
            "units": [
                {
                    "sku": self.product_standard.default_code,
                    "quantity": quantity,
                    "condition": condition,
                }
                | vals
            ],
        }

    def test_whole_loop(self):
        ret = self._expect({self.product_standard: 2})
        page = self._call("GET", "/returns").json()
        self.assertFalse(find_faults("ExpectedReturns", page))
        (expected,) = [row for row in page["returns"] if row["number"] == ret.name]
        self.assertEqual(expected["status"], "expected")
        line = expected["lines"][0]
        self.assertEqual((line["quantity"], line["received_quantity"]), ("2", "0"))
        told = self._post(
            {
                "type": "parcel.arrived",
                "event_id": "a1",
                "occurred_at": MOMENT,
                "return_number": ret.name,
                "tracking_number": "T1",
            },
            self._inspected_json("i1", ret, 2, line_ref=line["line_ref"]),
            {
                "type": "disposition.completed",
                "event_id": "d1",
                "occurred_at": MOMENT,
                "return_number": ret.name,
                "units": [{"sku": line["sku"], "quantity": 2, "disposition": "restock"}],
            },
            {
                "type": "fee.charged",
                "event_id": "f1",
                "occurred_at": MOMENT,
                "return_number": ret.name,
                "fees": [
                    {"fee_ref": "F1", "kind": "receiving", "amount": "2.10", "currency": "USD"}
                ],
            },
        )
        self.assertEqual(told, [("accepted", "")] * 4)
        self.env["helloword.wms.event"].search([("return_id", "=", ret.id)]).sudo()._work()
        self.assertEqual(ret.goods_state, "processed")
        self.assertTrue(ret.wms_arrival_date)
        self.assertEqual(ret.inspection_ids.disposition, "restock")
        self.assertIn(2.1, ret.cost_ids.mapped("amount"))
        again = self._call("GET", f"/returns/{ret.name}").json()
        self.assertFalse(find_faults("ExpectedReturn", again))
        self.assertEqual(again["lines"][0]["received_quantity"], "2")

    def test_good_events_of_a_batch_are_kept(self):
        ret = self._expect()
        event = self._inspected_json("i1", ret)
        told = self._post(
            event,
            {"type": "unit.danced"},
            "no event",
            self._inspected_json("i2", ret, quantity=-1),
            self._inspected_json("i3", ret, condition="smelly"),
            self._inspected_json("i4", ret) | {"occurred_at": "yesterday"},
            self._inspected_json("i5", ret) | {"occurred_at": "2026-11-02T09:00:00"},
            self._inspected_json("i6", ret) | {"colour": "red"},
            self._inspected_json("i7", ret)
            | {"occurred_at": (datetime.now(UTC) + timedelta(days=1)).isoformat()},
            self._inspected_json("i8", ret, sku="NONE"),
            self._inspected_json("i9", ret) | {"return_number": "RET/1/1"},
            event,
        )
        invalid = ("rejected", "invalid")
        self.assertEqual(
            told,
            [
                ("accepted", ""),
                *[invalid] * 7,
                ("rejected", "clock_skew"),
                ("parked", "unknown_sku"),
                ("parked", "unknown_return"),
                ("duplicate", ""),
            ],
        )

    def test_faults_say_where(self):
        ret = self._expect()
        answer = self._call(
            "POST", "/events", {"events": [self._inspected_json("i1", ret, quantity=0)]}
        )
        (row,) = answer.json()["results"]
        self.assertEqual(row["errors"][0]["pointer"], "/units/0/quantity")

    def test_bodies_nobody_can_read(self):
        for body, status in (
            (b"{", 400),
            (b'{"events": [{"quantity": NaN}]}', 400),
            (b"[" * 100_000, 400),
            (b"[]", 422),
            (b"{}", 422),
            (b'{"events": []}', 422),
            (b'{"events": [{}], "more": 1}', 422),
            (b'{"events": "x"}', 422),
        ):
            with self.subTest(body=body[:40]):
                self._call("POST", "/events", body, status=status)
        self._call("POST", "/events", b"x=1", status=415, Content_Type="text/plain")
        self._call("POST", "/events", b" " * (1024 * 1024 + 1), status=413)

    def test_keys(self):
        self._call("GET", "/returns", key="nonsense", status=401)
        self._call("GET", "/returns", key=self.key[:-1] + "x", status=401)
        self._call("GET", "/returns", key="hww_000000000000_x", status=401)
        narrow = self._draw_key(self.connection, may_send_events=False)
        self._call("GET", "/returns", key=narrow)
        self._call("POST", "/events", {"events": [{}]}, key=narrow, status=403)
        ended = self._draw_key(
            self.connection, expiry_date=fields.Datetime.now() - timedelta(minutes=1)
        )
        self._call("GET", "/returns", key=ended, status=401)
        key = self.env["helloword.wms.key"].search([("prefix", "=", self.key[:16])])
        self.assertNotIn(self.key.split("_", 2)[2], str(key.sudo().read()))
        key.action_rotate()
        self._call("GET", "/returns")
        self.assertLess(key.expiry_date, fields.Datetime.now() + timedelta(days=8))
        key.action_revoke()
        self._call("GET", "/returns", status=401)
        self.connection.active = False
        self._call("GET", "/returns", key=narrow, status=401)

    def test_key_reaches_nothing_else(self):
        answer = self.url_open(
            "/json/2/res.partner/search_read",
            data="{}",
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        self.assertEqual(answer.status_code, 401)
        user_key = (
            self.env["res.users.apikeys"]
            .with_user(self.env.ref("base.user_admin"))
            ._generate("rpc", "test", fields.Datetime.now() + timedelta(days=1))
        )
        self._call("GET", "/returns", key=user_key, status=401)

    def test_connections_do_not_see_each_other(self):
        other = self._make_connection(
            "Other", self._make_warehouse("Elsewhere", "ELS", self.company)
        )
        key = self._draw_key(other)
        ret = self._expect()
        page = self._call("GET", "/returns", key=key).json()
        self.assertEqual(page["returns"], [])
        self._call("GET", f"/returns/{ret.name}", key=key, status=404)
        answer = self._call(
            "POST", "/events", {"events": [self._inspected_json("x", ret)]}, key=key
        )
        self.assertEqual(answer.json()["results"][0]["code"], "unknown_return")
        # Numbers of events are each connection's own.
        self.assertEqual(self._post(self._inspected_json("x", ret)), [("accepted", "")])

    def test_cursor(self):
        returns = [self._expect({self.product_standard: 1}) for _number in range(3)]
        seen, cursor = [], ""
        for _page in range(10):
            page = self._call("GET", f"/returns?limit=2&cursor={cursor}").json()
            seen += [row["number"] for row in page["returns"]]
            cursor = page["next_cursor"]
            if not page["has_more"]:
                break
        self.assertEqual(seen, [ret.name for ret in returns])
        self.assertEqual(self._call("GET", f"/returns?cursor={cursor}").json()["returns"], [])
        notice = returns[0].wms_notice_ids
        returns[0].action_cancel()
        notice.changed_date = fields.Datetime.now() + timedelta(seconds=5)
        (row,) = self._call("GET", f"/returns?cursor={cursor}").json()["returns"]
        self.assertEqual((row["number"], row["status"]), (returns[0].name, "cancelled"))
        for bad in ("?cursor=x", "?limit=0", "?limit=x", "?limit=101"):
            self._call("GET", f"/returns{bad}", status=400)

    def test_idempotency_key(self):
        ret = self._expect()
        event = self._inspected_json("i1", ret)
        first = self._call("POST", "/events", {"events": [event]}, Idempotency_Key="k1")
        again = self._call("POST", "/events", {"events": [event]}, Idempotency_Key="k1")
        self.assertEqual(again.json(), first.json())
        self.assertEqual(again.headers["Idempotent-Replayed"], "true")
        self._post(self._inspected_json("i2", ret), status=422, Idempotency_Key="k1")
        self._post(event, status=400, Idempotency_Key="k" * 129)

    def test_photos(self):
        ret = self._expect()
        content = io.BytesIO()
        Image.new("RGB", (8, 8), "red").save(content, "PNG")
        for _time in range(2):
            answer = self._call(
                "POST", "/photos", content.getvalue(), status=201, Content_Type="image/png"
            )
            self.assertFalse(find_faults("Photo", answer.json()))
        photo_ref = answer.json()["photo_ref"]
        self._call("POST", "/photos", b"<svg/>", status=422, Content_Type="image/png")
        self._call("POST", "/photos", b"x", status=415, Content_Type="image/svg+xml")
        self._post(self._inspected_json("i1", ret, photos=[photo_ref, "ph_none"]))
        self.env["helloword.wms.event"].search([("return_id", "=", ret.id)]).sudo()._work()
        photos = self.env["ir.attachment"].search(
            [("res_model", "=", "helloword.return"), ("res_id", "=", ret.id)]
        )
        self.assertIn(f"{photo_ref}.png", photos.mapped("name"))

    def test_addresses_and_methods(self):
        self._call("GET", "/nowhere", status=404)
        self._call("GET", "/returns/a%0Ab", status=404)
        self._call("GET", "/no%0Awhere/%0A", status=404)
        self._call("GET", "", status=404)
        for method, path in (("DELETE", "/returns"), ("GET", "/events"), ("PUT", "/photos")):
            answer = self._call(method, path, status=405)
            self.assertTrue(answer.headers["Allow"])

    def test_contract_is_served(self):
        served = self.url_open("/wms/v1/openapi.json")
        self.assertEqual(served.json(), read_contract())
        page = self.url_open("/wms/v1/docs")
        self.assertEqual(page.status_code, 200)
        for word in ("unit.inspected", "/wms/v1/events", "Idempotency-Key"):
            self.assertIn(word, page.text)

    def test_keys_are_for_managers(self):
        user = new_test_user(self.env, "clerk", "helloword_returns.group_return_user")
        with self.assertRaises(AccessError):
            self.connection.with_user(user).action_new_key()
        manager = new_test_user(self.env, "boss", "helloword_returns.group_return_manager")
        action = self.connection.with_user(manager).action_new_key()
        shown = self.env[action["res_model"]].browse(action["res_id"])
        self.assertTrue(shown.text.startswith("hww_"))
        with self.assertRaises(AccessError):
            self.connection.key_ids.with_user(manager).read(["digest"])

    def test_texts_no_database_keeps(self):
        """NUL and halves of characters are JSON; the good events of the batch are kept."""
        ret = self._expect()
        bad = [
            self._inspected_json("nul", ret, note="a\0b"),
            self._inspected_json("half\ud800", ret),
        ]
        bad.append(self._inspected_json("nul\0", ret))
        answer = self._call(
            "POST",
            "/events",
            {"events": [*bad, self._inspected_json("ok", ret)]},
            Idempotency_Key="texts",
        )
        results = answer.json()["results"]
        self.assertEqual(
            [row["result"] for row in results],
            ["rejected", "rejected", "rejected", "accepted"],
            results,
        )
        self.assertFalse(find_faults("EventResults", answer.json()))
        self._call("GET", "/returns/a%00b", status=404)
