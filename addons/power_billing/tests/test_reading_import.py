import base64
import io
from datetime import date, timedelta
from unittest.mock import patch

from openpyxl import Workbook

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..wizard import power_reading_import
from .common import PowerBillingCase


@tagged("post_install", "-at_install", "power_slow")
class TestReadingImport(PowerBillingCase):
    def _import(self, text, filename="readings.csv", encoding="utf-8", **vals):
        content = text if isinstance(text, bytes) else text.encode(encoding)
        wizard = self.env["power.reading.import"].create(
            {
                "file": base64.b64encode(content),
                "filename": filename,
                "company_id": self.company.id,
                **vals,
            }
        )
        wizard.action_import()
        return wizard

    def _create_points(self, count):
        partner = self._create_customer()
        points = self.env["power.supply.point"].create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": self.company.id,
                    "number": f"P{index:05d}",
                    "tariff_id": self.tariff.id,
                }
                for index in range(count)
            ]
        )
        self.env["power.meter"].create(
            [
                {
                    "number": f"N{index:05d}",
                    "supply_point_id": point.id,
                    "date_installed": "2025-12-31",
                    "initial_value": 1000,
                    "digits": 5,
                }
                for index, point in enumerate(points)
            ]
        )
        return points

    def test_encodings_and_heads(self):
        self._create_points(4)
        wizard = self._import("户号,日期,示数\nP00000,2026-01-31,1100\n", encoding="gb18030")
        self.assertEqual((wizard.state, wizard.imported_count), ("done", 1))
        wizard = self._import("﻿表号;抄表日期;本次示数\nN00001;2026/1/31;1,100.50\n")
        self.assertEqual(wizard.imported_count, 1)
        book = Workbook()
        book.active.append(["Meter", "Date", "Value"])
        book.active.append(["N00002", date(2026, 1, 31), 1234.5])
        content = io.BytesIO()
        book.save(content)
        wizard = self._import(content.getvalue(), "readings.xlsx")
        self.assertEqual(wizard.imported_count, 1)
        wizard = self._import("meter,value\nN00003,1001\n", default_date="2026-01-31")
        self.assertEqual(wizard.imported_count, 1)
        readings = self.env["power.meter.reading"].search(
            [("company_id", "=", self.company.id), ("kind", "=", "actual")], order="meter_id"
        )
        self.assertEqual(readings.mapped("consumption"), [100, 100.5, 234.5, 1])
        self.assertEqual(set(readings.mapped("state")), {"validated"})

    def test_unicode_text_of_a_spreadsheet(self):
        """Saved as “Unicode text”: UTF-16 with its mark, divided by tabs."""
        self._create_points(1)
        text = "表号\t日期\t示数\r\nN00000\t2026-01-31\t1100\r\n"
        wizard = self._import(text, encoding="utf-16")
        self.assertEqual(wizard.imported_count, 1)

    def test_progress_of_a_large_file(self):
        """What is told is there at once, whatever becomes of the import."""
        self._create_points(2)
        wizards = type(self.env["power.reading.import"])
        told = []

        def send(_wizard, env, text):
            told.append((env, text))

        with (
            patch.object(power_reading_import, "LARGE_FILE", 2),
            patch.object(power_reading_import.module, "current_test", None),
            patch.object(
                wizards, "_send_progress", lambda _self, env, text: told.append((env, text))
            ),
        ):
            self._import("meter,date,value\nN00000,2026-01-31,1100\n")
            self.assertFalse(told, "a small file is done before anybody asks")
            self._import("meter,date,value\nN00000,2026-02-28,1200\nN00001,2026-02-28,1100\n")
        self.assertEqual([text.split(" ", 2)[0] for _env, text in told], ["2", "2"])
        self.assertTrue(all(env.cr is not self.env.cr for env, _text in told))

    def test_unreadable_files(self):
        for text in ("", "a,b\n1,2\n", "meter,date,value\n"):
            with self.assertRaises(UserError):
                self._import(text)
        old_excel = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100)
        with self.assertRaisesRegex(UserError, "neither UTF-8 nor GB 18030"):
            self._import(old_excel, "readings.xls")

    def test_37_of_1000_are_wrong_in_ten_ways(self):
        points = self._create_points(1000)
        meters = points.meter_ids
        meters[30].date_installed = "2026-01-20"
        self._create_meter(points[40], number="second")
        for index in (50, 51, 52):
            self._read(points[index], "2026-01-31", 1500)
        tomorrow = date.today() + timedelta(days=1)
        rows = {index: [f"P{index:05d}", "", "2026-01-31", "1100"] for index in range(1000)}
        wrong = {}

        def spoil(indexes, code, column, value):
            for index in indexes:
                rows[index][column] = value
                wrong[index + 2] = code

        spoil(range(100, 105), "bad_value", 3, "12a4")
        spoil(range(110, 114), "bad_date", 2, "31 Jan")
        spoil(range(120, 124), "unknown_point", 0, "P99999")
        spoil(range(130, 134), "unknown_meter", 1, "X1")
        spoil(range(140, 144), "lower", 3, "900")
        spoil(range(150, 154), "digits", 3, "100000")
        spoil(range(160, 164), "future", 2, str(tomorrow))
        spoil(range(170, 173), "missing_value", 3, "")
        spoil(range(50, 53), "exists", 3, "1600")
        spoil([30], "no_meter", 2, "2026-01-10")
        spoil([40], "several", 3, "1100")
        self.assertEqual(len(wrong), 37)
        text = "point,meter,date,value\n" + "\n".join(",".join(row) for row in rows.values())
        before = self.env["power.meter.reading"].search_count([])
        wizard = self._import(text)
        self.assertEqual(wizard.state, "errors")
        self.assertEqual({line.row: line.code for line in wizard.line_ids}, wrong)
        self.assertGreaterEqual(len(set(wrong.values())), 10)
        self.assertTrue(all(line.message and line.remedy for line in wizard.line_ids))
        self.assertEqual(self.env["power.meter.reading"].search_count([]), before)
        wizard.action_import_good()
        self.assertEqual(wizard.imported_count, 963)
        self.assertEqual(self.env["power.meter.reading"].search_count([]), before + 963)

    def test_rows_of_one_file_depend_on_each_other(self):
        self._create_points(2)
        wizard = self._import(
            "meter,date,value\n"
            "N00000,2026-02-28,1200\n"
            "N00000,2026-01-31,1100\n"
            "N00001,2026-01-31,1100\n"
            "N00001,2026-01-31,1101\n"
            "N00001,2026-02-28,1050\n"
        )
        self.assertEqual(
            [(line.row, line.code) for line in wizard.line_ids], [(5, "duplicate"), (6, "lower")]
        )
        wizard.action_import_good()
        readings = self.env["power.meter.reading"].search(
            [("meter_id.number", "=", "N00000"), ("kind", "=", "actual")], order="date"
        )
        self.assertEqual(readings.mapped("consumption"), [100, 100])

    def test_import_equals_typing(self):
        """The same readings typed and imported leave the same columns."""
        points = self._create_points(2)
        values = (("2026-01-31", 1310), ("2026-02-28", 1500), ("2026-03-31", 4000))
        for day, value in values:
            self._read(points[0], day, value)
        self._import(
            "meter,date,value\n" + "".join(f"N00001,{day},{value}\n" for day, value in values)
        )
        skip = {
            "id",
            "meter_id",
            "register_id",
            "supply_point_id",
            "create_date",
            "write_date",
            "source",
            "display_name",
        }
        names = [n for n, f in self.env["power.meter.reading"]._fields.items() if f.store]
        names = [name for name in names if name not in skip]
        typed, imported = (
            point.meter_ids.reading_ids.sorted("date").read(names) for point in points
        )
        for one, two in zip(typed, imported, strict=True):
            one.pop("id"), two.pop("id")
            self.assertEqual(one, two)

    def test_billed_is_not_touched(self):
        point = self._create_point(meter_vals={"number": "B1"})
        self._create_bill(point)
        wizard = self._import("meter,date,value\nB1,2026-01-20,10500\n")
        self.assertEqual(wizard.line_ids.code, "billed")
