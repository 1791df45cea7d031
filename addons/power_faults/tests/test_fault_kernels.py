import doctest
from datetime import date, datetime, time, timedelta

from odoo.tests import BaseCase, tagged

from ..tools import crew_proposal, fault_priority, promise_clock, text_message
from ..tools.crew_proposal import Crew, Job
from ..tools.fault_priority import Bands, Rule

WEEK = {day: [(time(8), time(12)), (time(14), time(18))] for day in range(5)}
ZONE = "Asia/Shanghai"
# National Day 2026: 1 to 7 October off; Sunday 20 September and Saturday 10 October are worked.
NATIONAL_DAY = {
    **{date(2026, 10, day): False for day in range(1, 8)},
    date(2026, 9, 20): True,
    date(2026, 10, 10): True,
}


def utc(text):
    """An instant given as Shanghai time (UTC+8)."""
    return datetime.fromisoformat(text) - timedelta(hours=8)


@tagged("post_install", "-at_install")
class TestFaultKernels(BaseCase):
    """Priority, promise clock and crew proposal, by hand and without a database."""

    def test_examples_in_the_kernels(self):
        for module in (crew_proposal, fault_priority, promise_clock, text_message):
            self.assertFalse(doctest.testmod(module).failed, module.__name__)

    # === PROMISE CLOCK === #

    def test_deadline_without_holds(self):
        start = datetime(2026, 11, 20, 4, 0)
        self.assertEqual(
            promise_clock.deadline(start, timedelta(minutes=45)), datetime(2026, 11, 20, 4, 45)
        )

    def test_a_hold_moves_the_deadline_by_its_length(self):
        """45 minutes from 12:00, stopped 12:10–12:25 and 12:30–12:35: 12:45 + 15 + 5 = 13:05."""
        start = datetime(2026, 11, 20, 12, 0)
        holds = [
            (datetime(2026, 11, 20, 12, 10), datetime(2026, 11, 20, 12, 25)),
            (datetime(2026, 11, 20, 12, 30), datetime(2026, 11, 20, 12, 35)),
        ]
        self.assertEqual(
            promise_clock.deadline(start, timedelta(minutes=45), holds),
            datetime(2026, 11, 20, 13, 5),
        )
        self.assertEqual(
            promise_clock.elapsed(start, datetime(2026, 11, 20, 13, 0), holds),
            timedelta(minutes=40),
        )

    def test_overlapping_holds_count_once(self):
        start = datetime(2026, 11, 20, 12, 0)
        holds = [
            (datetime(2026, 11, 20, 12, 10), datetime(2026, 11, 20, 12, 30)),
            (datetime(2026, 11, 20, 12, 20), datetime(2026, 11, 20, 12, 40)),
        ]
        self.assertEqual(
            promise_clock.deadline(start, timedelta(minutes=45), holds),
            datetime(2026, 11, 20, 13, 15),
        )

    def test_a_hold_before_the_start_changes_nothing(self):
        start = datetime(2026, 11, 20, 12, 0)
        holds = [(datetime(2026, 11, 20, 11, 0), datetime(2026, 11, 20, 11, 30))]
        self.assertEqual(
            promise_clock.deadline(start, timedelta(hours=1), holds),
            datetime(2026, 11, 20, 13, 0),
        )

    def test_an_open_hold_moves_on_with_now(self):
        """Stopped since 12:10 and now 12:40: 30 minutes so far, due 12:45 + 30 = 13:15."""
        start = datetime(2026, 11, 20, 12, 0)
        holds = [(datetime(2026, 11, 20, 12, 10), None)]
        now = datetime(2026, 11, 20, 12, 40)
        self.assertEqual(
            promise_clock.deadline(start, timedelta(minutes=45), holds, now=now),
            datetime(2026, 11, 20, 13, 15),
        )
        self.assertEqual(promise_clock.elapsed(start, now, holds), timedelta(minutes=10))

    def test_done_at_the_limit_is_in_time(self):
        start = datetime(2026, 11, 20, 12, 0)
        due = promise_clock.deadline(start, timedelta(minutes=45))
        self.assertLessEqual(datetime(2026, 11, 20, 12, 45), due)

    def test_working_hours_cross_a_weekend(self):
        """Friday 17:30, three working hours: 0:30 on Friday, 2:30 on Monday → 10:30."""
        start = utc("2026-11-20T17:30")
        windows = promise_clock.windows(start, start + timedelta(days=10), WEEK, {}, ZONE)
        self.assertEqual(
            promise_clock.deadline(start, timedelta(hours=3), (), windows),
            utc("2026-11-23T10:30"),
        )

    def test_working_days_over_national_day(self):
        """Asked on Wednesday 30 September 2026. Working days after it: Thu 8, Fri 9, the worked
        Sat 10, Mon 12, Tue 13 October; the fifth ends on 13 October at 18:00."""
        start = utc("2026-09-30T10:00")
        self.assertEqual(
            promise_clock.working_days_deadline(start, 5, WEEK, NATIONAL_DAY, ZONE),
            utc("2026-10-13T18:00"),
        )
        self.assertEqual(
            promise_clock.working_days_deadline(start, 3, WEEK, NATIONAL_DAY, ZONE),
            utc("2026-10-10T18:00"),
        )

    def test_promise_table_in_working_days(self):
        """Working-day limits of the promises from Wednesday 30 September 2026, counted off on the
        calendar: 1 → 8 Oct; 5 → 13 Oct; 6 → 14 Oct; 22 → 5 Nov; 32 → 19 Nov.

        22: three till Sat 10 Oct, then 5 each in the weeks of 12, 19 and 26 Oct (18), and Mon 2 to
        Thu 5 Nov (22). 32: Fri 6 Nov (23), the week of 9 Nov (28), Mon 16 to Thu 19 Nov (32).
        """
        start = utc("2026-09-30T10:00")
        days = {1: "10-08", 5: "10-13", 6: "10-14", 22: "11-05", 32: "11-19"}
        for count, day in days.items():
            with self.subTest(count=count):
                due = promise_clock.working_days_deadline(start, count, WEEK, NATIONAL_DAY, ZONE)
                self.assertEqual(due, utc(f"2026-{day}T18:00"))

    def test_a_worked_sunday_counts(self):
        """Friday 18 September 2026: the next working day is Sunday 20."""
        due = promise_clock.working_days_deadline(
            utc("2026-09-18T23:30"), 1, WEEK, NATIONAL_DAY, ZONE
        )
        self.assertEqual(due, utc("2026-09-20T18:00"))

    def test_the_day_is_the_local_one(self):
        """00:30 on Thursday in Shanghai is still Wednesday in UTC; Friday is the next day."""
        due = promise_clock.working_days_deadline(utc("2026-11-19T00:30"), 1, WEEK, {}, ZONE)
        self.assertEqual(due, utc("2026-11-20T18:00"))

    # === PRIORITY === #

    RULES = (
        Rule("danger", 1, 100),
        Rule("customers", 10, 20),
        Rule("customers", 100, 40),
        Rule("repeat", 1, 20),
    )

    def test_only_the_highest_rule_of_a_fact_counts(self):
        reasons = fault_priority.judge({"customers": 100, "repeat": 2}, self.RULES)
        self.assertEqual([(r.fact, r.points) for r in reasons], [("customers", 40), ("repeat", 20)])

    def test_below_the_threshold_gives_nothing(self):
        self.assertEqual(fault_priority.judge({"customers": 9, "danger": 0}, self.RULES), [])

    def test_bands_begin_at_their_points(self):
        bands = Bands(20, 50, 100)
        points = (0, 19, 20, 49, 50, 99, 100)
        self.assertEqual([fault_priority.band(p, bands) for p in points], list("0011223"))

    # === PROPOSALS === #

    def test_distance_on_a_meridian(self):
        """One degree of latitude is 6371 × π / 180 = 111.19 km."""
        self.assertAlmostEqual(crew_proposal.distance_km(31, 120, 32, 120), 111.19, places=2)

    def test_a_free_crew_further_away_goes_before_a_busy_near_one(self):
        """0.1° = 11.12 km × 2 = 22.2 min; the near crew has one job: 30 min."""
        job = Job(latitude=31.0, longitude=120.0)
        near = Crew(1, 31.0, 120.0, load=1)
        far = Crew(2, 31.1, 120.0)
        proposals = crew_proposal.propose(job, [near, far])
        self.assertEqual([(p.key, p.minutes) for p in proposals], [(2, 22.2), (1, 30.0)])

    def test_skill_goes_before_distance(self):
        job = Job(latitude=31.0, longitude=120.0, skills=frozenset({7}))
        unskilled = Crew(1, 31.0, 120.0)
        skilled = Crew(2, 31.3, 120.0, skills=frozenset({7}))
        proposals = crew_proposal.propose(job, [unskilled, skilled])
        self.assertEqual([p.key for p in proposals], [2, 1])
        self.assertEqual(proposals[1].missing, frozenset({7}))

    def test_off_duty_and_other_areas_come_last(self):
        job = Job(area=3)
        crews = [
            Crew(1, on_shift=False),
            Crew(2, areas=frozenset({4})),
            Crew(3, areas=frozenset({3})),
        ]
        proposals = crew_proposal.propose(job, crews)
        self.assertEqual([p.key for p in proposals], [3, 2, 1])
        self.assertIsNone(proposals[0].distance)
