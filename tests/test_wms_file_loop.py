"""Returns at a warehouse that exchanges files, through the product."""

import json
import os
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import config, mute_logger
from PIL import Image

from odoo.addons.helloword_3pl.tests.common import WmsCommon
from odoo.addons.helloword_3pl.wms.file_table import read_table

from .peers.sftp import SftpPeer

HEAD = "event_id,return_number,sku,quantity,condition,disposition,fee_amount,event_time\n"


class FileCase(WmsCommon):
    def setUp(self):
        super().setUp()
        self.base = Path(self.enterContext(tempfile.TemporaryDirectory())).resolve()
        self.root = self.base / "wh"
        self.root.mkdir()
        self.enterContext(
            patch.dict(config.options, {"helloword_wms_folders": f"/nowhere, {self.base}"})
        )
        self.connection.write({"provider": "file", "file_path": str(self.root)})
        self.connection.action_test_connection()
        self.assertEqual(self.connection.health, "good", self.connection.test_error)
        self.sku = self.product_standard.default_code

    def put(self, name, text, encoding="utf-8"):
        path = self.root / "in" / name
        path.write_bytes(text.encode(encoding))
        os.utime(path, (time.time() - 100,) * 2)

    def names(self, folder):
        return sorted(path.name for path in (self.root / folder).iterdir() if path.is_file())

    def poll(self):
        self.connection.action_poll()
        self.assertFalse(self.connection.poll_error)

    def get_events(self):
        return self.env["helloword.wms.event"].search(
            [("connection_id", "=", self.connection.id)], order="id"
        )


@tagged("post_install", "-at_install")
class TestWmsFileLoop(FileCase):
    def test_there_and_back(self):
        ret = self._expect({self.product_standard: 2})
        notice = ret.wms_notice_ids
        self.assertEqual(notice.state, "known", notice.error)
        (name,) = self.names("out")
        (row,) = read_table(name, (self.root / "out" / name).read_bytes())
        self.assertEqual(row.cells["return_number"], ret.name)
        self.assertEqual((row.cells["sku"], row.raw["quantity"]), (self.sku, "2"))
        self.put(
            "day1.csv",
            f"{HEAD}1,{ret.name},{self.sku},1,new,restock,1.25,2026-11-02\n"
            f"2,{ret.name},{self.sku},1,defective,destroy,,2026-11-02\n"
            f"3,{ret.name},{self.sku},one,new,restock,,2026-11-02\n",
        )
        self.poll()
        events = self.get_events()
        self.assertEqual(events.mapped("state"), ["done", "done", "done", "refused"])
        self.assertEqual(set(events.mapped("source")), {"file"})
        refused = events[-1]
        self.assertIn("“one” is no number", refused.message)
        self.assertEqual((refused.raw["file"], refused.raw["line"]), ("day1.csv", 4))
        self.assertEqual(ret.line_ids.quantity_received, 2)
        self.assertEqual(self._on_hand(self.abroad.lot_stock_id, self.product_standard), 1)
        cost = ret.cost_ids.filtered(lambda cost: cost.partner_id == self.operator)
        self.assertEqual((cost.amount, cost.currency_id), (1.25, self.company.currency_id))
        self.assertEqual((self.names("in"), self.names("done")), ([], ["day1.csv"]))
        # The same file once more, under another name, and in another encoding.
        content = (self.root / "done/day1.csv").read_text()
        self.put("day1 again.csv", content.replace(",", ";"), "utf-16")
        self.poll()
        self.assertEqual(self.get_events(), events)
        self.assertEqual(ret.line_ids.quantity_received, 2)
        self.assertEqual(self.names("in"), [])

    def test_changes_and_second_thoughts(self):
        ret = self._expect({self.product_standard: 1})
        ret.line_ids.quantity = 2
        self.assertEqual(len(self.names("out")), 2)
        ret.action_cancel()
        self.assertEqual(ret.wms_notice_ids.state, "cancelled")
        self.assertEqual(
            sorted(name.split("_")[0] for name in self.names("out")),
            ["cancelled", "expected", "expected"],
        )

    def test_chinese_file(self):
        ret = self._expect({self.product_standard: 2})
        self.connection.file_tz = "Asia/Shanghai"
        self.connection.treatment_ids = [(0, 0, {"disposition": "liquidate", "code": "B货"})]
        self.connection.file_column_ids = [
            (0, 0, {"header": "客户退单", "column": "return_number"})
        ]
        self.put(
            "结果.csv",
            f"客户退单;SKU;数量;品相;处理方式\n{ret.name};{self.sku};1;良品;上架\n"
            f"{ret.name};{self.sku};1;次品;B货\n",
            "gb18030",
        )
        self.poll()
        events = self.get_events()
        self.assertEqual(events.mapped("state"), ["done", "done"], events.mapped("message"))
        units = [event._get_typed().units[0] for event in events]
        self.assertEqual([unit.disposition for unit in units], ["restock", "liquidate"])
        # What we write bears their names.
        ret.line_ids.quantity = 3
        text = (self.root / "out" / self.names("out")[-1]).read_text("utf-8-sig")
        self.assertIn(",客户退单,", text.splitlines()[0])

    def test_unreadable_file_is_told(self):
        self.put("bad.csv", "Dear colleagues,\nnothing came.\n")
        self.poll()
        activity = self.connection.activity_ids
        self.assertIn("bad.csv", activity.summary)
        self.assertEqual(activity.user_id, self.connection.user_id)
        self.assertEqual(self.names("failed"), ["bad.csv", "bad.csv.txt"])

    def test_unknown_parcel(self):
        self.put("u.csv", "parcel_ref,tracking_number,sender_name\nX-1,T9,Anna\n")
        self.poll()
        event = self.get_events()
        self.assertEqual((event.type, event.state), ("return.unexpected", "done"))
        parcel = self.env["helloword.unknown.parcel"].search(
            [("connection_id", "=", self.connection.id)]
        )
        self.assertEqual(
            (parcel.ref, parcel.tracking_number, parcel.sender_name, parcel.source),
            ("X-1", "T9", "Anna", "file"),
        )

    def test_photos(self):
        ret = self._expect({self.product_standard: 1})
        Image.new("RGB", (4, 4), "red").save(self.root / "in/photos/a.png")
        self.put(
            "a.csv",
            f"return_number,sku,quantity,condition,photos\n{ret.name},{self.sku},1,new,a.png\n",
        )
        self.poll()
        photo = ret.wms_photo_ids
        self.assertTrue(photo.url)
        photo.action_retry()
        self.assertEqual(photo.state, "kept", photo.error)

    def test_folder_gone(self):
        (self.root / "in/photos").rmdir()
        self.root.rename(self.base / "away")
        self.connection.action_poll()
        self.assertIn("No such file", self.connection.poll_error)
        ret = self._expect()
        self.assertEqual(ret.wms_notice_ids.state, "failed")
        self.connection.action_test_connection()
        self.assertEqual(self.connection.health, "bad")

    def test_only_allowed_folders(self):
        for path in ("/etc", f"{self.base}/../other", "wh"):
            with self.assertRaisesRegex(ValidationError, "helloword_wms_folders"):
                self.connection.file_path = path
        config.options["helloword_wms_folders"] = ""
        self.connection.action_test_connection()
        self.assertIn("helloword_wms_folders", self.connection.test_error)

    def test_sftp(self):
        self.enterContext(mute_logger("paramiko.transport", "paramiko.transport.sftp"))
        peer = self.enterContext(SftpPeer())
        self.connection.write(
            {
                "file_place": "sftp",
                "sftp_host": peer.host,
                "sftp_port": peer.port,
                "sftp_user": peer.user,
                "sftp_password": peer.password,
            }
        )
        self.connection.action_test_connection()
        self.assertIn(peer.fingerprint, self.connection.test_error)
        self.assertEqual(self._expect().wms_notice_ids.state, "failed")
        with self.assertRaises(ValidationError):
            self.connection.sftp_host_key = "whatever"
        self.connection.sftp_host_key = peer.fingerprint
        self.connection.action_test_connection()
        self.assertEqual(self.connection.health, "good", self.connection.test_error)
        ret = self._expect({self.product_standard: 1})
        self.assertEqual(ret.wms_notice_ids.state, "known", ret.wms_notice_ids.error)
        self.assertEqual(len(peer.names("out")), 1)
        path = peer.root / "in" / "a.csv"
        path.write_text(f"return_number,sku,condition\n{ret.name},{self.sku},new\n")
        self.poll()
        self.assertFalse(self.get_events())
        # The same look, as if it was a minute ago.
        seen = json.loads(self.connection.cursor)
        seen["seen"]["a.csv"][1] -= 60
        self.connection.cursor = json.dumps(seen)
        self.poll()
        self.assertEqual(self.get_events().state, "done")
        self.assertEqual((peer.names("in"), peer.names("done")), ([], ["a.csv"]))

    def test_word_on_goods_that_wait(self):
        ret = self._expect({self.product_standard: 1})
        self.put(
            "q.csv",
            f"return_number,sku,condition,unit_ref,waits\n{ret.name},{self.sku},fair,U-1,yes\n",
        )
        self.poll()
        question = ret.wms_question_ids
        self.assertEqual(question.state, "open")
        question._answer("destroy")
        self.assertEqual(question.state, "told", question.error)
        (name,) = [name for name in self.names("out") if name.startswith("instruction")]
        (row,) = read_table(name, (self.root / "out" / name).read_bytes())
        self.assertEqual((row.cells["unit_ref"], row.cells["disposition"]), ("U-1", "destroy"))
        self.put(
            "done.csv",
            "return_number,sku,quantity,disposition,unit_ref,instruction_ref\n"
            f"{ret.name},{self.sku},1,destroy,U-1,{row.cells['instruction_ref']}\n",
        )
        self.poll()
        self.assertEqual(question.state, "done")
        self.assertIn(name, self.names("done"))

    def test_two_connections_cannot_share_a_folder(self):
        other = self._make_connection(
            "Other", self._make_warehouse("Far", "FAR", self.company), provider="file"
        )
        with self.assertRaisesRegex(ValidationError, "same folder"):
            other.file_path = f"{self.root}/"
        self.connection.active = False
        other.file_path = f"{self.root}/"
        with self.assertRaisesRegex(ValidationError, "same folder"):
            self.connection.active = True

    def test_folder_is_for_administrators(self):
        manager = new_test_user(self.env, "file_manager", "helloword_returns.group_return_manager")
        connection = self.connection.with_user(manager)
        with self.assertRaises(AccessError):
            connection.file_path = "/etc"
        connection.file_column_ids = [(0, 0, {"header": "Retoure", "column": "return_number"})]
        user = new_test_user(self.env, "file_user", "helloword_returns.group_return_user")
        with self.assertRaises(AccessError):
            connection.with_user(user).file_column_ids.header = "Other"

    def test_names_of_columns(self):
        with self.assertRaises(ValidationError):
            self.connection.file_column_ids = [
                (0, 0, {"header": "Retoure", "column": "return_number"}),
                (0, 0, {"header": "retoure ", "column": "sku"}),
            ]
