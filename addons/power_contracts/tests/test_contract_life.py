from datetime import date, datetime

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .finance_common import ContractBooksCase

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)
MISSED, REFUSED = 5, 8


@tagged("post_install", "-at_install", "power_slow")
class TestContractLife(ContractBooksCase):
    """The whole life of a contract from its quotation, night by night, and its books at the end.

    Services: calls, 1,200.00 a year in advance; load reports, 300.00 a quarter in advance; a
    visit a month, 600.00 each one done. Prices rise by 5 % on 1 January 2027; the contract is
    renewed for 2027 and terminated on 14 March 2027.
    """

    def _finish(self, visit, day):
        for test in visit.test_ids:
            test.write({"outcome": "taken", "date": day, "value": 2000, "looks": "good"})
        visit.date_done = day
        visit._set_state("done")

    def _live_month(self, contract, year, month):
        """The first night of the month, then its visit on the tenth: done, missed or refused."""
        with self._day(date(year, month, 1)):
            self._run_jobs()
        visit = contract.visit_ids.filtered(lambda v: v.date_due == date(year, month, 1))
        with self._day(date(year, month, 10)):
            if (year, month) == (2026, REFUSED):
                visit.action_refuse()
            elif (year, month) != (2026, MISSED):
                self._finish(visit, date(year, month, 10))
            if (year, month) == (2026, 9):
                self.env["power.contract.revision"].with_context(
                    skip_modification_mail=True
                ).create({"contract_id": contract.id, "date": "2027-01-01", "percent": 5})

    def _create_package(self):
        """The three services with their terms, and how often a year the quotation counts them."""
        services = (
            ("on_call", 1, 1200, {"recurring_rule_type": "yearly"}),
            ("load_report", 4, 300, {"recurring_rule_type": "quarterly"}),
            (
                "maintenance",
                12,
                600,
                {
                    "recurring_rule_type": "monthly",
                    "recurring_invoicing_type": "post-paid",
                    "visit_months": 1,
                },
            ),
        )
        lines, terms = [], []
        for name, quantity, price, values in services:
            product = self.env.ref(f"power_contracts.product_{name}")
            product.list_price = price
            lines.append(Command.create({"product_id": product.id, "product_uom_qty": quantity}))
            terms.append(
                Command.create(
                    {
                        "product_id": product.id,
                        "name": name,
                        "recurring_interval": 1,
                        "recurring_invoicing_type": "pre-paid",
                        **values,
                    }
                )
            )
        template = self.env["contract.template"].create(
            {
                "name": "Transformer room",
                "is_power_service": True,
                "line_recurrence": True,
                "renewal": "agreement",
                "contract_line_ids": terms,
            }
        )
        return self.env["sale.order.template"].create(
            {
                "name": "Transformer room",
                "require_signature": True,
                "require_payment": False,
                "power_contract_template_id": template.id,
                "sale_order_template_line_ids": lines,
            }
        )

    def _sign_quotation(self):
        """1,200.00 + 4 × 300.00 + 12 × 600.00 = 9,600.00, signed as on the portal."""
        order = self.env["sale.order"]._request_power_quote(
            self.bureau, self.customer, self._create_package(), points=self.point
        )
        order.power_contract_start = date(2026, 1, 1)
        self.assertEqual(order.amount_untaxed, 9600)
        order.action_quotation_sent()
        self.assertTrue(order._has_to_be_signed())
        order.write(
            {"signed_by": "Wang Wei", "signed_on": datetime(2025, 12, 20), "signature": PIXEL}
        )
        order._validate_order()
        contract = order.power_contract_ids
        self.assertEqual(contract.state, "open")
        self.assertEqual(
            (contract.date_start, contract.term_end), (date(2026, 1, 1), date(2026, 12, 31))
        )
        self.assertEqual(contract._get_covered(), self.transformer)
        self.assertFalse(order.invoice_ids, "the contract invoices, not the quotation")
        return contract

    def test_life(self):
        with self._day(date(2025, 12, 20)):
            contract = self._sign_quotation()
        for month in range(1, 13):
            self._live_month(contract, 2026, month)
        self._check_first_year(contract)
        with self._day(date(2026, 12, 20)):
            self.assertEqual(contract.renewal_state, "offered")
            contract._accept_renewal("Wang Wei", PIXEL)
        for month in range(1, 4):
            self._live_month(contract, 2027, month)
        with self._day(date(2027, 3, 14)):
            contract.action_terminate(date(2027, 3, 14), "The factory moves")
            self._post_drafts()
        with self._day(date(2027, 4, 1)):
            self._run_jobs()
        self._check_end(contract)

    def _check_first_year(self, contract):
        visits = contract.visit_ids.filtered(lambda visit: visit.date_due.year == 2026)
        states = visits.sorted("date_due").mapped("state")
        expected = ["done"] * 12
        expected[MISSED - 1], expected[REFUSED - 1] = "missed", "refused"
        self.assertEqual(states, expected)
        # March: 31 + 28 + 31 = 90 of 365 days of 1200.00, rounded month by month 101.92 + 92.05
        # + 101.92 = 295.89; a quarter of reports, 300.00; two visits, 1200.00.
        self.assertEqual(self._balance(self.income, date(2026, 3, 31)), -1795.89)
        # December is not over: 101.91 of 1200.00 and, of the 92 days of the quarter, what October
        # (101.09) and November (97.83) leave of 300.00.
        self.assertEqual(contract.power_deferred_amount, round(101.91 + 101.08, 2))
        # Nine visits are invoiced; that of December is in January.
        moves = contract._get_related_invoices()
        self.assertEqual(sum(moves.mapped("amount_untaxed")), 1200 + 4 * 300 + 9 * 600)

    def _check_end(self, contract):
        moves = contract._get_related_invoices()
        credit = moves.filtered(lambda move: move.move_type == "out_refund")
        # Of 1260.00, 292 of 365 days; of 315.00, 17 of 90 days.
        self.assertEqual(credit.amount_untaxed, 1008 + 59.5)
        in_2027 = (moves - credit).filtered(lambda move: move.invoice_date.year == 2027)
        # Calls and reports at the new price; December's visit at the old one; January's,
        # February's and March's at the new one.
        self.assertEqual(
            sorted(in_2027.invoice_line_ids.mapped("price_subtotal")),
            [315, 600, 630, 630, 630, 1260],
        )
        # 2026: 1200 + 4 × 300 + 10 × 600. 2027: 252.00 + 255.50 + 3 × 630.
        whole = 8400 + 252 + 255.5 + 1890
        invoiced = sum(moves.mapped("amount_untaxed_signed"))
        self.assertEqual(invoiced, whole)
        self.assertEqual(self._balance(self.income), -whole, "earned = invoiced")
        self.assertEqual(self._balance(self.deferred), 0)
        receivable = self.customer.with_company(self.bureau).property_account_receivable_id
        self.assertEqual(self._balance(receivable), whole)
        self._check_books()
        self._check_contract(contract, whole)

    def _check_books(self):
        [(debit, credit)] = self.env["account.move.line"]._read_group(
            [("company_id", "=", self.bureau.id), ("parent_state", "=", "posted")],
            [],
            ["debit:sum", "credit:sum"],
        )
        self.assertEqual(debit, credit)
        waiting = self.env["power.contract.deferral"].search(
            [("company_id", "=", self.bureau.id), ("state", "=", "waiting")]
        )
        self.assertFalse(waiting)

    def _check_contract(self, contract, whole):
        contract.invalidate_recordset()
        # Thirteen visits of two hours at 80.00
        self.assertEqual(contract.power_margin, whole - 13 * 2 * 80)
        self.assertEqual(
            contract.term_ids.sorted("date_from").mapped("outcome"), ["renewed", "terminated"]
        )
        self.assertEqual(contract.state, "terminated")
        self.assertFalse(contract.recurring_next_date)
        self.assertFalse(contract.visit_ids.filtered(lambda visit: visit.state == "planned"))
        with self.assertRaisesRegex(UserError, "cannot be renewed"):
            contract.action_renew()
