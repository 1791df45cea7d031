from datetime import date

from odoo.tests import tagged

from odoo.addons.power_contracts.tests.common import ContractsCase
from odoo.addons.power_grading.models.power_grading_source import ScoreScope
from odoo.addons.power_grading.tests.common import values_of

DAY = date(2026, 6, 30)


@tagged("post_install", "-at_install")
class TestContractSources(ContractsCase):
    """A contract from 1 January to 31 December 2026, 100 a month."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._create_contract([("load_report", {})])

    def _value(self, code, day=DAY, months=12):
        self.env.flush_all()
        query = self.env["power.grading.source"]._score_queries()[code]
        found = values_of(self.env, query, ScoreScope(self.bureau.id, day, months))
        return found.get(self.customer.id)

    def test_contracts_in_force_on_a_day(self):
        # a draft counts for nothing
        self.assertIsNone(self._value("service_contracts"))
        self.contract._set_state("open")
        self.assertEqual(self._value("service_contracts"), 1)
        self.assertIsNone(self._value("service_contracts", date(2025, 12, 31)))
        self.assertEqual(self._value("service_contracts", date(2026, 12, 31)), 1)
        self.assertIsNone(self._value("service_contracts", date(2027, 1, 1)))

    def test_service_income(self):
        """What another sale brings is no service income."""
        self._prepare_accounts()
        line = self.contract.contract_line_ids[:1]
        moves = self.env["account.move"]
        for day, price, contract_line in (
            (date(2026, 5, 1), 100, line.id),
            (date(2026, 6, 1), 70, line.id),
            (date(2026, 6, 1), 5000, False),
            (date(2025, 6, 30), 900, line.id),
        ):
            moves |= moves.create(
                {
                    "move_type": "out_invoice",
                    "company_id": self.bureau.id,
                    "journal_id": self.journal.id,
                    "partner_id": self.customer.id,
                    "invoice_date": day,
                    "invoice_line_ids": [
                        (0, 0, {"name": "Care", "price_unit": price, "tax_ids": [],
                                "contract_line_id": contract_line})
                    ],
                }
            )  # fmt: skip
        moves.action_post()
        self.assertEqual(self._value("service_income"), 170)

    def test_overdue_tests_and_missed_visits(self):
        due = self.env["power.test.due"].search([("partner_id", "=", self.customer.id)])
        self.assertTrue(due)
        due.date_due = DAY
        self.assertIsNone(self._value("overdue_tests"))
        due[0].date_due = date(2026, 6, 29)
        self.assertEqual(self._value("overdue_tests"), 1)
        visits = self.env["power.contract.visit"].create(
            [
                {
                    "contract_id": self.contract.id,
                    "contract_line_id": self.contract.contract_line_ids[:1].id,
                    "origin": "plan",
                    "date_due": day,
                    "deadline": day,
                }
                for day in (date(2026, 3, 1), date(2026, 4, 1), date(2025, 3, 1))
            ]
        )
        self.assertIsNone(self._value("missed_visits"))
        (visits[0] + visits[2])._set_state("missed")
        self.assertEqual(self._value("missed_visits"), 1)
