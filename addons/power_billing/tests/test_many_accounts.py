import json
from collections import Counter
from decimal import Decimal
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from ..models.power_bill_run import PowerBillRun
from ..tools import rating
from .many_accounts import ManyAccountsCase

HALF = Decimal("0.0000005")
TEXTS = ("kind", "name", "unit", "period", "share", "step")


class ManyRated(ManyAccountsCase):
    """What a run stores of each account is what the kernel says, charge by charge."""

    def _bill(self, copies):
        points = [point for kind in sorted(copies) for point in copies[kind]]
        self.company.power_bill_batch = 1000
        run = self._create_run(supply_point_ids=[Command.set(points)])
        run._start()
        while run.state == "rating":
            run._process_batch()
        self.env.flush_all()
        return run

    def _check_rated(self, run, copies):
        """Compare stored bills with the kernel's, and the kernel's kWh with the readings."""
        kinds = {point: kind for kind, points in copies.items() for point in points}
        metered = self._get_metered(run)
        seen = Counter()
        ids = run.bill_ids.ids
        for start in range(0, len(ids), 1000):
            part = ids[start : start + 1000]
            lines = self._fetch_lines(part)
            for bill in self._fetch_bills(part):
                kind = kinds[bill["supply_point_id"]]
                self.assertEqual(bill["state"], "rated", (kind, bill["failure_reason"]))
                result = rating.rate(bill["determinants"])
                self.assertEqual(result.metered_kwh, metered[bill["id"]], kind)
                self._check_bill(bill, lines.get(bill["id"], []), result, kind)
                seen[kind] += 1
        self.assertEqual(seen, {kind: len(points) for kind, points in copies.items()})

    def _check_bill(self, bill, lines, result, kind):
        self.assertEqual(bill["kwh"], result.kwh, kind)
        self.assertEqual(bill["amount_total"], result.total, kind)
        parts = ("energy", "fund", "fixed", "basic", "power_factor")
        self.assertEqual(sum(bill[f"amount_{part}"] for part in parts), result.total, kind)
        self.assertEqual(bill["steps"], json.loads(json.dumps(result.steps)), kind)
        self.assertEqual(len(lines), len(result.charges), kind)
        for line, charge in zip(lines, result.charges, strict=True):
            for name in TEXTS:
                expected = getattr(charge, name)
                self.assertEqual(line[name], expected and str(expected), (kind, name))
            self.assertEqual(line["amount"], charge.amount, kind)
            self.assertEqual(line["tier"] or None, charge.tier, kind)
            self.assertEqual(
                (line["version_id"], line["component_id"]), (charge.version, charge.component)
            )
            for name in ("date_from", "date_to"):
                self.assertEqual(line[name], getattr(charge, name), (kind, name))
            for name in ("quantity", "price"):
                self.assertLessEqual(abs(line[name] - getattr(charge, name)), HALF, (kind, name))

    def _fetch_bills(self, ids):
        names = ("kwh", "amount_total", "amount_energy", "amount_fund", "amount_fixed")
        return self._fetch(
            SQL(
                """
                SELECT id, supply_point_id, state, failure_reason, determinants, steps, %s
                  FROM power_bill WHERE id = ANY(%s)
                """,
                SQL(", ").join(
                    SQL("%s::text", SQL.identifier(name))
                    for name in (*names, "amount_basic", "amount_power_factor")
                ),
                ids,
            )
        )

    def _fetch_lines(self, ids):
        lines = {}
        for line in self._fetch(
            SQL(
                """
                SELECT l.bill_id, c.version_id, l.component_id, l.kind, l.name, l.unit, l.period,
                       l.share, l.step, l.tier, l.date_from, l.date_to, l.quantity::text,
                       l.price::text, l.amount::text
                  FROM power_bill_line l
                  JOIN power_tariff_component c ON c.id = l.component_id
                 WHERE l.bill_id = ANY(%s) ORDER BY l.bill_id, l.sequence
                """,
                ids,
            )
        ):
            lines.setdefault(line["bill_id"], []).append(line)
        return lines

    def _fetch(self, query):
        """Rows with their numbers exact."""
        numbers = ("kwh", "quantity", "price")
        return [
            {
                key: Decimal(value) if key in numbers or key.startswith("amount") else value
                for key, value in row.items()
            }
            for row in self.env.execute_query_dict(query)
        ]

    def _get_metered(self, run):
        """Return {bill id: kWh}, from the readings alone: last less initial, times the ratio."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT b.id, sum(round((r.value - i.value
                           + CASE WHEN r.rollover THEN power(10::numeric, g.digits) ELSE 0 END)
                           * g.multiplier, 2))::text
                  FROM power_bill b
                  JOIN power_meter_reading r ON r.supply_point_id = b.supply_point_id
                   AND r.kind <> 'initial'
                  JOIN power_meter_register g ON g.id = r.register_id AND g.is_main
                  JOIN power_meter_reading i ON i.register_id = g.id AND i.kind = 'initial'
                 WHERE b.run_id = %s
              GROUP BY b.id
                """,
                run.id,
            )
        )
        return {bill_id: Decimal(kwh) for bill_id, kwh in rows}

    def _check_posted(self, run):
        """Every bill has its invoice, to the cent, balanced, numbered without a gap."""
        # Who fed back more than he used is looked at before his credit note.
        waiting = run.bill_ids.filtered(lambda bill: bill.check_state == "to_check")
        self.assertTrue(all(bill.amount_total < 0 for bill in waiting))
        waiting._release_checks("as generated")
        run._set_state("posting")
        run = run._with_shape_memory()
        while run.state == "posting":
            run._process_batch()
        self.env.flush_all()
        ((bills, posted, equal, balanced, lines),) = self.env.execute_query(
            SQL(
                """
                SELECT count(*), count(*) FILTER (WHERE b.state = 'posted'),
                       count(*) FILTER (WHERE m.amount_total_signed IS NOT DISTINCT FROM
                                              nullif(b.amount_total, 0)),
                       count(*) FILTER (WHERE coalesce(l.balance, 0) = 0),
                       count(*) FILTER (WHERE coalesce(l.charges, c.charges) = c.charges)
                  FROM power_bill b
             LEFT JOIN account_move m ON m.id = b.move_id AND m.state = 'posted'
             LEFT JOIN LATERAL (
                       SELECT sum(balance) AS balance,
                              count(*) FILTER (WHERE display_type = 'product') AS charges
                         FROM account_move_line WHERE move_id = m.id) l ON TRUE
             LEFT JOIN LATERAL (
                       SELECT count(*) AS charges FROM power_bill_line WHERE bill_id = b.id) c
                       ON TRUE
                 WHERE b.run_id = %s
                """,
                run.id,
            )
        )
        self.assertEqual((posted, equal, balanced, lines), (bills,) * 4)
        for first, last, count in self.env.execute_query(
            SQL(
                """
                SELECT min(sequence_number), max(sequence_number), count(*) FROM account_move
                 WHERE journal_id = %s GROUP BY sequence_prefix
                """,
                run.journal_id.id,
            )
        ):
            self.assertEqual(last - first + 1, count)


@tagged("post_install", "-at_install", "power_slow")
class TestSomeAccounts(ManyRated):
    def test_three_of_every_kind(self):
        copies = self._multiply(3)
        self.assertGreaterEqual(len(copies), 24)
        with patch.object(PowerBillRun, "_rate_alone") as alone:
            run = self._bill(copies)
        alone.assert_not_called()
        self._check_rated(run, copies)


@tagged("post_install", "-at_install", "power_slow")
class TestManyAccounts(ManyRated):
    def test_ten_thousand_accounts(self):
        copies = self._multiply(-(-10000 // len(self.kinds)))
        run = self._bill(copies)
        self.assertGreaterEqual(len(run.bill_ids), 10000)
        self._check_rated(run, copies)
        self._check_posted(run)
