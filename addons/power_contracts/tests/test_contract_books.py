from datetime import date
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .finance_common import ContractBooksCase

VISITS = {"price": 600, "visit_months": 1, "recurring_invoicing_type": "post-paid"}
YEARLY = {"price": 1200, "recurring_rule_type": "yearly"}


@tagged("post_install", "-at_install")
class TestContractBooks(ContractBooksCase):
    def _open(self, *lines, day=date(2026, 1, 1), **vals):
        with self._day(day):
            contract = self._create_contract(lines, **vals)
            contract.action_open()
        return contract

    def _finish(self, visit, day, **vals):
        for test in visit.test_ids:
            test.write({"outcome": "taken", "date": day, "value": 2000, "looks": "good"})
        visit.write({"date_done": day, **vals})
        visit._set_state("done")

    def _create_part(self, visit, cost, quantity):
        product = self.env["product.product"].create(
            {"name": "Fuse 10 kV", "type": "consu", "standard_price": cost}
        )
        return self.env["power.contract.visit.part"].create(
            {"visit_id": visit.id, "product_id": product.id, "quantity": quantity}
        )

    # === MARGIN === #

    def test_margin(self):
        """A visit of 600.00 took 3 hours of 80.00 and two fuses of 75.00: 210.00 are left."""
        contract = self._open(("maintenance", VISITS))
        visit = contract.visit_ids.sorted("date_due")[0]
        part = self._create_part(visit, 75, 2)
        with self._day(date(2026, 1, 20)):
            self._finish(visit, date(2026, 1, 20), hours_spent=3)
        self._invoice(contract, date(2026, 2, 1))
        [figures] = self.env["power.contract.margin"]._read_group(
            [("contract_id", "=", contract.id)],
            [],
            ["income:sum", "time_cost:sum", "part_cost:sum", "other_cost:sum", "margin:sum"],
        )
        self.assertEqual(figures, (600, -240, -150, 0, 210))
        self.assertEqual(contract.power_margin, 210)
        with self.assertRaisesRegex(UserError, "is done and its costs are in the books"):
            part.quantity = 3

    def test_deferred_income_is_margin_of_its_month(self):
        contract = self._open(("on_call", YEARLY))
        self._invoice(contract, date(2026, 1, 1))
        self.assertEqual(contract.power_margin, 0)
        self._recognise(date(2026, 2, 1))
        contract.invalidate_recordset(["power_margin"])
        self.assertEqual(contract.power_margin, 101.92)

    def test_costs_of_others_count_too(self):
        """A subcontractor's bill on the analytic account of the contract."""
        contract = self._open(("load_report", {}))
        contract._charge([{"name": "Crane", "amount": -90, "date": date(2026, 1, 5)}])
        rows = self.env["power.contract.margin"].search([("contract_id", "=", contract.id)])
        self.assertEqual(rows.mapped("other_cost"), [-90])

    def test_other_analytic_accounts_stay(self):
        plan = self.env["account.analytic.plan"].create({"name": "Departments"})
        department = self.env["account.analytic.account"].create(
            {"name": "East", "plan_id": plan.id, "company_id": self.bureau.id}
        )
        contract = self._open(("load_report", {"analytic_distribution": {str(department.id): 100}}))
        own = contract.power_analytic_account_id
        move = self._invoice(contract, date(2026, 1, 1))
        self.assertEqual(
            move.invoice_line_ids.analytic_distribution, {f"{department.id},{own.id}": 100}
        )
        self.assertEqual(contract.power_margin, 100)

    # === FORECAST === #

    def _forecast(self, contract):
        rows = self.env["power.contract.forecast"]._read_group(
            [("contract_id", "=", contract.id)], ["date:month", "kind"], ["amount:sum"]
        )
        return {(month.strftime("%Y-%m"), kind): round(amount, 2) for month, kind, amount in rows}

    def test_forecast(self):
        """On 10 March: 1200.00 a year invoiced, 100.00 a month invoiced until March, 10 % more
        from July, and over at the end of the year."""
        calls = self._open(("on_call", YEARLY), renewal="none")
        reports = self._open(("load_report", {}), renewal="none")
        self._invoice(calls, date(2026, 1, 1))
        for month in (1, 2, 3):
            self._invoice(reports, date(2026, month, 1))
        self._recognise(date(2026, 3, 1))
        with self._day(date(2026, 3, 10)):
            self.env["power.contract.revision"].with_context(skip_modification_mail=True).create(
                {"contract_id": reports.id, "date": "2026-07-01", "percent": 10}
            )
            forecast = self._forecast(calls) | self._forecast(reports)
        self.assertEqual(forecast["2026-03", "deferred"], 101.92)
        self.assertNotIn(("2026-03", "contract"), forecast)
        self.assertEqual(forecast["2026-04", "deferred"], 98.63)
        self.assertEqual(forecast["2026-06", "contract"], 100)
        self.assertEqual(forecast["2026-07", "contract"], 110)
        self.assertEqual(forecast["2026-12", "deferred"], 101.91)
        self.assertFalse([key for key in forecast if key[0] > "2026-12"])
        # 1006.03 deferred, 3 × 100.00 and 6 × 110.00 to be invoiced
        self.assertEqual(round(sum(forecast.values()), 2), 1966.03)

    def test_forecast_goes_on_where_the_contract_does(self):
        contract = self._open(("load_report", {}), renewal="auto")
        with self._day(date(2026, 3, 10)):
            forecast = self._forecast(contract)
        self.assertEqual(forecast["2026-12", "contract"], 100)
        self.assertEqual(forecast["2027-02", "renewal"], 100)
        with self._day(date(2026, 3, 10)):
            contract.action_suspend(date(2026, 3, 10))
            self.assertFalse(self._forecast(contract))

    def test_forecast_of_a_short_month(self):
        """Over on 10 April: 10 of 30 days of 100.00."""
        contract = self._open(("load_report", {}), term_end=date(2026, 4, 10), renewal="none")
        with self._day(date(2026, 3, 10)):
            self.assertEqual(self._forecast(contract)["2026-04", "contract"], 33.33)

    def test_forecast_of_visits(self):
        """600.00 each; February's is invoiced, April's refused, the contract ends in June."""
        contract = self._open(("maintenance", VISITS), term_end=date(2026, 6, 30), renewal="none")
        first, second, _march, april = contract.visit_ids.sorted("date_due")
        with self._day(date(2026, 2, 5)):
            self._finish(first, date(2026, 1, 5))
            self._finish(second, date(2026, 2, 5))
        self._invoice(contract, date(2026, 2, 1))
        self._invoice(contract, date(2026, 3, 1))
        april.action_refuse()
        with self._day(date(2026, 2, 20)):
            forecast = self._forecast(contract)
        self.assertEqual(
            forecast,
            {("2026-03", "visit"): 600, ("2026-05", "visit"): 600, ("2026-06", "visit"): 600},
        )

    def test_forecast_of_drafts(self):
        """A draft invoice of 900.00 for 90 days is 310.00, 280.00 and 310.00."""
        contract = self._open(
            ("on_call", {"price": 900, "recurring_rule_type": "quarterly"}),
            term_end=date(2026, 3, 31),
            renewal="none",
        )
        with self._day(date(2026, 1, 1)):
            contract._recurring_create_invoice(date(2026, 1, 1))
            forecast = self._forecast(contract)
        self.assertEqual(
            forecast,
            {("2026-01", "draft"): 310, ("2026-02", "draft"): 280, ("2026-03", "draft"): 310},
        )

    # === RENEWALS === #

    def test_renewal_rate(self):
        """Of four terms that are over, two went on: 50 %."""
        renewed = self._open(("load_report", {}), renewal="auto", term_end=date(2026, 6, 30))
        self._open(("training", {}), renewal="none", term_end=date(2026, 6, 30))
        left = self._open(("on_call", {}), renewal="none")
        with self._day(date(2026, 7, 1)):
            self.env["contract.contract"]._cron_follow_terms()
            left.action_terminate(date(2026, 7, 1))
        with self._day(date(2027, 7, 1)):
            self.env["contract.contract"]._cron_follow_terms()
        self.assertEqual(
            renewed.term_ids.sorted("date_from").mapped("date_from"),
            [date(2026, 1, 1), date(2026, 7, 1), date(2027, 7, 1)],
        )
        over = [("company_id", "=", self.bureau.id), ("outcome", "!=", "running")]
        [(rate,)] = self.env["power.contract.term"]._read_group(over, [], ["renewal_rate:avg"])
        self.assertEqual(rate, 50)

    def test_late_renewal_counts_as_one(self):
        contract = self._open(("load_report", {}), renewal="agreement", term_end=date(2026, 6, 30))
        with self._day(date(2026, 7, 1)):
            self.env["contract.contract"]._cron_follow_terms()
            self.assertEqual(contract.term_ids.outcome, "ended")
            contract.action_renew()
        terms = contract.term_ids.sorted("date_from")
        self.assertEqual(terms.mapped("outcome"), ["renewed", "running"])

    # === RECEIVABLES === #

    def test_aged_receivables(self):
        contract = self._open(("load_report", {}))
        for month in (1, 2, 3):
            move = self._invoice(contract, date(2026, month, 1))
            self.assertEqual(move.invoice_date_due, date(2026, month, 1))
        with self._day(date(2026, 3, 10)):
            rows = self.env["power.contract.receivable"].search(
                [("contract_id", "=", contract.id)], order="date_due"
            )
            # 68, 37 and 9 days after the first of January, February and March
            self.assertEqual(rows.mapped("days_overdue"), [68, 37, 9])
            self.assertEqual(rows.mapped("age"), ["3", "2", "1"])
            self.assertEqual(sum(rows.mapped("amount_61_90")), 100)
            self.assertEqual(sum(rows.mapped("amount_open")), 300)

    def test_receivables_of_single_jobs(self):
        """A test for 500.00, sold by its quotation alone; other sales are no services."""
        testing = self.env.ref("power_contracts.product_testing").product_tmpl_id
        lamp = self.env["product.template"].create({"name": "Lamp", "invoice_policy": "order"})
        moves = self.env["account.move"]
        for product in (testing, lamp):
            order = self.env["sale.order"]._request_power_quote(
                self.bureau, self.customer, product, points=self.point
            )
            order.order_line.write({"price_unit": 500, "tax_ids": False})
            order.action_confirm()
            with self._day(date(2026, 1, 1)):
                move = order._create_invoices()
                move.action_post()
            moves += move
        job = moves[0]
        with self._day(date(2026, 3, 10)):
            row = self.env["power.contract.receivable"].search([("move_id", "in", moves.ids)])
            self.assertEqual((row.move_id, row.source, row.amount_61_90), (job, "job", 500))
            self.assertEqual(row.sale_order_id, job.invoice_line_ids.sale_line_ids.order_id)
            books = self.env["power.contract.workbook"].with_user(self.finance)
            _columns, [cells] = books._get_receivable_table([("move_id", "=", job.id)])
        self.assertEqual(cells[:3], [row.sale_order_id.name, "Single job", "Taihu Steel"])

    # === ONE BROKEN CONTRACT === #

    def test_one_broken_contract_stops_no_other(self):
        """Its reason is listed and its person told; mended, the next night invoices it."""
        good = self._open(("load_report", {}))
        broken = self._open(("training", {}))
        lines = self.env.registry["contract.line"]
        usual = lines._prepare_invoice_line

        def fail(line):
            if line.contract_id == broken:
                raise ValueError(f"No price for {line.name}.")
            return usual(line)

        invoice = self.env["contract.contract"].cron_recurring_create_invoice
        with self._day(date(2026, 1, 2)):
            with (
                patch.object(lines, "_prepare_invoice_line", fail),
                mute_logger("odoo.addons.contract.models.contract"),
            ):
                invoice()
            self.assertEqual(good._get_related_invoices().amount_untaxed, 100)
            self.assertFalse(broken._get_related_invoices())
            failed = self.env["contract.contract"].search(
                [("invoice_generation_error", "!=", False), ("company_id", "=", self.bureau.id)]
            )
            self.assertEqual(failed, broken)
            self.assertIn("No price for training", broken.invoice_generation_error)
            self.assertTrue(broken.activity_ids)
            invoice()
        self.assertEqual(broken._get_related_invoices().amount_untaxed, 100)
        self.assertEqual(len(good._get_related_invoices()), 1)
        self.assertFalse(broken.invoice_generation_error)

    def test_posted_and_mailed_by_themselves(self):
        """As the company has set it; what cannot be posted has an activity, the others go on."""
        self.customer.email = "bills@taihu.example"
        contract = self._open(("load_report", {}))
        broken = self._open(("training", {}))
        invoice = self.env["contract.contract"].cron_recurring_create_invoice
        with self._day(date(2026, 1, 1)):
            invoice()
        january = contract._get_related_invoices()
        self.assertEqual(january.state, "draft", "finance posts, as long as nothing is set")
        wrong = broken._get_related_invoices()
        wrong.partner_id = False
        self.bureau.power_service_invoices = "send"
        with self._day(date(2026, 2, 1)):
            invoice()
        moves = contract._get_related_invoices()
        self.assertEqual(moves.mapped("state"), ["posted", "posted"])
        self.assertTrue(all(moves.mapped("sending_data")), "they wait in the queue of mails")
        self.assertEqual(wrong.state, "draft")
        self.assertIn("customer", wrong.activity_ids.note.lower())
