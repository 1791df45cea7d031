from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .finance_common import ContractBooksCase

YEARLY = {"price": 1200, "recurring_rule_type": "yearly"}


@tagged("post_install", "-at_install")
class TestDeferral(ContractBooksCase):
    def _open(self, *lines, **vals):
        with freeze_time(vals.get("date_start", date(2026, 1, 1))):
            contract = self._create_contract(lines or [("on_call", YEARLY)], **vals)
            contract.action_open()
        return contract

    def _rows(self, contract):
        return self.env["power.contract.deferral"].search([("contract_id", "=", contract.id)])

    def test_a_year_in_advance(self):
        """1200.00 for 2026: 31 days are 101.92, 28 days 92.05."""
        contract = self._open()
        invoice = self._invoice(contract, date(2026, 1, 1))
        self.assertEqual(invoice.invoice_line_ids.account_id, self.deferred)
        self.assertEqual(
            (
                invoice.invoice_line_ids.power_service_from,
                invoice.invoice_line_ids.power_service_to,
            ),
            (date(2026, 1, 1), date(2026, 12, 31)),
        )
        self.assertEqual(self._balance(self.deferred), -1200)
        self.assertEqual(contract.power_deferred_amount, 1200)
        self._recognise(date(2026, 1, 30))
        self.assertEqual(self._balance(self.income), 0, "January is not over")
        self._recognise(date(2026, 3, 1))
        self.assertEqual(self._balance(self.income, date(2026, 1, 31)), -101.92)
        self.assertEqual(self._balance(self.income, date(2026, 2, 28)), -193.97)
        self.assertEqual(self._balance(self.deferred), -1006.03)
        self._recognise(date(2026, 3, 1))
        self.assertEqual(self._balance(self.income), -193.97, "once, however often the job runs")
        self._recognise(date(2027, 1, 1))
        self.assertEqual((self._balance(self.income), self._balance(self.deferred)), (-1200, 0))
        self.assertEqual(set(self._rows(contract).mapped("state")), {"posted"})

    def test_only_months_to_come_are_deferred(self):
        """A month in advance and a quarter in arrears are income at once."""
        contract = self._open(
            ("load_report", {}),
            (
                "training",
                {"recurring_rule_type": "quarterly", "recurring_invoicing_type": "post-paid"},
            ),
        )
        self._invoice(contract, date(2026, 1, 1))
        self._invoice(contract, date(2026, 4, 1))
        self.assertFalse(self._rows(contract))
        self.assertEqual(self._balance(self.deferred), 0)
        self.assertEqual(self._balance(self.income), -300)

    def test_without_an_account_nothing_waits(self):
        self.bureau.power_deferred_account_id = False
        contract = self._open()
        invoice = self._invoice(contract, date(2026, 1, 1))
        self.assertEqual(invoice.invoice_line_ids.account_id, self.income)
        self.assertFalse(self._rows(contract))

    def test_termination_takes_back_what_was_not_earned(self):
        """Over on 14 March: 960.00 come back; 73 of 365 days of 1200.00 are 240.00."""
        contract = self._open()
        self._invoice(contract, date(2026, 1, 1))
        self._recognise(date(2026, 3, 1))
        with self._day(date(2026, 3, 14)):
            contract.action_terminate(date(2026, 3, 14), "Factory moves")
            self._post_drafts()
        credit = contract._get_related_invoices().filtered(lambda m: m.move_type == "out_refund")
        self.assertEqual(credit.amount_untaxed, 960)
        self.assertEqual(credit.invoice_line_ids.account_id, self.deferred)
        # 1200.00 less 101.92 and 92.05 are 1006.03; less 960.00, March earns 46.03.
        self.assertEqual(contract.power_deferred_amount, 46.03)
        waiting = self._rows(contract).filtered(lambda row: row.state == "waiting")
        self.assertEqual(set(waiting.mapped("date")), {date(2026, 3, 31)})
        self._recognise(date(2026, 12, 31))
        self.assertEqual((self._balance(self.income), self._balance(self.deferred)), (-240, 0))
        self.assertEqual(self._balance(self.income, date(2026, 3, 31)), -240)

    def test_invoice_and_credit_posted_together(self):
        contract = self._open()
        with self._day(date(2026, 1, 31)):
            contract._recurring_create_invoice(date(2026, 1, 1))
            contract.action_terminate(date(2026, 1, 31))
            self._post_drafts()
        self.assertEqual(self._balance(self.deferred), -101.92)
        self._recognise(date(2026, 2, 1))
        self.assertEqual((self._balance(self.income), self._balance(self.deferred)), (-101.92, 0))

    def test_termination_of_a_month_that_is_closed(self):
        """Told in May for 14 March: what April earned goes back in May."""
        contract = self._open()
        self._invoice(contract, date(2026, 1, 1))
        self._recognise(date(2026, 5, 1))
        # January to April are 120 of 365 days
        self.assertEqual(self._balance(self.income), -394.52)
        with self._day(date(2026, 5, 4)):
            contract.action_terminate(date(2026, 3, 14))
            credit = contract._get_related_invoices().filtered(
                lambda m: m.move_type == "out_refund"
            )
            credit.invoice_date = date(2026, 5, 4)
            credit._post(soft=False)
        self._recognise(date(2026, 6, 1))
        self.assertEqual(self._balance(self.income, date(2026, 4, 30)), -394.52)
        self.assertEqual((self._balance(self.income), self._balance(self.deferred)), (-240, 0))

    def test_reset_to_draft(self):
        contract = self._open()
        invoice = self._invoice(contract, date(2026, 1, 1))
        invoice.button_draft()
        self.assertFalse(self._rows(contract))
        invoice._post(soft=False)
        self.assertEqual(len(self._rows(contract)), 12)
        self._recognise(date(2026, 2, 1))
        with self.assertRaisesRegex(UserError, "Make a credit note instead"):
            invoice.button_draft()

    def test_credit_taken_back_waits_again(self):
        contract = self._open()
        self._invoice(contract, date(2026, 1, 1))
        with self._day(date(2026, 1, 31)):
            contract.action_terminate(date(2026, 1, 31))
            self._post_drafts()
        self.assertEqual(contract.power_deferred_amount, 101.92)
        credit = contract._get_related_invoices().filtered(lambda m: m.move_type == "out_refund")
        invoice = contract._get_related_invoices() - credit
        with self.assertRaisesRegex(UserError, "Reset the credit note first"):
            invoice.button_draft()
        credit.button_draft()
        contract.invalidate_recordset()
        self.assertEqual(contract.power_deferred_amount, 1200)

    def test_closed_books_post_on_the_first_open_day(self):
        contract = self._open()
        self._invoice(contract, date(2026, 1, 1))
        self.bureau.fiscalyear_lock_date = date(2026, 2, 28)
        self._recognise(date(2026, 3, 2))
        self.assertEqual(set(self._rows(contract).move_id.mapped("date")), {date(2026, 3, 1)})
        self.assertEqual(self._balance(self.income), -193.97)

    def test_one_that_cannot_be_posted_stops_no_other(self):
        good = self._open()
        bad = self._open(("load_report", YEARLY))
        for contract in (good, bad):
            self._invoice(contract, date(2026, 1, 1))
        closed = self.income.copy({"code": "600199", "name": "Closed"})
        self._rows(bad).income_account_id = closed
        closed.active = False
        self._recognise(date(2026, 2, 1))
        self.assertEqual(self._rows(good)[0].state, "posted")
        row = self._rows(bad)[0]
        self.assertEqual(row.state, "waiting")
        self.assertIn("Closed", row.error)
        closed.active = True
        self._recognise(date(2026, 2, 2))
        self.assertEqual((row.state, row.error), ("posted", False))

    def test_two_companies_keep_their_own_books(self):
        contract = self._open()
        self._invoice(contract, date(2026, 1, 1))
        other = self._create_bureau("Jiangyin bureau")
        stranger = self._create_user("finance", other)
        rows = self.env["power.contract.deferral"]
        theirs = rows.with_context(allowed_company_ids=other.ids).with_user(stranger)
        self.assertFalse(theirs.search([("contract_id", "=", contract.id)]))
        self.assertEqual(
            len(rows.with_user(self.finance).search([("contract_id", "=", contract.id)])), 12
        )

    def test_roles(self):
        contract = self._open()
        self._invoice(contract, date(2026, 1, 1))
        rows = self._rows(contract)
        with self.assertRaises(AccessError):
            rows.with_user(self._create_user("account_manager")).action_recognise()
        with self.assertRaises(AccessError):
            rows.with_user(self._create_user("crew")).read(["amount"])
        with self._day(date(2026, 1, 15)), self.assertRaisesRegex(UserError, "Nothing chosen"):
            rows.with_user(self.finance).action_recognise()
        with self._day(date(2026, 2, 1)):
            rows.with_user(self.finance).action_recognise()
        self.assertEqual(rows.mapped("state").count("posted"), 1)
