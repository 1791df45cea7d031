from datetime import date, datetime, timedelta

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

    def test_instants_and_days(self):
        """Eight hours ahead of UTC: 2 March begins at 16:00 of 1 March."""
        company = self.env.company
        company.power_tz = "Asia/Shanghai"
        start = datetime(2026, 3, 1, 16)
        self.assertEqual(company._get_power_midnight(date(2026, 3, 2)), start)
        self.assertEqual(company._to_power_time(start).date(), date(2026, 3, 2))
        before = company._to_power_time(start - timedelta(seconds=1))
        self.assertEqual((before.date(), before.hour), (date(2026, 3, 1), 23))

    def test_summer_time(self):
        """Berlin is one hour ahead in winter, two from 29 March 2026 on."""
        company = self.env.company
        company.power_tz = "Europe/Berlin"
        for day, instant in (
            (date(2026, 3, 29), datetime(2026, 3, 28, 23)),
            (date(2026, 3, 30), datetime(2026, 3, 29, 22)),
        ):
            self.assertEqual(company._get_power_midnight(day), instant)
            self.assertEqual(company._to_power_time(instant).date(), day)

    def test_a_customer_need_not_read_the_working_hours(self):
        company = self.env.company
        company.power_tz = False
        company.resource_calendar_id.tz = "Asia/Shanghai"
        customer = new_test_user(self.env, "today_portal", groups="base.group_portal", tz=False)
        self.env.invalidate_all()
        self.assertEqual(company.with_user(customer)._get_power_today(), date(2026, 3, 2))
