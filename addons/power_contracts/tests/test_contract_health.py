from datetime import date

from odoo.tests import tagged

from .finance_common import ContractBooksCase

VISITS = {"visit_months": 1, "recurring_invoicing_type": "post-paid"}


@tagged("post_install", "-at_install")
class TestContractHealth(ContractBooksCase):
    """Every reason is said on the contract, and its filter finds the contract by it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for code in ("insulation", "winding"):
            # every 36 months: the next ones are in December 2028
            cls._create_test(cls.transformer, code, date(2025, 12, 1), value=2000)

    def _open(self, *lines, **vals):
        with self._day(date(2026, 1, 1)):
            contract = self._create_contract(lines or [("load_report", {})], **vals)
            contract.action_open()
        return contract

    def _read(self, contract, day):
        """Return health and issues on a day; the filters must agree with them."""
        with self._day(day):
            contract.invalidate_recordset(["health", "health_issue", "health_note"])
            labels = dict(contract._fields["health_issue"].selection)
            issues = [
                issue
                for issue in labels
                if contract.search([("id", "=", contract.id), ("health_issue", "=", issue)])
            ]
            self.assertEqual(contract.health_note, "; ".join(labels[issue] for issue in issues))
            self.assertEqual(contract.health_issue, issues[0] if issues else False)
            for level in ("good", "watch", "bad", False):
                found = contract.search([("id", "=", contract.id), ("health", "=", level)])
                self.assertEqual(bool(found), contract.health == level, level)
            return contract.health, issues

    def test_unpaid(self):
        """Due on 1 January: overdue on the 2nd, for more than 30 days on 1 February."""
        contract = self._open()
        move = self._invoice(contract, date(2026, 1, 1))
        self.assertEqual(self._read(contract, date(2026, 1, 1)), ("good", []))
        self.assertEqual(self._read(contract, date(2026, 1, 31)), ("watch", ["unpaid"]))
        self.assertEqual(self._read(contract, date(2026, 2, 1)), ("bad", ["long_unpaid"]))
        with self._day(date(2026, 2, 1)):
            contract.action_terminate(date(2026, 2, 1))
        self.assertEqual(self._read(contract, date(2026, 2, 1))[0], "bad", "it still owes")
        move.button_cancel()
        self.assertEqual(self._read(contract, date(2026, 2, 1)), (False, []))

    def test_defects_and_tests(self):
        contract = self._open()
        defect = self.env["power.defect"].create(
            {"name": "Oil leak", "equipment_id": self.transformer.id, "date_found": "2026-01-05"}
        )
        defect.deadline = date(2026, 2, 28)
        day = date(2026, 2, 28)
        self.assertEqual(self._read(contract, day), ("watch", ["defect"]))
        day = date(2026, 3, 1)
        self.assertEqual(self._read(contract, day), ("bad", ["defect_late"]))
        defect._set_state("noticed")
        defect._set_state("rectified")
        contract.equipment_ids = False
        self._create_equipment(name="Transformer 2")
        issues = self._read(contract, day)
        # never tested since 2020; covered with its supply point
        self.assertEqual(issues, ("watch", ["test_overdue"]))

    def test_visits(self):
        contract = self._open(("maintenance", {"price": 600, **VISITS}))
        visit = contract.visit_ids.sorted("date_due")[0]
        self.assertEqual(self._read(contract, date(2026, 1, 31)), ("good", []))
        self.assertEqual(self._read(contract, date(2026, 2, 1)), ("watch", ["visit_late"]))
        visit._set_state("missed")
        self.assertEqual(self._read(contract, date(2026, 2, 1)), ("bad", ["missed"]))

    def test_end_and_requests(self):
        contract = self._open(renewal="agreement", notice_days=30)
        self.assertEqual(self._read(contract, date(2026, 11, 30)), ("good", []))
        # 31 December less 30 days
        self.assertEqual(self._read(contract, date(2026, 12, 1)), ("watch", ["ending"]))
        contract.renewal = "auto"
        self.assertEqual(self._read(contract, date(2026, 12, 1)), ("good", []))
        with self._day(date(2026, 12, 1)):
            request = contract._ask_request("change", "Two more transformers")
            contract.invoice_generation_error = "No journal"
        request.deadline = date(2026, 12, 2)
        self.assertEqual(
            self._read(contract, date(2026, 12, 3)), ("bad", ["not_invoiced", "request_late"])
        )
        agent = self._create_user("agent")
        self.assertEqual(contract.with_user(agent).health, "bad")
