from datetime import date

import psycopg2

from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import PowerCase


@tagged("post_install", "-at_install")
@freeze_time("2026-11-22")
class TestLicence(PowerCase):
    def test_states_at_the_boundaries(self):
        # reminder 60 days before: 2026-11-22 + 60 = 2027-01-21
        partner = self._create_customer()
        table = [
            (False, False, "valid"),
            (False, "2026-11-21", "expired"),
            (False, "2026-11-22", "expiring"),
            (False, "2027-01-21", "expiring"),
            (False, "2027-01-22", "valid"),
            ("2026-11-23", "2027-01-10", "coming"),
        ]
        for begin, end, state in table:
            licence = self._create_licence(partner, date_from=begin, date_to=end)
            self.assertEqual(licence.state, state, (begin, end))

    def test_cron_refreshes_and_reminds_once(self):
        manager = self._create_user("account_manager")
        partner = self._create_customer(power_dedicated_manager_id=manager.id)
        licence = self._create_licence(partner, date_to="2027-03-01")
        with self._no_commit():
            self.env["power.licence"]._cron_remind_licences()
            self.assertFalse(licence.activity_ids)
            with freeze_time("2027-02-01"):
                self.env["power.licence"]._cron_remind_licences()
                self.env["power.licence"]._cron_remind_licences()
        self.assertEqual(licence.state, "expiring")
        self.assertEqual(len(licence.activity_ids), 1)
        self.assertEqual(licence.activity_ids.user_id, manager)
        self.assertEqual(licence.activity_ids.date_deadline, date(2027, 3, 1))

    def test_renewed_licence_is_reminded_again(self):
        partner = self._create_customer()
        licence = self._create_licence(partner, date_to="2026-12-01")
        with self._no_commit():
            self.env["power.licence"]._cron_remind_licences()
            licence.date_to = "2027-12-01"
            self.assertFalse(licence.reminded_on)
            with freeze_time("2027-11-20"):
                self.env["power.licence"]._cron_remind_licences()
        self.assertEqual(len(licence.activity_ids), 2)

    def test_a_reminder_without_account_manager_reaches_somebody(self):
        boss = self._create_user("manager")
        partner = self._create_customer(company_id=self.bureau.id)
        self.assertEqual(partner._get_power_responsible(), boss)

    def test_wrong_dates_and_numbers(self):
        partner = self._create_customer()
        with self.assertRaisesRegex(ValidationError, "needs a number"):
            self._create_licence(partner, number="  ")
        with (
            self.assertRaises(psycopg2.errors.CheckViolation),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            self._create_licence(partner, date_from="2027-01-01", date_to="2026-01-01")
