from datetime import date
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged

from ..models.power_bill_complete import PowerBill
from .common import PowerBillingCase

# What differs between two invoices of one bill: identity, numbers given one after another, time.
MOVE_DIFFERS = {
    "id",
    "name",
    "sequence_number",
    "create_date",
    "write_date",
    "access_token",
}
LINE_DIFFERS = {"id", "move_id", "move_name", "create_date", "write_date"}
LINE_RELATIONS = {
    "account_move_line_account_tax_rel": "account_tax_id",
    "account_account_tag_account_move_line_rel": "account_account_tag_id",
}


@tagged("post_install", "-at_install", "power_slow")
class TestPostComplete(PowerBillingCase):
    """Invoices with complete journal items are what Odoo's own synchronisation makes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.full_tariff = cls._create_tariff(
            "With a fixed charge",
            prices=(
                ("energy", "Energy", 0.690486),
                ("fund", "Funds", 0.0452),
                ("fixed", "Basic", 3.155),
            ),
        )
        cls.split_tariff = cls._create_tariff("New prices in the month")
        version = cls.split_tariff.version_ids
        version.date_to = "2026-01-10"
        version.copy({"date_from": "2026-01-11", "date_to": False}).component_ids[0].price = 0.8
        cls.free_tariff = cls._create_tariff(
            "No funds", prices=(("energy", "Energy", 0.690486), ("fund", "Funds", 0.0))
        )
        cls.half_tariff = cls._create_tariff(
            "Half cents", prices=(("energy", "Energy", 0.565), ("fund", "Funds", 0.045))
        )

    def _create_term(self, *lines, **vals):
        return self.env["account.payment.term"].create(
            {
                "name": "Terms",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": percent, "delay_type": kind}
                        | {"nb_days": days}
                    )
                    for percent, kind, days in lines
                ],
                **vals,
            }
        )

    def _create_rated_bills(self):
        """Bills of several kWh over each tariff, half-cent traps among them."""
        cases = [
            (self.tariff, 1234),
            (self.tariff, 1),
            (self.full_tariff, 50),
            (self.full_tariff, 0),
            (self.split_tariff, 310),
            (self.split_tariff, 777),
            (self.free_tariff, 113),
            (self.half_tariff, 1),
            (self.half_tariff, 11),
            (self.half_tariff, 333),
        ]
        parent = self._create_customer("Factory")
        points = self.env["power.supply.point"]
        for number, (tariff, kwh) in enumerate(cases):
            partner = self._create_customer(f"Shop {number}")
            if number == 2:  # the receivable is its company's
                partner.parent_id = parent
            point = self._create_point(partner, tariff_id=tariff.id)
            self._read(point, "2026-01-31", 10000 + kwh)
            points |= point
        run = self._create_run(supply_point_ids=[Command.set(points.ids)])
        run._create_bills()
        run.bill_ids._rate_bills()
        self.assertEqual(set(run.bill_ids.mapped("state")), {"rated"})
        return run.bill_ids

    def _post(self, bills, complete):
        original = PowerBill._can_post_complete
        taken = []

        def choose(bill, vals, cache):
            taken.append(original(bill, vals, cache))
            return taken[-1] and complete

        with patch.object(PowerBill, "_can_post_complete", choose):
            moves = bills._create_moves()
        moves._post(soft=False)
        self.env.flush_all()
        return moves, taken

    def _read_columns(self, move):
        """Return a move's stored columns, and those of its lines with their taxes and tags."""
        self.env.cr.execute("SELECT * FROM account_move WHERE id = %s", [move.id])
        head = self.env.cr.dictfetchone()
        self.env.cr.execute(
            "SELECT * FROM account_move_line WHERE move_id = %s ORDER BY id", [move.id]
        )
        lines = self.env.cr.dictfetchall()
        for line in lines:
            for table, column in LINE_RELATIONS.items():
                self.env.cr.execute(
                    f"SELECT {column} FROM {table} WHERE account_move_line_id = %s ORDER BY 1",
                    [line["id"]],
                )
                line[table] = self.env.cr.fetchall()
        return (
            {key: value for key, value in head.items() if key not in MOVE_DIFFERS},
            [
                {key: value for key, value in line.items() if key not in LINE_DIFFERS}
                for line in lines
            ],
        )

    def _check_same(self, bills):
        """Post the bills both ways and compare each stored column."""
        self.maxDiff = None
        plain, __ = self._post(bills, complete=False)
        complete, taken = self._post(bills, complete=True)
        self.assertTrue(all(taken))
        for bill, expected, move in zip(bills, plain, complete, strict=True):
            expected_head, expected_lines = self._read_columns(expected)
            head, lines = self._read_columns(move)
            with self.subTest(bill=bill.name, kwh=bill.kwh):
                self.assertGreater(len(head), 60)
                self.assertGreater(len(lines[0]), 50)
                self.assertEqual(head, expected_head)
                self.assertEqual(lines, expected_lines)
                self.assertEqual(move.amount_total, bill.amount_total)
        return complete

    def test_fifteen_days(self):
        moves = self._check_same(self._create_rated_bills())
        self.assertEqual(set(moves.mapped("invoice_date_due")), {date(2026, 2, 18)})

    def test_rounding_by_document_and_by_line(self):
        bills = self._create_rated_bills()
        for method in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = method
            self._check_same(bills)

    def test_end_of_month(self):
        self.company.power_payment_term_id = self._create_term((100, "days_after_end_of_month", 0))
        moves = self._check_same(self._create_rated_bills())
        self.assertEqual(set(moves.mapped("invoice_date_due")), {date(2026, 2, 28)})

    def test_two_due_dates(self):
        """907.84 by 33 % and the rest: 299.59 and 608.25"""
        self.company.power_payment_term_id = self._create_term(
            (33, "days_after", 10), (67, "days_after_end_of_month", 5)
        )
        moves = self._check_same(self._create_rated_bills())
        terms = moves[0].line_ids.filtered(lambda line: line.display_type == "payment_term")
        self.assertEqual(terms.sorted("date_maturity").mapped("balance"), [299.59, 608.25])
        self.assertEqual(moves[0].invoice_date_due, date(2026, 3, 5))

    def test_two_terms_on_one_day(self):
        self.company.power_payment_term_id = self._create_term(
            (50, "days_after", 10), (50, "days_after", 10)
        )
        self._check_same(self._create_rated_bills())

    def test_no_storno(self):
        self.company.account_storno = False
        self._check_same(self._create_rated_bills())

    def test_without_tax(self):
        products = self.env["product.product"]
        for kind in ("energy", "fund", "fixed"):
            products |= self.env.ref(f"power_billing.product_{kind}")
        products.taxes_id = False
        self._check_same(self._create_rated_bills())

    def test_amounts_that_are_not_quantity_by_price(self):
        """Where quantity × price misses the bill's total, charges are 1 × amount."""
        bills = self._create_rated_bills()
        for bill in bills:
            bill.line_ids[0].amount += 0.01
            bill.amount_total += 0.01
        moves = self._check_same(bills)
        self.assertEqual(moves[0].invoice_line_ids.mapped("quantity"), [1.0, 1.0])
        self.assertEqual(moves[0].invoice_line_ids.mapped("price_unit"), [852.07, 55.78])

    def test_other_shapes_take_the_plain_route(self):
        bill = self._create_rated_bills()[0]
        vals = bill._prepare_move_vals({})

        def refused(**changes):
            return not bill._can_post_complete({**vals, **changes}, {})

        def line(**changes):
            return [Command.create({**vals["invoice_line_ids"][0][2], **changes})]

        self.assertFalse(refused())
        early = self._create_term((100, "days_after", 10), early_discount=True)
        tax = self.company.power_tax_id
        second = tax.copy({"name": "Second"})
        excluded = tax.copy({"name": "On top", "price_include_override": "tax_excluded"})
        self.assertTrue(refused(move_type="out_refund"))
        self.assertTrue(refused(currency_id=self.env.ref("base.USD").id))
        self.assertTrue(refused(invoice_payment_term_id=False))
        self.assertTrue(refused(invoice_payment_term_id=early.id))
        self.assertTrue(refused(invoice_cash_rounding_id=1))
        self.assertTrue(refused(invoice_line_ids=line(discount=10)))
        self.assertTrue(refused(invoice_line_ids=line(display_type="line_note")))
        self.assertTrue(refused(invoice_line_ids=line(tax_ids=[Command.set(excluded.ids)])))
        both = [Command.set((tax | second).ids)]
        self.assertTrue(refused(invoice_line_ids=line(tax_ids=both)))
        plan = self.env["account.analytic.plan"].create({"name": "Places"})
        place = self.env["account.analytic.account"].create({"name": "East", "plan_id": plan.id})
        self.env["account.analytic.distribution.model"].create(
            {"analytic_distribution": {str(place.id): 100}}
        )
        self.assertTrue(refused())

    def test_a_mixed_batch_keeps_the_order_of_bills(self):
        bills = self._create_rated_bills()
        original = PowerBill._can_post_complete

        def choose(bill, vals, cache):
            return original(bill, vals, cache) and bill.id % 2 == 0

        with patch.object(PowerBill, "_can_post_complete", choose):
            bills._post_bills(bills)
        self.assertEqual(set(bills.mapped("state")), {"posted"})
        for bill in bills:
            self.assertEqual(bill.move_id.power_bill_id, bill)
            self.assertEqual(bill.move_id.amount_total, bill.amount_total)
            self.assertAlmostEqual(sum(bill.move_id.line_ids.mapped("balance")), 0)

    def test_a_tax_on_top_is_refused(self):
        tax = self.company.power_tax_id
        tax.price_include_override = "tax_excluded"
        bills = self._create_rated_bills()[0]
        with self.assertRaisesRegex(Exception, "VAT must be included"):
            bills._create_moves()

    def test_payment(self):
        bill = self._create_bill()
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=bill.move_id.ids
        )
        wizard.create({"amount": 400, "payment_date": "2026-02-10"})._create_payments()
        self.assertEqual(bill.move_id.payment_state, "partial")
        self.assertEqual(bill.amount_residual, 507.84)
        wizard.create({"payment_date": "2026-02-11"})._create_payments()
        self.assertIn(bill.move_id.payment_state, ("paid", "in_payment"))
        self.assertEqual(bill.amount_residual, 0)

    def test_draft_and_post_again(self):
        move = self._create_bill().move_id
        before = self._read_columns(move)
        name = move.name
        move.button_draft()
        move.action_post()
        self.env.flush_all()
        after = self._read_columns(move)
        self.assertEqual(move.name, name)
        # Odoo notes that somebody touched it.
        before[0].pop("is_manually_modified")
        after[0].pop("is_manually_modified")
        self.assertEqual(after, before)

    def test_edit_in_draft(self):
        """Odoo's synchronisation goes on from such lines.

        VAT within 44.22 is 5.09, within 55.78 it is 6.42: together 11.51
        """
        move = self._create_bill().move_id
        move.button_draft()
        charge = move.invoice_line_ids[0]
        move.invoice_line_ids = [
            Command.update(charge.id, {"quantity": 1, "price_unit": 44.22}),
        ]
        self.assertEqual(move.amount_total, 100.00)
        self.assertEqual(move.amount_tax, 11.51)
        self.assertEqual(
            move.line_ids.filtered(lambda line: line.display_type == "payment_term").balance, 100
        )

    def test_credit_note(self):
        bill = self._create_bill()
        move = bill.move_id
        bill._cancel("wrong reading")
        self.assertEqual(move.payment_state, "reversed")
        credit = bill.credit_move_id
        self.assertEqual(
            sorted(credit.line_ids.mapped("balance")),
            sorted(-balance for balance in move.line_ids.mapped("balance")),
        )
        self.assertEqual(credit.line_ids.tax_repartition_line_id.document_type, "refund")
