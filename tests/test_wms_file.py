"""Files of warehouses without an interface: what they hold, and where they lie."""

import io
import os
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from unittest import TestCase

from openpyxl import Workbook

from odoo.addons.helloword_3pl.wms.base import (
    Address,
    CustomsReference,
    ExpectedLine,
    ExpectedParcel,
    ExpectedReturn,
    Instruction,
    Photo,
)
from odoo.addons.helloword_3pl.wms.file import FileAdapter
from odoo.addons.helloword_3pl.wms.file_report import FileSettings, read_file
from odoo.addons.helloword_3pl.wms.file_store import FolderStore
from odoo.addons.helloword_3pl.wms.file_table import FileError, decode, read_table
from odoo.addons.helloword_3pl.wms.file_values import RowError, read_moment, read_number
from odoo.addons.helloword_3pl.wms.file_writer import write_template
from odoo.addons.helloword_returns.providers.base import RejectedError, TemporaryError

WRITTEN = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
HEAD = "event_id,return_number,sku,quantity,condition\r\n"
EXPECTED = ExpectedReturn(
    number="RET/2026/00001",
    revision=2,
    order_ref="=SUM(A1)",
    lines=(
        ExpectedLine("7", "SHIRT", "Hemd, blau", quantity=Decimal("2.000"), serials=("S1", "S2")),
        ExpectedLine("8", "@SHOE", unit_value=Decimal("12.50"), currency="EUR"),
    ),
    parcels=(ExpectedParcel("T1", "DHL"), ExpectedParcel("T2", "DHL")),
    sender=Address("Anna", city="Köln", country="DE"),
    customs=CustomsReference(vat_number="DE1"),
    expected_date=date(2026, 11, 5),
)


def read(text, name="a.csv", **settings):
    content = text if isinstance(text, bytes) else text.encode()
    return read_file(name, content, FileSettings(**settings), WRITTEN)


class TestWmsFileTable(TestCase):
    """Encodings, separators, headers."""

    def _headers(self, content, name="a.csv", **options):
        return [(row.line, row.cells) for row in read_table(name, content, **options)]

    def test_encodings(self):
        chinese = "退货单号;SKU;数量;品相\r\nRET/1;衬衫-M;2;良品\r\n"
        western = (
            "return_number;sku;quantity;note\r\nRET/1;HEMD;2;Größe fällt groß aus, à Ölstraße\r\n"
        )
        for text, encodings in (
            (chinese, ("utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be")),
            (western, ("utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16", "utf-16-le")),
        ):
            for encoding in encodings:
                with self.subTest(encoding):
                    self.assertEqual(decode(text.encode(encoding)).removeprefix("\ufeff"), text)
                    (row,) = read_table("a.csv", text.encode(encoding))
                    self.assertEqual((row.cells["return_number"], row.line), ("RET/1", 2))

    def test_entered_encoding(self):
        content = "return_number,sku\r\nRET/1,é\r\n".encode("latin-1")
        self.assertEqual(self._headers(content, encoding="latin-1")[0][1]["sku"], "é")
        with self.assertRaisesRegex(FileError, "not written in utf-8"):
            read_table("a.csv", content, "utf-8-sig")

    def test_separators(self):
        for mark in ",;\t|":
            text = f"return_number{mark}sku{mark}note\r\nRET/1{mark}A{mark}x, y\r\n"
            if mark == ",":
                text = text.replace("x, y", '"x, y"')
            with self.subTest(mark):
                self.assertEqual(
                    self._headers(text.encode()),
                    [(2, {"return_number": "RET/1", "sku": "A", "note": "x, y"})],
                )
        told = b"sep=|\r\nreturn_number|sku\r\nR|A\r\n"
        self.assertEqual(self._headers(told), [(3, {"return_number": "R", "sku": "A"})])

    def test_lines_of_rows(self):
        text = 'Report of November\n\nReturn No.,SKU,备注\nR1,A,"two\nlines"\n,,\nR2,B,\n'
        self.assertEqual(
            self._headers(text.encode()),
            [
                (4, {"return_number": "R1", "sku": "A", "note": "two\nlines"}),
                (7, {"return_number": "R2", "sku": "B"}),
            ],
        )

    def test_quotation_mark_nobody_closes(self):
        text = HEAD + 'e0,R,A,1,new\r\ne1,"R,A\r\n' + "e2,R,A\r\n" * 50
        rows = read_table("a.csv", text.encode())
        self.assertEqual([(row.line, bool(row.fault)) for row in rows], [(2, False), (3, True)])

    def test_own_names(self):
        text = b"Retourennummer;Artikel;Menge\r\nRET/1;A;3\r\n"
        with self.assertRaisesRegex(FileError, "No row at the top"):
            read_table("a.csv", text)
        own = {"retouren nummer": "return_number", "Artikel": "sku", "MENGE": "quantity"}
        self.assertEqual(self._headers(text, own=own)[0][1]["quantity"], "3")

    def test_two_columns_say_one_thing(self):
        text = "return_number,sku,qty,数量\r\nRET/1,A,1,2\r\n".encode()
        with self.assertRaisesRegex(FileError, "“qty” and “数量” both say “quantity”"):
            read_table("a.csv", text)
        self.assertEqual(self._headers(text, own={"数量": "quantity"})[0][1]["quantity"], "2")

    def test_workbook(self):
        book = Workbook()
        book.active.append(["退货单号", "SKU", "数量", "时间", "费用"])
        book.active.append(["RET/1", 4711, 2, datetime(2026, 11, 2, 9, 30), 1.5])
        stream = io.BytesIO()
        book.save(stream)
        (row,) = read_table("a.XLSX", stream.getvalue())
        self.assertEqual(
            row.cells,
            {
                "return_number": "RET/1",
                "sku": "4711",
                "quantity": "2",
                "event_time": "2026-11-02 09:30:00",
                "fee_amount": "1.5",
            },
        )

    def test_what_is_no_table(self):
        for name, content, reason in (
            ("a.pdf", b"%PDF-1.4", "neither a CSV"),
            ("a.xlsx", b"return_number,sku", "no XLSX workbook"),
            ("a.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "."),
            ("a.csv", b"", "No row at the top"),
            ("a.csv", b"1,2,3\r\n4,5,6\r\n", "No row at the top"),
            ("a.csv", HEAD.encode() + b"x" * (20 * 1024 * 1024), "20 MB"),
            ("a.csv", HEAD.encode() + b"e,R,A,1,new\n" * 100_001, "100,000 rows"),
        ):
            with self.subTest(reason), self.assertRaisesRegex(FileError, reason):
                read_table(name, content)


class TestWmsFileReport(TestCase):
    """Rows become events."""

    def test_kinds_of_rows(self):
        told = read(
            "return_number,tracking_number,sku,quantity,condition,disposition,fee_amount,"
            "fee_currency,parcel_ref,sender_zip,event_type\n"
            "RET/1,T1,,,,,,,,,\n"
            "RET/1,,A,2,like new,,,,,,\n"
            "RET/1,,A,1,,销毁,,,,,\n"
            "RET/1,,B,1,全新,上架,1.50,eur,,,\n"
            "RET/1,,,,,,3,USD,,,\n"
            ",T9,,,,,,,,,\n"
            ",,C,1,,,,,X-1,10115,\n"
            ",,D,-2,,,,,,,库存调整\n"
        )
        self.assertEqual(
            [
                (event.type, [(u.sku, u.quantity, u.condition, u.disposition) for u in event.units])
                for event in told.events
            ],
            [
                ("parcel.arrived", []),
                ("unit.inspected", [("A", 2, "like_new", "")]),
                ("disposition.completed", [("A", 1, "unknown", "destroy")]),
                ("unit.inspected", [("B", 1, "new", "restock")]),
                ("fee.charged", []),
                ("fee.charged", []),
                ("return.unexpected", []),
                ("return.unexpected", [("C", 1, "unknown", "")]),
                ("inventory.adjusted", [("D", -2, "unknown", "")]),
            ],
        )
        first, second = (event.fees[0] for event in told.events if event.fees)
        self.assertEqual((first.amount, first.currency), (Decimal("1.50"), "EUR"))
        self.assertEqual((second.amount, second.currency), (Decimal(3), "USD"))
        self.assertNotEqual(first.ref, second.ref)
        unknown = [event.parcel for event in told.events if event.parcel]
        self.assertEqual([parcel.ref for parcel in unknown], ["T9", "X-1"])
        self.assertEqual(unknown[1].sender.zip, "10115")
        self.assertEqual({event.moment for event in told.events}, {WRITTEN})
        self.assertTrue(all(event.is_moment_seen for event in told.events))

    def test_numbers_of_events(self):
        rows = "RET/1,A,1,new\nRET/1,A,1,new\nRET/1,B,1,new\n"
        first = read("return_number,sku,quantity,condition\n" + rows)
        again = read("return_number;sku;quantity;condition\r\n" + rows.replace(",", ";"), "b.csv")
        ids = [event.event_id for event in first.events]
        self.assertEqual(len(set(ids)), 3)
        self.assertEqual(ids, [event.event_id for event in again.events])
        own = read(HEAD + "E1,RET/1,A,1,new\r\nE2,RET/1,A,1,new\r\n")
        self.assertEqual([event.event_id for event in own.events], ["E1", "E2"])

    def test_bad_rows_keep_the_good_ones(self):
        told = read(
            "event_id,return_number,sku,quantity,condition,disposition,event_time,waits\n"
            "e1,RET/1,A,1,new,,,\n"
            "e2,RET/1,A,two,new,,,\n"
            "e3,RET/1,A,1,,burn it,,\n"
            "e4,RET/1,A,1,new,,12/13/2026,\n"
            "e5,RET/1,A,1,new,,,perhaps\n"
            "e6,,,,,,,\n"
            "e7,RET/1,A,1,new,,,,,surplus\n"
            "e8,RET/1,A,1,new,,,\n"
        )
        self.assertEqual(
            [(event.type, event.raw["line"]) for event in told.events],
            [
                ("unit.inspected", 2),
                *(("unreadable", line) for line in range(3, 9)),
                ("unit.inspected", 9),
            ],
        )
        notes = [event.note for event in told.events if event.note]
        for note, reason in zip(
            notes,
            ("no number", "no treatment", "may be two days", "yes nor no", "neither", "more cells"),
            strict=True,
        ):
            self.assertIn(reason, note)
        self.assertEqual(told.events[1].raw["row"]["quantity"], "two")
        self.assertEqual(told.events[1].raw["file"], "a.csv")

    def test_correction(self):
        told = read("return_number,sku,condition_before,condition\nRET/1,A,new,defective\n")
        (event,) = told.events
        self.assertEqual(event.units_before[0].condition, "new")
        self.assertEqual(event.units[0].condition, "defective")

    def test_questions_and_instructions(self):
        told = read(
            "return_number,sku,unit_ref,condition,disposition,answer_until,instruction_ref,photos\n"
            "RET/1,A,U1,次品,ask,2026-11-09,,a.jpg;b.jpg\n"
            ",,,,,,I-7,\n",
            zone="Asia/Shanghai",
        )
        (event,) = told.events
        (unit,) = event.units
        self.assertEqual((unit.waits, unit.unit_ref, unit.disposition), (True, "U1", ""))
        self.assertEqual(unit.answer_until, datetime(2026, 11, 9, 16, tzinfo=UTC))
        self.assertEqual([photo.name for photo in unit.photos], ["a.jpg", "b.jpg"])
        self.assertEqual(told.instruction_refs, {"I-7"})

    def test_parcel_with_several_goods(self):
        told = read("parcel_ref,sku,quantity,photos\nX,A,1,a.jpg\nX,B,2,a.jpg;b.jpg\nY,A,1,\n")
        self.assertEqual(
            [(event.parcel.ref, len(event.units), len(event.photos)) for event in told.events],
            [("X", 2, 2), ("Y", 1, 0)],
        )

    def test_own_words(self):
        told = read(
            "return_number,sku,disposition\nRET/1,A,B-Ware\n", treatments={"b ware": "liquidate"}
        )
        self.assertEqual(told.events[0].units[0].disposition, "liquidate")

    def test_numbers(self):
        for text, mark, value in (
            ("2", "", "2"),
            ("-2", "", "-2"),
            ("1.5", "", "1.5"),
            ("1,5", "", "1.5"),
            ("1.234", "", "1.234"),
            ("0,125", "", "0.125"),
            ("1.234,50", "", "1234.50"),
            ("1,234.50", "", "1234.50"),
            ("1,234,567", "", "1234567"),
            ("1 234,5", "", "1234.5"),
            ("１２", "", "12"),
            ("1.234", ",", "1234"),
            ("1,234", ".", "1234"),
            ("1,234", ",", "1.234"),
        ):
            with self.subTest(text, mark=mark):
                self.assertEqual(read_number(text, mark), Decimal(value))
        for text in ("1,234", "two", "1.2.3", "1,2,3", "NaN", "1e9", "9" * 13, "1,23.4"):
            with self.subTest(text), self.assertRaises(RowError):
                read_number(text)

    def test_moments(self):
        for text, order, zone, moment in (
            ("2026-11-02", "ymd", "UTC", datetime(2026, 11, 2)),
            ("2026-11-02T10:00:00Z", "ymd", "Asia/Shanghai", datetime(2026, 11, 2, 10)),
            ("2026-11-02 10:00:00.5+0800", "ymd", "UTC", datetime(2026, 11, 2, 2)),
            ("20261102", "dmy", "UTC", datetime(2026, 11, 2)),
            ("2026年11月2日 下午3:05", "ymd", "Asia/Shanghai", datetime(2026, 11, 2, 7, 5)),
            ("2026/11/2 08:00", "mdy", "Asia/Shanghai", datetime(2026, 11, 2)),
            ("02.11.2026 10:00", "dmy", "Europe/Berlin", datetime(2026, 11, 2, 9)),
            ("11/02/26 3:05 PM", "mdy", "America/New_York", datetime(2026, 11, 2, 20, 5)),
            ("11/02/2026 12:05 am", "mdy", "UTC", datetime(2026, 11, 2, 0, 5)),
        ):
            with self.subTest(text):
                self.assertEqual(read_moment(text, order, zone), moment.replace(tzinfo=UTC))
        for text, order in (
            ("02.11.2026", "ymd"),
            ("13/13/2026", "dmy"),
            ("2026-02-30", "ymd"),
            ("2026-11-02 25:00", "ymd"),
            ("yesterday", "ymd"),
            ("0000-01-01", "ymd"),
            ("0001-01-01", "ymd"),
        ):
            with self.subTest(text), self.assertRaises(RowError):
                read_moment(text, order, "Asia/Shanghai")

    def test_template_reads_back(self):
        for settings in (
            FileSettings(),
            FileSettings(encoding="gb18030", delimiter="\t", columns={"退单": "return_number"}),
        ):
            told = read_file("t.csv", write_template(settings), settings, WRITTEN)
            self.assertEqual(
                [event.type for event in told.events],
                [
                    "parcel.arrived",
                    "unit.inspected",
                    "fee.charged",
                    "unit.inspected",
                    "return.unexpected",
                ],
            )


class FolderCase(TestCase):
    def setUp(self):
        self.base = Path(self.enterContext(tempfile.TemporaryDirectory())).resolve()
        self.root = self.base / "wh"
        self.root.mkdir()
        self.store = FolderStore(str(self.root), [str(self.base)])
        self.adapter = FileAdapter(self.store, FileSettings())
        self.adapter.check()

    def put(self, name, text, age=60):
        """A file the warehouse wrote some seconds ago."""
        path = self.root / "in" / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        moment = time.time() - age
        os.utime(path, (moment, moment))
        return path

    def names(self, folder):
        return sorted(path.name for path in (self.root / folder).iterdir() if path.is_file())

    def fetch_all(self, adapter=None, cursor=""):
        """:return: tuple (events, problems, the last cursor)"""
        adapter = adapter or self.adapter
        events, problems, has_more = [], [], True
        while has_more:
            page = adapter.fetch(cursor)
            events, problems = [*events, *page.events], [*problems, *page.problems]
            cursor, has_more = page.cursor, page.has_more
        return events, problems, cursor


class TestWmsFileFolder(FolderCase):
    """Folders: nothing is lost, nothing is read twice, nothing leads out."""

    def test_read_once_oldest_first(self):
        self.put("b.csv", HEAD + "E1,RET/1,A,1,new\r\n", age=200)
        self.put("a.csv", HEAD + "E2,RET/1,A,1,new\r\n", age=100)
        events, _problems, cursor = self.fetch_all()
        self.assertEqual([event.event_id for event in events], ["E1", "E2"])
        self.assertEqual((self.names("in"), self.names("done")), ([], ["a.csv", "b.csv"]))
        self.assertEqual(self.fetch_all(cursor=cursor)[0], [])

    def test_put_away_only_after_it_is_kept(self):
        self.put("a.csv", HEAD + "E1,RET/1,A,1,new\r\n")
        page = self.adapter.fetch()
        self.assertEqual(len(page.events), 1)
        self.assertEqual(self.names("in"), ["a.csv"])
        # We stopped before anything was kept: the same is told again.
        other = FileAdapter(self.store, FileSettings())
        self.assertEqual(other.fetch().events, page.events)
        # It was kept; another file of the name came since.
        self.put("a.csv", HEAD + "E2,RET/1,A,1,new\r\n", age=50)
        events, _problems, _cursor = self.fetch_all(other, page.cursor)
        self.assertEqual([event.event_id for event in events], ["E2"])

    def test_long_file_page_by_page(self):
        rows = "".join(f"E{number},RET/1,A,1,new\r\n" for number in range(2500))
        self.put("a.csv", HEAD + rows)
        first = self.adapter.fetch()
        self.assertEqual(len(first.events), 1000)
        # Another process goes on.
        other = FileAdapter(self.store, FileSettings())
        events, _problems, _cursor = self.fetch_all(other, first.cursor)
        self.assertEqual(len({event.event_id for event in (*first.events, *events)}), 2500)
        self.assertEqual(len(events), 1500)
        self.assertEqual(self.names("done"), ["a.csv"])

    def test_growing_file_is_left(self):
        path = self.put("a.csv", HEAD + "E1,RET/1,A,1,new\r\n", age=0)
        for name in ("b.csv.part", ".c.csv", "d.tmp", "~$e.xlsx"):
            self.put(name, HEAD)
        events, _problems, cursor = self.fetch_all()
        self.assertEqual(events, [])
        later = datetime.now(UTC) + timedelta(seconds=31)
        other = FileAdapter(self.store, FileSettings(), now=later)
        self.assertEqual(len(self.fetch_all(other, cursor)[0]), 1)
        self.assertFalse(path.exists())
        self.assertEqual(len(self.names("in")), 4)

    def test_unreadable_file(self):
        self.put("bad.csv", b"\x00\x01\x02nothing")
        self.put("good.csv", HEAD + "E1,RET/1,A,1,new\r\n")
        events, problems, _cursor = self.fetch_all()
        self.assertEqual(len(events), 1)
        self.assertEqual(len(problems), 1)
        self.assertIn("bad.csv", problems[0])
        self.assertEqual(self.names("failed"), ["bad.csv", "bad.csv.txt"])
        self.assertIn("bad.csv: ", (self.root / "failed/bad.csv.txt").read_text("utf-8-sig"))
        self.assertEqual(self.names("done"), ["good.csv"])

    def test_names_are_kept_beside_each_other(self):
        for _time in range(2):
            self.put("a.csv", HEAD + "E1,RET/1,A,1,new\r\n")
            self.fetch_all()
        self.assertEqual(self.names("done"), ["a.2.csv", "a.csv"])

    def test_announced(self):
        told = self.adapter.announce(EXPECTED, "k")
        self.assertEqual(self.adapter.announce(EXPECTED, "k"), told)
        self.assertEqual(self.names("out"), ["expected_RET_2026_00001_r0002.csv"])
        self.assertEqual(self.adapter.find(EXPECTED), told)
        self.assertIsNone(self.adapter.find_cancelled(EXPECTED))
        content = (self.root / "out" / told.raw["file"]).read_bytes()
        self.assertTrue(content.startswith(b"\xef\xbb\xbf"))
        rows = read_table("a.csv", content)
        self.assertEqual([row.raw["quantity"] for row in rows], ["2.000", "1"])
        self.assertEqual(rows[0].raw["order_ref"], "'=SUM(A1)")
        self.assertEqual(rows[1].raw["sku"], "'@SHOE")
        self.assertEqual(rows[1].cells["sku"], "@SHOE")
        self.assertEqual(rows[0].raw["tracking_number"], "T1;T2")
        self.adapter.cancel(EXPECTED, "k")
        self.assertTrue(self.adapter.find_cancelled(EXPECTED))
        self.assertIn("cancelled_RET_2026_00001_r0002.csv", self.names("out"))

    def test_names_lead_nowhere(self):
        for number in ("../../etc/passwd", "a/../../b", "..", "x" * 500, "退货\n1"):
            self.adapter.announce(ExpectedReturn(number=number, revision=1), "k")
        self.assertEqual(len(self.names("out")), 5)
        self.assertEqual([path.name for path in self.base.iterdir()], ["wh"])

    def test_instruction_and_its_receipt(self):
        word = Instruction("Q7-1", "RET/1", unit_ref="U1", sku="A", disposition="destroy")
        self.adapter.instruct(word, "k")
        self.assertEqual(self.names("out"), ["instruction_Q7-1.csv"])
        self.assertTrue(self.adapter.find_instruction(word))
        self.put("a.csv", "instruction_ref,sku\nQ7-1,\nQ8-1,\n")
        self.assertEqual(self.fetch_all()[0], [])
        self.assertEqual(self.names("out"), [])
        self.assertTrue(self.adapter.find_instruction(word))

    def test_only_allowed_folders(self):
        outside = Path(self.enterContext(tempfile.TemporaryDirectory())).resolve()
        for path in (str(outside), "wh", "", "/", f"{self.base}/../{outside.name}"):
            with self.subTest(path), self.assertRaises(RejectedError):
                FolderStore(path, [str(self.base)])
        for allowed in ([], ["/"], ["relative"]):
            with self.subTest(allowed), self.assertRaises(RejectedError):
                FolderStore(str(self.root), allowed)

    def test_links_lead_nowhere(self):
        outside = Path(self.enterContext(tempfile.TemporaryDirectory())).resolve()
        (outside / "secret.csv").write_text(HEAD + "E1,RET/1,A,1,new\r\n")
        (self.root / "in" / "a.csv").symlink_to(outside / "secret.csv")
        os.mkfifo(self.root / "in" / "pipe.csv")
        later = FileAdapter(self.store, FileSettings(), now=datetime.now(UTC) + timedelta(hours=1))
        self.assertEqual(self.fetch_all(later)[0], [])
        with self.store.open() as store, self.assertRaises((RejectedError, TemporaryError)):
            store.load("in", "a.csv", 100)
        # A link in place of the file we write under is replaced, not followed.
        told = self.adapter.announce(EXPECTED, "k").raw["file"]
        (self.root / "out" / told).unlink()
        (self.root / "out" / f"{told}.tmp").symlink_to(outside / "made.csv")
        (self.root / "out" / told).symlink_to(outside / "made2.csv")
        self.adapter.announce(EXPECTED, "k")
        self.assertEqual([path.name for path in outside.iterdir()], ["secret.csv"])
        # Folders that are links are no folders.
        (self.base / "link").symlink_to(outside)
        with self.assertRaises(RejectedError):
            FileAdapter(FolderStore(f"{self.base}/link", [str(self.base)]), None).check()
        (self.root / "out").rename(self.root / "old")
        (self.root / "out").symlink_to(outside)
        with self.assertRaises(RejectedError):
            self.adapter.announce(EXPECTED, "k")

    def test_missing_folder(self):
        with self.assertRaisesRegex(RejectedError, "No such file"):
            FileAdapter(FolderStore(f"{self.base}/gone", [str(self.base)]), None).check()

    def test_photos(self):
        photo = Photo("RET/1/a.jpg", "photos:a.jpg", "a.jpg")
        with self.assertRaises(TemporaryError):
            self.adapter.load_photo(photo)
        (self.root / "in/photos/a.jpg").write_bytes(b"picture")
        self.assertEqual(self.adapter.load_photo(photo).content, b"picture")
        for url in ("photos:../../secret", "photos:/etc/passwd", "https://example.com/a.jpg"):
            with self.subTest(url), self.assertRaises(RejectedError):
                self.adapter.load_photo(Photo(url=url))
