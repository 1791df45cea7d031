from odoo.fields import Command
from odoo.tests import tagged

from .test_late_fee import LateFeeCase


@tagged("post_install", "-at_install", "power_slow")
class TestCredit(LateFeeCase):
    """Credit of a customer pays its bills of 907.84, 735.69 and so on, in due order."""

    def _receive(self, partner, amount, day="2026-02-01"):
        payment = self.env["account.payment"].create(
            {
                "partner_id": partner.id,
                "partner_type": "customer",
                "payment_type": "inbound",
                "amount": amount,
                "date": day,
                "journal_id": self.bank.id,
            }
        )
        payment.action_post()
        return payment

    def test_balance_is_odoos_own(self):
        partner = self.bill.partner_id
        self._receive(partner, 1000)
        partner.invalidate_recordset()
        self.assertEqual((partner.power_balance, partner.power_credit), (907.84, 1000))
        receivable = self.env["account.move.line"].search(
            [
                ("partner_id", "=", partner.id),
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
            ]
        )
        self.assertAlmostEqual(sum(receivable.mapped("amount_residual")), -92.16)

    def test_new_bill_uses_credit(self):
        """1000.00 on account: the bill of 907.84 is paid when posted, 92.16 stay."""
        point = self._create_point()
        self._receive(point.partner_id, 1000)
        bill = self._create_bill(point)
        self.assertEqual(bill.payment_state, "paid")
        self.assertEqual(point.partner_id.power_credit, 92.16)

    def test_company_may_not_want_it(self):
        self.company.power_use_credit = False
        point = self._create_point()
        self._receive(point.partner_id, 1000)
        bill = self._create_bill(point)
        self.assertEqual(bill.payment_state, "not_paid")
        point.partner_id._use_power_credit(self.company)
        self.assertEqual(bill.payment_state, "paid")

    def test_due_order(self):
        """1000.00 for 907.84 due later and 735.69 due first: the first in full, 264.31 of the
        other. (1000 kWh: 690.49 + 45.20 = 735.69.)"""
        partner = self._create_customer("Two points")
        later = self._create_bill(self._create_point(partner), invoice_date="2026-03-03")
        first = self._create_bill(self._create_point(partner), kwh=1000)
        self.assertLess(first.invoice_date_due, later.invoice_date_due)
        self._receive(partner, 1000, "2026-03-05")
        self.assertEqual(partner._use_power_credit(self.company), 1)
        self.assertEqual(first.amount_residual, 0)
        self.assertAlmostEqual(later.amount_residual, 907.84 - (1000 - 735.69))

    def test_credit_is_only_for_electricity(self):
        """An invoice for something else is left to finance."""
        partner = self.bill.partner_id
        other = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": "2026-01-01",
                "invoice_line_ids": [
                    Command.create({"name": "Cable", "price_unit": 50, "tax_ids": []})
                ],
            }
        )
        other.action_post()
        self._receive(partner, 900)
        partner._use_power_credit(self.company)
        self.assertEqual(other.amount_residual, 50)
        self.assertEqual(self.bill.amount_residual, 7.84)

    def test_other_company_and_customer(self):
        """Nobody's credit pays another's bill, nor another company's."""
        stranger = self._create_customer("Stranger")
        self._receive(stranger, 1000)
        (stranger | self.bill.partner_id)._use_power_credit(self.company)
        self.assertEqual(self.bill.amount_residual, 907.84)
        self.assertEqual(stranger._get_power_credits(self.company), {stranger.id: 1000})
        other = self._get_company("Other Bureau")
        self.assertEqual(stranger._get_power_credits(other), {})

    def test_what_is_open_with_another_company_is_told(self):
        other = self._get_company("Other Bureau")
        partner = self.bill.partner_id
        self.assertEqual(partner._get_power_open_elsewhere(self.company), [])
        move = self.env["account.move"].with_company(other)
        move = move.with_context(allowed_company_ids=other.ids).create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": "2026-01-01",
                "power_bill_id": self.bill.id,
                "invoice_line_ids": [
                    Command.create({"name": "Energy", "price_unit": 50, "tax_ids": []})
                ],
            }
        )
        move.action_post()
        self.assertEqual(partner.sudo()._get_power_open_elsewhere(self.company), [(other, 50)])
        self.assertEqual(partner.sudo()._get_power_open_elsewhere(other), [(self.company, 907.84)])

    def test_paid_before_due_has_no_late_fee(self):
        """Credit of 1 February used in June: the money was there, so nothing was late."""
        self.company.power_use_credit = False
        self._receive(self.bill.partner_id, 1000, "2026-02-01")
        self.bill.partner_id._use_power_credit(self.company)
        self.assertEqual(self.bill.payment_state, "paid")
        self.assertFalse(self._run().fee_ids)
