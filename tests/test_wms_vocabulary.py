"""The words of warehouses stand beside those of GS1 and X12, each of which exists."""

import csv
import unittest
from pathlib import Path

from odoo.tests import tagged

from odoo.addons.helloword_3pl.wms import vocabulary
from odoo.addons.helloword_3pl.wms.base import EVENT_TYPES

# GS1 Core Business Vocabulary 2.0, 7.1.3 and 7.2.3; only what is used here and might be mistaken.
CBV_STEPS = frozenset(
    [
        "accepting",
        "arriving",
        "collecting",
        "cycle_counting",
        "decommissioning",
        "departing",
        "destroying",
        "holding",
        "inspecting",
        "loading",
        "other",
        "packing",
        "picking",
        "receiving",
        "removing",
        "repackaging",
        "repairing",
        "replacing",
        "reserving",
        "retail_selling",
        "shipping",
        "staging_outbound",
        "stock_taking",
        "stocking",
        "storing",
        "transporting",
        "unloading",
        "unpacking",
        "void_shipping",
    ]
)
CBV_DISPOSITIONS = frozenset(
    [
        "active",
        "available",
        "completeness_inferred",
        "completeness_verified",
        "conformant",
        "container_closed",
        "container_open",
        "damaged",
        "destroyed",
        "dispensed",
        "disposed",
        "encoded",
        "expired",
        "in_progress",
        "in_transit",
        "inactive",
        "mismatch_class",
        "mismatch_instance",
        "mismatch_quantity",
        "needs_replacement",
        "non_sellable_other",
        "partially_dispensed",
        "recalled",
        "reserved",
        "retail_sold",
        "returned",
        "sellable_accessible",
        "sellable_not_accessible",
        "stolen",
        "unavailable",
        "unknown",
    ]
)
# ASC X12 release 4010: elements 1292, 1293 and 1303.
X12 = {
    "requested": frozenset(
        ["CR", "DI", "KA", "KR", "MW", "PA", "RA", "RD", "RF", "RN", "RP", "RT", "SC", "SD"]
    ),
    "reason": frozenset(
        [
            "BC",
            "CO",
            "CV",
            "DA",
            "DI",
            "DM",
            "DP",
            "DR",
            "DT",
            "EI",
            "EO",
            "EW",
            "LP",
            "MD",
            "NA",
            "OP",
            "PE",
            "PF",
            "PR",
            "PS",
            "PW",
            "RE",
            "SD",
            "SM",
            "SP",
            "SR",
            "ST",
            "TE",
            "WG",
        ]
    ),
    "condition": frozenset(("01", "02", "03", "04", "05", "06")),
    "final": frozenset(("01", "02", "03", "04", "05", "06")),
}
# What the standards have no word for.
X12_LACKS = {
    "condition": {"new", "like_new", "good", "unknown"},
    "requested": {"quarantine", "relabel"},
    "final": set(vocabulary.DISPOSITIONS),
}


@tagged("post_install", "-at_install")
class TestWmsVocabulary(unittest.TestCase):
    def _rows(self, scheme, field):
        return [
            row
            for row in vocabulary.read_codes()
            if row["scheme"] == scheme and row["field"] == field
        ]

    def test_gs1_has_every_word(self):
        for field in ("condition", "final"):
            for value in vocabulary.FIELDS[field]:
                code = vocabulary.to_theirs("cbv", field, value)
                with self.subTest(field=field, value=value):
                    self.assertTrue(code)
                    self.assertTrue(code in CBV_DISPOSITIONS or code.startswith("https://"), code)
        for value in vocabulary.FINAL:
            self.assertIn(vocabulary.to_theirs("cbv", "biz_step", value), CBV_STEPS, value)
        for row in self._rows("cbv", "biz_step"):
            self.assertIn(row["code"], CBV_STEPS)
            self.assertIn(row["value"], (*EVENT_TYPES, *vocabulary.FINAL))

    def test_x12_has_what_it_can_say(self):
        for field, lacks in X12_LACKS.items():
            for value in vocabulary.FIELDS[field]:
                code = vocabulary.to_theirs("x12", field, value)
                with self.subTest(field=field, value=value):
                    self.assertEqual(code is None, value in lacks)
                    self.assertIn(code, (None, *X12[field]))

    def test_every_reason_has_a_code(self):
        known = Path(vocabulary.__file__).parents[2] / "helloword_returns" / "data"
        text = "".join(path.read_text() for path in known.glob("*reason*.xml"))
        rows = self._rows("x12", "reason")
        for row in rows:
            self.assertIn(row["code"], X12["reason"])
            self.assertIn(f'<field name="code">{row["value"]}</field>', text)
        codes = {part.partition("<")[0] for part in text.split('<field name="code">')[1:]}
        lacking = {code for code in codes if not vocabulary.to_theirs("x12", "reason", code)} - {
            "other",
            "unknown",
        }
        self.assertEqual(lacking, set())

    def test_what_is_read_is_a_word_of_ours(self):
        """Of every scheme, operators' included."""
        for row in vocabulary.read_codes():
            values = vocabulary.FIELDS.get(row["field"])
            if values:
                self.assertIn(row["value"], values, row)

    def test_there_and_back(self):
        """What is read as what it is sent as, is the same word."""
        for row in vocabulary.read_codes():
            if row["use"] == "both":
                scheme, field = row["scheme"], row["field"]
                code = vocabulary.to_theirs(scheme, field, row["value"])
                self.assertEqual(vocabulary.to_ours(scheme, field, code), row["value"], row)

    def test_each_row_once(self):
        path = Path(vocabulary.__file__).with_name("vocabulary.csv")
        with path.open(encoding="utf-8", newline="") as lines:
            rows = [tuple(row.values()) for row in csv.DictReader(lines)]
        self.assertEqual(len(rows), len(set(rows)))
