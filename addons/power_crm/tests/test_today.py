from datetime import date

from freezegun import freeze_time

from odoo.tests import new_test_user, tagged

from .common import PowerCase


@tagged("post_install", "-at_install")
@freeze_time("2026-03-01 16:30:00")
class TestToday(PowerCase):
    """Half past midnight in Shanghai is still the evening before in London and Greenwich."""

    def test_day_of_the_utility_whoever_asks(self):
        self.env.company.power_tz = "Asia/Shanghai"
        for zone in (False, "Europe/London", "Asia/Shanghai"):
            self.env.user.tz = zone
            self.assertEqual(self.env.company._get_power_today(), date(2026, 3, 2), zone)

    def test_without_a_time_zone_the_person_s(self):
        self.env.company.power_tz = False
        self.env.user.tz = "Asia/Shanghai"
        self.assertEqual(self.env.company._get_power_today(), date(2026, 3, 2))

    def test_without_any_that_of_the_working_hours(self):
        self.env.company.power_tz = False
        self.env.user.tz = False
        self.env.company.resource_calendar_id.tz = "Asia/Shanghai"
        self.assertEqual(self.env.company._get_power_today(), date(2026, 3, 2))
        self.env.company.resource_calendar_id.tz = "UTC"
        self.assertEqual(self.env.company._get_power_today(), date(2026, 3, 1))

    def test_a_customer_need_not_read_the_working_hours(self):
        company = self.env.company
        company.power_tz = False
        company.resource_calendar_id.tz = "Asia/Shanghai"
        customer = new_test_user(self.env, "today_portal", groups="base.group_portal", tz=False)
        self.env.invalidate_all()
        self.assertEqual(company.with_user(customer)._get_power_today(), date(2026, 3, 2))
