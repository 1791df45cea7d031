from odoo.tests import tagged
from odoo.tools import SQL

from .common import PowerCase


@tagged("post_install", "-at_install")
class TestSequence(PowerCase):
    """Numbers drawn in quantity: in order, and never one given by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sequences = cls.env["ir.sequence"]
        cls.sequence = cls.sequences.create(
            {
                "name": "Customer number of the bureau",
                "code": "power.customer",
                "prefix": "BH",
                "suffix": "/W",
                "padding": 4,
                "company_id": cls.bureau.id,
            }
        )

    def _draw(self, count):
        return self.sequences._draw_unused(
            "power.customer", self.env["res.partner"], "power_customer_number", count
        )

    def test_taken_numbers_are_passed_over(self):
        self._create_customer(power_customer_number="BH0002/W", active=False)
        self.assertEqual(self._draw(3), ["BH0001/W", "BH0003/W", "BH0004/W"])
        self.assertEqual(self._draw(0), [])
        self.assertEqual(
            self._create_customer(power_is_customer=True).power_customer_number, "BH0005/W"
        )

    def test_number_in_an_insert(self):
        """The next number is the same whether it is drawn or inserted; a long one is not cut."""
        sequence = self.sequence.copy({"code": "power.test.insert"})

        def insert():
            number = self.sequences._get_next_sql(sequence.code)
            return self.env.execute_query(SQL("SELECT %s", number))[0][0]

        self.assertEqual(insert(), "BH0001/W")
        self.assertEqual(self.sequences._draw(sequence.code, 1), ["BH0002/W"])
        sequence.number_next_actual = 12345
        self.assertEqual(insert(), "BH12345/W")
        sequence.implementation = "no_gap"
        self.assertIsNone(self.sequences._get_next_sql(sequence.code))

    def test_sequence_without_gaps(self):
        self.sequence.implementation = "no_gap"
        self.assertEqual(self._draw(2), ["BH0001/W", "BH0002/W"])

    def test_sequence_by_year(self):
        self.sequence.write({"use_date_range": True, "prefix": "%(range_year)s-", "suffix": False})
        self.env["ir.sequence.date_range"].create(
            {"sequence_id": self.sequence.id, "date_from": "2000-01-01", "date_to": "2999-12-31"}
        )
        self.assertEqual(self._draw(2), ["2000-0001", "2000-0002"])
        self.assertEqual(self._draw(1), ["2000-0003"])
