from datetime import date

import psycopg2

from odoo import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import PowerCase


@tagged("post_install", "-at_install")
class TestCustomer(PowerCase):
    def test_number_given_with_first_supply_point(self):
        partner = self._create_customer()
        self.assertFalse(partner.power_customer_number)
        self._create_point(partner)
        number = partner.power_customer_number
        self.assertTrue(partner.power_is_customer)
        self.assertRegex(number, r"^C\d{8}$")
        self._create_point(partner)
        self.assertEqual(partner.power_customer_number, number)

    def test_number_given_when_created_as_customer(self):
        created = self._create_customer(power_is_customer=True)
        by_menu = self.env["res.partner"].with_context(default_power_is_customer=True)
        by_menu = by_menu.create({"name": "By menu", "child_ids": [Command.create({"name": "Li"})]})
        self.assertTrue(created.power_customer_number and by_menu.power_customer_number)
        self.assertFalse(by_menu.child_ids.power_is_customer)

    def test_number_by_hand_is_kept_and_unique(self):
        partner = self._create_customer(power_customer_number="C-OLD-7")
        self.assertTrue(partner.power_is_customer)
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            self._create_customer(power_customer_number="C-OLD-7")

    def test_found_by_number(self):
        partner = self._create_customer(power_customer_number="C-FIND-ME")
        found = self.env["res.partner"].name_search("find-me")
        self.assertEqual([partner_id for partner_id, _name in found], partner.ids)

    def test_profile_over_live_points(self):
        partner = self._create_customer()
        commercial = self.env.ref("power_crm.usage_commercial")
        large = self.env.ref("power_crm.usage_large_industry")
        area = self._create_area()
        self._create_point(
            partner, voltage_class="220v", capacity_kva=8, usage_category_id=commercial.id
        )
        works = self._create_point(
            partner,
            voltage_class="35kv",
            metering_mode="hv_lv",
            capacity_kva=5000,
            usage_category_id=large.id,
            area_id=area.id,
            life_support=True,
        )
        self._create_point(partner, voltage_class="220kv", capacity_kva=90000, state="closed")
        self.assertRecordValues(
            partner,
            [
                {
                    "power_supply_point_count": 2,
                    "power_main_point_id": works.id,
                    "power_voltage_class": "35kv",
                    "power_phases": "three",
                    "power_metering_mode": "hv_lv",
                    "power_capacity_kva": 5008.0,
                    "power_area_id": area.id,
                    "power_life_support": True,
                    "power_usage_category_ids": (commercial + large).ids,
                }
            ],
        )
        works.action_activate()
        works.action_close()
        self.assertRecordValues(
            partner,
            [
                {
                    "power_supply_point_count": 1,
                    "power_voltage_class": "220v",
                    "power_phases": "single",
                    "power_metering_mode": "lv_lv",
                    "power_capacity_kva": 8.0,
                    "power_life_support": False,
                }
            ],
        )

    def test_profile_follows_the_change_of_customer(self):
        old, new = self._create_customer("Old"), self._create_customer("New")
        point = self._create_point(old, capacity_kva=100)
        point.partner_id = new
        self.assertEqual((old.power_capacity_kva, new.power_capacity_kva), (0, 100))
        self.assertFalse(old.power_main_point_id)
        self.assertTrue(new.power_customer_number)

    def test_industry_is_mapped(self):
        partner = self._create_customer(power_industry_id=self.env.ref("power_crm.industry_e").id)
        self.assertEqual(partner.industry_id, self.env.ref("base.res_partner_industry_F"))

    def test_master_data(self):
        self.assertEqual(
            "".join(self.env["power.industry"].search([], order="code").mapped("code"))[:20],
            "ABCDEFGHIJKLMNOPQRST",
        )
        vip = self.env.ref("power_crm.service_level_vip")
        self.assertEqual((vip.hotline_priority, vip.callback_hours), ("3", 0))

    @freeze_time("2026-11-22")
    def test_renewal_a_year_after_confirmation(self):
        partner = self._create_customer(power_important_level="first")
        self.assertEqual(partner.power_important_date, date(2026, 11, 22))
        self.assertEqual(partner.power_important_renewal_date, date(2027, 11, 22))
        partner.power_important_date = "2024-02-29"
        self.assertEqual(partner.power_important_renewal_date, date(2025, 2, 28))
        partner.power_important_level = False
        self.assertFalse(partner.power_important_date or partner.power_important_renewal_date)

    @freeze_time("2026-11-22")
    def test_renewal_reminder(self):
        manager = self._create_user("account_manager")
        area = self._create_area(manager_id=manager.id)

        def customer(name, confirmed, level="first"):
            partner = self._create_customer(
                name, power_important_level=level, power_important_date=confirmed
            )
            self._create_point(partner, area_id=area.id)
            return partner

        near = customer("Near", "2025-12-22")  # due in 30 days
        overdue = customer("Overdue", "2025-11-01")
        far = customer("Far", "2025-12-23")  # due in 31 days
        ordinary = customer("Ordinary", "2025-11-01", level=False)
        for _run in range(2):
            with self._no_commit():
                self.env["res.partner"]._cron_remind_important_renewals()
        self.assertEqual(len(near.activity_ids), 1)
        self.assertEqual(near.activity_ids.user_id, manager)
        self.assertEqual(near.activity_ids.date_deadline, date(2026, 12, 22))
        self.assertEqual(len(overdue.activity_ids), 1)
        self.assertFalse(far.activity_ids or ordinary.activity_ids)

    def test_search_filters_run(self):
        view = self.env.ref("power_crm.res_partner_view_search_power")
        arch = self.env["res.partner"].get_view(view.id, "search")["arch"]
        self.assertIn("licences_expiring", arch)
        partner = self._create_customer()
        self._create_point(partner)
        self._create_licence(partner, date_to="2020-01-01")
        domain = [("power_licence_ids", "any", [("state", "in", ("expiring", "expired"))])]
        self.assertIn(partner, self.env["res.partner"].search(domain))
