from datetime import date

from psycopg2.errors import UniqueViolation

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import PowerBillingCase


@tagged("post_install", "-at_install")
class TestRegister(PowerBillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.point = cls._create_point(meter_vals={"initial_value": 100, "ct_ratio": 40})
        cls.meter = cls.point.meter_ids

    def _add_registers(self, **vals):
        wizard = self.env["power.meter.register.add"].create({"meter_id": self.meter.id, **vals})
        wizard.action_add()
        return self.meter.register_ids

    def test_plain_meter_has_one_register(self):
        register = self.meter.register_ids
        self.assertEqual(register.mapped("quantity"), ["active"])
        self.assertFalse(register.period)
        self.assertTrue(register.is_main)
        self.assertEqual((register.multiplier, register.digits), (40, 6))
        self.assertTrue(self.meter.is_plain)
        self.assertEqual(self.meter.reading_ids.register_id, register)

    def test_register_follows_the_meter_unless_changed(self):
        self.meter.digits = 5
        self.meter.ct_ratio = 20
        self.assertEqual(self.meter.main_register_id.digits, 5)
        self.assertEqual(self.meter.main_register_id.multiplier, 20)
        reading = self._read(self.point, "2026-01-31", 110)
        self.meter.main_register_id.multiplier = 10
        self.assertEqual(self.meter.multiplier, 20)
        self.assertEqual(reading.consumption, 100)  # (110 - 100) × 10

    def test_add_registers(self):
        registers = self._add_registers(reactive=True, demand=True)
        self.assertEqual(
            [(r.quantity, r.period or "") for r in registers.sorted("sequence")],
            [
                ("active", ""),
                ("active", "sharp"),
                ("active", "peak"),
                ("active", "flat"),
                ("active", "valley"),
                ("reactive", ""),
                ("demand", ""),
            ],
        )
        self.assertEqual(
            [r.unit for r in registers.sorted("sequence")], ["kWh"] * 5 + ["kvarh", "kW"]
        )
        self.assertFalse(self.meter.is_plain)
        initial = self.meter.reading_ids.filtered(lambda r: r.kind == "initial")
        self.assertEqual(len(initial), 7)
        with self.assertRaises(UserError):
            self._add_registers()

    def test_chain_runs_by_register(self):
        self._add_registers(sharp=False, flat=False)
        peak = self.meter.register_ids.filtered(lambda r: r.period == "peak")
        whole = self._read(self.point, "2026-01-31", 110)
        part = self._read(self.point, "2026-01-31", 4, register_id=peak.id)
        self.assertEqual(whole.consumption, 400)  # (110 - 100) × 40
        self.assertEqual((part.previous_value, part.consumption), (0, 160))  # 4 × 40
        self.assertEqual(self.meter.last_reading_id, whole)

    def test_demand_is_a_maximum(self):
        self._add_registers(sharp=False, peak=False, flat=False, valley=False, demand=True)
        demand = self.meter.register_ids.filtered(lambda r: r.quantity == "demand")
        self._read(self.point, "2026-01-31", 2.5, register_id=demand.id)
        lower = self._read(self.point, "2026-02-28", 1.5, register_id=demand.id)
        self.assertEqual(lower.state, "validated")
        self.assertEqual(lower.consumption, 60)  # 1.5 × 40 kW

    @mute_logger("odoo.sql_db")
    def test_one_reading_a_register_and_day(self):
        self._add_registers()
        peak = self.meter.register_ids.filtered(lambda r: r.period == "peak")
        self._read(self.point, "2026-01-31", 110)
        self._read(self.point, "2026-01-31", 4, register_id=peak.id)
        with self.assertRaises(UniqueViolation), self.cr.savepoint():
            self._read(self.point, "2026-01-31", 5, register_id=peak.id)

    @mute_logger("odoo.sql_db")
    def test_one_register_of_a_kind(self):
        with self.assertRaises(UniqueViolation), self.cr.savepoint():
            self.env["power.meter.register"].create({"meter_id": self.meter.id})

    def test_main_register_stays(self):
        self._add_registers()
        with self.assertRaisesRegex(ValidationError, "whole active energy"):
            self.meter.main_register_id.active = False

    def test_billed_register_is_closed(self):
        self._create_bill(self.point, kwh=10)
        with self.assertRaises(UserError):
            self.meter.main_register_id.multiplier = 1
        with self.assertRaises(UserError):
            self.meter.main_register_id.unlink()
        # A register added later begins where the bills stand.
        registers = self._add_registers()
        peak = registers.filtered(lambda r: r.period == "peak")
        self.assertEqual(peak.reading_ids.date, date(2026, 1, 31))

    def test_typing_all_registers_at_once(self):
        self._add_registers(sharp=False, flat=False)
        form = Form(self.env["power.reading.entry"].with_context(default_meter_id=self.meter.id))
        form.date = "2026-01-31"
        for index, value in enumerate((110, 4, 6)):
            with form.line_ids.edit(index) as line:
                line.value = value
                line.is_read = True
        entry = form.save()
        self.assertEqual(entry.line_ids.mapped("consumption"), [400, 160, 240])
        entry.action_save()
        readings = self.meter.reading_ids.filtered(lambda r: r.date == date(2026, 1, 31))
        self.assertEqual(sorted(readings.mapped("consumption")), [160, 240, 400])

    def test_nothing_typed_is_refused(self):
        entry = self.env["power.reading.entry"].create({"meter_id": self.meter.id})
        with self.assertRaises(UserError):
            entry.action_save()
        entry.line_ids.value = 99
        with self.assertRaisesRegex(ValidationError, "lower than 100"):
            entry.action_save()
