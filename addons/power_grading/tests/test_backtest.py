from datetime import date
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from ..models import power_grading_backtest
from .common import GradingCase

THEN = date(2025, 6, 30)


@tagged("post_install", "-at_install")
class TestBacktest(GradingCase):
    """Ten customers of 10, 20 … 100 points; those of 10 and 30 do not pay afterwards."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls._create_customers(*range(10, 101, 10))
        cls.scheme = cls._create_scheme(leading=True)
        cls.scheme.action_activate()
        cls.journal = cls.env["account.journal"].create(
            {"name": "T", "code": "TBT", "type": "general", "company_id": cls.bureau.id}
        )
        cls.env.flush_all()
        for place, partner in enumerate(cls.partners):
            cls._insert_invoice(partner, date(2025, 9, 1), paid=place not in (0, 2))
        # before and after the months watched: of no account
        cls._insert_invoice(cls.partners[9], date(2025, 6, 1), paid=False)
        cls._insert_invoice(cls.partners[8], date(2026, 2, 1), paid=False)

    @classmethod
    def _insert_invoice(cls, partner, day, paid):
        """A posted invoice as the source sees it; posting one takes a chart of accounts."""
        cls.env.cr.execute(
            SQL(
                """INSERT INTO account_move (journal_id, company_id, currency_id, state, move_type,
                    auto_post, date, invoice_date, invoice_date_due, partner_id,
                    commercial_partner_id, amount_total_signed, amount_residual_signed,
                    payment_state)
                VALUES (%(journal)s, %(company)s, %(currency)s, 'posted', 'out_invoice', 'no',
                    %(day)s, %(day)s, %(day)s, %(partner)s, %(partner)s, 100, %(open)s, %(state)s)
                """,
                journal=cls.journal.id,
                company=cls.bureau.id,
                currency=cls.bureau.currency_id.id,
                day=day,
                partner=partner.id,
                open=0 if paid else 100,
                state="paid" if paid else "not_paid",
            )
        )

    def _create_test(self, **vals):
        day = {} if "line_id" in vals else {"date": THEN}
        return self.env["power.grading.backtest"].create(
            {"company_id": self.bureau.id, "scheme_id": self.scheme.id, **day, **vals}
        )

    def _assert_figures(self, test):
        self.assertEqual((test.customer_count, test.bad_count), (10, 2))
        # the first bad one is worse than all 8 good ones, the second than 7
        self.assertAlmostEqual(test.auc, 15 / 16)
        # down to 30: both bad ones, one of eight good ones
        self.assertAlmostEqual(test.ks, 1 - 1 / 8)
        # the worst tenth is one customer: one of two bad ones
        self.assertAlmostEqual(test.capture, 50)

    def test_figures(self):
        test = self._create_test()
        test.action_test()
        self._assert_figures(test)
        self.assertEqual(test.stability, 0)
        self.assertEqual(
            [
                (band.letter, band.customer_count, band.bad_count, band.bad_share)
                for band in test.band_ids
            ],
            [("A", 2, 0, 0), ("B", 2, 0, 0), ("C", 2, 0, 0), ("D", 4, 2, 50)],
        )
        self.assertEqual(test.band_ids[3].score, 25)
        self.assertEqual(test.verdict, "Tells late payers well from punctual ones.")

    def test_plots(self):
        test = self._create_test()
        test.action_test()
        # after the worst: half of the bad, none of the good; then one good, then all the bad
        self.assertEqual(test.curve["roc"][:4], [[0, 0], [0, 0.5], [0.125, 0.5], [0.125, 1]])
        self.assertEqual(test.curve["roc"][-1], [1, 1])
        # two tenths of the customers, worst first
        self.assertEqual(test.curve["late"][2], [0.2, 0.5])
        # a fifth each of A, B and C, two fifths of D: then as later
        self.assertEqual(test.curve["shift"], [[0.2, 0.2], [0.2, 0.2], [0.2, 0.2], [0.4, 0.4]])
        self.assertEqual(test.plots.count("<svg"), 4)
        self.assertIn("AUC 0.94", test.plots)

    def test_grades_of_a_run(self):
        run = self._run(self.scheme, day=THEN)
        self.partners[0].power_supply_point_ids.capacity_kva = 1000
        self._run(self.scheme, day=date(2025, 12, 31))
        test = self._create_test(line_id=run.line_ids.id)
        self.assertEqual(test.date, THEN)
        test.action_test()
        self._assert_figures(test)
        # graded anew by what is known now, the first bad customer passes for the best
        anew = self._create_test()
        anew.action_test()
        self.assertLess(anew.auc, 0.6)

    def test_many_customers_in_the_background(self):
        """The same figures; a test that cannot be done says why and is free to be mended."""
        test, empty = self._create_test(), self._create_test(date=date(2020, 1, 1))
        with patch.object(power_grading_backtest, "AT_ONCE", 9):
            (test | empty).action_start()
        self.assertEqual((test | empty).mapped("is_waiting"), [True, True])
        self.assertFalse(test.date_done)
        with patch.object(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_kw: 1):
            test._cron_test()
        self.assertEqual((test | empty).mapped("is_waiting"), [False, False])
        self._assert_figures(test)
        self.assertFalse(empty.date_done)
        self.assertIn("no customer graded", empty.message_ids[:1].body)

    def test_few_customers_at_once(self):
        test = self._create_test()
        test.action_start()
        self._assert_figures(test)

    def test_a_fact_is_kept(self):
        test = self._create_test()
        test.action_test()
        for change in (lambda: test.write({"months": 3}), test.action_test):
            with self.assertRaisesRegex(UserError, "is a fact"):
                change()
        again = test.copy({"bad_days": 200})
        self.assertFalse(again.date_done)
        again.action_test()
        # due on 1 September, 120 days before the end: late, but not so late
        self.assertEqual(again.bad_count, 0)
        self.assertIn("nothing to tell apart", again.verdict)
        self.assertFalse(again.plots)

    def test_refused(self):
        with self.assertRaisesRegex(ValidationError, "are not over"):
            self._create_test(date=date(2099, 1, 1))
        with self.assertRaisesRegex(UserError, "no customer graded then has a bill"):
            self._create_test(date=date(2020, 1, 1)).action_test()
        agent = self._create_user("agent")
        test = self._create_test()
        with self.assertRaisesRegex(UserError, "not allowed"):
            test.with_user(agent).action_test()
        test = test.with_user(self._create_user("analyst"))
        with self.assertRaisesRegex(UserError, "found by the application"):
            test.auc = 1
        test.action_test()
        with self.assertRaisesRegex(UserError, "not allowed"):
            test.band_ids[0].bad_count = 0
