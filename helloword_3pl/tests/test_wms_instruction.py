from datetime import datetime

from odoo.tests import tagged

from odoo.addons.helloword_returns.models import request_limit

from ..wms.api_contract import find_faults
from ..wms.api_cursor import write_cursor
from .api_common import WmsApiCommon


@tagged("post_install", "-at_install")
class TestWmsInstructions(WmsApiCommon):
    """Instructions, fetched and confirmed over HTTP."""

    def _say(self, connection=None, ret=None, disposition="destroy"):
        """:return: the question about a unit that waits, answered"""
        ret = ret or self._expect()
        event = self._inspected(
            f"e{ret.id}", ret, self.product_standard, 1, "defective", waits=True, unit_ref="u1"
        )
        self._take(event, connection=connection)
        ret.wms_question_ids._answer(disposition)
        return ret.wms_question_ids

    def _acknowledge(self, ref, result, status=200, **kwargs):
        headers = {name: kwargs.pop(name) for name in ("key",) if name in kwargs}
        body = {"result": result, **kwargs}
        answer = self._call("POST", f"/instructions/{ref}/ack", body, status=status, **headers)
        if status == 200:
            self.assertFalse(find_faults("IssuedInstruction", answer.json()), answer.text)
        return answer.json()

    def test_fetched_and_accepted(self):
        question = self._say()
        page = self._call("GET", "/instructions").json()
        self.assertFalse(find_faults("Instructions", page), page)
        (row,) = page["instructions"]
        told = row["instruction"]
        self.assertEqual(
            (told["number"], told["unit_ref"], told["disposition"], row["status"]),
            (question.return_id.name, "u1", "destroy", "open"),
        )
        self.assertTrue(question.instruction_ids.fetched_date)
        accepted = self._acknowledge(told["ref"], "accepted", external_ref="W-1")
        self.assertEqual((accepted["status"], accepted["external_ref"]), ("accepted", "W-1"))
        self.assertEqual(self._acknowledge(told["ref"], "accepted"), accepted, "Repeated")
        self.assertEqual(question.state, "told")
        self.assertEqual(self._call("GET", "/instructions?status=open").json()["instructions"], [])

    def test_refused(self):
        question = self._say()
        ref = question.instruction_ids.ref
        self._acknowledge(ref, "refused", status=422)
        self._acknowledge(ref, "refused", status=422, reason=" ")
        refused = self._acknowledge(ref, "refused", reason="No licence")
        self.assertEqual((refused["status"], refused["reason"]), ("refused", "No licence"))
        self._acknowledge(ref, "refused", reason="No licence")
        self.assertEqual((question.state, question.refused_reason), ("open", "No licence"))
        activity = question.return_id.activity_ids.filtered("automated")
        self.assertEqual(len(activity), 1, "Repeated, it asks nobody again")
        self.assertIn("No licence", activity.note)
        self._acknowledge(ref, "accepted", status=409)
        question._answer("restock")
        second = question.instruction_ids.filtered(lambda row: row.state == "open")
        self._acknowledge(second.ref, "accepted")
        self._acknowledge(second.ref, "refused", reason="After all, no")
        self.assertEqual(question.state, "open", "What was accepted can be refused while it waits")

    def test_settled(self):
        question = self._say()
        ret = question.return_id
        self._take(self._treated("d", ret, self.product_standard, 1, "destroy", unit_ref="u1"))
        (row,) = self._call("GET", "/instructions?status=settled").json()["instructions"]
        self.assertEqual(row["status"], "settled")
        ref = row["instruction"]["ref"]
        self._acknowledge(ref, "refused", status=409, reason="Too late")
        self._acknowledge(ref, "accepted")

    def test_two_connections(self):
        warehouse = self._make_warehouse("Elsewhere", "ELS", self.company)
        other = self._make_connection("Other", warehouse)
        key = self._draw_key(other)
        mine = self._say()
        theirs = self._say(other, self._expect(warehouse_id=warehouse))
        for name, question in ((self.key, mine), (key, theirs)):
            (row,) = self._call("GET", "/instructions", key=name).json()["instructions"]
            self.assertEqual(row["instruction"]["number"], question.return_id.name)
        self._acknowledge(mine.instruction_ids.ref, "accepted", status=404, key=key)
        self.assertEqual(mine.instruction_ids.state, "open")

    def test_refusals_of_the_interface(self):
        self._say()
        narrow = self._draw_key(self.connection, may_take_instructions=False)
        self._call("GET", "/instructions", key=narrow, status=403)
        self._acknowledge("x", "accepted", status=403, key=narrow)
        self._acknowledge("RET/1/1-1-1", "accepted", status=404)
        self._acknowledge("a%00b", "accepted", status=404)
        self._acknowledge("x", "perhaps", status=422)
        self._call("POST", "/instructions/x/ack", b"{", status=400)
        self._call("POST", "/instructions/x/ack", b"[]", status=422)
        self._call("POST", "/instructions/x/ack", b"a", status=415, Content_Type="text/plain")
        self._call("GET", "/instructions/x/ack", status=405)
        self._call("GET", "/instructions/x", status=404)
        for bad in ("?cursor=x", "?limit=0", "?status=odd", "?cursor=fDE="):
            self._call("GET", f"/instructions{bad}", status=400)
        large = write_cursor(datetime(2026, 1, 1), 1)[:-4] + "OTk5OTk5OTk5OTk5"
        self._call("GET", f"/instructions?cursor={large}", status=400)

    def test_cursor(self):
        questions = [self._say() for _number in range(3)]
        seen, cursor = [], ""
        for _page in range(5):
            page = self._call("GET", f"/instructions?limit=2&cursor={cursor}").json()
            seen += [row["instruction"]["number"] for row in page["instructions"]]
            cursor = page["next_cursor"]
            if not page["has_more"]:
                break
        self.assertEqual(seen, [question.return_id.name for question in questions])
        self.assertEqual(
            self._call("GET", f"/instructions?cursor={cursor}").json()["instructions"], []
        )

    def test_limits_are_told(self):
        answers = [self._call("GET", "/instructions") for _time in range(2)]
        left = [
            int(answer.headers["RateLimit"].split(";")[1].removeprefix("r=")) for answer in answers
        ]
        self.assertRegex(answers[0].headers["RateLimit"], r'^"connection";r=\d+;t=\d+$')
        self.assertEqual(answers[0].headers["RateLimit-Policy"], '"connection";q=1200;w=60')
        self.assertLess(left[1], left[0])
        self.assertTrue(self._call("GET", "/returns/none", status=404).headers["RateLimit"])
        self.patch(request_limit, "LIMITS", {**request_limit.LIMITS, "wms_api": (0, 60)})
        late = self._call("GET", "/instructions", status=429)
        self.assertIn("r=0", late.headers["RateLimit"])
        self.assertTrue(late.headers["Retry-After"])
