from collections import Counter
from datetime import timedelta

from odoo import fields
from odoo.tests import TransactionCase, tagged

from odoo.addons.power_contracts.tools.deferral import month_end

from ..demo.contracts import STORIES


@tagged("post_install", "-at_install")
class TestDemoContracts(TransactionCase):
    """Services of the utility: a contract in every state, and books that agree with them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.ref("power_demo.company")
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.company.ids})
        cls.contracts = cls.env["contract.contract"].union(
            *(cls._contract(story.key) for story in STORIES)
        )
        cls.today = cls.company._get_power_today()

    @classmethod
    def _contract(cls, key):
        return cls.env.ref(f"power_demo.contract_{key}")

    def _balance(self, *domain):
        [(balance,)] = self.env["account.move.line"]._read_group(
            [("company_id", "=", self.company.id), ("parent_state", "=", "posted"), *domain],
            [],
            ["balance:sum"],
        )
        return balance or 0

    def test_every_state(self):
        states = Counter(self.contracts.mapped("state"))
        self.assertEqual(set(states), set(dict(self.contracts._fields["state"].selection)), states)
        self.assertEqual(self._contract("offered").renewal_state, "offered")
        self.assertEqual(
            self._contract("renewed").term_ids.sorted("date_from").mapped("outcome"),
            ["renewed", "running"],
        )

    def test_factories_and_shopping_centres(self):
        usages = self.contracts.supply_point_ids.usage_category_id
        self.assertIn(self.env.ref("power_crm.usage_commercial"), usages)
        self.assertIn(self.env.ref("power_crm.usage_large_industry"), usages)

    def test_visits(self):
        """Done, missed and refused ones; who is in force knows the next one."""
        self.assertIn("missed", self._contract("missed").visit_ids.mapped("state"))
        self.assertIn("refused", self._contract("store").visit_ids.mapped("state"))
        for key in ("factory", "store", "renewed"):
            planned = self._contract(key).visit_ids.filtered(lambda v: v.state == "planned")
            self.assertGreaterEqual(min(planned.mapped("date_planned")).date(), self.today, key)
        done = self.contracts.visit_ids.filtered(lambda visit: visit.state == "done")
        self.assertFalse(done.test_ids.filtered(lambda test: test.outcome == "open"))

    def test_the_factory_has_a_defect(self):
        """Its earthing was measured at 6.3 Ω; from 100 kVA on 4 Ω are allowed."""
        defect = self.env.ref("power_demo.defect_earthing")
        test = defect.contract_visit_id.test_ids.filtered(lambda item: item.verdict == "fail")
        self.assertEqual((test.equipment_id, test.maximum), (defect.equipment_id, 4))
        self.assertGreater(test.value, test.maximum)
        user = self.env.ref("power_demo.user_factory")
        self.assertEqual(defect.with_user(user).contract_visit_id.with_user(user).state, "done")

    def test_only_visits_done_are_invoiced(self):
        visits = self.contracts.visit_ids
        self.assertEqual(set(visits.filtered("invoice_line_id").mapped("state")), {"done"})
        for line in visits.invoice_line_id:
            count = len(visits.filtered(lambda visit, line=line: visit.invoice_line_id == line))
            self.assertEqual(line.quantity, count, line.name)

    def test_all_in_yuan(self):
        yuan = self.env.ref("base.CNY")
        self.assertEqual(self.contracts.currency_id, yuan)
        for contract in self.contracts - self._contract("draft"):
            self.assertLessEqual(contract._get_related_invoices().currency_id, yuan)
        self.assertEqual(self.env.ref("power_demo.quotation_open").currency_id, yuan)

    def test_paid_and_not(self):
        factory = self._contract("factory")._get_related_invoices().sorted("invoice_date")
        self.assertEqual(factory[-1].payment_state, "not_paid", "the customer may pay it")
        self.assertEqual(set(factory[:-1].mapped("payment_state")), {"paid"})
        overdue = self.env["power.contract.receivable"].search([("days_overdue", ">", 60)])
        self.assertIn(self._contract("terminated"), overdue.contract_id)

    def test_deferred_income(self):
        """What waits is what the account holds; every month that is over is in the books."""
        waiting = self.env["power.contract.deferral"].search(
            [("company_id", "=", self.company.id), ("state", "=", "waiting")]
        )
        self.assertTrue(waiting)
        self.assertAlmostEqual(
            sum(waiting.mapped("amount")),
            -self._balance(("account_id", "=", self.company.power_deferred_account_id.id)),
            places=2,
        )
        made = self._contract("factory").create_date.date()
        self.assertGreater(min(waiting.mapped("date")), made - timedelta(days=1))

    def test_termination_is_settled(self):
        """Nothing of a terminated contract waits for a month after its end."""
        contract = self._contract("terminated")
        moves = contract._get_related_invoices()
        self.assertIn("out_refund", moves.mapped("move_type"))
        rows = self.env["power.contract.deferral"].search([("contract_id", "=", contract.id)])
        over = month_end(contract.term_end)
        self.assertFalse(rows.filtered(lambda row: row.state == "waiting" and row.date > over))
        self.assertIn("cancelled", rows.mapped("state"))

    def test_margin(self):
        """Visits of two and a half hours at 80 yuan."""
        contract = self._contract("missed")
        done = contract.visit_ids.filtered(lambda visit: visit.state == "done")
        [(cost,)] = self.env["power.contract.margin"]._read_group(
            [("contract_id", "=", contract.id)], [], ["time_cost:sum"]
        )
        self.assertEqual(cost, -len(done) * 2.5 * 80)

    def test_a_quotation_is_open(self):
        order = self.env.ref("power_demo.quotation_open")
        self.assertEqual(order.state, "sent")
        self.assertGreaterEqual(order.validity_date, fields.Date.to_date(order.date_order))
        self.assertTrue(all(line.product_id.power_service_kind for line in order.order_line))
