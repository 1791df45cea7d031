import math
from datetime import date, timedelta
from unittest.mock import patch

import psycopg2
from dateutil.relativedelta import relativedelta

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.sql_db import db_connect
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import power_grading_run
from ..models.power_grading_run import LOCK_CLASS
from ..models.power_grading_source import ScoreScope
from .common import TODAY, FourCustomersCase, GradingCase, values_of


@tagged("post_install", "-at_install")
class TestRun(FourCustomersCase):
    def _results(self, **terms):
        domain = [("family", "=", self.scheme.code)]
        domain += [(name, "=", value) for name, value in terms.items()]
        return self.env["power.grading.result"].search(domain)

    def test_grades_wait_for_approval(self):
        run = self._run(self.scheme, approve=False)
        self.assertEqual(run.state, "computed")
        self.assertEqual((run.line_ids.population, run.line_ids.graded_count), (4, 4))
        self.assertEqual(self.partners.mapped("power_grade_credit"), [False] * 4)
        run.action_approve()
        self.assertEqual(self.partners.mapped("power_grade_credit"), ["A", "B", "C", "D"])
        self.assertEqual(run.approver_id, self.env.user)

    def test_nothing_changed_writes_nothing(self):
        self._run(self.scheme)
        before = self._results().ids
        stamps = self._get_row_versions()
        run = self._run(self.scheme)
        self.assertEqual(run.changed_count, 0)
        self.assertEqual(self._results().ids, before)
        self.assertEqual(self._get_row_versions(), stamps)
        # the totals are there all the same
        self.assertEqual(run.graded_count, 4)

    def _get_row_versions(self):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT id, ctid::text, xmin::text FROM res_partner WHERE id IN %s ORDER BY id",
            [tuple(self.partners.ids)],
        )
        return self.env.cr.fetchall()

    def _count_scored(self):
        """Customers the last run scored, those that stood as they were left out."""
        self.env.cr.execute("SELECT count(*) FROM power_grading_graded")
        return self.env.cr.fetchone()[0]

    def test_who_stands_is_not_scored_again(self):
        self._run(self.scheme)
        self.assertEqual(self._count_scored(), 4)
        run = self._run(self.scheme)
        self.assertEqual(self._count_scored(), 0)
        self.assertEqual((run.line_ids.population, run.graded_count), (4, 4))
        self.assertEqual(sum(run.total_ids.mapped("count")), 4)
        self.partners[3].power_supply_point_ids.capacity_kva = 75
        self._run(self.scheme)
        self.assertEqual(self._count_scored(), 1)
        self.assertEqual(self._letters(self.partners, self.scheme), ["A", "B", "C", "B"])

    def test_other_cuts_score_everybody_again(self):
        among = self._create_scheme(
            "among",
            indicators=[self._prepare_indicator(transformation="percentile")],
            cut_months=12,
        )
        among.action_activate()
        self._run(among)
        self._run(among)
        self.assertEqual(self._count_scored(), 0)
        later = self._run(among, day=TODAY.replace(year=2027))
        self.assertEqual(self._count_scored(), 4)
        # the same customers make the same cuts: nothing to write
        self.assertEqual(later.changed_count, 0)

    def test_only_the_changed_one_is_written(self):
        first = self._run(self.scheme)
        self.partners[3].power_supply_point_ids.capacity_kva = 75
        run = self._run(self.scheme)
        self.assertEqual((run.changed_count, run.up_count, run.down_count), (1, 1, 0))
        new = self._results(line_id=run.line_ids.id)
        self.assertEqual(new.partner_id, self.partners[3])
        self.assertEqual((new.previous_letter, new.letter, new.step), ("D", "B", 2))
        self.assertEqual(self.partners[3].power_grade_credit, "B")
        old = self._results(line_id=first.line_ids.id) & new.previous_id
        self.assertFalse(old.current)
        self.assertEqual(old.letter, "D")

    def test_movement(self):
        self._run(self.scheme)
        self.partners[3].power_supply_point_ids.capacity_kva = 75
        self.partners[0].power_supply_point_ids.capacity_kva = 85
        run = self._run(self.scheme)
        moves = {
            (total.from_band_id.letter, total.band_id.letter): total.count
            for total in run.total_ids
        }
        self.assertEqual(moves, {("A", "B"): 1, ("B", "B"): 1, ("C", "C"): 1, ("D", "B"): 1})
        self.assertEqual(set(run.total_ids.mapped("direction")), {"up", "down", "same"})
        # from 1/1/1/1 of four to 0/3/1/0: (.75-.25) ln 3, and twice (.0001-.25) ln(.0001/.25)
        expected = 0.5 * math.log(3) + 2 * (0.0001 - 0.25) * math.log(0.0001 / 0.25)
        self.assertAlmostEqual(run.line_ids.stability, expected, places=3)

    def test_undo(self):
        self._run(self.scheme)
        self.partners[3].power_supply_point_ids.capacity_kva = 75
        run = self._run(self.scheme)
        run.action_undo()
        self.assertEqual(self.partners.mapped("power_grade_credit"), ["A", "B", "C", "D"])
        self.assertEqual(self._letters(self.partners, self.scheme), ["A", "B", "C", "D"])

    def test_in_force_without_a_word_on_the_results(self):
        first = self._run(self.scheme, approve=False)
        results = self._results()
        self.assertEqual(results.mapped("current"), [False] * 4)
        self.assertFalse(self._results(current=True))
        first.action_approve()
        self.assertEqual(results.mapped("current"), [True] * 4)
        self.assertEqual(self._results(current=True), results)
        self.partners[3].power_supply_point_ids.capacity_kva = 75
        second = self._run(self.scheme)
        old = results.filtered(lambda result: result.partner_id == self.partners[3])
        self.assertEqual(self._results(current=False), old)
        second.action_undo()
        self.assertEqual(self._results(current=True), results)

    def test_undo_the_first_run(self):
        self._run(self.scheme).action_undo()
        self.assertEqual(self.partners.mapped("power_grade_credit"), [False] * 4)

    def test_only_the_last_run_is_undone(self):
        first = self._run(self.scheme)
        self._run(self.scheme)
        with self.assertRaisesRegex(UserError, "later run"):
            first.action_undo()

    def test_a_run_overtaken_is_refused(self):
        late = self._run(self.scheme, approve=False)
        self.partners[3].power_supply_point_ids.capacity_kva = 75
        self._run(self.scheme)
        with self.assertRaisesRegex(UserError, "another run"):
            late.action_approve()
        late.action_start()
        late.action_compute()
        late.action_approve()
        self.assertEqual(self.partners[3].power_grade_credit, "B")

    def test_customer_leaves_and_returns(self):
        self._run(self.scheme)
        self.partners[0].power_is_customer = False
        run = self._run(self.scheme)
        self.assertEqual((run.line_ids.left_count, run.line_ids.population), (1, 3))
        self.assertFalse(self.partners[0].power_grade_credit)
        self.assertEqual(self._run(self.scheme).line_ids.left_count, 0)
        self.partners[0].power_is_customer = True
        self._run(self.scheme)
        self.assertEqual(self.partners[0].power_grade_credit, "A")

    def test_two_at_once(self):
        run = self.env["power.grading.run"].create({"company_id": self.bureau.id, "date": TODAY})
        other = db_connect(self.env.cr.dbname).cursor()
        try:
            other.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK_CLASS, self.bureau.id])
            with self.assertRaisesRegex(UserError, "being graded just now"):
                run.action_compute()
        finally:
            other.rollback()
            other.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_CLASS, self.bureau.id])
            other.close()
        run.action_compute()
        self.assertEqual(run.state, "computed")

    def test_killed_half_way(self):
        """The grades in force stay; what was computed is kept; the rest is computed next time."""
        second = self._create_scheme("second", axis="value", leading=True)
        second.action_activate()
        self._run(self.scheme, second)
        self.partners[3].power_supply_point_ids.capacity_kva = 75
        run = self.env["power.grading.run"].create({"company_id": self.bureau.id, "date": TODAY})
        lines = type(run.line_ids)
        original, calls = lines._insert_results, []

        def broken(line, kernel):
            if calls:
                raise psycopg2.OperationalError("killed")
            calls.append(line)
            return original(line, kernel)

        with patch.object(lines, "_insert_results", broken):
            # assertRaises would roll back what a run commits before it is killed
            try:
                run.action_compute()
            except psycopg2.OperationalError:
                calls.append(None)
        self.assertIs(calls[-1], None)
        self.assertEqual(run.state, "running")
        self.assertEqual(run.line_ids.mapped("state"), ["computed", "waiting"])
        self.assertEqual(self.partners[3].power_grade_credit, "D")
        done = run.line_ids[0].seconds
        run.action_compute()
        self.assertEqual(run.line_ids[0].seconds, done)
        run.action_approve()
        self.assertEqual(self.partners[3].power_grade_credit, "B")
        self.assertEqual(self.partners[3].power_grade_value, "B")

    def test_percentile_cuts_are_kept(self):
        pyramid = self._create_scheme("pyramid", axis="pyramid", combination="percentile")
        for band, share in zip(pyramid._get_bands(), (25, 25, 25, 25), strict=True):
            band.share = share
        pyramid.action_activate()
        run = self._run(pyramid)
        self.assertEqual(self._letters(self.partners, pyramid), ["A", "B", "C", "D"])
        # a new customer above all does not push anybody down within the period
        newcomer = self._create_customers(500)
        later = self._run(pyramid, day=TODAY.replace(month=12))
        self.assertEqual(later.changed_count, 1)
        self.assertEqual(later.line_ids.cuts_date, run.date)
        everybody = self.partners | newcomer
        self.assertEqual(self._letters(everybody, pyramid), ["A", "B", "C", "D", "A"])
        # in the next period five customers share four quarters: 2, 1, 1, 1
        self._run(pyramid, day=TODAY.replace(year=2027))
        self.assertEqual(self._letters(everybody, pyramid), ["A", "B", "C", "D", "A"])

    def test_new_version(self):
        self._run(self.scheme)
        action = self.scheme.action_new_version()
        new = self.env["power.grading.scheme"].browse(action["res_id"])
        self.assertEqual((new.version, new.state, new.code), (2, "draft", self.scheme.code))
        self.assertEqual(new.name, self.scheme.name)
        new._get_bands()[0].value_from = 97
        new._get_bands()[1].value_to = 97
        new.action_activate()
        self.assertEqual(self.scheme.state, "retired")
        self.assertTrue(new.leading)
        run = self._run(new)
        self.assertEqual((run.down_count, run.up_count), (1, 0))
        self.assertEqual(self.partners.mapped("power_grade_credit"), ["B", "B", "C", "D"])

    def test_a_version_of_the_future_waits(self):
        today = self.bureau._get_power_today()
        first_day = today + relativedelta(days=10)
        new = self.scheme.browse(self.scheme.action_new_version()["res_id"])
        new.date_from = first_day
        new.action_activate()
        self.assertEqual((self.scheme.state, new.state), ("active", "active"))
        self.assertEqual(self.scheme.date_to, today + relativedelta(days=9))
        self.assertEqual(new._get_leading("credit", self.bureau.id), self.scheme)
        for day, version in ((today, self.scheme), (first_day, new)):
            run = self.env["power.grading.run"].create({"company_id": self.bureau.id, "date": day})
            self.assertEqual(run.line_ids.scheme_id, version)
        with self.assertRaisesRegex(UserError, "is not valid on"):
            self._run(new, day=today)
        new._cron_succeed()
        self.assertEqual(self.scheme.state, "active")
        companies = type(self.bureau)
        with patch.object(companies, "_get_power_today", lambda company: first_day):
            new._cron_succeed()
            self.assertEqual(new._get_leading("credit", self.bureau.id), new)
        self.assertEqual((self.scheme.state, new.state), ("retired", "active"))

    def test_former_grades_are_those_of_the_day(self):
        """A grade asked for as of April is that of March, whatever came in June."""
        self._run(self.scheme, day=date(2026, 3, 31))
        self.partners[3].power_supply_point_ids.capacity_kva = 99
        self._run(self.scheme)
        query = self.env["power.grading.source"]._score_queries()["position_credit"]

        def position(day):
            found = values_of(self.env, query, ScoreScope(self.bureau.id, day))
            return found.get(self.partners[3].id)

        days = (date(2026, 3, 30), date(2026, 4, 30), TODAY)
        self.assertEqual([position(day) for day in days], [None, 4, 1])

    def test_a_part_leaves_the_others_alone(self):
        self._run(self.scheme)
        first, second, third, fourth = self.partners
        fourth.power_supply_point_ids.capacity_kva = 75
        first.power_supply_point_ids.capacity_kva = 75
        second.power_is_customer = False
        third.power_is_customer = False
        before = self._results(partner_id=first.id) | self._results(partner_id=second.id)
        run = self._run(self.scheme, scope_domain=f"[('id', 'in', {[third.id, fourth.id]})]")
        self.assertEqual((run.line_ids.population, run.line_ids.left_count), (1, 1))
        self.assertEqual(self.partners.mapped("power_grade_credit"), ["A", "B", False, "B"])
        self.assertEqual(before.mapped("current"), [True, True])
        self.assertEqual(sum(run.total_ids.mapped("count")), 1)
        with self.assertRaisesRegex(UserError, "has been computed"):
            run.scope_domain = "[]"
        # the next run over all catches up, and an undone part gives back what it changed
        everybody = self._run(self.scheme)
        self.assertEqual(self.partners.mapped("power_grade_credit"), ["B", False, False, "B"])
        (everybody + run).sorted("id", reverse=True).action_undo()
        self.assertEqual(self.partners.mapped("power_grade_credit"), ["A", "B", "C", "D"])

    def test_a_part_is_measured_by_all(self):
        pyramid = self._create_scheme("pyramid", axis="pyramid", combination="percentile")
        for band, share in zip(pyramid._get_bands(), (25, 25, 25, 25), strict=True):
            band.share = share
        pyramid.action_activate()
        lower = self.partners[2:]
        self._run(pyramid, scope_domain=f"[('id', 'in', {lower.ids})]")
        self.assertEqual(self._letters(self.partners, pyramid), [None, None, "C", "D"])
        # the cuts stay, even when their period is over: 80 and up is B
        lower[1].power_supply_point_ids.capacity_kva = 85
        part = self._run(
            pyramid, day=TODAY.replace(year=2027), scope_domain=f"[('id', 'in', {lower.ids})]"
        )
        self.assertEqual(part.line_ids.cuts_date, TODAY)
        self.assertEqual(self._letters(self.partners, pyramid), [None, None, "C", "B"])

    def test_my_customers_are_those_of_who_started(self):
        analyst = self._create_user("analyst")
        self.partners[1].power_account_manager_id = analyst
        mine = "[('power_account_manager_id', '=', uid)]"
        run = self._run(self.scheme, approve=False, scope_domain=mine, user_id=analyst.id)
        self.assertEqual(run.line_ids.population, 1)

    def test_a_part_does_not_stand_for_the_schedule(self):
        self.bureau.power_grading_months = 12
        runs = self.env["power.grading.run"]
        today = self.bureau._get_power_today()
        self._run(self.scheme, day=today, scope_domain=f"[('id', 'in', {self.partners[:1].ids})]")
        due = runs._create_due(self.bureau)
        self.assertEqual((due.date, due.scope_domain), (today, "[]"))
        with self.assertRaisesRegex(UserError, "filter of customers cannot be read"):
            due.scope_domain = "[('no_such_field', '=', 1)]"

    def _create_stepped(self, code, months=0):
        """A scheme in use that lets nobody rise more than one step a run, or in so many months."""
        stepped = self._create_scheme(code)
        stepped.cap_ids = [
            Command.create({"name": "One step", "kind": "steps", "steps": 1, "months": months})
        ]
        stepped.action_activate()
        return stepped

    def test_one_step_up_a_year(self):
        """However often it is graded: D in June, at most C for twelve months, then at most B."""
        stepped = self._create_stepped("yearly", months=12)
        customer = self.partners[3]
        self._run(stepped, day=date(2025, 6, 30))
        customer.power_supply_point_ids.capacity_kva = 99
        letters = []
        for month in (9, 12, 15, 18, 24, 30, 36):
            self._run(stepped, day=date(2025, 6, 30) + relativedelta(months=month - 6))
            letters += self._letters(customer, stepped)
        # C from September 2025: December 2026 counts from it; B from then: December 2027 does
        self.assertEqual(letters, ["C", "C", "C", "C", "B", "B", "A"])

    def test_no_promise_beyond_a_limit(self):
        stepped = self._create_stepped("held", months=12)
        customer = self.partners[3]
        self._run(stepped, day=date(2026, 3, 31))
        customer.power_supply_point_ids.capacity_kva = 60
        self._run(stepped, day=date(2026, 6, 30))
        result = self.env["power.grading.result"]._get_in_force(customer)
        facts = result._explain()
        self.assertEqual((result.letter, facts["changes"]), ("C", []))
        # the C of 30 June 2026 is what June 2027 counts from
        self.assertEqual(
            facts["distance"],
            "10 points more for B; held at C by: One step (until 06/30/2027)",
        )

    def test_one_step_up_a_run(self):
        stepped = self._create_stepped("stepped")
        self._run(stepped)
        self.partners[3].power_supply_point_ids.capacity_kva = 99
        self._run(stepped)
        self.assertEqual(self._letters(self.partners[3], stepped), ["C"])
        result = self.env["power.grading.result"]._get_in_force(self.partners[3])
        self.assertTrue(result.is_capped)
        self._run(stepped)
        self.assertEqual(self._letters(self.partners[3], stepped), ["B"])

    def test_the_scheduler_computes(self):
        """The button leaves the work to the scheduler; who pressed it is told, and approves."""
        analyst = self._create_user("analyst", lang="en_US")
        runs = self.env["power.grading.run"]
        run = runs.with_user(analyst).create({"company_id": self.bureau.id, "date": TODAY})
        job = self.env.ref("power_grading.ir_cron_compute_runs")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", job.id)])
        run.action_start()
        self.assertEqual((run.state, run.is_busy, run.progress), ("running", True, 0))
        run.line_ids._expect_customers()
        self.assertEqual(run.progress_text, "0 of 4 customers, 0 of 1 schemes")
        self.assertEqual(len(triggers.search([("cron_id", "=", job.id)]) - triggers), 1)
        told = []
        with (
            patch.object(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_kw: 1),
            patch.object(
                self.registry["res.users"],
                "_bus_send",
                lambda user, kind, message: told.append((user, kind, message["type"])),
            ),
        ):
            runs.with_user(self.env.ref("base.user_root"))._cron_compute()
        self.assertEqual((run.state, run.is_busy, run.progress), ("computed", False, 100))
        self.assertEqual(told, [(analyst, "simple_notification", "success")])
        self.assertEqual(self.partners.mapped("power_grade_credit"), [False] * 4)

    def test_progress_is_one_of_customers(self):
        """Of a scheme for four customers and one for a single one, the first is four fifths."""
        few = self._create_scheme(
            "few", axis="value", population_domain=str([("id", "=", self.partners[0].id)])
        )
        few.action_activate()
        run = self._run(self.scheme, few, approve=False)
        run.line_ids.filtered(lambda line: line.scheme_id == few)._forget()
        self.assertEqual(run.progress, 80)
        self.assertEqual(run.progress_text, "4 of 5 customers, 1 of 2 schemes")

    def _do_in_background(self, button):
        """Press a button of a large run, then let the scheduler work."""
        with patch.object(power_grading_run, "AT_ONCE", 0):
            button()
        with (
            patch.object(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_kw: 1),
            patch.object(self.registry["res.users"], "_bus_send", lambda *_a: None),
        ):
            self.env["power.grading.run"]._cron_compute()

    def test_large_runs_are_put_in_force_in_the_background(self):
        manager = self._create_user("manager")
        run = self._run(self.scheme, approve=False).with_user(manager)
        with patch.object(power_grading_run, "AT_ONCE", 3):
            run.action_start_approval()
        self.assertEqual((run.state, run.task, run.is_busy), ("computed", "approve", True))
        self.assertEqual(self.partners.mapped("power_grade_credit"), [False] * 4)
        with self.assertRaises(UserError):
            run.sudo().action_cancel()
        self._do_in_background(lambda: None)
        self.assertEqual((run.state, run.task, run.approver_id), ("approved", False, manager))
        self.assertEqual(self.partners.mapped("power_grade_credit"), ["A", "B", "C", "D"])
        self._do_in_background(run.action_start_undo)
        self.assertEqual((run.state, run.task), ("undone", False))
        self.assertEqual(self.partners.mapped("power_grade_credit"), [False] * 4)

    def test_small_runs_are_put_in_force_at_once(self):
        run = self._run(self.scheme, approve=False)
        run.action_start_approval()
        self.assertEqual((run.state, run.task), ("approved", False))

    def test_what_cannot_be_put_in_force_any_more_says_why(self):
        first, second = (self._run(self.scheme, approve=False) for _turn in range(2))
        with patch.object(power_grading_run, "AT_ONCE", 0):
            (first | second).action_start_approval()
        with mute_logger("odoo.addons.power_grading.models.power_grading_run"):
            self._do_in_background(lambda: None)
        self.assertEqual((first | second).mapped("state"), ["approved", "computed"])
        self.assertFalse(second.task)
        self.assertIn("graded by another run", second.message_ids[:1].body)

    def test_an_analyst_asks_for_nothing_to_be_in_force(self):
        run = self._run(self.scheme, approve=False).with_user(self._create_user("analyst"))
        with self.assertRaisesRegex(UserError, "by a manager"):
            run.action_start_approval()

    def test_a_run_that_fails_says_why(self):
        run = self.env["power.grading.run"].create({"company_id": self.bureau.id, "date": TODAY})
        run.action_start()
        self.scheme.action_retire()
        with (
            patch.object(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_kw: 1),
            mute_logger("odoo.addons.power_grading.models.power_grading_run"),
        ):
            run.with_user(self.env.ref("base.user_root"))._cron_compute()
        self.assertEqual(run.state, "draft")
        self.assertIn("is not in use", run.message_ids[:1].body)

    def test_scheduled(self):
        self.bureau.write({"power_grading_months": 12, "power_grading_auto_approve": True})
        runs = self.env["power.grading.run"]
        with patch.object(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_kw: 1):
            for _day in range(2):
                runs._cron_grade()
                runs._cron_compute()
        found = runs.search([("company_id", "=", self.bureau.id)])
        self.assertEqual(found.mapped("state"), ["approved"])

    def test_schedule_goes_on(self):
        """A forgotten draft, a run killed half-way and the trouble of others stop nothing."""
        runs = self.env["power.grading.run"].with_user(self.env.ref("base.user_root"))
        other = self._create_bureau("Elsewhere")
        (self.bureau | other).power_grading_months = 12
        keeper = self._create_user("manager", other, lang="en_US")
        runs.create({"company_id": self.bureau.id, "date": self.bureau._get_power_today()})
        killed = runs.create({"company_id": self.bureau.id, "date": TODAY})
        killed._set_state("running")

        reason = "no meters"

        def compute(run):
            if run.company_id == other:
                raise UserError(reason)
            return original(run)

        original = type(runs).action_compute
        with (
            patch.object(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_kw: 1),
            patch.object(type(runs), "action_compute", compute),
            self.assertLogs("odoo.addons.power_grading", "ERROR"),
        ):
            runs._cron_grade()
            runs._cron_compute()
        self.assertEqual(killed.state, "computed")
        failed = runs.search([("company_id", "=", other.id)])
        self.assertEqual(failed.state, "draft")
        self.assertIn("It could not be computed: no meters", failed.message_ids[:1].body)
        told = other.partner_id.activity_ids
        self.assertEqual(
            (told.user_id, told.summary), (keeper, "The scheduled grading of Elsewhere failed")
        )
        self.assertIn("no meters", told.note)
        killed.action_cancel()
        with (
            patch.object(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_kw: 1),
            mute_logger("odoo.addons.power_grading.models.power_grading_run"),
        ):
            runs._cron_grade()
            runs._cron_compute()
        found = runs.search([("company_id", "=", self.bureau.id), ("state", "=", "computed")])
        self.assertEqual(found.date, self.bureau._get_power_today())

    def test_bands_that_share_a_letter(self):
        """A new version of a scale of A diamond, A gold, B moves nobody who stays where it is."""
        scheme = self._create_scheme(
            "twins", bands=(("A", 90, None), ("X", 70, 90), ("B", None, 70))
        )
        diamond, gold, _b = scheme._get_bands()
        (diamond | gold).write({"letter": "A"})
        diamond.name, gold.name = "Diamond", "Gold"
        scheme.action_activate()
        first = self._run(scheme)
        cells = {total.band_id: total for total in first.total_ids}
        opened = cells[gold].action_open_customers()
        results = self.env["power.grading.result"]
        self.assertEqual(results.search(opened["domain"]).partner_id, self.partners[1])
        new = scheme.browse(scheme.action_new_version()["res_id"])
        new.indicator_ids.weight = 2
        new.action_activate()
        self.partners[2].power_supply_point_ids.capacity_kva = 75
        second = self._run(new)
        self.assertEqual((second.up_count, second.down_count), (1, 0))
        moved = second.total_ids.filtered(lambda total: total.step)
        self.assertEqual((moved.from_band_id.letter, moved.band_id.name), ("B", "Gold"))
        opened = moved.action_open_customers()
        self.assertEqual(results.search(opened["domain"]).partner_id, self.partners[2])
        # the explanation places a former grade as the run did: gold, the second of two A
        risen = results.search([("line_id", "=", second.line_ids.id)])
        golden = first.line_ids._get_results_of_day().filtered(lambda r: r.band_id == gold)
        self.assertEqual({result._get_position_on(golden) for result in risen}, {2})

    def test_another_scheme_leads(self):
        """What stands on the customers changes with the choice, not with the next run."""
        other = self._create_scheme("other", bands=(("A", 70, None), ("B", None, 70)))
        other.action_activate()
        self._run(self.scheme, other)
        results = self.env["power.grading.result"].search([("partner_id", "in", self.partners.ids)])
        shown = results.search([("id", "in", results.ids), ("shown", "=", True)])
        self.assertEqual(shown, results.filtered("shown"))
        self.assertEqual(set(shown.mapped("family")), {self.scheme.code})
        self.scheme.leading = False
        self.assertEqual(self.partners.mapped("power_grade_credit"), [False] * 4)
        other.leading = True
        self.assertEqual(self.partners.mapped("power_grade_credit"), ["A", "A", "B", "B"])
        other.action_retire()
        self.assertEqual(self.partners.mapped("power_grade_credit"), [False] * 4)
        self.scheme.leading = True
        self.assertEqual(self.partners.mapped("power_grade_credit"), ["A", "B", "C", "D"])

    def test_pyramid_is_counted_once_a_page(self):
        """The record rule asks for the company: that is no reason to aggregate all grades again."""
        self._create_scheme("layers", axis="pyramid", leading=True).action_activate()
        self._run(self.env["power.grading.scheme"].search([("code", "=", "t_layers")]))
        layers = self.env["power.pyramid.layer"].with_user(self._create_user("analyst"))
        execute, counted = self.env.cr.execute, []

        def count(query, *args, **kwargs):
            counted.append("FROM power_grading_result r" in str(getattr(query, "code", query)))
            return execute(query, *args, **kwargs)

        with patch.object(self.env.cr, "execute", count):
            page = layers.web_search_read([], {"band_id": {}, "customer_count": {}, "charge": {}})
        self.assertEqual(page["length"], 4)
        self.assertEqual(sum(counted), 1)

    def test_pyramid_of_the_scheme_in_use(self):
        old, new = (
            self._create_scheme(code, axis="pyramid", leading=leading)
            for code, leading in (("old", True), ("new", False))
        )
        (old | new).action_activate()
        self._run(old, new)
        layers = self.env["power.pyramid.layer"].search([("company_id", "=", self.bureau.id)])
        self.assertEqual(layers.band_id, old._get_bands())
        old.action_retire()
        new.leading = True
        layers = layers.search([("company_id", "=", self.bureau.id)])
        self.assertEqual(layers.band_id, new._get_bands())


@tagged("post_install", "-at_install")
class TestResult(GradingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.partner,) = cls._create_customers(62)
        cls.scheme = cls._create_scheme(
            leading=True,
            indicators=[
                cls._prepare_indicator(
                    transformation="linear", x0=0, y0=0, x1=100, y1=100, weight=30, unit="kVA"
                ),
                cls._prepare_indicator(name="Theft", source="breach_theft", months=24, weight=0),
            ],
        )
        theft = cls.scheme.indicator_ids[1]
        cls.scheme.cap_ids = [
            (0, 0, {"name": "Theft in 24 months", "band_id": cls.scheme._get_bands()[2].id,
                    "indicator_id": theft.id, "operator": ">=", "value": 1})
        ]  # fmt: skip
        cls.scheme.action_activate()

    def test_explained(self):
        self._run(self.scheme)
        result = self.partner.power_grading_result_ids
        facts = result._explain()
        self.assertEqual([row["value"] for row in facts["rows"]], ["62 kVA", "0"])
        self.assertEqual(result.distance_text, "8 points more for B")
        self.assertEqual(len(facts["changes"]), 1)
        self.assertRegex(facts["changes"][0], r"^Capacity: 70(\.\d+)? kVA instead of 62 kVA → B$")
        self.assertIn("What would change it", result.explanation)

    def test_cap_is_told(self):
        self.partner.power_supply_point_ids.capacity_kva = 95
        self.env["power.breach"].create(
            {"partner_id": self.partner.id, "kind": "theft", "date": TODAY,
             "company_id": self.bureau.id}
        )  # fmt: skip
        self._run(self.scheme)
        result = self.partner.power_grading_result_ids
        self.assertEqual((result.letter, result.uncapped, result.position), ("C", 1, 3))
        self.assertIn("Theft in 24 months", result.explanation)

    def test_frozen(self):
        self._run(self.scheme)
        result = self.partner.power_grading_result_ids
        with self.assertRaises(UserError):
            result.letter = "A"
        with self.assertRaises(UserError):
            result.unlink()

    def test_scheme_in_use_is_frozen(self):
        for change in (
            lambda: self.scheme.indicator_ids[0].write({"weight": 5}),
            lambda: self.scheme.band_ids[0].write({"value_from": 5}),
            lambda: self.scheme.write({"combination": "worst"}),
            lambda: self.scheme.cap_ids.unlink(),
            lambda: self.scheme.unlink(),
        ):
            with self.assertRaises(UserError):
                change()
        self.scheme.indicator_ids[0].name = "Installed capacity"

    def test_letters_go_with_their_customer(self):
        self._run(self.scheme)
        cards = self.env["power.customer.grade"].search([("partner_id", "=", self.partner.id)])
        self.assertEqual(cards.credit, "C")
        self.partner.power_supply_point_ids.unlink()
        self.partner.unlink()
        self.assertFalse(cards.exists())

    def test_override(self):
        self._run(self.scheme)
        override = self.env["power.grading.override"].create(
            {
                "partner_id": self.partner.id,
                "company_id": self.bureau.id,
                "axis": "credit",
                "band_id": self.scheme._get_bands()[0].id,
                "reason": "Guaranteed by the city",
                "date_from": "2020-01-01",
                "date_to": "2099-12-31",
            }
        )
        self.assertEqual(self.partner.power_grade_credit, "C")
        override.action_approve()
        self.assertEqual(self.partner.power_grade_credit, "A")
        self.assertTrue(self.partner.power_is_grade_overridden)
        self.partner.power_supply_point_ids.capacity_kva = 20
        self._run(self.scheme)
        self.assertEqual(self.partner.power_grade_credit, "A")
        self.assertEqual(self.partner.power_grading_result_ids.letter, "D")
        override.action_end()
        self.assertEqual(self.partner.power_grade_credit, "D")
        self.assertFalse(self.partner.power_is_grade_overridden)

    def test_override_ends_by_itself(self):
        self._run(self.scheme)
        override = self.env["power.grading.override"].create(
            {
                "partner_id": self.partner.id,
                "company_id": self.bureau.id,
                "axis": "credit",
                "band_id": self.scheme._get_bands()[0].id,
                "reason": "A quarter of grace",
                "date_from": "2020-01-01",
                "date_to": "2020-03-31",
            }
        )
        override.action_approve()
        self.assertEqual(self.partner.power_grade_credit, "C")
        override._cron_end()
        self.assertEqual(override.state, "ended")

    def test_override_begins_by_itself(self):
        """Also when the night of its first day was missed."""
        self._run(self.scheme)
        override = self.env["power.grading.override"].create(
            {
                "partner_id": self.partner.id,
                "company_id": self.bureau.id,
                "axis": "credit",
                "band_id": self.scheme._get_bands()[0].id,
                "reason": "A quarter of grace",
                "date_from": TODAY,
                "date_to": TODAY + timedelta(days=90),
            }
        )
        days = type(self.bureau)
        with patch.object(days, "_get_power_today", lambda company: TODAY - timedelta(days=9)):
            override.action_approve()
            override._cron_end()
            self.assertEqual(self.partner.power_grade_credit, "C")
        with patch.object(days, "_get_power_today", lambda company: TODAY + timedelta(days=2)):
            override._cron_end()
            self.assertEqual(self.partner.power_grade_credit, "A")
        with patch.object(days, "_get_power_today", lambda company: TODAY + timedelta(days=91)):
            override._cron_end()
        self.assertEqual(self.partner.power_grade_credit, "C")

    def test_override_by_a_grade_nobody_is_shown(self):
        self._run(self.scheme)
        other = self._create_scheme("other")
        vals = {
            "partner_id": self.partner.id,
            "company_id": self.bureau.id,
            "band_id": other._get_bands()[0].id,
            "reason": "x",
            "date_to": "2099-12-31",
        }
        for _state in ("draft", "in use and not leading"):
            with self.assertRaisesRegex(UserError, "no grade of the axis chosen"):
                self.env["power.grading.override"].create(vals)
            if other.state == "draft":
                other.action_activate()

    def _ask_for_override(self, user):
        return (
            self.env["power.grading.override"]
            .with_user(user)
            .create(
                {
                    "partner_id": self.partner.id,
                    "company_id": self.bureau.id,
                    "band_id": self.scheme._get_bands()[0].id,
                    "reason": "x",
                    "date_to": "2099-12-31",
                }
            )
        )

    def test_nobody_approves_what_he_asked_for(self):
        self._run(self.scheme)
        self._create_user("manager")
        override = self._ask_for_override(self._create_user("manager"))
        with self.assertRaisesRegex(UserError, "another manager"):
            override.action_approve()
        override.with_user(self._create_user("manager")).action_approve()
        self.assertEqual(self.partner.power_grade_credit, "A")

    def test_the_only_manager_approves_and_it_is_noted(self):
        self._run(self.scheme)
        manager = self._create_user("manager")
        self.env.ref("power_crm.group_manager").user_ids = manager
        override = self._ask_for_override(manager)
        override.action_approve()
        self.assertEqual(self.partner.power_grade_credit, "A")
        self.assertEqual(override.approver_id, manager)
        self.assertIn("no other manager", override.sudo().message_ids[0].body)
