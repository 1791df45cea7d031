import random

from odoo.tests import TransactionCase, tagged
from odoo.tools import float_round

from ..tools.invoice_shape import make_name_template
from ..tools.percent_tax import Line, compute, make_round

CENTS = 100.0


@tagged("post_install", "-at_install")
class TestKernelPercentTax(TransactionCase):
    """The kernel beside Odoo's tax engine."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.currency = cls.env.company.currency_id
        cls.taxes = cls.env["account.tax"].create(
            [
                {
                    "name": f"{percent} % within",
                    "amount": percent,
                    "price_include_override": "tax_included",
                    "type_tax_use": "sale",
                }
                for percent in (13, 6, 9.5)
            ]
        )
        cls.on_top = cls.taxes.copy({"price_include_override": "tax_excluded"})
        cls.to_unit = staticmethod(make_round(CENTS))

    def _compute_by_engine(self, lines, by_line):
        engine, company = self.env["account.tax"], self.env.company
        company.tax_calculation_rounding_method = "round_per_line" if by_line else "round_globally"

        def base_line(line):
            return engine._prepare_base_line_for_taxes_computation(
                None,
                tax_ids=engine.browse(line.tax or []),
                currency_id=self.currency,
                price_unit=line.price,
                quantity=line.quantity,
                rate=1.0,
                sign=1,
            )

        base_lines = [base_line(line) for line in lines]
        engine._add_tax_details_in_base_lines(base_lines, company)
        engine._round_base_lines_tax_details(base_lines, company)
        engine._add_accounting_data_in_base_lines_tax_details(base_lines, company)
        result = engine._prepare_tax_lines(base_lines, company)
        single = [base_line(line) for line in lines]
        for line in single:
            engine._add_tax_details_in_base_line(line, company)
            engine._round_base_lines_tax_details([line], company)
        repartition = self.env["account.tax.repartition.line"]
        return {
            "base": [self._cents(a["balance"]) for _l, a in result["base_lines_to_update"]],
            "subtotal": [self._cents(l["tax_details"]["total_excluded_currency"]) for l in single],
            "total": [self._cents(l["tax_details"]["total_included_currency"]) for l in single],
            "taxes": [
                (
                    repartition.browse(line["tax_repartition_line_id"]).tax_id.id,
                    self._cents(line["balance"]),
                    self._cents(line["tax_base_amount"]),
                )
                for line in result["tax_lines_to_add"]
            ],
        }

    def _cents(self, amount):
        return round(amount * CENTS)

    def _compute(self, lines, by_line):
        result = compute(lines, self.to_unit, CENTS, by_line)
        return {
            "base": [self._cents(amount) for amount in result.base],
            "subtotal": [self._cents(amount) for amount in result.subtotal],
            "total": [self._cents(amount) for amount in result.total],
            "taxes": [(tax, self._cents(a), self._cents(b)) for tax, a, b in result.taxes],
        }

    def _make_lines(self, generator, taxes):
        for _line in range(generator.randint(1, 7)):
            tax = generator.choice([*taxes, taxes[0], None])
            quantity = generator.randint(1, 10**6) / generator.choice((1, 100))
            price = generator.randint(1, 10**6) / 10**6
            if generator.random() < 0.4:  # half cents
                quantity, price = generator.randrange(1, 999, 2), generator.choice((0.565, 0.045))
            if generator.random() < 0.1:
                quantity = -quantity
            if generator.random() < 0.1:
                quantity = 0.0
            within = not tax or tax.price_include
            yield Line(tax and tax.id, tax and tax.amount, quantity, price, within)

    def test_random_invoices(self):
        generator = random.Random(13)
        for number in range(450):
            taxes = (self.taxes, self.on_top, self.taxes[0] + self.on_top[1])[number % 3]
            lines = list(self._make_lines(generator, taxes))
            by_line = number % 2 == 0
            expected = self._compute_by_engine(lines, by_line)
            self.assertEqual(self._compute(lines, by_line), expected, (lines, by_line))

    def test_by_hand(self):
        """21.53 with 21 % within, twice: nets 17.79, together 35.59, tax 7.47 (Odoo's example)."""
        lines = [Line(1, 21.0, 1.0, 21.53)] * 2
        result = self._compute(lines, by_line=False)
        self.assertEqual(result["base"], [1780, 1779])
        self.assertEqual(result["subtotal"], [1779, 1779])
        self.assertEqual(result["taxes"], [(1, 747, 3559)])
        by_line = self._compute(lines, by_line=True)
        self.assertEqual(by_line["taxes"], [(1, 748, 3558)])

    def test_on_top_by_hand(self):
        """12.12 × 12.12 at 23 % on top, twice: 293.79 and 67.57 (Odoo's example)."""
        lines = [Line(1, 23.0, 12.12, 12.12, False)] * 2
        result = self._compute(lines, by_line=False)
        self.assertEqual(result["subtotal"], [14689, 14689])
        self.assertEqual(sorted(result["base"]), [14689, 14690])
        self.assertEqual(result["taxes"], [(1, 6757, 29379)])

    def test_rounding(self):
        generator = random.Random(7)
        for _number in range(20000):
            value = generator.randint(-(10**9), 10**9) / generator.choice((10**3, 10**5, 10**7))
            self.assertEqual(self.to_unit(value), float_round(value, precision_rounding=0.01))
        self.assertEqual(self.to_unit(2.675), 2.68)
        self.assertEqual(self.to_unit(0.0), 0.0)

    def test_name_template(self):
        tokens = {"ref": "B{1}", "payment_reference": "000195"}
        template = make_name_template("B{1} - 000195 instalment #1", tokens)
        self.assertEqual(template, "{ref} - {payment_reference} instalment #1")
        self.assertEqual(template.format(ref="B2", payment_reference="x"), "B2 - x instalment #1")
        self.assertEqual(make_name_template("a{b}", {}), "a{{b}}")
        self.assertIsNone(make_name_template(None, tokens))
