import dataclasses
import math
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.power_crm.tests.properties import steady
from odoo.addons.power_faults.tools import reliability as kernel
from odoo.addons.power_faults.tools.reliability import Interruption, Rules

DAY = date(2026, 3, 1)


def event(first, count, minutes, **kwargs):
    customers = frozenset(range(first, first + count))
    return Interruption(customers, minutes, kwargs.pop("day", DAY), **kwargs)


class TestReliabilityKernel(BaseCase):
    def test_billinton_three_load_points(self):
        """Billinton and Allan, p. 214: 250, 100 and 50 customers.

        SAIFI = (250·1.35 + 100·1.1 + 50·0.85) / 400 = 490 / 400 = 1.225
        SAIDI = (250·1.55 + 100·1.65 + 50·1.05) / 400 = 605 / 400 = 1.5125 h
        CAIDI = 605 / 490 = 1.2347 h
        """
        found = kernel.from_load_points([(250, 1.35, 1.55), (100, 1.1, 1.65), (50, 0.85, 1.05)])
        self.assertAlmostEqual(found.saifi, 1.225, 12)
        self.assertAlmostEqual(found.saidi / 60, 1.5125, 12)
        self.assertAlmostEqual(found.caidi / 60, 1.2347, 4)

    def test_seven_events(self):
        """IEEE 1366 style: 2,000 customers served, 1,800 of them interrupted, seven events.

        CI = 200+600+25+90+700+1500+100 = 3,215.
        CMI = 200·8.17 + 600·71.3 + 25·30.3 + 90·267.2 + 700·120 + 1500·10 + 100·40
            = 1,634 + 42,780 + 757.5 + 24,048 + 84,000 + 15,000 + 4,000 = 172,219.5.
        """
        # who was interrupted by what is chosen so that 1,800 different ones are: 0..1,799
        events = [
            event(0, 1500, 10),
            event(1500, 200, 8.17),
            event(1700, 100, 40),
            event(0, 600, 71.3),
            event(600, 25, 30.3),
            event(700, 90, 267.2),
            event(800, 700, 120),
        ]
        totals = kernel.add_up(events, served=2000, hours=8760, rules=Rules())
        self.assertEqual((totals.interruptions, totals.affected), (3215, 1800))
        self.assertAlmostEqual(totals.minutes, 172_219.5, 6)
        found = kernel.compute(totals)
        self.assertAlmostEqual(found.saifi, 1.6075, 10)
        self.assertAlmostEqual(found.saidi, 86.10975, 8)
        self.assertAlmostEqual(found.caidi, 53.567, 3)
        self.assertAlmostEqual(found.ctaidi, 95.6775, 4)
        self.assertAlmostEqual(found.caifi, 1.78611, 5)
        self.assertAlmostEqual(found.asai, 0.999836, 6)

    def test_sustained_is_longer_than_the_limit(self):
        """5 minutes are momentary with a limit of 5, 5.01 are not; a limit of 3 moves that."""
        events = [event(0, 10, 5), event(0, 4, 5.01)]
        found = kernel.add_up(events, 20, 8760, Rules())
        self.assertEqual((found.momentary, found.interruptions, found.affected), (10, 4, 4))
        found = kernel.add_up(events, 20, 8760, Rules(sustained_minutes=3))
        self.assertEqual((found.momentary, found.interruptions, found.affected), (0, 14, 10))
        self.assertEqual(kernel.compute(found).maifi, 0)

    def test_cemi_and_celid(self):
        """Customers 0..9 once, 0..4 twice, 0 and 1 three times; 0 for nine hours.

        CEMI3 "3 or more": 2 of 20; "more than 3": none. CELID 8 h: 1 of 20.
        """
        events = [event(0, 10, 60), event(0, 5, 60), event(0, 2, 30), event(0, 1, 2)]
        events[2] = Interruption(frozenset({1}), 30, DAY)
        events.append(Interruption(frozenset({0}), 540, DAY))
        found = kernel.compute(kernel.add_up(events, 20, 8760, Rules(cemi_n=3)))
        self.assertAlmostEqual(found.cemi, 2 / 20)
        self.assertAlmostEqual(found.celid, 1 / 20)
        self.assertAlmostEqual(found.maifi, 1 / 20)
        older = kernel.add_up(events, 20, 8760, Rules(cemi_n=3, cemi_at_least=False))
        self.assertEqual(older.repeated, 0)

    def test_variants(self):
        """-1 counts all, -2 leaves external influence out, -3 shortage."""
        events = [
            event(0, 10, 60),
            event(0, 20, 60, influence="external"),
            event(0, 40, 60, influence="shortage"),
        ]
        found = [
            kernel.add_up(events, 100, 8760, Rules(variant=variant)).interruptions
            for variant in kernel.VARIANTS
        ]
        self.assertEqual(found, [70, 50, 30])
        excluded = dataclasses.replace(events[0], excluded=True)
        for keep, number in ((False, 60), (True, 70)):
            rules = Rules(keep_excluded=keep)
            found = kernel.add_up([excluded, *events[1:]], 100, 8760, rules)
            self.assertEqual(found.interruptions, number)
        self.assertEqual(kernel.dlt_name("asai"), "ASAI-1")
        self.assertEqual(
            kernel.dlt_name("saidi", "no_external", chinese=True), "系统平均停电时间-2"
        )
        self.assertEqual(kernel.dlt_name("saifi", "no_shortage"), "SAIFI-3")

    def test_major_event_day_by_hand(self):
        """Daily SAIDI e^0, e^1, e^2 and e^3 minutes, and days without interruption.

        ln: 0, 1, 2, 3. alpha = 6 / 4 = 1.5.
        beta = sqrt((2.25 + 0.25 + 0.25 + 2.25) / 3) = sqrt(5 / 3) = 1.290994.
        T_MED = exp(1.5 + 2.5 · 1.290994) = exp(4.727486) = 113.0112 minutes.
        A day of 114 minutes is a major event day, one of 113 minutes is not.
        """
        values = [math.e**power for power in range(4)]
        threshold = kernel.major_event_threshold([0, *values, 0])
        self.assertAlmostEqual(threshold, 113.0112, 2)
        days = {date(2026, 1, 1): 114.0, date(2026, 1, 2): 113.0, date(2026, 1, 3): 0.5}
        self.assertEqual(kernel.major_event_days(days, threshold), {date(2026, 1, 1)})

    def test_threshold_needs_two_days(self):
        self.assertIsNone(kernel.major_event_threshold([]))
        self.assertIsNone(kernel.major_event_threshold([3.0, 0]))
        self.assertEqual(kernel.major_event_days({DAY: 1e9}, None), set())

    def test_event_counts_on_its_first_day(self):
        """3,000 minutes over midnight and the next day count where they began: 3,000·10/100."""
        found = kernel.daily_saidi([event(0, 10, 3000)], lambda day: 100, Rules())
        self.assertEqual(found, {DAY: 300.0})

    def test_nobody(self):
        found = kernel.compute(kernel.add_up([], 0, 0, Rules()))
        self.assertEqual((found.saifi, found.saidi, found.caidi, found.asai), (0, 0, 0, 1))

    @settings(steady, max_examples=80)
    @given(
        st.lists(
            st.tuples(st.frozensets(st.integers(0, 30), min_size=1), st.floats(0, 3000)),
            max_size=20,
        )
    )
    def test_what_always_holds(self, rows):
        events = [Interruption(customers, minutes, DAY) for customers, minutes in rows]
        found = kernel.compute(kernel.add_up(events, 31, 8760, Rules()))
        # CAIDI is SAIDI over SAIFI, CAIFI is SAIFI over the share of customers interrupted
        self.assertAlmostEqual(found.saifi * found.caidi, found.saidi, 6)
        self.assertAlmostEqual(found.caifi * found.caidi, found.ctaidi, 6)
        self.assertLessEqual(found.celid, 1)
        self.assertLessEqual(found.cemi, found.saifi)
        self.assertGreaterEqual(found.caifi, 1 if found.saifi else 0)
        # one event more never lowers SAIDI
        more = [*events, Interruption(frozenset({1}), 60, DAY)]
        self.assertGreater(
            kernel.compute(kernel.add_up(more, 31, 8760, Rules())).saidi, found.saidi
        )

    @settings(steady, max_examples=60)
    @given(st.lists(st.floats(0.001, 1e4), min_size=2, max_size=40), st.floats(0.1, 100))
    def test_threshold_scales(self, values, factor):
        """In other units the threshold is the same day: T(k·x) = k·T(x)."""
        one = kernel.major_event_threshold(values)
        other = kernel.major_event_threshold([value * factor for value in values])
        self.assertAlmostEqual(other / (one * factor), 1, 6)
