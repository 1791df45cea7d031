import math
from decimal import Decimal as D

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.power_crm.tests.properties import steady

from ..tools import scoring
from ..tools.scoring import (
    AsIs,
    Band,
    Cap,
    CapKind,
    Combination,
    Condition,
    Cuts,
    FaultCode,
    Indicator,
    Linear,
    Missing,
    Operator,
    Percentile,
    Rule,
    Scheme,
    Steps,
    YesNo,
)

LETTERS = (
    Band("A", D(90), None),
    Band("B", D(70), D(90)),
    Band("C", D(50), D(70)),
    Band("D", None, D(50)),
)


def scheme(*indicators, combination=Combination.WEIGHTED, bands=LETTERS, **kwargs):
    return Scheme(combination, tuple(indicators), tuple(bands), **kwargs)


numbers = st.decimals(min_value=-1000, max_value=1000, places=2)
values = st.one_of(st.none(), numbers)


@tagged("post_install", "-at_install")
class TestTransformations(BaseCase):
    def test_linear(self):
        # 100 at 0 days, 0 at 60 days: 15 days are a quarter of the way down
        line = Linear(D(0), D(100), D(60), D(0))
        for value, points in ((-5, 100), (0, 100), (15, 75), (60, 0), (90, 0)):
            self.assertEqual(line.points(D(value)), D(points))
        # 100 - 100/60 = 98.33333…
        self.assertEqual(line.points(D(1)), D("98.3333"))

    def test_linear_either_way_round(self):
        for value in range(-10, 80):
            self.assertEqual(
                Linear(D(0), D(100), D(60), D(0)).points(D(value)),
                Linear(D(60), D(0), D(0), D(100)).points(D(value)),
            )

    def test_steps(self):
        steps = Steps(D(0), ((D(1), D(50)), (D(2), D(100))))
        for value, points in ((-1, 0), ("0.9999", 0), (1, 50), ("1.5", 50), (2, 100), (9, 100)):
            self.assertEqual(steps.points(D(value)), D(points))

    def test_yes_no(self):
        self.assertEqual(YesNo(D(10), D(-3)).points(D(7)), D(10))
        self.assertEqual(YesNo(D(10), D(-3)).points(D(0)), D(-3))

    def test_percentile(self):
        # of the values 1…100 the k-th cut is k: 1 is above none, 51 above 50, 100 above all 99
        cuts = scoring.percentile_cuts(D(n) for n in range(1, 101))
        self.assertEqual(cuts, tuple(D(n) for n in range(1, 100)))
        for value, above in ((1, 0), (2, 1), (51, 50), (100, 99), (1000, 99)):
            expected = (D(100) * above / 99).quantize(D("0.0001"))
            self.assertEqual(Percentile().points(D(value), cuts), expected)

    def test_percentile_all_equal_is_nothing(self):
        cuts = scoring.percentile_cuts([D(5)] * 40)
        self.assertEqual(Percentile().points(D(5), cuts), D(0))

    def test_missing(self):
        skip = Indicator("a", AsIs())
        fixed = Indicator("a", AsIs(), missing=Missing.POINTS, missing_points=D(40))
        self.assertIsNone(skip.points(None))
        self.assertEqual(fixed.points(None), D(40))


@tagged("post_install", "-at_install")
class TestCombinations(BaseCase):
    def test_weighted(self):
        # (30 x 80 + 10 x 40) / 40 = 70, the lower edge of B
        judged = scheme(Indicator("a", AsIs(), D(30)), Indicator("b", AsIs(), D(10)))
        outcome = scoring.evaluate(judged, {"a": D(80), "b": D(40)})
        self.assertEqual((outcome.score, outcome.position), (D(70), 2))

    def test_skipped_indicator_weighs_on_the_others(self):
        judged = scheme(Indicator("a", AsIs(), D(30)), Indicator("b", AsIs(), D(10)))
        self.assertEqual(scoring.evaluate(judged, {"a": D(80)}).score, D(80))

    def test_refused(self):
        judged = scheme(
            Indicator("a", AsIs(), D(30)), Indicator("b", AsIs(), missing=Missing.REFUSE)
        )
        outcome = scoring.evaluate(judged, {"a": D(80)})
        self.assertIsNone(outcome.score)
        self.assertIsNone(outcome.position)

    def test_nothing_known_is_no_grade(self):
        self.assertIsNone(scoring.evaluate(scheme(Indicator("a", AsIs())), {}).position)

    def test_emk(self):
        """Arrears 3, longest 30 days, 80 % on time, 50,000 yuan a month, industry, bad business:
        12 + 12.5 + 20/100 x 25 x 1.6 + 3.75 + 10 + 3 + 8 = 57.25."""
        judged = scheme(
            Indicator("count", Linear(D(0), D(0), D("6.25"), D(25))),
            Indicator("days", Linear(D(0), D(0), D(60), D(25))),
            Indicator("on_time", Linear(D("37.5"), D(25), D(100), D(0))),
            Indicator("bill", Linear(D(0), D(0), D(200000), D(15))),
            Indicator("industry", YesNo(D(3), D(0))),
            Indicator("business", Steps(D(8), ((D(0), D(0)), (D(1), D(-5))))),
            combination=Combination.SUM,
            base=D(10),
            low=D(0),
            high=D(100),
            high_is_good=False,
            bands=(
                Band("low", None, D(30)),
                Band("medium", D(30), D(55)),
                Band("higher", D(55), D(75)),
                Band("high", D(75), None),
            ),
        )
        outcome = scoring.evaluate(
            judged,
            {
                "count": D(3),
                "days": D(30),
                "on_time": D(80),
                "bill": D(50000),
                "industry": D(1),
                "business": D(-1),
            },
        )
        self.assertEqual((outcome.score, outcome.position), (D("57.25"), 3))
        worst = {"count": D(99), "days": D(999), "on_time": D(0), "bill": D(10**7)}
        worst |= {"industry": D(1), "business": D(-1)}
        # 25 + 25 + 25 + 15 + 10 + 3 + 8 = 111, clipped
        self.assertEqual(scoring.evaluate(judged, worst).score, D(100))

    def test_worst_of(self):
        judged = scheme(
            Indicator("a", AsIs()), Indicator("b", AsIs()), combination=Combination.WORST
        )
        self.assertEqual(scoring.evaluate(judged, {"a": D(95), "b": D(60)}).position, 3)
        risk = scheme(
            Indicator("a", AsIs()),
            Indicator("b", AsIs()),
            combination=Combination.WORST,
            high_is_good=False,
        )
        self.assertEqual(scoring.evaluate(risk, {"a": D(95), "b": D(60)}).score, D(95))

    def test_table(self):
        """The safety classes: A both, B dual supply only, C own source only, D neither."""
        yes = [Condition(key, Operator.AT_LEAST, D(1)) for key in ("dual", "own")]
        judged = scheme(
            Indicator("dual", AsIs()),
            Indicator("own", AsIs()),
            combination=Combination.TABLE,
            rules=(Rule(1, tuple(yes)), Rule(2, (yes[0],)), Rule(3, (yes[1],)), Rule(4)),
        )
        found = [
            scoring.evaluate(judged, {"dual": D(dual), "own": D(own)}).position
            for dual, own in ((1, 1), (1, 0), (0, 1), (0, 0))
        ]
        self.assertEqual(found, [1, 2, 3, 4])
        self.assertEqual(scoring.evaluate(judged, {}).position, 4)


@tagged("post_install", "-at_install")
class TestPercentileCut(BaseCase):
    PYRAMID = (D(1), D(4), D(15), D(80))

    def _places(self, scores, shares=PYRAMID):
        judged = scheme(
            Indicator("a", AsIs()),
            combination=Combination.PERCENTILE,
            bands=[Band(str(n), share=share) for n, share in enumerate(shares)],
        )
        cuts = Cuts(scores=scoring.score_cuts(scores, shares))
        return [scoring.evaluate(judged, {"a": score}, cuts=cuts).position for score in scores]

    def test_a_thousand(self):
        places = self._places([D(n) for n in range(1000)])
        self.assertEqual([places.count(n) for n in (1, 2, 3, 4)], [10, 40, 150, 800])

    def test_a_small_town_has_one_vip(self):
        # 21 customers: 0.21 -> 1; 1.05 -> 2; 4.2 -> 5 together
        places = self._places([D(n) for n in range(21)])
        self.assertEqual([places.count(n) for n in (1, 2, 3, 4)], [1, 1, 3, 16])

    def test_ties_that_do_not_fit_go_down_together(self):
        # 100 customers, one place at the top, two with the highest score: none gets it
        places = self._places([D(9), D(9), *(D(n) / 100 for n in range(98))])
        self.assertEqual([places.count(n) for n in (1, 2, 3, 4)], [0, 5, 15, 80])

    def test_all_equal(self):
        self.assertEqual(set(self._places([D(0)] * 50)), {4})

    @settings(steady, max_examples=60)
    @given(st.lists(st.integers(0, 20).map(D), min_size=1, max_size=60), st.randoms())
    def test_sum_and_permutation(self, scores, random):
        places = self._places(scores)
        self.assertEqual(len(places), len(scores))
        self.assertNotIn(None, places)
        for place, share in ((1, D(1)), (2, D(5)), (3, D(20))):
            room = math.ceil(len(scores) * share / 100)
            self.assertLessEqual(sum(found <= place for found in places), room)
        by_score = dict(zip(scores, places, strict=True))
        shuffled = list(scores)
        random.shuffle(shuffled)
        self.assertEqual(self._places(shuffled), [by_score[score] for score in shuffled])


@tagged("post_install", "-at_install")
class TestLimits(BaseCase):
    def _place(self, score, *caps, previous=None, **facts):
        judged = scheme(
            Indicator("a", AsIs()),
            *(Indicator(key, AsIs(), D(0)) for key in facts),
            caps=caps,
        )
        found = {key: D(value) for key, value in facts.items()}
        former = {} if previous is None else {0: previous}
        return scoring.evaluate(judged, {"a": D(score), **found}, former)

    def test_cap(self):
        theft = Cap("t", CapKind.AT_MOST, 3, Condition("theft", Operator.AT_LEAST, D(1)))
        outcome = self._place(95, theft, theft=1)
        self.assertEqual((outcome.uncapped, outcome.position, outcome.caps), (1, 3, ("t",)))
        self.assertEqual(self._place(95, theft, theft=0).position, 1)
        below = self._place(10, theft, theft=1)
        self.assertEqual((below.position, below.caps), (4, ()))

    def test_floor(self):
        new = Cap("n", CapKind.AT_LEAST, 2, Condition("months", Operator.LESS, D(12)))
        self.assertEqual(self._place(10, new, months=3).position, 2)
        self.assertEqual(self._place(95, new, months=3).position, 1)

    def test_cap_beats_floor(self):
        floor = Cap("f", CapKind.AT_LEAST, 2)
        cap = Cap("c", CapKind.AT_MOST, 3)
        self.assertEqual(self._place(10, floor, cap).position, 3)

    def test_one_step_up(self):
        step = Cap("s", CapKind.STEPS, 1)
        self.assertEqual(self._place(95, step, previous=3).position, 2)
        self.assertEqual(self._place(95, step, previous=2).position, 1)
        self.assertEqual(self._place(95, step).position, 1)
        self.assertEqual(self._place(10, step, previous=1).position, 4)

    def test_one_step_up_a_year(self):
        """D a year ago and B now: B is one step above C, but C is all a year allows."""
        year = Cap("y", CapKind.STEPS, 1, months=12)
        judged = scheme(Indicator("a", AsIs()), caps=(year,))
        outcome = scoring.evaluate(judged, {"a": D(95)}, {0: 2, 12: 4})
        self.assertEqual((outcome.uncapped, outcome.position, outcome.caps), (1, 3, ("y",)))
        self.assertEqual(scoring.evaluate(judged, {"a": D(95)}, {0: 2}).position, 1)
        self.assertEqual(judged.step_months, (12,))

    def test_no_grade_stays_none(self):
        judged = scheme(Indicator("a", AsIs()), caps=(Cap("c", CapKind.AT_LEAST, 1),))
        self.assertIsNone(scoring.evaluate(judged, {}).position)


LIMITS = (
    Cap("theft", CapKind.AT_MOST, 3, Condition("c", Operator.AT_LEAST, D(1))),
    Cap("few", CapKind.AT_MOST, 2, Condition("a", Operator.LESS, D(50))),
    Cap("new", CapKind.AT_LEAST, 2, Condition("b", Operator.MORE, D(90))),
    Cap("step", CapKind.STEPS, 1),
    Cap("year", CapKind.STEPS, 1, months=12),
)


@tagged("post_install", "-at_install")
class TestChanges(BaseCase):
    def test_distance(self):
        judged = scheme(Indicator("a", AsIs()))
        outcome = scoring.evaluate(judged, {"a": D(65)})
        self.assertEqual(scoring.distance(judged, outcome), (2, D(5)))
        self.assertIsNone(scoring.distance(judged, scoring.evaluate(judged, {"a": D(99)})))

    def test_each_way_up(self):
        """60 x 30 + 100 x 10 over 40 = 70 is wanted; 50 on time gives 62.5, 10 short of 70 x 40."""
        judged = scheme(
            Indicator("on_time", Linear(D(0), D(0), D(100), D(100)), D(30)),
            Indicator("theft", YesNo(D(0), D(100)), D(10)),
        )
        (change,) = scoring.changes(judged, {"on_time": D(50), "theft": D(0)})
        self.assertEqual((change.indicator, change.position), ("on_time", 2))
        self.assertAlmostEqual(change.value, D(60), delta=D("0.001"))
        # without theft alone: (30 x 65 + 10 x 100) / 40 = 73.75
        ways = scoring.changes(judged, {"on_time": D(65), "theft": D(1)})
        self.assertEqual({way.indicator: way.value for way in ways}["theft"], D(0))

    def test_a_limit_is_told_by_what_frees_of_it(self):
        """95 points are an A; two overdue bills hold at C until less than two are open."""
        overdue = Cap("o", CapKind.AT_MOST, 3, Condition("overdue", Operator.AT_LEAST, D(2)))
        judged = scheme(Indicator("a", AsIs()), Indicator("overdue", AsIs(), D(0)), caps=(overdue,))
        (change,) = scoring.changes(judged, {"a": D(95), "overdue": D(3)})
        self.assertEqual((change.indicator, change.position), ("overdue", 1))
        self.assertLess(change.value, D(2))
        # 70 points would be a B, and the limit would hold it at C all the same
        self.assertEqual(scoring.changes(judged, {"a": D(60), "overdue": D(3)}), [])

    def test_counts_are_whole(self):
        """100 - 16 a bill: 90 points take 0.625 bills, which is none; 70 take 1.875: one."""
        line = Linear(D(0), D(100), D(6), D(4))
        judged = scheme(Indicator("bills", line))
        (change,) = scoring.changes(judged, {"bills": D(2)}, whole={"bills"})
        self.assertEqual((change.value, change.position), (D(1), 2))
        (change,) = scoring.changes(judged, {"bills": D(1)}, whole={"bills"})
        self.assertEqual((change.value, change.position), (D(0), 1))
        self.assertEqual(scoring.changes(judged, {"bills": D(1)}, given={"bills"}), [])
        strict = scheme(Indicator("bills", Linear(D(0), D(80), D(5), D(0))))
        # not even without any bill
        self.assertEqual(scoring.changes(strict, {"bills": D(0)}, whole={"bills"}), [])

    def test_what_a_table_lacks(self):
        """Supply: A wants both, B a second line, C an own source."""
        dual, own = (Condition(key, Operator.AT_LEAST, D(1)) for key in ("dual", "own"))
        few = Condition("faults", Operator.LESS, D(3))
        judged = scheme(
            *(Indicator(key, AsIs(), D(0)) for key in ("dual", "own", "faults")),
            combination=Combination.TABLE,
            rules=(Rule(1, (dual, own, few)), Rule(2, (dual,)), Rule(3, (own,)), Rule(4)),
        )

        def lacking(dual, own, faults, **kwargs):
            facts = {"dual": D(dual), "own": D(own), "faults": D(faults)}
            row = scoring.next_row(judged, facts, whole={"faults"}, **kwargs)
            return row and (row.values, row.position)

        self.assertEqual(lacking(0, 0, 5), ({"own": D(1)}, 3))
        self.assertEqual(lacking(0, 0, 5, given={"own"}), ({"dual": D(1)}, 2))
        self.assertEqual(lacking(1, 0, 5), ({"own": D(1), "faults": D(2)}, 1))
        self.assertIsNone(lacking(1, 1, 0))

    @settings(steady, max_examples=150)
    @given(
        numbers,
        numbers,
        st.integers(0, 4),
        st.booleans(),
        st.lists(st.sampled_from(LIMITS), unique=True),
        st.sampled_from([{}, {0: 2, 12: 3}, {0: 3, 12: 2}]),
    )
    def test_promises_are_kept(self, first, second, third, good, caps, previous):
        """Whatever is proposed does lift the customer, whatever limits hold."""
        judged = scheme(
            Indicator("a", Linear(D(-500), D(0), D(500), D(100)), D(50)),
            Indicator("b", Steps(D(0), ((D(0), D(50)), (D(100), D(100)))), D(30)),
            Indicator("c", YesNo(D(0), D(100)), D(20)),
            bands=LETTERS
            if good
            else (Band("A", None, D(25)), Band("B", D(25), D(60)), Band("C", D(60), None)),
            high_is_good=good,
            caps=tuple(caps),
        )
        facts = {"a": first, "b": second, "c": D(third)}
        now = scoring.evaluate(judged, facts, previous).position
        for change in scoring.changes(judged, facts, previous=previous):
            then = scoring.evaluate(judged, {**facts, change.indicator: change.value}, previous)
            self.assertEqual(then.position, change.position)
            self.assertLess(then.position, now)


@tagged("post_install", "-at_install")
class TestProperties(BaseCase):
    @settings(steady, max_examples=100)
    @given(st.tuples(values, values, values), st.integers(1, 50))
    def test_weights_scaled(self, facts, factor):
        def judged(scale):
            return scheme(
                Indicator("a", Linear(D(0), D(0), D(100), D(100)), D(30) * scale),
                Indicator("b", AsIs(), D(7) * scale, Missing.POINTS, D(50)),
                Indicator("c", Steps(D(0), ((D(10), D(100)),)), D("0.5") * scale),
            )

        known = dict(zip("abc", facts, strict=True))
        self.assertEqual(
            scoring.evaluate(judged(D(1)), known), scoring.evaluate(judged(D(factor)), known)
        )

    def test_every_letter_exhaustively(self):
        judged = scheme(Indicator("a", AsIs()))
        for score in range(101):
            expected = 1 if score >= 90 else 2 if score >= 70 else 3 if score >= 50 else 4
            self.assertEqual(scoring.evaluate(judged, {"a": D(score)}).position, expected)


@tagged("post_install", "-at_install")
class TestCheck(BaseCase):
    def _codes(self, *args, **kwargs):
        return [fault.code for fault in scoring.check(scheme(*args, **kwargs))]

    def test_sound(self):
        self.assertEqual(self._codes(Indicator("a", AsIs())), [])

    def test_weights_zero(self):
        self.assertEqual(self._codes(Indicator("a", AsIs(), D(0))), [FaultCode.WEIGHTS_ZERO])

    def test_gap_and_overlap(self):
        gap = (Band("A", D(90)), Band("B", D(50), D(80)))
        (fault,) = scoring.check(scheme(Indicator("a", AsIs()), bands=gap))
        self.assertEqual((fault.code, fault.low, fault.high), (FaultCode.GAP, D(80), D(90)))
        over = (Band("A", D(90)), Band("B", D(50), D(95)))
        (fault,) = scoring.check(scheme(Indicator("a", AsIs()), bands=over))
        self.assertEqual((fault.code, fault.low, fault.high), (FaultCode.OVERLAP, D(90), D(95)))
        both_open = (Band("A", D(90)), Band("B"))
        codes = self._codes(Indicator("a", AsIs()), bands=both_open)
        self.assertIn(FaultCode.OVERLAP, codes)

    def test_shares(self):
        bands = (Band("A", share=D(1)), Band("B", share=D(98)))
        self.assertEqual(
            self._codes(Indicator("a", AsIs()), combination=Combination.PERCENTILE, bands=bands),
            [FaultCode.SHARES_SUM],
        )

    def test_flat_line_and_steps(self):
        flat = Indicator("a", Linear(D(1), D(0), D(1), D(100)))
        self.assertEqual(self._codes(flat), [FaultCode.FLAT_LINE])
        steps = Indicator("a", Steps(D(0), ((D(2), D(0)), (D(1), D(9)))))
        self.assertEqual(self._codes(steps), [FaultCode.STEPS_ORDER])

    def test_condition_on_nothing(self):
        cap = Cap("c", CapKind.AT_MOST, 1, Condition("gone", Operator.MORE))
        self.assertEqual(
            self._codes(Indicator("a", AsIs()), caps=(cap,)), [FaultCode.UNKNOWN_INDICATOR]
        )
