import base64
from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tests.common import BaseCase

from ..tools import load_file
from .common import PowerBillingCase

HEADS = "meter,date," + ",".join(f"v{n}" for n in range(1, 25))


class TestKernelLoadFile(BaseCase):
    def test_values_are_exact(self):
        for text, units in (
            ("0", 0),
            ("1.2345", 12345),
            ("0.00005", 1),
            ("214748.3647", 2**31 - 1),
        ):
            self.assertEqual(load_file.to_units(text), units)
        self.assertEqual(load_file.to_text(12345), "1.2345")
        self.assertIsNone(load_file.to_units("  "))
        for text in ("x", "-1", "214748.3648", "NaN", "Infinity"):
            with self.assertRaises(ValueError):
                load_file.to_units(text)

    def test_picture_is_broken_at_gaps(self):
        picture = load_file.draw(["1", "2", None, "4"], 60)
        self.assertEqual(picture.count("<polyline"), 2)
        self.assertIn("4.00 kW", picture)
        self.assertEqual(load_file.draw([None] * 4, 60), "")


@tagged("post_install", "-at_install")
class TestLoadDay(PowerBillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.point = cls._create_point(
            meter_vals={"number": "LOAD1", "initial_value": 0, "date_installed": "2025-12-31"}
        )
        cls.meter = cls.point.meter_ids
        cls.days = cls.env["power.load.day"].with_company(cls.company)

    def _line(self, day, values, meter="LOAD1"):
        return f"{meter},{day}," + ",".join(values)

    def _load(self, *lines, **kw):
        return self.days._load_csv("\n".join((HEADS, *lines)).encode(), **kw)

    def test_load(self):
        values = [str(hour) for hour in range(24)]
        values[3], values[4] = "", "0.1234"
        report = self._load(
            self._line("2026-01-01", values), self._line("2026-01-02", ["1.5"] * 24), source="AMI"
        )
        self.assertEqual((report["loaded"], report["gaps"], report["wrong"]), (2, 1, []))
        first, second = self.days.search([("meter_id", "=", self.meter.id)], order="date")
        # 0 + … + 23 = 276, without 3 and with 0.1234 for 4.
        self.assertEqual((first.energy, first.maximum_kw, first.gaps), (269.1234, 23, 1))
        self.assertEqual((second.energy, second.minutes, second.source), (36, 60, "AMI"))
        kept = first._get_values()[first.id]
        self.assertEqual((kept[3], kept[4], kept[23]), (None, "0.1234", "23.0000"))
        self.assertEqual(first.chart.count("<polyline"), 2)

    def test_what_is_wrong_is_listed_and_the_rest_loaded(self):
        one = ["1"] * 24
        self._load(self._line("2026-01-01", one))
        report = self._load(
            self._line("2026-01-01", one),
            self._line("2026-01-02", one),
            self._line("2026-01-02", ["2"] * 24),
            self._line("2026-01-03", one, meter="NONE"),
            self._line("soon", one),
            self._line("2026-01-04", ["x"] + one[1:]),
            self._line("2026-01-05", one[1:]),
        )
        self.assertEqual((report["loaded"], report["same"]), (1, 1))
        self.assertEqual(
            {(error.number, error.code) for error in report["wrong"]},
            {
                (4, "duplicate"),
                (5, "unknown_meter"),
                (6, "bad_date"),
                (7, "bad_value"),
                (8, "bad_count"),
            },
        )
        again = self._load(self._line("2026-01-01", ["3"] * 24))
        self.assertEqual([error.code for error in again["wrong"]], ["exists"])
        replaced = self._load(self._line("2026-01-01", ["3"] * 24), replace=True)
        self.assertEqual(replaced["loaded"], 1)
        day = self.days.search([("meter_id", "=", self.meter.id), ("date", "=", "2026-01-01")])
        self.assertEqual(day.energy, 72)

    def test_unreadable(self):
        for text in ("", "meter,date,1\n", "a,b\n1,2\n"):
            with self.assertRaises(UserError):
                self.days._load_csv(text.encode())

    def test_partitions_by_month(self):
        self._load(self._line("2031-02-28", ["1"] * 24), self._line("2031-04-01", ["1"] * 24))
        self.env.cr.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = 'power_load_day_data'::regclass AND c.relname LIKE '%%2031%%'"
            " ORDER BY 1"
        )
        self.assertEqual(
            [row[0] for row in self.env.cr.fetchall()],
            [f"power_load_day_data_2031_0{month}" for month in (2, 3, 4)],
        )

    def test_missing_days(self):
        """Installed five days ago, four full days since: the second and the fourth are missing."""
        today = self.company._get_power_today()
        days = [today - timedelta(days=back) for back in (4, 3, 2, 1)]
        point = self._create_point(
            meter_vals={"number": "NEW", "date_installed": today - timedelta(days=5)}
        )
        for day in (days[0], days[2]):
            self._load(self._line(day, ["1"] * 24, meter="NEW"))
        missing = self.env["power.load.missing"].search([("supply_point_id", "=", point.id)])
        self.assertEqual(missing.mapped("date"), [days[3], days[1]])
        self.assertEqual(missing.meter_id.number, "NEW")

    def test_curves_of_a_bill(self):
        self._read(self.point, "2026-01-31", 100)
        self._load(
            *(self._line(f"2026-01-{day:02d}", ["0.5"] * 24) for day in range(1, 32)),
            self._line("2026-02-01", ["9"] * 24),
        )
        bill = self.env["power.bill"].create(
            {
                "supply_point_id": self.point.id,
                "company_id": self.company.id,
                "period_from": "2026-01-01",
                "period_to": "2026-01-31",
            }
        )
        self.patch(type(bill), "_get_needs", lambda bill, versions: {"periods"})
        data = bill._get_determinants(bill._get_rating_inputs())[0]
        (series,) = data["intervals"]
        self.assertEqual(
            (series["key"], series["quantity"], series["minutes"], len(series["days"])),
            ("LOAD1", "active", 60, 31),
        )
        self.assertEqual(series["days"][0], {"date": "2026-01-01", "values": ["0.5000"] * 24})
        # With registers by period the curve is not needed.
        self.env["power.meter.register.add"].create({"meter_id": self.meter.id}).action_add()
        for register in self.meter.register_ids - self.meter.main_register_id:
            self._read(self.point, "2026-01-31", 25, register_id=register.id)
        data = bill._get_determinants(bill._get_rating_inputs())[0]
        self.assertNotIn("intervals", data)

    def test_wizard(self):
        content = "\n".join((HEADS, self._line("2026-01-01", ["1"] * 24), self._line("x", ["1"])))
        wizard = self.env["power.load.import"].create(
            {
                "file": base64.b64encode(content.encode()),
                "filename": "curves.csv",
                "company_id": self.company.id,
            }
        )
        wizard.action_import()
        self.assertEqual((wizard.loaded_count, wizard.error_count), (1, 1))
        self.assertEqual(wizard.line_ids.row, 3)
        self.assertEqual(self.days.search(wizard.action_view_days()["domain"]).energy, 24)

    def test_access(self):
        self._load(self._line("2026-01-01", ["1"] * 24))
        day = self.days.search([("meter_id", "=", self.meter.id)])
        other = self._get_company("Other Bureau")
        users = {
            company: new_test_user(
                self.env,
                f"load_{company.id}",
                groups="power_crm.group_user",
                company_id=company.id,
                company_ids=company.ids,
            )
            for company in (self.company, other)
        }
        self.env.invalidate_all()
        own = day.with_user(users[self.company]).with_context(allowed_company_ids=self.company.ids)
        self.assertEqual(own.energy, 24)
        with self.assertRaises(AccessError):
            own.unlink()
        theirs = self.days.with_user(users[other]).with_context(allowed_company_ids=other.ids)
        self.assertFalse(theirs.search([("id", "=", day.id)]))
