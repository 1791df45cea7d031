from decimal import Decimal

from odoo.fields import Domain
from odoo.tests import TransactionCase, tagged

from odoo.addons.power_billing.tests.common import PowerBillingCase


@tagged("post_install", "-at_install")
class TestBooks(PowerBillingCase, TransactionCase):
    """A month of three points, by hand: what is billed stands in the books to the cent.

    Prices with 13 % VAT: energy 0.690486, funds 0.0452 yuan/kWh; each charge rounded by itself.

    ======  ==================  ===============  ========
    kWh     energy              funds            bill
    ======  ==================  ===============  ========
    1,234   852.059724 852.06   55.7768  55.78   907.84
    77      53.167422   53.17   3.4804    3.48    56.65
    10,001  6905.550486 6905.55 452.0452 452.05  7357.60
    ======  ==================  ===============  ========

    Together 8,322.09 yuan. The net amounts follow from each line's own tax, gross / 1.13.
    """

    BILLS = {1234: "907.84", 77: "56.65", 10001: "7357.60"}

    def test_the_month_balances(self):
        points = [self._create_point(self._create_customer(f"Shop {kwh}")) for kwh in self.BILLS]
        for point, kwh in zip(points, self.BILLS, strict=True):
            self._read(point, "2026-01-31", 10000 + kwh)
        run = self._create_run()
        run._process_all()
        bills = run.bill_ids.sorted("kwh")
        amounts = {int(bill.kwh): f"{bill.amount_total:.2f}" for bill in bills}
        self.assertEqual(amounts, self.BILLS)
        self._assert_balanced(bills.move_id, Decimal("8322.09"))

    def _assert_balanced(self, moves, billed):
        lines = self.env["account.move.line"]
        domain = Domain("move_id", "in", moves.ids)
        [(debit, credit)] = lines._read_group(domain, [], ["debit:sum", "credit:sum"])
        self.assertEqual(self._exact(debit), self._exact(credit))
        receivable = domain & Domain("account_id.account_type", "=", "asset_receivable")
        [(open_amount,)] = lines._read_group(receivable, [], ["balance:sum"])
        self.assertEqual(self._exact(open_amount), billed)
        [(others,)] = lines._read_group(
            domain & Domain("account_id.account_type", "!=", "asset_receivable"),
            [],
            ["balance:sum"],
        )
        self.assertEqual(-self._exact(others), billed)
        self.assertEqual(self._exact(sum(moves.mapped("amount_residual"))), billed)

    def _exact(self, amount):
        return Decimal(str(round(amount, 2)))
