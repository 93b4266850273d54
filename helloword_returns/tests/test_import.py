import base64
import io

from odoo.exceptions import UserError
from openpyxl import Workbook, load_workbook

from ..intake.table import COLUMNS
from .common import ReturnsCommon


class TestImport(ReturnsCommon):
    """Tables of requests: checked first, nothing lost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order, cls.other = cls._make_orders(
            [[(cls.product_average, 5), (cls.product_standard, 2)], [(cls.product_average, 1)]]
        )
        cls.product_standard.barcode = "4006381333931"

    def _rows(self):
        return [
            ["return_reference", "order", "sku", "barcode", "quantity", "reason", "request_date"],
            ["I-1", self.order.name, self.product_average.default_code, "", 2, "too_small", ""],
            ["I-1", self.order.name, "", "4006381333931", "1", "too_small", ""],
            ["I-2", self.other.name, self.product_average.default_code, "", 1, "", "2026-05-01"],
        ]

    def _wizard(self, content, filename="requests.csv"):
        if isinstance(content, list):
            content = "\n".join(";".join(str(cell) for cell in row) for row in content)
        if isinstance(content, str):
            content = content.encode()
        return self.env["helloword.return.import"].create(
            {
                "channel_id": self.channel.id,
                "file": base64.b64encode(content),
                "filename": filename,
            }
        )

    def _import(self, wizard):
        return self.env["helloword.return"].search(wizard.action_import()["domain"])

    def test_good_table(self):
        wizard = self._wizard(self._rows())
        wizard.action_check()
        self.assertEqual((wizard.row_count, wizard.request_count, wizard.problem_count), (3, 2, 0))
        self.assertFalse(self.channel.return_ids, "checking creates nothing")
        returns = self._import(wizard)
        self.assertEqual(len(returns), 2)
        self.assertFalse(any(returns.mapped("needs_attention")))
        first = returns.filtered(lambda ret: ret.external_id == "I-1")
        self.assertEqual(
            first.line_ids.mapped("product_id"), self.product_average | self.product_standard
        )
        self.assertEqual(self._import(wizard), returns, "importing again changes nothing")

    def test_workbook(self):
        book = Workbook()
        for row in self._rows():
            book.active.append(row)
        output = io.BytesIO()
        book.save(output)
        returns = self._import(self._wizard(output.getvalue(), "requests.xlsx"))
        self.assertEqual(len(returns), 2)

    def test_bad_rows_are_named(self):
        rows = [
            *self._rows(),
            ["", "", "", "", "zero", "no_such_reason", "yesterday"],
            ["I-1", self.other.name, "NO-SKU", "", "1", "", ""],
        ]
        wizard = self._wizard(rows)
        wizard.action_check()
        found = {(problem.row, problem.column) for problem in wizard.problem_ids}
        self.assertLessEqual(
            {
                (5, "return_reference"),
                (5, "order"),
                (5, "sku"),
                (5, "quantity"),
                (5, "reason"),
                (5, "request_date"),
                (6, "sku"),
                (6, "order"),
            },
            found,
        )
        wizard.keep_bad_rows = False
        with self.assertRaises(UserError) as caught:
            wizard.action_import()
        self.assertIn("5 · quantity", str(caught.exception))
        self.assertFalse(self.channel.return_ids)
        wizard.keep_bad_rows = True
        returns = self._import(wizard)
        self.assertEqual(len(returns), 3, "no row is lost")
        self.assertEqual(len(returns.filtered("needs_attention")), 2)

    def test_no_table(self):
        for content, filename in (
            (b"\xff\xfe\x00bad", "x.csv"),
            (b"not a workbook", "x.xlsx"),
            (b"a;b\n1;2", "x.csv"),
            (b"order;sku\n", "x.csv"),
        ):
            with self.assertRaises(UserError):
                self._wizard(content, filename).action_check()
        with self.assertRaises(UserError):
            self.env["helloword.return.import"].create(
                {"channel_id": self.channel.id}
            ).action_check()

    def test_unknown_column_is_told(self):
        rows = self._rows()
        rows[0].append("colour")
        wizard = self._wizard(rows)
        wizard.action_check()
        self.assertEqual(wizard.problem_ids.column, "colour")
        self.assertEqual(len(self._import(wizard)), 2)

    def test_template(self):
        wizard = self.env["helloword.return.import"].create({"channel_id": self.channel.id})
        self.assertIn("template_file", wizard.action_download_template()["url"])
        book = load_workbook(io.BytesIO(base64.b64decode(wizard.template_file)))
        self.assertEqual([cell.value for cell in book["returns"][1]], list(COLUMNS))
        self.assertIn("too_small", [row[0].value for row in book["reasons"]])
