from contextlib import contextmanager
from datetime import date
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import ContractsCase

VISITS = {"visit_months": 1, "recurring_invoicing_type": "post-paid"}


@tagged("post_install", "-at_install")
class TestContract(ContractsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._prepare_accounts()

    def _open(self, *lines, **vals):
        contract = self._create_contract(lines or [("load_report", {})], **vals)
        contract.action_open()
        return contract

    def _invoice(self, contract, day):
        """Invoice all that falls due until ``day``; return the new moves."""
        moves = self.env["account.move"]
        while contract.recurring_next_date and contract.recurring_next_date <= day:
            due = contract.recurring_next_date
            moves += contract._recurring_create_invoice(due)
            self.assertNotEqual(contract.recurring_next_date, due, "the next date moves on")
        return moves

    @contextmanager
    def _refused(self, pattern):
        """Expect a UserError and undo what came before it, as the web client does."""
        with self.assertRaisesRegex(UserError, pattern), self.env.cr.savepoint():
            yield

    # === PERIODS === #

    @freeze_time("2025-01-31")
    def test_periods_keep_to_the_first_day(self):
        """31 January monthly: 28 February, 31 March, 30 April; never drifting to the 28th."""
        contract = self._open(
            ("load_report", {}), date_start=date(2025, 1, 31), term_end=date(2025, 5, 30)
        )
        moves = self._invoice(contract, date(2025, 12, 31))
        self.assertEqual(
            moves.mapped("invoice_date"),
            [date(2025, 1, 31), date(2025, 2, 28), date(2025, 3, 31), date(2025, 4, 30)],
        )
        self.assertEqual(moves.mapped("amount_untaxed"), [100] * 4)
        self.assertFalse(contract.recurring_next_date)

    @freeze_time("2026-01-01")
    def test_quarterly_in_arrears(self):
        contract = self._open(
            (
                "load_report",
                {"recurring_rule_type": "quarterly", "recurring_invoicing_type": "post-paid"},
            )
        )
        moves = self._invoice(contract, date(2026, 12, 31))
        self.assertEqual(
            moves.mapped("invoice_date"), [date(2026, 4, 1), date(2026, 7, 1), date(2026, 10, 1)]
        )

    @freeze_time("2026-01-01")
    def test_last_period_in_arrears_is_invoiced_after_the_end(self):
        contract = self._open(
            ("load_report", {"recurring_invoicing_type": "post-paid"}),
            term_end=date(2026, 2, 28),
            renewal="none",
        )
        with freeze_time("2026-03-02"), self._no_commit():
            self.env["contract.contract"]._cron_follow_terms()
        self.assertEqual(contract.state, "ended")
        self.assertEqual(
            sorted(contract._get_related_invoices().mapped("invoice_date")),
            [date(2026, 2, 1), date(2026, 3, 1)],
        )

    @freeze_time("2026-01-01")
    def test_short_last_period_is_charged_by_days(self):
        # Until 14 February: 14 of 28 days of 100.00 are 50.00.
        contract = self._open(("load_report", {}), term_end=date(2026, 2, 14))
        moves = self._invoice(contract, date(2026, 12, 31))
        self.assertEqual(moves.mapped("amount_untaxed"), [100, 50])

    # === GATE AND BAD INPUT === #

    def test_end_before_start(self):
        with self.assertRaisesRegex(ValidationError, "lies before the start"):
            self._create_contract([("load_report", {})], term_end=date(2025, 12, 31))

    def test_equipment_of_another_customer(self):
        rival = self._create_customer("Rival Mills")
        with self.assertRaisesRegex(ValidationError, "belongs to Taihu Steel"):
            self._create_contract([("load_report", {})], partner_id=rival.id)

    def test_nothing_covered_is_not_opened(self):
        contract = self._create_contract([("load_report", {})], equipment_ids=[])
        contract.supply_point_ids = False
        with self.assertRaisesRegex(UserError, "needs at least one service"):
            contract.action_open()

    @freeze_time("2026-01-01")
    def test_not_in_force_by_copy_or_import(self):
        """A duplicate is a draft, and one entered in force meets what opening asks."""
        contract = self._open(("load_report", {"calls_included": 2}))
        self.assertEqual(contract.copy().state, "draft")
        manager = self._create_user("account_manager")
        vals = {**contract.copy_data()[0], "state": "open", "term_end": date(2026, 12, 31)}
        with self._refused("already by"):
            contract.with_user(manager).create(vals)
        visit = self.env["power.contract.visit"].create(
            {"contract_id": contract.id, "contract_line_id": contract.contract_line_ids.id}
        )
        visit._set_state("cancelled")
        self.assertEqual(visit.copy().state, "planned")

    @freeze_time("2026-01-01")
    def test_overlap_of_points_and_of_what_is_added_later(self):
        bare = self._create_point(self.customer)
        whole = {"supply_point_ids": [(6, 0, bare.ids)], "equipment_ids": [(5,)]}
        first = self._open(**whole)
        with self._refused("already by"):
            self._open(**whole)
        second = self._open(("training", {}), **whole)
        with self._refused("already by"):
            second.contract_line_ids = [(0, 0, self._prepare_line("load_report"))]
        with self._refused("already by"):
            self.env["contract.line"].create(
                {**self._prepare_line("load_report"), "contract_id": second.id}
            )
        elsewhere = self._open()
        with self._refused("already by"):
            elsewhere.write(whole)
        after = {"date_start": date(2027, 1, 1), "term_end": date(2027, 12, 31)}
        self._open(**whole, **after)
        for move in (first.action_renew, lambda: first.write({"term_end": date(2027, 1, 1)})):
            with self._refused("already by"):
                move()

    @freeze_time("2026-01-01")
    def test_overlapping_coverage(self):
        self._open()
        twin = self._create_contract([("load_report", {})], date_start=date(2026, 12, 31))
        twin.term_end = date(2027, 12, 30)
        with self._refused("already by"):
            twin.action_open()
        after = self._create_contract([("load_report", {})], term_end=date(2027, 12, 31))
        after.date_start = date(2027, 1, 1)
        after.action_open()
        self.assertEqual(after.state, "open")
        other = self._create_contract([("training", {})])
        other.action_open()
        self.assertEqual(other.state, "open", "another service may be bought for the same thing")

    def test_visits_are_not_paid_in_advance(self):
        with self.assertRaisesRegex(ValidationError, "invoiced when they are done"):
            self._create_contract([("maintenance", {"visit_months": 1})])

    @freeze_time("2026-01-01")
    def test_draft_and_suspended_are_not_invoiced(self):
        contract = self._create_contract([("load_report", {})])
        self.assertFalse(contract._recurring_create_invoice(date(2026, 1, 1)))
        contract.action_open()
        contract.action_suspend(date(2026, 1, 1))
        self.assertFalse(contract._recurring_create_invoice(date(2026, 1, 1)))
        domain = self.env["contract.contract"]._get_contracts_to_invoice_domain(date(2026, 1, 2))
        self.assertNotIn(contract, self.env["contract.contract"].search(domain))

    # === SUSPENSION, REVISION, RENEWAL, TERMINATION === #

    @freeze_time("2026-06-01")
    def test_suspension_is_credited_and_left_out(self):
        """100.00 a month in advance; away from 11 June to 10 July.

        June was paid: 20 of 30 days are credited, 66.67. July is charged 21 of 31 days, 67.74.
        """
        contract = self._open(("load_report", {}), date_start=date(2026, 6, 1))
        self._invoice(contract, date(2026, 6, 1))
        for day in ("2026-06-11", "2026-07-11"):
            with freeze_time(day):
                contract.action_suspend() if contract.state == "open" else contract.action_resume()
        credit = contract._get_related_invoices().filtered(lambda m: m.move_type == "out_refund")
        self.assertEqual(credit.amount_untaxed, 66.67)
        july = self._invoice(contract, date(2026, 7, 31))
        self.assertEqual(july.mapped("amount_untaxed"), [67.74])

    @freeze_time("2026-01-01")
    def test_price_revision(self):
        contract = self._open()
        self._invoice(contract, date(2026, 1, 1))
        revisions = self.env["power.contract.revision"].with_context(skip_modification_mail=True)
        with self._refused("is invoiced until 2026-01-31"):
            revisions.create({"contract_id": contract.id, "date": "2026-01-31", "percent": 5})
        contract.notice_days = 60
        with self._refused("earliest day is 2026-03-02"):
            revisions.create({"contract_id": contract.id, "date": "2026-03-01", "percent": 5})
        # Told for 15 March: March began before it, April is the first month at 105.00.
        revisions.create({"contract_id": contract.id, "date": "2026-03-15", "percent": 5})
        moves = self._invoice(contract, date(2026, 5, 1))
        self.assertEqual(moves.mapped("amount_untaxed"), [100, 100, 105, 105])
        with self.assertRaisesRegex(UserError, "cannot be changed"):
            contract.revision_ids.percent = 50

    @freeze_time("2026-12-05")
    def test_renewal_is_offered_and_accepted(self):
        contract = self._open(renewal="agreement")
        with self._no_commit():
            self.env["contract.contract"]._cron_follow_terms()
            self.env["contract.contract"]._cron_follow_terms()
        self.assertEqual(contract.renewal_state, "offered")
        self.assertEqual(len(contract.activity_ids), 1, "reminded once")
        for day, more in (("2026-12-15", 0), ("2026-12-16", 1), ("2026-12-17", 0)):
            before = contract.modification_ids
            with freeze_time(day), self._no_commit():
                contract._cron_follow_terms()
            self.assertEqual(len(contract.modification_ids - before), more, day)
        pixel = (
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
            "AABJRU5ErkJggg=="
        )
        contract._accept_renewal("Wang Wei", pixel)
        self.assertEqual(contract.term_end, date(2027, 12, 31))
        self.assertEqual(contract.contract_line_ids.date_end, date(2027, 12, 31))
        self.assertEqual(contract.renewal_signed_by, "Wang Wei")
        self.assertFalse(contract.activity_ids, "nobody need follow the end any more")
        with self.assertRaisesRegex(UserError, "no renewal on offer"):
            contract._accept_renewal("Wang Wei", pixel)

    @freeze_time("2026-12-05")
    def test_ended_or_renewed_by_its_terms(self):
        auto = self._open(renewal="auto")
        none = self._open(("training", {}), renewal="none")
        with freeze_time("2027-01-01"), self._no_commit():
            self.env["contract.contract"]._cron_follow_terms()
        self.assertEqual((auto.state, auto.term_end), ("open", date(2027, 12, 31)))
        self.assertEqual(none.state, "ended")

    @freeze_time("2026-01-01")
    def test_termination_settles_both_ways(self):
        """1200.00 a year in advance and 100.00 a month in arrears, ended on 14 March.

        Advance: 15 March to 31 December are 292 of 365 days, 960.00 come back. Arrears: January
        and February are invoiced already, 14 of 31 days of March are 45.16.
        """
        contract = self._open(
            ("on_call", {"price": 1200, "recurring_rule_type": "yearly"}),
            ("load_report", {"recurring_invoicing_type": "post-paid"}),
        )
        self._invoice(contract, date(2026, 3, 1))
        contract.renewal_state = "offered"
        with freeze_time("2026-03-14"):
            contract.action_terminate(date(2026, 3, 14), "Factory moves")
        moves = contract._get_related_invoices()
        invoices = moves.filtered(lambda move: move.move_type == "out_invoice")
        credit = moves - invoices
        self.assertEqual(credit.amount_untaxed, 960)
        self.assertEqual(sorted(invoices.mapped("amount_untaxed")), [45.16, 100, 100, 1200])
        self.assertEqual((contract.state, contract.term_end), ("terminated", date(2026, 3, 14)))
        self.assertFalse(contract.recurring_next_date)
        self.assertFalse(contract.renewal_state, "the offer is gone with the contract")
        with self.assertRaisesRegex(UserError, "cannot be renewed"):
            contract.action_renew()
        with self.assertRaisesRegex(UserError, "cannot go from"):
            contract.state = "open"

    @freeze_time("2026-01-01")
    def test_what_comes_back_is_what_was_paid(self):
        """1200.00 for 2026, paid at 10 % off; two pieces at 1500.00 from the next period on.

        15 March to 31 December are 292 of 365 days: 1200 × 292 / 365 × 0.9 = 864.00.
        """
        yearly = {"price": 1200, "recurring_rule_type": "yearly", "discount": 10}
        contract = self._open(("on_call", yearly))
        self.assertEqual(self._invoice(contract, date(2026, 1, 1)).amount_untaxed, 1080)
        line = contract.contract_line_ids.with_context(skip_modification_mail=True)
        line.write({"quantity": 2, "price_unit": 1500, "discount": 0})
        with freeze_time("2026-03-14"):
            contract.action_terminate(date(2026, 3, 14))
        credit = contract._get_related_invoices().filtered(lambda m: m.move_type == "out_refund")
        self.assertEqual(credit.amount_untaxed, 864)

    @freeze_time("2026-01-01")
    def test_credit_over_periods_of_different_prices(self):
        """100.00 in February, 105.00 in March; back from 15 February on: 50.00 and 105.00."""
        contract = self._open()
        contract.notice_days = 0
        self.env["power.contract.revision"].with_context(skip_modification_mail=True).create(
            {"contract_id": contract.id, "date": "2026-03-01", "percent": 5}
        )
        self._invoice(contract, date(2026, 3, 1))
        with freeze_time("2026-03-02"):
            contract.action_terminate(date(2026, 2, 14))
        credit = contract._get_related_invoices().filtered(lambda m: m.move_type == "out_refund")
        self.assertEqual(credit.invoice_line_ids.mapped("price_subtotal"), [50, 105])

    @freeze_time("2026-01-01")
    def test_a_draft_deleted_is_invoiced_anew(self):
        contract = self._open()
        january, february, march = self._invoice(contract, date(2026, 3, 1))
        copy = march.copy()
        copy.unlink()
        self.assertEqual(contract.contract_line_ids.last_date_invoiced, date(2026, 3, 31))
        with self._refused("would never be invoiced again"):
            february.unlink()
        (february + march).unlink()
        self.assertEqual(contract.recurring_next_date, date(2026, 2, 1))
        again = self._invoice(contract, date(2026, 3, 1))
        self.assertEqual(
            again.invoice_line_ids.mapped("power_service_to"),
            [date(2026, 2, 28), date(2026, 3, 31)],
        )
        (again + january).unlink()
        self.assertEqual(contract.recurring_next_date, date(2026, 1, 1))

    @freeze_time("2026-06-01")
    def test_a_draft_credited_goes_with_its_credit(self):
        """Away from 11 to 30 June: invoiced anew, June is 10 of 30 days, 33.33, with no credit."""
        contract = self._open(("load_report", {}), date_start=date(2026, 6, 1))
        june = self._invoice(contract, date(2026, 6, 1))
        with freeze_time("2026-06-11"):
            contract.action_suspend()
        with freeze_time("2026-07-01"):
            contract.action_resume()
        credit = contract._get_related_invoices() - june
        self.assertEqual(credit.amount_untaxed, 66.67)
        with self._refused("are given back by"):
            june.unlink()
        (june + credit).unlink()
        again = self._invoice(contract, date(2026, 6, 30))
        self.assertEqual(again.mapped("amount_untaxed"), [33.33])

    @freeze_time("2026-03-01")
    def test_termination_waits_for_its_day(self):
        """Agreed on 1 March for 14 May: covered, visited and invoiced until then, settled after it.

        1200.00 a year in advance: 15 May to 31 December are 231 of 365 days, 759.45 come back. A
        report 100.00 a month in arrears: 14 of 31 days of May, 45.16. A visit 600.00 on 5 May.
        """
        contract = self._open(
            ("on_call", {"price": 1200, "recurring_rule_type": "yearly", "calls_unlimited": True}),
            ("load_report", {"recurring_invoicing_type": "post-paid"}),
            ("maintenance", {"price": 600, **VISITS}),
        )
        self._invoice(contract, date(2026, 3, 1))
        drafts = contract._get_related_invoices()
        stop = self.env["power.contract.stop"].create(
            {
                "contract_id": contract.id,
                "action": "terminate",
                "date": date(2026, 5, 14),
                "reason": "Factory moves",
            }
        )
        stop.action_confirm()
        self.assertEqual((contract.state, contract.term_end), ("open", date(2026, 5, 14)))
        self.assertEqual(contract._get_related_invoices(), drafts, "nothing is settled yet")
        planned = contract.visit_ids.filtered(lambda visit: visit.state == "planned")
        self.assertEqual(max(planned.mapped("date_due")), date(2026, 5, 1))
        for day, covered in ((date(2026, 5, 14), True), (date(2026, 5, 15), False)):
            answer = contract._get_entitlement(self.transformer, "maintenance", day)
            self.assertEqual(answer.covered, covered, day)
        with self._refused("is to be terminated on 2026-05-14"):
            contract.action_renew()
        with self._refused("Withdraw that first"):
            contract.action_suspend(date(2026, 4, 1))
        visit = planned.filtered(lambda item: item.date_due == date(2026, 5, 1))
        visit.test_ids.unlink()
        with freeze_time("2026-05-05"):
            visit._set_state("done")
            self.assertEqual(
                sum(self._invoice(contract, date(2026, 5, 5)).mapped("amount_untaxed")), 200
            )
        with freeze_time("2026-05-14"), self._no_commit():
            contract._cron_follow_terms()
        self.assertEqual(contract.state, "open", "its last day is covered")
        before = contract._get_related_invoices()
        with freeze_time("2026-05-15"), self._no_commit():
            contract._cron_follow_terms()
        self.assertEqual((contract.state, contract.end_reason), ("terminated", "Factory moves"))
        self.assertFalse(contract.coming_change)
        settled = contract._get_related_invoices() - before
        credit = settled.filtered(lambda move: move.move_type == "out_refund")
        self.assertEqual(credit.amount_untaxed, 759.45)
        self.assertEqual(sum((settled - credit).mapped("amount_untaxed")), 645.16)

    @freeze_time("2026-03-01")
    def test_withdrawn_and_suspended_on_coming_days(self):
        contract = self._open(("maintenance", VISITS))
        dues = sorted(contract.visit_ids.mapped("date_due"))
        contract.action_terminate(date(2026, 4, 30))
        contract.action_withdraw_change()
        self.assertEqual((contract.state, contract.term_end), ("open", date(2026, 12, 31)))
        self.assertEqual(set(contract.visit_ids.mapped("state")), {"planned"})
        self.assertEqual(contract.contract_line_ids.date_end, date(2026, 12, 31))
        contract.action_suspend(date(2026, 4, 1), "Rebuilding")
        self.assertEqual((contract.state, contract.suspension_ids.ids), ("open", []))
        with freeze_time("2026-04-01"), self._no_commit():
            contract._cron_follow_terms()
        self.assertEqual(contract.state, "suspended")
        self.assertEqual(contract.suspension_ids.date_from, date(2026, 4, 1))
        with freeze_time("2026-04-02"):
            contract.action_resume(date(2026, 5, 1))
            self.assertEqual(contract.state, "suspended")
        with freeze_time("2026-05-01"), self._no_commit():
            contract._cron_follow_terms()
        self.assertEqual(contract.state, "open")
        states = {visit.date_due: visit.state for visit in contract.visit_ids}
        self.assertEqual([states[day] for day in dues[-3:]], ["cancelled", "planned", "planned"])

    @freeze_time("2026-12-05")
    def test_declined_is_not_renewed_by_itself(self):
        contract = self._open(renewal="auto", user_id=self._create_user("account_manager").id)
        with self._refused("no renewal on offer"):
            contract.action_decline_renewal()
        contract.action_offer_renewal()
        contract.action_decline_renewal("Too dear")
        told = contract.activity_ids.filtered(lambda item: item.user_id == contract.user_id)
        self.assertIn("Too dear", told.note)
        self.assertIn("Too dear", "".join(contract.modification_ids.mapped("description")))
        with freeze_time("2027-01-01"), self._no_commit():
            contract._cron_follow_terms()
        self.assertEqual((contract.state, contract.term_end), ("ended", date(2026, 12, 31)))

    @freeze_time("2026-12-05")
    def test_nightly_job_goes_on_beside_a_broken_contract(self):
        """One cannot be renewed for its successor, one not settled for want of a journal."""
        broken = self._open(renewal="auto")
        self._open(date_start=date(2027, 1, 1), term_end=date(2027, 12, 31))
        arrears = self._open(("training", {"recurring_invoicing_type": "post-paid"}))
        arrears.company_id = self.bureau
        sound = self._open(("advice", {}), renewal="auto")
        with (
            freeze_time("2027-01-01"),
            self._no_commit(),
            mute_logger("odoo.addons.contract.models.contract"),
            patch.object(type(broken), "_prepare_invoice", side_effect=UserError("No journal")),
        ):
            contracts = self.env["contract.contract"]
            contracts._cron_follow_terms()
            contracts._cron_follow_terms()
        self.assertEqual((sound.state, sound.term_end), ("open", date(2027, 12, 31)))
        self.assertEqual(broken.term_end, date(2026, 12, 31))
        self.assertIn("already by", broken.activity_ids.note)
        self.assertEqual(len(broken.activity_ids), 1, "asked once")
        self.assertEqual(arrears.state, "ended")
        self.assertIn("No journal", arrears.invoice_generation_error)

    def test_what_renews_itself_has_months(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self._create_contract([("load_report", {})], renewal="auto", renewal_months=0)

    @freeze_time("2026-12-05")
    def test_suspended_past_its_end(self):
        """A month in arrears with 10 days of pause at its end: 21 of 31 days are owed, 67.74."""
        line = ("load_report", {"recurring_invoicing_type": "post-paid"})
        contract = self._open(line, date_start=date(2026, 12, 1), renewal="none")
        with freeze_time("2026-12-22"):
            contract.action_suspend()
        with freeze_time("2027-01-01"), self._no_commit():
            contract._cron_follow_terms()
        self.assertEqual(contract.state, "ended")
        self.assertEqual(contract._get_related_invoices().amount_untaxed, 67.74)

    @freeze_time("2026-12-05")
    def test_visit_done_after_the_last_period_is_invoiced(self):
        contract = self._open(("maintenance", {"price": 600, **VISITS}), renewal="none")
        visit = contract.visit_ids.sorted("date_due")[-1]
        visit.test_ids.unlink()
        with freeze_time("2027-01-01"), self._no_commit():
            contract._cron_follow_terms()
        self.assertFalse(contract.recurring_next_date)
        self.assertFalse(contract._get_related_invoices())
        with freeze_time("2027-01-04"), self._no_commit():
            visit.state = "planned" if visit.state == "missed" else visit.state
            visit._set_state("done")
            contract._cron_follow_terms()
            contract._cron_follow_terms()
        self.assertEqual(contract._get_related_invoices().mapped("amount_untaxed"), [600])

    @freeze_time("2026-01-01")
    def test_prices_agreed_stay_and_changes_are_kept(self):
        """The list of 10 kV says 80.00 when it is opened; a list changed later is for others."""
        product = self.env.ref("power_contracts.product_load_report")
        special = self.env["product.pricelist"].create(
            {
                "name": "10 kV",
                "company_id": self.bureau.id,
                "currency_id": self.bureau.currency_id.id,
                "power_voltage_class": "10kv",
                "item_ids": [
                    (
                        0,
                        0,
                        {
                            "applied_on": "0_product_variant",
                            "product_id": product.id,
                            "compute_price": "fixed",
                            "fixed_price": 80,
                        },
                    )
                ],
            }
        )
        contract = self._create_contract([("load_report", {"automatic_price": True})])
        with self._refused("only prices of a contract in force"):
            contract.revision_ids.create(
                {"contract_id": contract.id, "date": "2026-03-01", "percent": 5}
            )
        contract.action_open()
        special.item_ids.fixed_price = 95
        line = contract.contract_line_ids
        self.assertEqual((line.price_unit, line.automatic_price), (80, False))
        before = contract.modification_ids
        line.with_context(skip_modification_mail=True).write({"price_unit": 85, "quantity": 2})
        other = self._create_equipment(name="Transformer 2")
        contract.equipment_ids += other
        contract.contract_line_ids = [(0, 0, self._prepare_line("training", price=50))]
        words = " | ".join((contract.modification_ids - before).sorted("id").mapped("description"))
        for said in ("1 → 2", "80.00", "85.00", "Transformer 2", "Added: training"):
            self.assertIn(said, words)
        with self._refused("has been in force and is kept"):
            contract.unlink()
        self._create_contract([("training", {})]).unlink()

    # === ROLES === #

    @freeze_time("2026-01-01")
    def test_roles(self):
        manager = self._create_user("account_manager")
        analyst = self._create_user("analyst")
        contract = self._create_contract([("load_report", {})])
        contract.with_user(manager).action_open()
        self.assertEqual(contract.with_user(analyst).state, "open")
        with self.assertRaises(AccessError):
            contract.with_user(analyst).action_suspend()
        contract.with_user(manager).action_terminate(date(2026, 1, 1))
        self.assertEqual(contract.state, "terminated")
