from datetime import date, datetime

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.power_faults.tests.common import FaultCase
from odoo.addons.power_grading.models.power_grading_source import ScoreScope
from odoo.addons.power_grading.tests.common import values_of

DAY = date(2026, 6, 30)


@tagged("post_install", "-at_install")
class TestFaultSources(FaultCase):
    def _value(self, code, partner=None, months=12):
        self.env.flush_all()
        query = self.env["power.grading.source"]._score_queries()[code]
        found = values_of(self.env, query, ScoreScope(self.bureau.id, DAY, months))
        return found.get((partner or self.household).id)

    def _report(self, when, state="reported"):
        fault = self._create_fault(partner_id=self.household.id, date_reported=when)
        fault.flush_recordset()
        self.env.cr.execute("UPDATE power_fault SET state = %s WHERE id = %s", (state, fault.id))
        fault.invalidate_recordset()

    def test_faults_by_local_day(self):
        """Shanghai is eight hours ahead: 30 June begins there at 16:00 of the 29th."""
        self.bureau.power_tz = "Asia/Shanghai"
        self._report(datetime(2025, 6, 30, 15, 59))  # 23:59 of 30 June 2025: a day too early
        self._report(datetime(2025, 6, 30, 16, 1))  # 00:01 of 1 July 2025: inside
        self._report(datetime(2026, 6, 30, 15, 59), "closed")  # 23:59 of 30 June 2026: inside
        self._report(datetime(2026, 6, 30, 16, 1))  # 00:01 of 1 July 2026: too late
        self._report(datetime(2026, 3, 1, 4), "transferred")
        self._report(datetime(2026, 3, 1, 4), "cancelled")
        self.assertEqual((self._value("faults"), self._value("own_faults")), (2, 1))
        # without a window: the one of 30 June 2025 too
        self.assertEqual(self._value("faults", months=0), 3)

    def test_interruptions_of_the_worst_point(self):
        second = self._create_point(self.household, area_id=self.town.id, state="active")
        rows = (
            (date(2026, 5, 1), 60, True, self.point),
            (date(2026, 5, 2), 30, True, self.point),
            (date(2026, 5, 3), 2, False, self.point),
            (date(2026, 5, 4), 200, True, second),
            (date(2024, 5, 4), 900, True, second),
        )
        for day, minutes, sustained, point in rows:
            start = datetime(day.year, day.month, day.day, 4)
            self.env["power.interruption"].create(
                {
                    "company_id": self.bureau.id,
                    "kind": "fault",
                    "date_start": start,
                    "date_end": start.replace(minute=min(minutes, 59)),
                    "day": day,
                    "minutes": minutes,
                    "sustained": sustained,
                    "point_ids": [Command.link(point.id)],
                }
            )
        # 90 minutes in two interruptions at one place, 200 minutes in one at the other
        self.assertEqual(self._value("interruptions"), 2)
        self.assertEqual(self._value("dark_minutes"), 200)

    def test_an_indicator_reads_it(self):
        """A scheme may weigh them: nobody without a fault is unknown."""
        codes = dict(self.env["power.grading.indicator"]._selection_source())
        for code in ("faults", "own_faults", "interruptions", "dark_minutes"):
            self.assertIn(code, codes)
            query = self.env["power.grading.source"]._score_queries()[code]
            self.assertEqual((query.default, query.windowed), (0, True))
