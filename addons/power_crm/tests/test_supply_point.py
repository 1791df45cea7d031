import psycopg2

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common import PowerCase

LEGAL_MOVES = {
    ("applied", "active"),
    ("active", "suspended"),
    ("active", "closed"),
    ("suspended", "active"),
    ("suspended", "closed"),
}


@tagged("post_install", "-at_install")
class TestSupplyPoint(PowerCase):
    def test_number_from_sequence_passes_over_taken_ones(self):
        sequence = self.env["ir.sequence"].search([("code", "=", "power.supply.point")])
        taken = sequence.get_next_char(sequence.number_next_actual)
        by_hand = self._create_point(number=taken)
        drawn = self._create_point()
        self.assertEqual(by_hand.number, taken)
        self.assertNotEqual(drawn.number, taken)
        self.assertEqual(len(drawn.number), 10)

    def test_number_unique_in_company(self):
        self._create_point(number="320200001")
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            self._create_point(number="320200001")

    def test_defaults_follow_voltage(self):
        table = [
            ("220v", "single", "lv_lv", False),
            ("380v", "three", "lv_lv", False),
            ("10kv", "three", "hv_hv", True),
            ("220kv", "three", "hv_hv", True),
        ]
        for voltage, phases, metering, high in table:
            point = self._create_point(voltage_class=voltage)
            self.assertEqual(
                (point.phases, point.metering_mode, point.is_high_voltage),
                (phases, metering, high),
            )

    def test_metering_mode_must_fit_voltage(self):
        self._create_point(voltage_class="10kv", metering_mode="hv_lv")
        with self.assertRaisesRegex(ValidationError, "does not go with the voltage"):
            self._create_point(voltage_class="10kv", metering_mode="lv_lv")
        with self.assertRaisesRegex(ValidationError, "380 V"):
            self._create_point(voltage_class="380v", metering_mode="hv_lv")

    def test_every_move_of_state(self):
        states = ("applied", "active", "suspended", "closed")
        for source in states:
            for target in states:
                if source == target:
                    continue
                point = self._create_point(state=source)
                with self.subTest(source=source, target=target):
                    if (source, target) in LEGAL_MOVES:
                        point._set_state(target)
                        self.assertEqual(point.state, target)
                    else:
                        with self.assertRaisesRegex(UserError, point.number):
                            point._set_state(target)

    def test_illegal_move_names_what_is_possible(self):
        point = self._create_point()
        with self.assertRaisesRegex(UserError, "it can become: Active"):
            point.action_close()

    def test_plain_write_passes_the_same_gate(self):
        point = self._create_point(state="closed")
        with self.assertRaises(UserError):
            point.write({"state": "active"})

    def test_dates_are_stamped(self):
        point = self._create_point()
        moves = [
            ("2026-01-05", "action_activate", "date_activated"),
            ("2026-02-05", "action_suspend", "date_suspended"),
            ("2026-03-05", "action_resume", "date_resumed"),
            ("2026-04-05", "action_close", "date_closed"),
        ]
        for day, _action, _stamp in moves:
            with freeze_time(day):
                {
                    "2026-01-05": point.action_activate,
                    "2026-02-05": point.action_suspend,
                    "2026-03-05": point.action_resume,
                    "2026-04-05": point.action_close,
                }[day]()
        for day, _action, stamp in moves:
            self.assertEqual(str(point[stamp]), day)

    def test_closed_point_is_frozen(self):
        point = self._create_point(state="closed")
        with self.assertRaisesRegex(UserError, "Customer"):
            point.partner_id = self._create_customer("Other")
        with self.assertRaisesRegex(UserError, "Point number"):
            point.number = "1"
        point.write({"number": point.number, "boundary": "Pole 12"})
        self.assertEqual(point.boundary, "Pole 12")

    def test_used_point_is_neither_deleted_nor_hidden(self):
        point = self._create_point()
        point.action_activate()
        with self.assertRaisesRegex(UserError, "Close it and archive it"):
            point.unlink()
        with self.assertRaisesRegex(UserError, "Close it before archiving"):
            point.action_archive()
        point.action_close()
        point.action_archive()
        self.assertFalse(point.active)

    def test_application_can_be_deleted(self):
        point = self._create_point()
        point.unlink()
        self.assertFalse(point.exists())

    def test_payer_follows_customer(self):
        first, second, owner = (self._create_customer(name) for name in ("A", "B", "Owner"))
        point = self._create_point(first)
        self.assertEqual(point.payer_id, first)
        point.payer_id = owner
        self.assertEqual(point.payer_id, owner)
        point.partner_id = second
        self.assertEqual(point.payer_id, second)

    def test_manager_comes_from_area_or_customer(self):
        of_area, dedicated = self._create_user("account_manager"), self._create_user("agent")
        area = self._create_area(manager_id=of_area.id)
        partner = self._create_customer()
        point = self._create_point(partner, area_id=area.id)
        self.assertEqual(point.manager_id, of_area)
        self.assertEqual(partner.power_account_manager_id, of_area)
        partner.power_dedicated_manager_id = dedicated
        self.assertEqual(point.manager_id, dedicated)
        self.assertEqual(partner.power_account_manager_id, dedicated)

    def test_compliance_of_a_first_level_customer(self):
        # first level: two supplies of two substations, own source 120 % of 100 kW = 120 kW
        partner = self._create_customer(power_important_level="first")
        point = self._create_point(partner, voltage_class="10kv", safety_load_kw=100)
        self.assertEqual(point.compliance_state, "missing")
        self.assertIn("2 demanded, 0 recorded", point.compliance_note)
        point.write(
            {
                "source_ids": [
                    Command.create({"substation": "Taihu", "bus_section": "I"}),
                    Command.create({"substation": "Binhu", "bus_section": "I"}),
                ],
                "generator_ids": [Command.create({"name": "G1", "capacity_kw": 119.99})],
            }
        )
        self.assertEqual(
            point.compliance_note,
            "Own emergency sources: 120 kW demanded (120 % of the safety load), "
            "119.99 kW recorded.",
        )
        self.assertEqual(point.security_class, "A")
        point.generator_ids.capacity_kw = 120
        self.assertEqual((point.compliance_state, point.compliance_note), ("compliant", ""))
        self.assertEqual(partner.power_compliance_state, "compliant")

    def test_margin_is_a_setting(self):
        partner = self._create_customer(power_important_level="second")
        point = self._create_point(
            partner,
            safety_load_kw=100,
            source_ids=[Command.create({"substation": "A", "feeder": f}) for f in "12"],
            generator_ids=[Command.create({"name": "G1", "capacity_kw": 120})],
        )
        self.assertEqual(point.compliance_state, "compliant")
        self.bureau.power_generator_margin = 150
        self.assertEqual(point.compliance_state, "missing")

    def test_ordinary_point_owes_nothing(self):
        point = self._create_point()
        self.assertEqual((point.compliance_state, point.security_class), ("not_required", "D"))

    def test_level_follows_customer_unless_emptied(self):
        partner = self._create_customer(power_important_level="special")
        works, dormitory = self._create_point(partner), self._create_point(partner)
        dormitory.important_level = False
        self.assertEqual(works.compliance_state, "missing")
        self.assertEqual(dormitory.compliance_state, "not_required")

    def test_protection_reasons(self):
        point = self._create_point()
        self.assertEqual(point._get_protection_reasons(), [])
        point.life_support = True
        point.partner_id.power_important_level = "first"
        self.assertEqual(
            point._get_protection_reasons(),
            [
                "Important customer: First.",
                "Somebody depends on electrical life-support equipment here.",
            ],
        )

    def test_negative_amounts_are_refused(self):
        with (
            self.assertRaises(psycopg2.errors.CheckViolation),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            self._create_point(capacity_kva=-1)

    def test_form(self):
        with Form(self.env["power.supply.point"]) as form:
            form.partner_id = self._create_customer("By form")
            form.voltage_class = "10kv"
            self.assertEqual(form.metering_mode, "hv_hv")
        point = form.save()
        self.assertEqual(point.name, "By form")
        self.assertTrue(point.number)
