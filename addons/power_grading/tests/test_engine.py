import random
from decimal import Decimal
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL

from ..models.power_grading_engine import GRADED
from ..models.power_grading_source import ScoreQuery
from ..tools import scoring, scoring_sql
from .common import TODAY, GradingCase

CUSTOMERS = 10_000
KEYS = ("a", "b", "c", "d", "e")


def draw_facts(seed):
    """Values of 10,000 customers: small numbers with ties, edges, negatives and gaps; the last one
    is a count, of which there are few kinds."""
    chance = random.Random(seed)
    facts = []
    for place in range(1, CUSTOMERS + 1):
        values = [
            None
            if chance.random() < 0.1
            else Decimal(chance.choice([0, 0, 1, 50, 90, 100]))
            if chance.random() < 0.4
            else Decimal(chance.randint(-300_000, 1_500_000)) / Decimal(10_000)
            for _key in KEYS[:-1]
        ]
        facts.append((place, *values, chance.choice([None, *map(Decimal, (0, 0, 0, 1, 2, 6))])))
    return facts


def draw_former(customer):
    """Positions of the former grades of a customer, by months before."""
    return {0: customer % 5 or None, 12: 1 + customer // 4 % 4}


FORMER_SQL = {
    "prev": SQL("NULL::int"),
    "prev0": SQL("NULLIF(p.id %% 5, 0)"),
    "prev12": SQL("1 + p.id / 4 %% 4"),
}


@tagged("post_install", "-at_install")
class TestEngine(GradingCase):
    """SQL and kernel agree customer by customer, whatever the transformation and combination."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.facts = draw_facts(20)
        cls.env.cr.execute(
            "CREATE TEMPORARY TABLE test_grading_facts"
            " (id int, a numeric, b numeric, c numeric, d numeric, e numeric)"
            " ON COMMIT DROP"
        )
        cls.env.cr.execute(
            SQL(
                "INSERT INTO test_grading_facts VALUES %s",
                SQL(", ").join(SQL("%s", fact) for fact in cls.facts),
            )
        )

    def _queries(self):
        return {
            key: ScoreQuery(
                key,
                lambda scope: SQL("test_grading_facts f"),
                SQL("f.id"),
                SQL("max(%s)", SQL.identifier("f", key)),
            )
            for key in KEYS
        }

    def _indicators(self):
        return [
            self._prepare_indicator(
                name="a", source="a", transformation="linear", x0=60, y0=0, x1=0, y1=100, weight=30
            ),
            self._prepare_indicator(
                name="b",
                source="b",
                transformation="steps",
                points_below=-5,
                weight=12.5,
                missing="points",
                missing_points=33.3333,
                step_ids=[
                    (0, 0, {"value_from": start, "points": points})
                    for start, points in ((0, 20), (50, 77.7777), (100, 100))
                ],
            ),
            self._prepare_indicator(name="c", source="c", transformation="percentile", weight=7),
            self._prepare_indicator(
                name="d", source="d", transformation="yesno", points_yes=0, points_no=100, weight=3
            ),
            self._prepare_indicator(name="e", source="e", transformation="percentile", weight=3),
        ]

    def _compare(self, scheme):
        engine = self.env["power.grading.engine"]
        population = SQL("SELECT id FROM test_grading_facts")
        with (
            patch.object(
                type(self.env["power.grading.source"]), "_score_queries", lambda s: self._queries()
            ),
            patch.object(type(engine), "_get_population", lambda *args: population),
            patch.object(
                type(engine),
                "_get_previous_position",
                lambda self, scheme, alias="prev": FORMER_SQL[alias],
            ),
        ):
            cuts = engine._grade(scheme, self.bureau, TODAY)
        kernel = scheme._to_kernel()
        keys = [part.key for part in kernel.indicators]
        expected_cuts = scoring.Cuts(
            values={
                part.key: scoring.percentile_cuts(fact[1 + place] for fact in self.facts)
                for place, part in enumerate(kernel.indicators)
                if isinstance(part.transformation, scoring.Percentile)
            }
        )
        self.assertEqual(cuts.values, expected_cuts.values)
        if kernel.combination is scoring.Combination.PERCENTILE:
            scores = [
                scoring.evaluate(
                    kernel, dict(zip(keys, fact[1:], strict=False)), cuts=expected_cuts
                ).score
                for fact in self.facts
            ]
            shares = [band.share for band in kernel.bands]
            expected_cuts = scoring.Cuts(expected_cuts.values, scoring.score_cuts(scores, shares))
            self.assertEqual(cuts.scores, expected_cuts.scores)
        points = SQL(", ").join(SQL("%s::text", SQL.identifier(f"p{n}")) for n in range(len(keys)))
        caps = scoring_sql.applied(
            kernel,
            SQL.identifier("found"),
            {key: SQL.identifier(f"v{place}") for place, key in enumerate(keys)},
            engine._get_former_columns(kernel),
        )
        rows = self.env.execute_query(
            SQL(
                "SELECT partner_id, found, position, %s, score::text, %s FROM %s",
                caps,
                points,
                GRADED,
            )
        )
        self.assertEqual(len(rows), CUSTOMERS)
        found = {
            row[0]: (
                *row[1:3],
                tuple(row[3] or ()),
                *(None if text is None else Decimal(text) for text in row[4:]),
            )
            for row in rows
        }
        for fact in self.facts:
            outcome = scoring.evaluate(
                kernel,
                dict(zip(keys, fact[1:], strict=False)),
                draw_former(fact[0]),
                expected_cuts,
            )
            self.assertEqual(
                found[fact[0]],
                (
                    outcome.uncapped,
                    outcome.position,
                    outcome.caps,
                    outcome.score,
                    *(outcome.points[key] for key in keys),
                ),
                f"customer {fact}",
            )

    def _scheme(self, combination, **vals):
        # sources exist only while the engine is patched, so the scheme is never put to use
        sources = {key: ScoreQuery(key, None, None, None) for key in KEYS}
        with patch.object(
            type(self.env["power.grading.source"]), "_score_queries", lambda s: sources
        ):
            return self._create_scheme(
                vals.pop("code", combination),
                indicators=self._indicators(),
                combination=combination,
                **vals,
            )

    def test_weighted(self):
        scheme = self._scheme("weighted")
        scheme.cap_ids = [
            (0, 0, {
                "name": "c", "kind": "at_most", "band_id": scheme.band_ids[2].id,
                "indicator_id": scheme.indicator_ids[3].id, "operator": ">=", "value": 50,
            }),
            (0, 0, {
                "name": "f", "kind": "at_least", "band_id": scheme.band_ids[1].id,
                "indicator_id": scheme.indicator_ids[0].id, "operator": "unknown",
            }),
        ]  # fmt: skip
        self._compare(scheme)

    def test_limits_of_steps(self):
        """Counted from the last grade and from that of a year before, with caps and a floor."""
        scheme = self._scheme("weighted", code="steps")
        scheme.indicator_ids[3].transformation = "asis"
        bands, parts = scheme._get_bands(), scheme.indicator_ids
        scheme.cap_ids = [
            (0, 0, {"name": "s", "kind": "steps", "steps": 1}),
            (0, 0, {
                "name": "y", "kind": "steps", "steps": 0, "months": 12,
                "indicator_id": parts[1].id, "operator": "<", "value": 60,
            }),
            (0, 0, {
                "name": "c", "kind": "at_most", "band_id": bands[2].id,
                "indicator_id": parts[3].id, "operator": ">=", "value": 50,
            }),
            (0, 0, {
                "name": "f", "kind": "at_least", "band_id": bands[1].id,
                "indicator_id": parts[0].id, "operator": "unknown",
            }),
        ]  # fmt: skip
        self._compare(scheme)

    def test_sum(self):
        self._compare(
            self._scheme(
                "sum", base_points=10, clipped=True, score_min=0, score_max=3000, high_is_good=False
            )
        )

    def test_worst(self):
        self._compare(self._scheme("worst"))
        self._compare(self._scheme("worst", code="worst_bad", high_is_good=False))

    def test_percentile(self):
        scheme = self._scheme("percentile")
        for band, share in zip(scheme._get_bands(), (1, 4, 15, 80), strict=True):
            band.share = share
        self._compare(scheme)

    def test_table(self):
        scheme = self._scheme("table")
        first, second, third, _last = scheme._get_bands()
        a, b, _c, d, _e = scheme.indicator_ids
        scheme.rule_ids = [
            (0, 0, {
                "sequence": n, "band_id": band.id,
                "condition_ids": [
                    (0, 0, {"indicator_id": i.id, "operator": operator, "value": value})
                    for i, operator, value in conditions
                ],
            })
            for n, (band, conditions) in enumerate((
                (first, [(a, ">", 50), (b, "<=", 90)]),
                (second, [(a, "unknown", 0)]),
                (third, [(d, "=", 1)]),
            ))
        ]  # fmt: skip
        self._compare(scheme)

    def test_refused(self):
        scheme = self._scheme("weighted", code="refuse")
        scheme.indicator_ids[0].missing = "refuse"
        self._compare(scheme)
