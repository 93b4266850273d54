import base64
import csv
import io

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from openpyxl import Workbook

from .common import WmsCommon

HEAD = "event_id,return_number,sku,quantity,condition,disposition,fee_amount\n"


@tagged("post_install", "-at_install")
class TestWmsFileImport(WmsCommon):
    """A warehouse's file, uploaded by a person."""

    def _upload(self, content, name="a.csv", user=None):
        connection = self.connection.with_user(user or self.env.user)
        wizard = self.env["helloword.wms.file.import"].browse(
            connection.action_import_file()["res_id"]
        )
        wizard = wizard.with_user(user or self.env.user)
        content = content if isinstance(content, bytes) else content.encode()
        wizard.write({"file": base64.b64encode(content), "file_name": name})
        return wizard

    def _get_events(self):
        return self.env["helloword.wms.event"].search([("connection_id", "=", self.connection.id)])

    def _get_results(self, wizard):
        return [(row.line, row.result) for row in wizard.line_ids]

    def test_looked_at_first(self):
        ret = self._expect({self.product_standard: 2})
        sku = self.product_standard.default_code
        wizard = self._upload(
            f"{HEAD}1,{ret.name},{sku},1,new,restock,2.50\n2,{ret.name},NOTHING,1,new,,\n"
            f"3,{ret.name},{sku},many,new,,\n4,RET/0,{sku},1,new,,\n"
        )
        wizard.action_preview()
        self.assertEqual(
            self._get_results(wizard),
            [(2, "new"), (2, "new"), (3, "parked"), (4, "refused"), (5, "parked")],
        )
        refused = wizard.line_ids.filtered(lambda row: row.result == "refused")
        self.assertIn("“many” is no number", refused.message)
        self.assertEqual(wizard.refused_count, 1)
        self.assertFalse(self._get_events())
        wizard.action_import()
        self.assertEqual(wizard.state, "done")
        self.assertEqual(ret.line_ids.quantity_received, 1)
        self.assertEqual(set(self._get_events().mapped("source")), {"manual"})
        again = self._upload(f"{HEAD}1,{ret.name},{sku},1,new,restock,2.50\n")
        again.action_preview()
        self.assertEqual(self._get_results(again), [(2, "known"), (2, "known")])
        again.action_import()
        self.assertEqual(again.known_count, 2)
        self.assertEqual(ret.line_ids.quantity_received, 1)
        other = self._upload(f"{HEAD}1,{ret.name},{sku},2,new,restock,2.50\n")
        other.action_preview()
        self.assertEqual(self._get_results(other), [(2, "refused"), (2, "known")])

    def test_workbook(self):
        ret = self._expect({self.product_standard: 1})
        book = Workbook()
        book.active.append(["退货单号", "SKU", "数量", "品相", "处理方式"])
        book.active.append([ret.name, self.product_standard.default_code, 1, "良品", "上架"])
        stream = io.BytesIO()
        book.save(stream)
        wizard = self._upload(stream.getvalue(), "结果.xlsx")
        wizard.action_preview()
        self.assertEqual(self._get_results(wizard), [(2, "new")])
        wizard.action_import()
        self.assertEqual(ret.line_ids.quantity_received, 1)

    def test_what_cannot_be_read(self):
        for content, name in ((b"\x00\x01", "a.csv"), (b"", "a.csv"), (b"x", "a.pdf")):
            with self.subTest(name, content=content), self.assertRaises(UserError):
                self._upload(content, name).action_preview()

    def test_template(self):
        self.connection.file_column_ids = [(0, 0, {"header": "Retoure", "column": "return_number"})]
        wizard = self._upload("")
        self.assertIn(f"/{wizard.id}/template/", wizard.action_download_template()["url"])
        rows = list(csv.reader(io.StringIO(base64.b64decode(wizard.template).decode("utf-8-sig"))))
        self.assertIn("Retoure", rows[0])
        self.assertEqual({len(row) for row in rows}, {len(rows[0])})

    def test_many_rows(self):
        ret = self._expect({self.product_standard: 1})
        sku = self.product_standard.default_code

        def upload(first, count):
            rows = "".join(
                f"{number},{ret.name},{sku},1,wrong_item,,\n"
                for number in range(first, first + count)
            )
            return self._upload(HEAD + rows)

        few, many = upload(0, 2), upload(1000, 200)
        few.action_preview()
        few.line_ids.unlink()
        self.env.invalidate_all()
        start = self.env.cr.sql_log_count
        few.action_preview()
        cost = self.env.cr.sql_log_count - start
        self.env.invalidate_all()
        start = self.env.cr.sql_log_count
        many.action_preview()
        self.assertLessEqual(self.env.cr.sql_log_count - start, cost + 5)
        self.assertEqual(len(many.line_ids), 200)

    def test_who_may(self):
        manager = new_test_user(self.env, "wms_manager", "helloword_returns.group_return_manager")
        wizard = self._upload(f"{HEAD}1,RET/0,A,1,new,,\n", user=manager)
        wizard.action_preview()
        wizard.action_import()
        self.assertEqual(self._get_events().state, "parked")
        user = new_test_user(self.env, "wms_user", "helloword_returns.group_return_user")
        with self.assertRaises(AccessError):
            self.connection.with_user(user).action_import_file()
        other = new_test_user(self.env, "wms_other", "helloword_returns.group_return_manager")
        with self.assertRaises(AccessError):
            wizard.with_user(other).read(["state"])

    def test_other_company(self):
        company = self.env["res.company"].create({"name": "Sister"})
        manager = new_test_user(
            self.env,
            "wms_sister",
            "helloword_returns.group_return_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        with self.assertRaises(AccessError):
            self.connection.with_user(manager).action_import_file()
