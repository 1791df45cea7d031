import base64
from datetime import date

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import PowerBillingCase


@tagged("post_install", "-at_install")
class TestReadingCheck(PowerBillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.point = cls._create_point(
            meter_vals={"initial_value": 0, "date_installed": "2025-01-31"}
        )
        cls.meter = cls.point.meter_ids

    def _check(self, code, **vals):
        check = self.env.ref(f"power_billing.reading_check_{code}")
        check.write(vals)
        return check

    def _history(self, month_kwh=310, months=12, year=2025):
        """Readings at the end of each month from February 2025 on, ``month_kwh`` each."""
        self.value = 0
        for month in range(2, 2 + months):
            day = date.fromordinal(date(year + month // 12, month % 12 + 1, 1).toordinal() - 1)
            self.value += month_kwh
            self._read(self.point, day, self.value)

    def test_high_names_its_figures(self):
        self._history()
        reading = self._read(self.point, "2026-02-28", self.value + 2800)
        self.assertEqual(reading.state, "held")
        self.assertEqual(reading.check_ids, self._check("high") | self._check("last_year"))
        # 2800 / 28 = 100 a day; usual: 12 × 310 over 365 days = 10.19; a year ago 310 / 28.
        self.assertEqual(
            reading.hold_reason,
            "100.00 kWh a day is 9.8 times the usual 10.19; "
            "100.00 kWh a day, 11.07 at the same time last year",
        )

    def test_machines_write_in_the_language_of_the_utility(self):
        """A head-end and the scheduler have none; a clerk reads what they wrote."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.company.partner_id.lang = "zh_CN"
        self._history()
        readings = self.env["power.meter.reading"].with_context(lang=None)
        reading = readings.create(
            {"meter_id": self.meter.id, "date": "2026-02-28", "value": self.value + 2800}
        )
        figures = {"code": "high", "a": "100.00", "b": "9.8", "c": "10.19"}
        chinese = readings.with_context(lang="zh_CN")._get_check_sentence(figures)
        self.assertNotIn("usual", chinese)
        self.assertIn(chinese, reading.hold_reason)
        run = self._create_run("2026-02-01", supply_point_ids=[Command.set(self.point.ids)])
        run.with_context(lang=None)._process_all()
        self.assertEqual(run.bill_ids.state, "failed")
        self.assertRegex(run.bill_ids.failure_reason, "[\u4e00-\u9fff]{4}")

    def test_noted_readings_count(self):
        self._history()
        reading = self._read(self.point, "2026-02-28", self.value)
        self.assertEqual(reading.state, "validated")
        self.assertEqual(set(reading.check_ids.mapped("code")), {"zero", "low", "last_year"})
        self._check("zero", severity="hold")
        again = self._read(self.point, "2026-03-31", self.value)
        self.assertEqual(again.state, "held")
        self.assertIn("nothing used since 2026-02-28", again.hold_reason)

    def test_refused(self):
        self._history()
        self._check("high", severity="refuse")
        with (
            self.assertRaisesRegex(ValidationError, "9.8 times the usual"),
            self.cr.savepoint(),
        ):
            self._read(self.point, "2026-02-28", self.value + 2800)
        content = f"meter,date,value\n{self.meter.number},2026-02-28,{self.value + 2800}\n"
        wizard = self.env["power.reading.import"].create(
            {
                "file": base64.b64encode(content.encode()),
                "filename": "x.csv",
                "company_id": self.company.id,
            }
        )
        wizard.action_import()
        self.assertEqual((wizard.imported_count, wizard.line_ids.code), (0, "refused"))
        self.assertEqual(wizard.line_ids.row, 2)
        self.assertFalse(self.meter.reading_ids.filtered(lambda r: r.date == date(2026, 2, 28)))

    def test_switched_off_and_own_company(self):
        self._history()
        self._check("high", active=False)
        self._check("last_year", active=False)
        first = self._read(self.point, "2026-02-28", self.value + 2800)
        self.assertEqual((first.state, first.hold_reason), ("validated", False))
        first.unlink()
        own = self._check("high", active=True).copy(
            {"company_id": self.company.id, "threshold": 20}
        )
        second = self._read(self.point, "2026-02-28", self.value + 2800)
        self.assertEqual(second.state, "validated")
        own.threshold = 5
        second.value += 1
        self.assertEqual(second.check_ids, own)

    def test_gap(self):
        reading = self._read(self.point, "2025-05-31", 10)
        self.assertEqual(reading.hold_reason, "not read for 120 days")

    def test_rollover_in_the_middle(self):
        self._read(self.point, "2025-02-28", 500)
        odd = self._read(self.point, "2025-03-31", 400, rollover=True)
        self.assertEqual(odd.state, "held")
        self.assertIn("rollover", odd.check_ids.mapped("code"))
        point = self._create_point(meter_vals={"initial_value": 999990, "digits": 6})
        right = self._read(point, "2026-01-31", 15, rollover=True)
        self.assertEqual(right.state, "validated")

    def _add_registers(self, **vals):
        self.env["power.meter.register.add"].create(
            {"meter_id": self.meter.id, **vals}
        ).action_add()
        return {(r.quantity, r.period or ""): r for r in self.meter.register_ids}

    def _enter(self, registers, day, **values):
        return self.env["power.meter.reading"].create(
            [
                {
                    "meter_id": self.meter.id,
                    "register_id": register.id,
                    "date": day,
                    "value": values[period or quantity],
                }
                for (quantity, period), register in registers.items()
            ]
        )

    def test_periods_differ_from_the_total(self):
        registers = self._add_registers(sharp=False)
        values = {"peak": 40, "flat": 35, "valley": 24}
        readings = self._enter(registers, "2025-02-28", active=100, **values)
        self.assertEqual(set(readings.mapped("state")), {"validated"})  # 99 of 100: 1 %
        values = {"peak": 80, "flat": 70, "valley": 40}
        readings = self._enter(registers, "2025-03-31", active=200, **values)
        held = readings.filtered(lambda r: r.state == "held")
        self.assertTrue(held.register_id.is_main)
        # 40 + 35 + 16 = 91 against 100.
        self.assertEqual(held.hold_reason, "the periods come to 91.00 kWh, the total to 100.00")

    def test_reactive_and_demand(self):
        self.point.demand_kw = 20
        none = {"sharp": False, "peak": False, "flat": False, "valley": False}
        registers = self._add_registers(reactive=True, demand=True, **none)
        readings = self._enter(registers, "2025-02-28", active=100, reactive=250, demand=22)
        by_quantity = {r.register_id.quantity: r for r in readings}
        self.assertEqual(by_quantity["reactive"].state, "held")
        self.assertEqual(by_quantity["reactive"].hold_reason, "250.00 kvarh for 100.00 kWh")
        self.assertEqual(by_quantity["demand"].state, "validated")
        self.assertEqual(by_quantity["demand"].hold_reason, "22.00 kW, contracted are 20.00")
        # A dated contract demand of 21 kW: 22 kW stay within 105 %.
        self.point.fact_ids = [
            Command.create({"date_from": "2025-01-01", "contract_demand_kw": 21})
        ]
        by_quantity["demand"].value = 22.01
        self.assertFalse(by_quantity["demand"].hold_reason)

    def test_clock(self):
        self.assertEqual(
            self._read(self.point, "2025-02-28", 10, clock_drift_s=-400).check_ids.code, "clock"
        )

    def test_import_judges_as_typing_does(self):
        self._history()
        other = self._create_point(
            meter_vals={"number": "JUDGED", "initial_value": 0, "date_installed": "2025-01-31"}
        )
        lines = ["meter,date,value"]
        lines += [
            f"JUDGED,{reading.date},{reading.value}"
            for reading in self.meter.reading_ids.sorted("date")[1:]
        ]
        lines.append(f"JUDGED,2026-02-28,{self.value + 2800}")
        typed = self._read(self.point, "2026-02-28", self.value + 2800)
        wizard = self.env["power.reading.import"].create(
            {
                "file": base64.b64encode("\n".join(lines).encode()),
                "filename": "x.csv",
                "company_id": self.company.id,
            }
        )
        wizard.action_import()
        self.assertEqual((wizard.imported_count, wizard.held_count), (13, 1))
        imported = other.meter_ids.reading_ids.filtered(lambda r: r.state == "held")
        self.assertEqual(imported.check_ids, typed.check_ids)
        self.assertEqual(imported.hold_reason, typed.hold_reason)

    def test_held_work_list(self):
        self._history()
        reading = self._read(self.point, "2026-02-28", self.value + 2800)
        self.assertEqual(reading.history_chart.count("<rect"), 13)
        reading.action_ask_reread()
        self.assertTrue(reading.to_reread)
        reading.release_note = "read twice"
        reading.action_release()
        self.assertEqual((reading.state, reading.to_reread), ("validated", False))

    def test_only_managers_set_limits(self):
        clerk = new_test_user(
            self.env,
            "check_clerk",
            groups="power_crm.group_billing_clerk",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        check = self._check("high")
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            check.with_user(clerk).threshold = 100

    def test_limits_of_a_company_are_carried_over(self):
        self.env.cr.execute(
            "ALTER TABLE res_company ADD COLUMN IF NOT EXISTS power_jump_factor float,"
            " ADD COLUMN IF NOT EXISTS power_jump_floor_kwh float"
        )
        self.env.cr.execute(
            "UPDATE res_company SET power_jump_factor = 6, power_jump_floor_kwh = 50 WHERE id = %s",
            [self.company.id],
        )
        checks = self.env["power.reading.check"]
        checks._migrate_company_limits()
        checks._migrate_company_limits()
        own = checks.search([("company_id", "=", self.company.id)])
        self.assertEqual((own.code, own.threshold, own.floor_kwh), ("high", 6, 50))
