from odoo.tests import TransactionCase, tagged

from ..tools.chart import row_chart


@tagged("post_install", "-at_install")
class TestRowChart(TransactionCase):
    def test_a_row_a_month(self):
        """A page of 390 pixels leaves 300 or more: a figure of 13 points is 13 pixels or more.

        Between name (62) and figure (60) are 178 points: 332.10 of 380 kWh are 155.6 of them.
        """
        svg = row_chart([("2026-08", 380.0), ("2026-09", 332.1)])
        self.assertIn('viewBox="0 0 300 38"', svg)
        self.assertIn('font-size="13"', svg)
        self.assertIn('width="178.0"', svg)
        self.assertIn('width="155.6"', svg)
        self.assertIn(">332<", svg)
        self.assertFalse(row_chart([]))
