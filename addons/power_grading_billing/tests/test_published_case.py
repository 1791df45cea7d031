from collections import Counter

from odoo.fields import Command
from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestPublishedCase(TransactionCase):
    """The important customers of the demo utility get the grades published for the real ones."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.ref("power_demo.company", raise_if_not_found=False)
        if not cls.company:
            cls.skipTest(cls, "The demo utility is not installed.")
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.company.ids})
        cls.important = cls.env["res.partner"].search([("power_important_level", "=", "second")])
        last = cls.env["power.bill"].search(
            [("state", "=", "posted")], order="period_to desc", limit=1
        )
        schemes = ("credit", "value", "safety", "potential", "risk")
        cls.grading = cls.env["power.grading.run"].create(
            {
                "company_id": cls.company.id,
                "date": last.invoice_date_due,
                "line_ids": [
                    Command.create({"scheme_id": cls.env.ref(f"power_grading.scheme_wuxi_{x}").id})
                    for x in schemes
                ],
            }
        )
        cls.grading.action_compute()
        cls.grading.action_approve()

    def _count(self, axis):
        return Counter(self.important.mapped(f"power_grade_{axis}"))

    def test_there_are_21(self):
        self.assertEqual(len(self.important), 21)

    def test_value(self):
        self.assertEqual(self._count("value"), {"D": 5, "C": 16})

    def test_credit(self):
        self.assertEqual(self._count("credit"), {"A": 21})

    def test_safety(self):
        self.assertEqual(self._count("safety")["D"], 1)
        self.assertEqual(self.env.ref("power_demo.customer_bus").power_grade_safety, "D")

    def test_risk(self):
        """Property management has the highest risk, and its letter to itself."""
        results = self.env["power.grading.result"].search(
            [
                ("partner_id", "in", self.important.ids),
                ("family", "=", "wuxi_risk"),
                ("current", "=", True),
            ]
        )
        self.assertEqual(len(results), 21)
        worst = max(results, key=lambda result: result.score)
        self.assertEqual(worst.partner_id, self.env.ref("power_demo.customer_property"))
        self.assertEqual(results.filtered(lambda result: result.letter == worst.letter), worst)
