import io
import unittest
from datetime import date
from decimal import Decimal

from openpyxl import Workbook

from odoo.addons.helloword_returns.intake.table import UnreadableTableError

from ..wms.bill_match import Entry, pair, rank
from ..wms.bill_table import read_amount, read_bill, read_date, read_kind


class TestBillTable(unittest.TestCase):
    """Files of operators are read as they come; what cannot be read is kept."""

    def test_english_csv(self):
        text = "Fee ID,Return Number,Type,Qty,Amount,Currency,Date,Note\nF1,R1,Receiving,2,2.75,USD,2026-10-03,x\n"
        (row,) = read_bill(text.encode(), "bill.csv")
        self.assertEqual((row.number, row.get("ref"), row.get("number")), (2, "F1", "R1"))
        self.assertEqual((row.amount, row.quantity), (Decimal("2.75"), Decimal(2)))
        self.assertEqual((row.day, row.get("description")), (date(2026, 10, 3), "x"))

    def test_chinese_headings_in_chinese_encoding(self):
        text = "账单 2026年10月\n\n费用单号;退货单号;费用类型;金额（元）;币种;日期\nF1;R1;质检费;1.234,50;RMB;2026/10/3\n"
        for encoding in ("gb18030", "utf-8-sig", "utf-16"):
            (row,) = read_bill(text.encode(encoding), "账单.csv")
            self.assertEqual(row.number, 4)
            self.assertEqual((row.amount, row.get("currency")), (Decimal("1234.50"), "RMB"))
            self.assertEqual(read_kind(row.get("kind")), "inspection")

    def test_workbook(self):
        book = Workbook()
        book.active.append(["Fee ID", "Amount", "Date"])
        book.active.append(["F1", 3, date(2026, 10, 3)])
        book.active.append([None, None, None])
        book.active.append(["Total", "n/a", None])
        content = io.BytesIO()
        book.save(content)
        rows = read_bill(content.getvalue(), "b.xlsx")
        self.assertEqual([row.amount for row in rows], [Decimal(3), None])
        self.assertEqual(rows[1].raw, {"Fee ID": "Total", "Amount": "n/a"})

    def test_no_table(self):
        for content, name in (
            (b"hello", "a.csv"),
            (b"\0\1", "b.csv"),
            (b"x", "c.xlsx"),
            (b"", "d.csv"),
        ):
            with self.assertRaises(UnreadableTableError):
                read_bill(content, name)

    def test_amounts(self):
        for text, amount in (
            ("1,234.50", "1234.50"),
            ("1.234,50", "1234.50"),
            ("1,5", "1.5"),
            ("1,500", "1500"),
            ("0,125", "0.125"),
            ("(3.00)", "-3.00"),
            ("¥ 12", "12"),
            ("USD 4.1", "4.1"),
            ("-2", "-2"),
        ):
            self.assertEqual(read_amount(text), Decimal(amount), text)
        for text in ("", "abc", "NaN", "Infinity", "1e30"):
            self.assertIsNone(read_amount(text), text)

    def test_dates(self):
        for text in (
            "2026-10-03 08:00:00",
            "2026/10/03",
            "03.10.2026",
            "2026年10月3日",
            "20261003",
        ):
            self.assertEqual(read_date(text), date(2026, 10, 3), text)
        self.assertIsNone(read_date("soon"))


class TestBillMatch(unittest.TestCase):
    """Rows find fees; what is ambiguous is left to a person."""

    def _pair(self, rows, fees):
        return {row: fee for row, (fee, _how) in pair(rows, fees).items()}

    def test_by_reference_first(self):
        rows = [
            Entry(1, "F1", "R1", "handling", Decimal(3)),
            Entry(2, "", "R1", "handling", Decimal(2)),
        ]
        fees = [
            Entry(10, "F1", "R1", "handling", Decimal(2)),
            Entry(11, "F2", "R1", "handling", Decimal(3)),
        ]
        self.assertEqual(self._pair(rows, fees), {1: 10, 2: 11})

    def test_repeats_take_nothing(self):
        rows = [
            Entry(1, "F1", "R1", "handling", Decimal(2)),
            Entry(2, "F1", "R1", "handling", Decimal(2)),
        ]
        fees = [
            Entry(10, "F1", "R1", "handling", Decimal(2)),
            Entry(11, "F2", "R1", "handling", Decimal(2)),
        ]
        self.assertEqual(self._pair(rows, fees), {1: 10})

    def test_same_reference_other_return(self):
        rows = [Entry(1, "F1", "R2", "handling", Decimal(2))]
        fees = [Entry(10, "F1", "R1", "handling", Decimal(2))]
        self.assertEqual(self._pair(rows, fees), {})

    def test_alike_fees_in_any_order(self):
        rows = [Entry(key, "", "R1", "handling", Decimal(2)) for key in (1, 2)]
        fees = [Entry(key, f"F{key}", "R1", "handling", Decimal(2)) for key in (10, 11)]
        self.assertEqual(self._pair(rows, fees), {1: 10, 2: 11})

    def test_ambiguous_is_left(self):
        rows = [Entry(1, "", "R1", "handling", Decimal(5))]
        fees = [Entry(key, f"F{key}", "R1", "handling", Decimal(2)) for key in (10, 11)]
        self.assertEqual(self._pair(rows, fees), {})
        self.assertEqual([fee.key for _score, fee, _why in rank(rows[0], fees)], [10, 11])

    def test_rank(self):
        row = Entry(1, "", "R1", "handling", Decimal(10), date(2026, 10, 1))
        fees = [
            Entry(10, "", "R2", "other", Decimal(99)),
            Entry(11, "", "R2", "handling", Decimal(10), date(2026, 10, 2)),
            Entry(12, "", "R1", "handling", Decimal("10.5")),
        ]
        ranked = rank(row, fees)
        self.assertEqual([fee.key for _score, fee, _why in ranked], [12, 11])
        self.assertEqual(ranked[0][2], ["return", "near_amount", "kind"])
