import io
import random
from datetime import date, datetime, timedelta

import openpyxl

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Date
from odoo.tests import freeze_time

from ..tools import reliability as kernel
from ..tools.reliability import Interruption
from .network_common import NetworkCase


class TestReliability(NetworkCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bureau.partner_id.tz = "Asia/Shanghai"
        cls.north = cls._create_area("North")
        cls.south = cls._create_area("South")
        cls.home, cls.works = cls.env["power.usage.category"].search([], limit=2)
        service = {"date_activated": "2020-01-01"}
        cls.points1 = cls._create_points(
            cls.transformer1, 6, area_id=cls.north.id, usage_category_id=cls.home.id, **service
        )
        cls.points2 = cls._create_points(
            cls.transformer2, 4, area_id=cls.south.id, usage_category_id=cls.home.id, **service
        )
        cls.points3 = cls._create_points(
            cls.transformer3, 10, area_id=cls.south.id, usage_category_id=cls.works.id, **service
        )
        cls.points = cls.points1 | cls.points2 | cls.points3

    def _create_outage(self, node, start, minutes, **vals):
        outage = self.env["power.outage"].create(
            {
                "node_ids": [Command.set(node.ids)],
                "date_start": start,
                "company_id": self.bureau.id,
                **vals,
            }
        )
        outage.action_confirm()
        outage.date_restored = start + timedelta(minutes=minutes)
        outage.action_restore()
        return outage

    def _create_interruption(self, points, start, minutes, influence="own"):
        return self.env["power.interruption"].create(
            {
                "company_id": self.bureau.id,
                "kind": "fault",
                "influence": influence,
                "date_start": start,
                "date_end": start + timedelta(minutes=minutes),
                "day": start.date(),
                "minutes": minutes,
                "customer_count": len(points),
                "customer_minutes": minutes * len(points),
                "point_ids": [Command.set(points.ids)],
            }
        )

    def test_restored_outage_leaves_an_interruption(self):
        """16:30 UTC is half past midnight in Shanghai: the next day counts."""
        outage = self._create_outage(self.transformer1, datetime(2026, 3, 1, 16, 30), 90)
        row = outage.interruption_ids
        self.assertEqual(row.day, date(2026, 3, 2))
        self.assertEqual((row.minutes, row.customer_count), (90, 6))
        self.assertEqual((row.customer_minutes, row.feeder_id), (540, self.feeder1))
        self.assertEqual(row.point_ids, self.points1)
        self.assertTrue(row.sustained)

    def test_steps(self):
        """F1 off for 120 minutes, T1 back after 30: 6 · 30 + 4 · 120 = 660 customer minutes."""
        start = datetime(2026, 3, 1, 2)
        outage = self.env["power.outage"].create(
            {
                "node_ids": [Command.set(self.feeder1.ids)],
                "date_start": start,
                "company_id": self.bureau.id,
            }
        )
        outage.action_confirm()
        outages = self.env["power.outage"]
        self.assertEqual(outages._find_covering(self.points1[0]), outage)
        self.env["power.outage.step"].create(
            {
                "outage_id": outage.id,
                "node_ids": [Command.set(self.transformer1.ids)],
                "date_restored": start + timedelta(minutes=30),
            }
        )
        self.assertFalse(outages._find_covering(self.points1[0]))
        self.assertEqual(outages._find_covering(self.points2[0]), outage)
        self.assertEqual(
            outages._find_covering(outages.env["power.supply.point"], self.transformer2), outage
        )
        outage.date_restored = start + timedelta(minutes=120)
        outage.action_restore()
        self.assertEqual(outage.customer_minutes, 660)
        self.assertEqual(sorted(outage.interruption_ids.mapped("minutes")), [30, 120])
        outage.action_reopen()
        self.assertFalse(outage.interruption_ids)
        with self.assertRaisesRegex(ValidationError, "does not hang below"):
            outage.step_ids.node_ids = [Command.set(self.transformer3.ids)]

    def test_minutes_count_once(self):
        """T1 off from 2:00 to 3:00, F1 from 2:30 to 3:30: T1's 6 customers 90 minutes, T2's 4
        60 minutes; 6 · 90 + 4 · 60 = 780."""
        start = datetime(2026, 3, 1, 2)
        first = self._create_outage(self.transformer1, start, 60)
        second = self._create_outage(self.feeder1, start + timedelta(minutes=30), 60)
        self.assertEqual((first.customer_minutes, second.customer_minutes), (360, 420))
        inside = self._create_outage(self.transformer1, start + timedelta(minutes=70), 5)
        self.assertFalse(inside.interruption_ids)

    def _open_outage(self, nodes, start, back):
        """Confirm an outage, half an hour after whose start some devices are back."""
        outage = self.env["power.outage"].create(
            {
                "node_ids": [Command.set(nodes.ids)],
                "date_start": start,
                "company_id": self.bureau.id,
                "step_ids": [
                    Command.create(
                        {
                            "node_ids": [Command.set(back.ids)],
                            "date_restored": start + timedelta(minutes=30),
                        }
                    )
                ]
                if back
                else [],
            }
        )
        outage.action_confirm()
        return outage

    def test_merge_keeps_the_steps(self):
        """6 customers of T1 for 30 minutes, 4 of T2 and 10 of T3 for 120."""
        start = datetime(2026, 3, 1, 2)
        merged = self._open_outage(self.feeder1, start, self.transformer1)
        target = self._open_outage(self.transformer3, start, self.env["power.network.node"])
        merged._merge_into(target)
        target.date_restored = start + timedelta(minutes=120)
        target.action_restore()
        self.assertEqual(target.customer_minutes, 6 * 30 + 14 * 120)

    def test_split_keeps_the_steps(self):
        start = datetime(2026, 3, 1, 2)
        both = self.transformer1 | self.transformer3
        outage = self._open_outage(self.substation, start, both)
        new = outage._split(self.feeder2, self.feeder1)
        self.assertEqual(outage.step_ids.node_ids, self.transformer1)
        self.assertEqual(new.step_ids.node_ids, self.transformer3)
        part = outage._split(self.transformer1, self.transformer2)
        self.assertFalse(outage.step_ids)
        self.assertEqual(part.step_ids.node_ids, self.transformer1)

    def test_step_after_the_end_is_refused(self):
        start = datetime(2026, 3, 1, 2)
        outage = self._create_outage(self.feeder1, start, 60)
        outage.action_reopen()
        outage.step_ids = [
            Command.create(
                {
                    "node_ids": [Command.set(self.transformer1.ids)],
                    "date_restored": start + timedelta(minutes=90),
                }
            )
        ]
        outage.date_restored = start + timedelta(minutes=60)
        with self.assertRaisesRegex(UserError, "restored after the whole outage"):
            outage.action_restore()

    def test_sustained_follows_the_rules_of_the_day(self):
        row = self._create_outage(self.transformer1, datetime(2026, 3, 1, 2), 4).interruption_ids
        self.assertFalse(row.sustained)
        later = self.env["power.reliability.setting"].create(
            {"date_from": "2026-02-01", "sustained_minutes": 3, "company_id": self.bureau.id}
        )
        self.assertTrue(row.sustained)
        later.date_from = "2026-03-02"
        self.assertFalse(row.sustained)
        later.unlink()
        self.assertFalse(row.sustained)

    def test_equal_to_the_kernel(self):
        """600 interruptions drawn at random: every group of every figure as in memory."""
        draw = random.Random(3)
        # what an outage writes is judged by the rules of its day; here the rows are written alone
        rows = []
        for _index in range(600):
            chosen = self.points.browse(draw.sample(self.points.ids, draw.randint(1, 20)))
            start = datetime(2024, 1, 1) + timedelta(minutes=draw.randrange(3 * 365 * 1440))
            minutes = draw.choice((1, 5, 5.5, 60, 481, 1000)) * draw.choice((1, 1, 0.37))
            influence = draw.choice(("own", "own", "external", "shortage"))
            self._create_interruption(chosen, start, minutes, influence)
            rows.append(Interruption(frozenset(chosen.ids), minutes, start.date(), influence))
        settings = self.env["power.reliability.setting"]
        settings._refresh_interruptions()
        first, last = date(2024, 3, 5), date(2026, 9, 20)
        hours = ((last - first).days + 1) * 24.0
        sets = {
            "company": {None: self.points},
            "area": {self.north.id: self.points1, self.south.id: self.points2 | self.points3},
            "feeder": {
                self.feeder1.id: self.points1 | self.points2,
                self.feeder2.id: self.points3,
            },
            "class": {
                self.home.id: self.points1 | self.points2,
                self.works.id: self.points3,
            },
        }
        for variant in kernel.VARIANTS:
            rules = settings._get_for(self.bureau, last)._to_kernel(variant)
            for group, expected in sets.items():
                found = self.env["power.interruption"]._add_up(
                    self.bureau, first, last, rules, group
                )
                self.assertEqual(set(found), set(expected))
                for key, points in expected.items():
                    inside = [
                        Interruption(
                            row.customers & set(points.ids), row.minutes, row.day, row.influence
                        )
                        for row in rows
                        if first <= row.day <= last
                    ]
                    wanted = kernel.add_up(inside, len(points), hours, rules)
                    self._assert_equal_totals(found[key], wanted, (variant, group, key))
        months = self.env["power.interruption"]._add_up(self.bureau, first, last, rules, "month")
        self.assertEqual(len(months), 31)
        march = [row for row in rows if date(2024, 3, 5) <= row.day <= date(2024, 3, 31)]
        wanted = kernel.add_up(march, 20, 27 * 24.0, rules)
        self._assert_equal_totals(months[date(2024, 3, 1)], wanted, "March")
        daily = self.env["power.interruption"]._get_daily_saidi(self.bureau, first, last, rules)
        wanted = kernel.daily_saidi(
            [row for row in rows if first <= row.day <= last], lambda day: 20, rules
        )
        self.assertEqual(set(daily), set(wanted))
        for day, value in wanted.items():
            self.assertAlmostEqual(daily[day], value, 6)

    def _assert_equal_totals(self, found, wanted, what):
        self.assertAlmostEqual(found.minutes, wanted.minutes, 4, what)
        for name in ("served", "interruptions", "affected", "momentary", "repeated", "long"):
            self.assertEqual(getattr(found, name), getattr(wanted, name), (what, name))
        self.assertEqual(found.hours, wanted.hours, what)

    def test_customers_served(self):
        """20 from 2020; one more from 10 May 2026, one closed on 3 June 2026."""
        self._create_points(self.transformer1, 1, date_activated="2026-05-10")
        self.points3[0].action_close()
        self.points3[0].date_closed = "2026-06-03"
        months = self.env["power.interruption"]._count_served(
            self.bureau, date(2026, 4, 1), date(2026, 7, 31), "month"
        )
        self.assertEqual(list(months.values()), [20, 21, 20, 20])
        for last, number in (
            (date(2026, 5, 9), 20),
            (date(2026, 6, 2), 21),
            (date(2026, 6, 3), 20),
        ):
            found = self.env["power.interruption"]._count_served(
                self.bureau, date(2026, 1, 1), last, "company"
            )
            self.assertEqual(found, {None: number}, last)

    def _create_report(self, **vals):
        return self.env["power.reliability.report"].create(
            {
                "company_id": self.bureau.id,
                "date_from": "2026-01-01",
                "date_to": "2026-12-31",
                **vals,
            }
        )

    def test_report_and_drill_down(self):
        """T1 (6 customers) 60 min, T3 (10) 3 min: SAIFI 6/20, SAIDI 6·1/20 h, MAIFI 10/20."""
        one = self._create_outage(self.transformer1, datetime(2026, 3, 1, 2), 60)
        self._create_outage(self.transformer3, datetime(2026, 3, 2, 2), 3)
        report = self._create_report()
        action = report.action_compute()
        line = self.env["power.reliability.line"].search(action["domain"])
        self.assertAlmostEqual(line.saifi, 0.3)
        self.assertAlmostEqual(line.saidi, 0.3)
        self.assertAlmostEqual(line.caidi, 1.0)
        self.assertAlmostEqual(line.ctaidi, 1.0)
        self.assertAlmostEqual(line.maifi, 0.5)
        self.assertAlmostEqual(line.asai, 1 - 0.3 / 8760)
        report.group = "area"
        report.action_compute()
        north = report.line_ids.filtered(lambda line: line.area_id == self.north)
        self.assertAlmostEqual(north.saifi, 1.0)
        # 6 of 20 customers have 1, the others 0: in all 0.3, not the mean of the areas
        lines = self.env["power.reliability.line"]
        ((average,),) = lines._read_group([("report_id", "=", report.id)], [], ["saifi:avg"])
        self.assertAlmostEqual(average, 0.3)
        behind = self.env["power.interruption"].search(north.action_open_interruptions()["domain"])
        self.assertEqual(behind, one.interruption_ids)
        self.assertEqual(self._read_workbook(report)["North"]["SAIFI-1"], 1.0)

    def _read_workbook(self, report):
        """Return {name of the line: {title: figure}}."""
        book = openpyxl.load_workbook(io.BytesIO(report._make_xlsx()))
        self.assertEqual(len(book.worksheets), 2, "figures and the interruptions behind them")
        head, *lines = book.worksheets[0].iter_rows(min_row=4, values_only=True)
        return {line[0]: dict(zip(head, line, strict=True)) for line in lines}

    def test_major_event_day(self):
        """Days of e^0 to e^3 minutes in the years before give T_MED = 113.0112 (kernel test).

        20 customers: SAIDI of a day is the minutes of an interruption of all of them. In 2026 a
        day of 114 minutes is left out, one of 113 minutes stays.
        """
        for power, year in enumerate((2022, 2023, 2024, 2025)):
            start = datetime(year, 5, 1)
            self._create_interruption(self.points, start, 2.718281828459045**power)
        self._create_interruption(self.points, datetime(2026, 5, 1), 114)
        self._create_interruption(self.points, datetime(2026, 6, 1), 113)
        self.env["power.reliability.setting"].create(
            {"date_from": "2020-01-01", "sustained_minutes": 0, "company_id": self.bureau.id}
        )
        report = self._create_report(major_days="without")
        report.action_compute()
        self.assertAlmostEqual(report.threshold, 113.0111, 3)
        self.assertEqual(report.major_day_note, "2026-05-01: 114.000")
        # shown in hours with four digits
        self.assertAlmostEqual(report.line_ids.saidi, 113 / 60, 4)
        self.assertEqual(
            self.env["power.interruption"].search(report._get_interruption_domain()).mapped("day"),
            [date(2026, 6, 1)],
        )
        report.major_days = "with"
        report.action_compute()
        self.assertAlmostEqual(report.line_ids.saidi, 227 / 60, 4)

    def test_exclusions_are_dated(self):
        """6 of 20 customers off for an hour four times: 24/20. From February on, what came from
        outside and what was planned is left out: 12/20."""
        rows = [
            self._create_interruption(self.points1, datetime(2026, 1, 10), 60, "external"),
            self._create_interruption(self.points1, datetime(2026, 3, 1), 60, "external"),
            self._create_interruption(self.points1, datetime(2026, 3, 2), 60),
            self._create_interruption(self.points1, datetime(2026, 3, 3), 60),
        ]
        rows[3].kind = "planned"
        setting = self.env["power.reliability.setting"].create(
            {
                "date_from": "2026-02-01",
                "exclude_external": True,
                "exclude_planned": True,
                "exclude_major_days": True,
                "company_id": self.bureau.id,
            }
        )
        report = self._create_report()
        self.assertEqual(report.major_days, "without")
        report.action_compute()
        self.assertAlmostEqual(report.line_ids.saifi, 0.6)
        counted = self.env["power.interruption"].search(report._get_interruption_domain())
        self.assertEqual(counted, rows[0] | rows[2])
        report.exclusions = "with"
        report.action_compute()
        self.assertAlmostEqual(report.line_ids.saifi, 1.2)
        # what happens later is judged when it is written, and anew when the rules change
        late = self._create_outage(self.transformer1, datetime(2026, 4, 1, 2), 60, cause="external")
        self.assertTrue(late.interruption_ids.excluded)
        setting.exclude_external = False
        self.assertFalse(late.interruption_ids.excluded)

    def test_scorecard_of_supply(self):
        """November 2025 has 43,200 minutes; ten customers in town, four of them without an area,
        and ten in a village.

        Town: 6 off for 30 hours, 6 · 1800 / (10 · 43200) = 2.5 %: ASAI 97.5 < 99.9 is missed.
        Village: 10 off for 60 minutes, 60 / 43200 = 0.1389 %: ASAI 99.8611 ≥ 99.8 is kept, until a
        higher one is promised.
        """
        self.south.kind = "rural"
        self.points2.area_id = False
        self._create_interruption(self.points1, datetime(2025, 11, 3), 1800)
        self._create_interruption(self.points3, datetime(2025, 11, 4), 60)
        cards = self._get_cards("supply", date(2025, 11, 1))
        self.assertEqual(cards.mapped("area_kind"), ["rural", "urban"])
        rural, urban = cards
        self.assertAlmostEqual(urban.asai, 97.5, 4)
        self.assertAlmostEqual(rural.asai, 99.8611, 4)
        self.assertEqual((urban.asai_promised, rural.asai_promised), (99.9, 99.8))
        self.assertEqual((urban.verdict, rural.verdict), ("missed", "kept"))
        self.assertEqual((urban.count, rural.count), (6, 10))
        self.assertEqual(
            self._get_cards("supply", date(2025, 12, 1)).mapped("asai"), [100.0, 100.0]
        )
        self.env["power.reliability.setting"].create(
            {"date_from": "2025-11-01", "asai_rural": 99.9, "company_id": self.bureau.id}
        )
        self.assertEqual(
            self._get_cards("supply", date(2025, 11, 1)).mapped("verdict"), ["missed", "missed"]
        )
        this_month = Date.start_of(self.bureau._get_power_today(), "month")
        self.assertFalse(self._get_cards("supply", this_month), "Not over yet.")

    def test_scorecard_of_notices(self):
        """Of two planned outages in March one was announced in time, the other never."""
        for node, announced in ((self.transformer1, True), (self.transformer3, False)):
            start = datetime(2026, 3, 20, 2)
            with freeze_time(start - timedelta(days=10)):
                plan = self.env["power.outage"].create(
                    {
                        "kind": "planned",
                        "reason": "Replace a switch",
                        "node_ids": [Command.set(node.ids)],
                        "date_start": start,
                        "date_expected": start + timedelta(hours=4),
                        "company_id": self.bureau.id,
                    }
                )
                plan.action_approve()
                if announced:
                    plan.action_announce()
            plan.action_confirm()
        card = self._get_cards("notice", date(2026, 3, 1))
        self.assertEqual((card.count, card.late_count, card.on_time), (2, 1, 50.0))
        self.assertEqual(card.verdict, "missed")

    def test_scorecard_of_connections(self):
        """Applied for on Monday 3 November 2025: the fifth working day is Monday the 10th.

        Of two homes connected on that day and the next one is late; not with the Thursday off,
        again with the Saturday worked, and not when six days are promised.
        """
        home = self.env.ref("power_crm.usage_residential")
        for day in (10, 11):
            self._create_points(
                self.transformer1,
                1,
                usage_category_id=home.id,
                date_applied=date(2025, 11, 3),
                date_activated=date(2025, 11, day),
                number=f"HOME-{day}",
            )

        def late():
            card = self._get_cards("connection", date(2025, 11, 1))
            self.assertEqual((card.number, card.area_kind, card.count), (6, "urban", 2))
            return card.late_count, card.on_time, card.verdict

        self.assertEqual(late(), (1, 50.0, "missed"))
        self._create_workday(date(2025, 11, 6), "off")
        self.assertEqual(late(), (0, 100.0, "kept"))
        self._create_workday(date(2025, 11, 8), "worked")
        self.assertEqual(late(), (1, 50.0, "missed"))
        self.env["power.reliability.setting"].create(
            {"date_from": "2025-11-01", "connection_days": 6, "company_id": self.bureau.id}
        )
        self.assertEqual(late(), (0, 100.0, "kept"))

    def _create_workday(self, day, kind):
        self.env["power.workday"].create(
            {"name": kind, "date": day, "kind": kind, "company_id": self.bureau.id}
        )

    def test_the_card_shows_all_ten(self):
        """A month with one interruption: 6 of 20 customers off for 60 of 43,200 minutes keep
        99.958 %; what else could be judged had no case, what no room has figures for says so."""
        self._create_interruption(self.points1, datetime(2025, 11, 3), 60)
        self.env.flush_all()
        card = self.env["power.fault.scorecard"].search(
            [("company_id", "=", self.bureau.id), ("month", "=", date(2025, 11, 1))]
        )
        self.assertEqual(sorted(set(card.mapped("number"))), list(range(1, 11)))
        self.assertEqual(len(set(card.ids)), len(card), "one line, one id")
        verdicts = {line.event: line.verdict for line in card}
        self.assertEqual(verdicts["supply"], "kept")
        self.assertEqual({verdicts[event] for event in ("notice", "arrive", "restore")}, {"none"})
        self.assertEqual({verdicts[event] for event in ("voltage", "complaint")}, {"unmeasured"})

    def _get_cards(self, event, month):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["power.fault.scorecard"].search(
            [
                ("event", "=", event),
                ("company_id", "=", self.bureau.id),
                ("month", "=", month),
            ],
            order="area_kind",
        )

    def test_own_minutes(self):
        today = datetime.now().replace(microsecond=0)
        self._create_outage(self.transformer1, today - timedelta(days=30), 45)
        self._create_outage(self.feeder1, today - timedelta(days=20), 15)
        self._create_outage(self.transformer1, today - timedelta(days=400), 500)
        self.assertEqual(self.points1[0].interruption_count, 2)
        self.assertEqual(self.points1[0].interruption_minutes, 60)
        self.assertEqual(self.points3[0].interruption_minutes, 0)

    def test_wrong_period(self):
        report = self._create_report(date_to="2025-01-01")
        with self.assertRaisesRegex(UserError, "ends before it begins"):
            report.action_compute()
