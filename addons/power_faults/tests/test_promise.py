from datetime import date, timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged

from .common import NOON, FaultCase


@tagged("post_install", "-at_install")
class TestPromise(FaultCase):
    """Clocks start, stand still, warn and are judged as the published promises say."""

    def _clock(self, fault, code):
        return fault.clock_ids.filtered(lambda clock: clock.promise_id.code == code)

    def test_published_limits(self):
        """国网十项承诺: 45 / 90 / 120 minutes to arrive, 3 / 4 hours to restore, as averages;
        GB/T 28583-2012: 60 / 120 / 240 minutes."""
        published = {
            "ARR_CITY": (45, "urban", "average"),
            "ARR_RURAL": (90, "rural", "average"),
            "ARR_REMOTE": (120, "remote", "average"),
            "RES_CITY": (180, "urban", "average"),
            "RES_RURAL": (240, "rural", "average"),
            "ARR_GB_CITY": (60, "urban", "each"),
            "ARR_GB_RURAL": (120, "rural", "each"),
            "ARR_GB_REMOTE": (240, "remote", "each"),
        }
        for code, (minutes, kind, basis) in published.items():
            with self.subTest(code=code):
                promise = self.env.ref(f"power_faults.promise_{code.lower()}")
                self.assertEqual(
                    (promise._get_limit_minutes(), promise.area_kind, promise.basis),
                    (minutes, kind, basis),
                )
                self.assertTrue(promise.source)

    def test_town_and_village(self):
        with freeze_time(NOON):
            town = self._create_fault()
            village = self._create_fault(
                supply_point_id=self._create_point(area_id=self.village.id).id
            )
        self.assertEqual(self._clock(town, "ARR_CITY").date_deadline, NOON + timedelta(minutes=45))
        self.assertEqual(
            self._clock(village, "ARR_RURAL").date_deadline, NOON + timedelta(minutes=90)
        )
        self.assertFalse(self._clock(town, "RES_CITY"), "Restoration counts from the arrival.")

    def test_the_next_limit_and_its_warning(self):
        """Accepted within 5 minutes, warned after 70 % of them; at last 3 hours to restore."""
        with freeze_time(NOON):
            fault = self._create_fault()
        self.assertEqual(fault.date_deadline, NOON + timedelta(minutes=5))
        self.assertEqual(fault.date_warning, NOON + timedelta(minutes=3, seconds=30))
        with freeze_time(NOON + timedelta(minutes=1)):
            self._drive(fault, "accepted", "dispatched", "arrived")
        self.assertEqual(fault.deadline_event, "Power back")
        self.assertEqual(fault.date_deadline, NOON + timedelta(minutes=181))
        self.assertEqual(fault.date_warning, NOON + timedelta(minutes=1 + 126))

    def test_met_and_missed(self):
        with freeze_time(NOON):
            fault = self._drive(self._create_fault(), "accepted", "dispatched")
        with freeze_time(NOON + timedelta(minutes=50)):
            self._drive(fault, "arrived")
        own, standard = self._clock(fault, "ARR_CITY"), self._clock(fault, "ARR_GB_CITY")
        self.assertEqual((own.state, own.minutes, own.is_late), ("done", 50, True))
        self.assertEqual((standard.minutes, standard.is_late), (50, False))
        self.assertEqual(own.responsible, "crew")
        self.assertEqual(own.date_breached, NOON + timedelta(minutes=45))
        restore = self._clock(fault, "RES_CITY")
        self.assertEqual(restore.date_deadline, NOON + timedelta(minutes=50 + 180))
        self.assertTrue(fault.is_late)

    def test_exactly_at_the_limit_is_kept(self):
        with freeze_time(NOON):
            fault = self._drive(self._create_fault(), "accepted", "dispatched")
        with freeze_time(NOON + timedelta(minutes=45)):
            self._drive(fault, "arrived")
        self.assertFalse(self._clock(fault, "ARR_CITY").is_late)

    def test_a_hold_stops_the_right_clock_only(self):
        """No access for 20 minutes: restoration (3 h) moves by 20; acceptance does not."""
        with freeze_time(NOON):
            fault = self._drive(self._create_fault(), "accepted", "dispatched", "arrived")
        with freeze_time(NOON + timedelta(minutes=10)):
            self.env["power.fault.hold"].create(
                {
                    "fault_id": fault.id,
                    "reason_id": self.env.ref("power_faults.hold_no_access").id,
                }
            )
            self.assertTrue(fault.is_held)
            self.assertEqual(self._clock(fault, "RES_CITY").state, "held")
        with freeze_time(NOON + timedelta(minutes=30)):
            fault.action_resume()
        restore = self._clock(fault, "RES_CITY")
        self.assertFalse(fault.is_held)
        self.assertEqual(restore.state, "running")
        self.assertEqual(restore.date_deadline, NOON + timedelta(minutes=200))
        with freeze_time(NOON + timedelta(minutes=200)):
            self._drive(fault, "restored")
        self.assertEqual(
            (restore.minutes, restore.stopped_minutes, restore.is_late), (180, 20, False)
        )

    def test_waiting_for_our_own_material_stops_nothing(self):
        with freeze_time(NOON):
            fault = self._drive(self._create_fault(), "accepted", "dispatched", "arrived")
            self.env["power.fault.hold"].create(
                {
                    "fault_id": fault.id,
                    "reason_id": self.env.ref("power_faults.hold_material").id,
                }
            )
        restore = self._clock(fault, "RES_CITY")
        self.assertEqual(
            (restore.state, restore.date_deadline), ("running", NOON + timedelta(minutes=180))
        )

    def test_warned_once_each_then_missed_once(self):
        """45 minutes: dispatcher at 70 % (31:30), manager at 90 % (40:30), missed at 45."""
        with freeze_time(NOON):
            fault = self._drive(self._create_fault(), "accepted", "dispatched")
            self.env["power.fault.promise"].search([("code", "!=", "ARR_CITY")]).active = False
            fault.clock_ids.filtered(
                lambda clock: clock.promise_id.code != "ARR_CITY"
            ).state = "void"
            fault.user_id = self.dispatcher
        clock = self._clock(fault, "ARR_CITY")
        kind = self.env.ref("power_faults.mail_activity_type_promise")

        def watch(minutes):
            with freeze_time(NOON + timedelta(minutes=minutes)), self._no_commit():
                self.env["power.fault.clock"]._cron_watch()
            return fault.activity_ids.filtered(
                lambda activity: activity.activity_type_id == kind
            ).mapped("user_id")

        self.assertFalse(watch(31))
        self.assertEqual(watch(32), self.dispatcher)
        self.assertEqual(watch(33), self.dispatcher)
        self.assertEqual(watch(41), self.dispatcher | self.boss)
        self.assertFalse(clock.is_late)
        watch(46)
        self.assertTrue(clock.is_late)
        self.assertEqual(clock.date_breached, NOON + timedelta(minutes=45))
        count = len(fault.activity_ids)
        watch(50)
        self.assertEqual(len(fault.activity_ids), count)
        with freeze_time(NOON + timedelta(minutes=60)):
            self._drive(fault, "arrived")
        self.assertEqual(clock.date_breached, NOON + timedelta(minutes=45))

    def test_the_more_special_promise_holds(self):
        level = self.env.ref("power_crm.service_level_vip")
        self.household.power_service_level_id = level
        promise = self.env["power.fault.promise"].create(
            {
                "name": "VIP, on site",
                "code": "VIP",
                "event": "arrive",
                "start": "report",
                "service_level_id": level.id,
                "limit": 20,
            }
        )
        fault = self._create_fault()
        self.assertFalse(self._clock(fault, "ARR_CITY"))
        self.assertEqual(self._clock(fault, "VIP").promise_id, promise)
        self.assertTrue(self._clock(fault, "ARR_GB_CITY"), "The standard stays beside it.")

    def test_a_promise_holds_from_its_day_on(self):
        old = self.env.ref("power_faults.promise_arr_city")
        old.date_to = date(2026, 11, 19)
        new = old.copy(
            {"limit": 40, "date_from": date(2026, 11, 20), "date_to": False, "code": "ARR_NEW"}
        )
        with freeze_time(NOON - timedelta(hours=13)):  # 23:00 of the day before in Shanghai
            before = self._create_fault()
        with freeze_time(NOON):
            after = self._create_fault()
        self.assertIn(old, before.clock_ids.promise_id)
        self.assertNotIn(new, before.clock_ids.promise_id)
        self.assertIn(new, after.clock_ids.promise_id)

    def test_cancelled_faults_break_no_promise(self):
        with freeze_time(NOON):
            fault = self._create_fault()
            fault.action_cancel()
        self.assertEqual(set(fault.clock_ids.mapped("state")), {"void"})

    def test_an_order_that_cannot_be_is_refused(self):
        with self.assertRaises(ValidationError):
            self.env["power.fault.promise"].create(
                {
                    "name": "Backwards",
                    "code": "BACK",
                    "event": "accept",
                    "start": "arrive",
                    "limit": 1,
                }
            )

    def test_call_back_on_the_next_working_day(self):
        """Power back on Wednesday 30 September 2026 with National Day off: due 8 October."""
        self.bureau.resource_calendar_id = self.env["resource.calendar"].create(
            {"name": "Office", "tz": "Asia/Shanghai", "company_id": self.bureau.id}
        )
        self.env["power.workday"].create(
            [
                {
                    "name": "National Day",
                    "date": date(2026, 10, day),
                    "company_id": self.bureau.id,
                }
                for day in range(1, 8)
            ]
        )
        with freeze_time("2026-09-30 02:00:00"):
            fault = self._drive(
                self._create_fault(), "accepted", "dispatched", "arrived", "restored"
            )
        due = fields.Datetime.context_timestamp(
            fault.with_context(tz="Asia/Shanghai"), self._clock(fault, "CALLBACK").date_deadline
        )
        self.assertEqual(due.date(), date(2026, 10, 8))

    def test_scorecard_of_the_month(self):
        """Three arrivals in town after 30, 40 and 60 minutes: mean 43.33 ≤ 45, so the average is
        kept although one was late; the standard (60, each) is kept as well. A fourth after 100
        makes the mean 57.5 and breaks both."""
        promise = self.env.ref("power_faults.promise_arr_city")
        standard = self.env.ref("power_faults.promise_arr_gb_city")
        for minutes in (30, 40, 60):
            self._arrive_after(minutes)
        card = self._card(promise)
        self.assertEqual((card.count, card.late_count, card.verdict), (3, 1, "kept"))
        self.assertAlmostEqual(card.average_minutes, 43.33, places=2)
        self.assertEqual(self._card(standard).verdict, "kept")
        self._arrive_after(100)
        card = self._card(promise)
        self.assertEqual((card.count, card.verdict), (4, "missed"))
        self.assertAlmostEqual(card.average_minutes, 57.5, places=2)
        self.assertEqual(self._card(standard).verdict, "missed")

    def _arrive_after(self, minutes):
        with freeze_time(NOON):
            fault = self._drive(self._create_fault(), "accepted", "dispatched")
        with freeze_time(NOON + timedelta(minutes=minutes)):
            self._drive(fault, "arrived")

    def _card(self, promise):
        self.env.invalidate_all()
        return self.env["power.fault.scorecard"].search(
            [
                ("promise_id", "=", promise.id),
                ("company_id", "=", self.bureau.id),
                ("month", "=", date(2026, 11, 1)),
            ]
        )
