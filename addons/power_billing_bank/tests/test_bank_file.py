import base64

from odoo.tests import tagged

from odoo.addons.power_billing.tests.common import PowerBillingCase

HEAD = "交易日期,对方户名,对方账号,交易金额,摘要,流水号"


@tagged("post_install", "-at_install")
class TestBankFile(PowerBillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, _test_account_reconcile_oca=True))
        cls.journal = cls.env["account.journal"].search(
            [("company_id", "=", cls.company.id), ("type", "=", "bank")], limit=1
        )
        cls.bills = cls.env["power.bill"]
        for kwh in (1234, 500, 1000, 800):
            cls.bills |= cls._create_bill(kwh=kwh)
        cls.bills = cls.bills.sorted("id")

    def _import(self, rows, encoding="gb18030"):
        content = "\n".join([HEAD, *rows, ""]).encode(encoding)
        mapping = "gb18030" if encoding == "gb18030" else "utf8"
        wizard = (
            self.env["account.statement.import"]
            .with_context(journal_id=self.journal.id)
            .create(
                {
                    "statement_filename": "bank.csv",
                    "statement_file": base64.b64encode(content),
                    "sheet_mapping_id": self.env.ref(
                        f"power_billing_bank.sheet_mapping_cn_{mapping}"
                    ).id,
                }
            )
        )
        wizard.import_file_button()
        return self.env["account.bank.statement.line"].search(
            [("journal_id", "=", self.journal.id)], order="id"
        )

    def test_a_month_of_payments(self):
        """Exact, part, too much, unknown reference, no reference, one transfer for two bills."""
        exact, part, over, later = self.bills
        self.assertEqual(exact.amount_total, 907.84)
        lines = self._import(
            [
                f"2026-02-10,某商店,6222001,907.84,电费{exact.payment_reference},T1",
                f"2026-02-11,李四,6222002,100.00,{part.payment_reference} 部分,T2",
                f'2026-02-12,王五,6222003,"1,000.00",电费 {over.payment_reference},T3',
                "2026-02-13,赵六,6222004,5.00,电费 000000000000,T4",
                "2026-02-14,钱七,6222005,7.00,货款,T5",
            ]
        )
        amounts = {907.84: "T1", 100: "T2", 1000: "T3", 5: "T4", 7: "T5"}
        by_number = {amounts[line.amount]: line for line in lines}
        self.assertEqual(len(lines), 5)
        self.assertTrue(by_number["T1"].is_reconciled)
        self.assertEqual(exact.payment_state, "paid")
        self.assertEqual(exact.amount_residual, 0)
        self.assertEqual(by_number["T1"].partner_id, exact.partner_id)
        self.assertTrue(by_number["T2"].is_reconciled)
        self.assertEqual(part.payment_state, "partial")
        self.assertEqual(round(part.amount_total - part.amount_residual, 2), 100)
        self.assertFalse(by_number["T3"].is_reconciled)
        proposed = by_number["T3"].reconcile_data_info["data"]
        self.assertIn(
            over.move_id.line_ids.filtered(
                lambda line: line.account_id.account_type == "asset_receivable"
            ).ids,
            [item.get("counterpart_line_ids") for item in proposed],
        )
        self.assertFalse(by_number["T4"].is_reconciled)
        self.assertFalse(by_number["T5"].is_reconciled)
        self.assertEqual(later.payment_state, "not_paid")

    def test_one_transfer_for_two_bills(self):
        first, second = self.bills[:2]
        amount = first.amount_total + second.amount_total
        text = f"{first.payment_reference} {second.payment_reference}"
        lines = self._import([f"2026-02-10,某商店,6222001,{amount:.2f},{text},T1"], "utf-8-sig")
        self.assertTrue(lines.is_reconciled)
        self.assertEqual(set((first + second).mapped("payment_state")), {"paid"})
        self.assertFalse(lines.partner_id)

    def test_books_after_payment(self):
        bill = self.bills[0]
        self._import([f"2026-02-10,某商店,6222001,907.84,{bill.payment_reference},T1"])
        receivable = self.env["account.move.line"].search(
            [
                ("company_id", "=", self.company.id),
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
            ]
        )
        self.assertEqual(
            round(sum(receivable.mapped("balance")), 2),
            round(sum(self.bills.mapped("amount_residual")), 2),
        )
