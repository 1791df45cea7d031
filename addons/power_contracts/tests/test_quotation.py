from datetime import date

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from .common import ContractsCase


@tagged("post_install", "-at_install")
class TestQuotation(ContractsCase):
    """From a package to a contract in force."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.package = cls.env.ref("power_contracts.sale_order_template_standard")

    def _quote(self, package=None, **vals):
        order = self.env["sale.order"]._request_power_quote(
            self.bureau, self.customer, package or self.package, points=self.point
        )
        order.write({"power_contract_start": date(2026, 1, 31), **vals})
        return order

    def _get_line(self, records, product):
        return records.filtered(
            lambda line: line.product_id == self.env.ref(f"power_contracts.product_{product}")
        )

    def test_package_says_validity_signature_and_term(self):
        order = self._quote()
        self.assertTrue(order.require_signature)
        self.assertEqual((order.validity_date - order.create_date.date()).days, 30)
        self.assertEqual(order.power_contract_months, 12)
        self.assertTrue(order.makes_power_contract)

    def test_accepted_quotation_becomes_a_contract_in_force(self):
        order = self._quote(power_equipment_ids=[Command.set(self.transformer.ids)])
        self._get_line(order.order_line, "maintenance").write({"price_unit": 550, "discount": 10})
        order.action_confirm()
        contract = order.power_contract_ids
        self.assertEqual(contract.state, "open")
        self.assertEqual(contract.sale_order_id, order)
        # twelve months from 31 January 2026: the last day is 30 January 2027
        self.assertEqual(
            (contract.date_start, contract.term_end), (date(2026, 1, 31), date(2027, 1, 30))
        )
        self.assertEqual(contract.supply_point_ids, self.point)
        self.assertEqual(contract.equipment_ids, self.transformer)
        self.assertEqual((contract.renewal, contract.notice_days), ("agreement", 30))
        visits = self._get_line(contract.contract_line_ids, "maintenance")
        # four visits a year: one each quarter, at the price of the quotation
        self.assertEqual((visits.visit_months, visits.quantity), (3, 1))
        self.assertEqual((visits.price_unit, visits.discount), (550, 10))
        calls = self._get_line(contract.contract_line_ids, "on_call")
        self.assertEqual((calls.calls_included, calls.visit_months), (4, 0))
        self.assertTrue(contract.visit_ids)

    def test_sections_and_notes_are_no_services(self):
        order = self._quote()
        order.order_line = [
            Command.create({"display_type": "line_section", "name": "Transformer room"}),
            Command.create({"display_type": "line_note", "name": "Without parts."}),
        ]
        words = order.order_line.filtered("display_type")
        self.assertEqual(len(words), 2)
        self.assertFalse(words.power_template_line_id)
        services = order.order_line - words
        order.action_confirm()
        self.assertEqual(order.power_contract_ids.contract_line_ids.product_id, services.product_id)

    def test_every_company_sells_the_packages(self):
        """Shipped templates are nobody's alone; one of another company gives no terms."""
        seller = self._create_user("account_manager")
        template = self.package.power_contract_template_id
        self.assertFalse(template.company_id or template.journal_id)
        order = self._quote()
        self.env.invalidate_all()
        lines = order.with_user(seller).order_line
        self.assertEqual(len(lines.power_template_line_id), 3)
        self.assertIn(template, template.with_user(seller).search([]))
        template.company_id = self._create_bureau("Other bureau")
        self.env.invalidate_all()
        self.assertFalse(lines.power_template_line_id)

    def test_texts_of_a_contract_are_in_the_language_of_its_customer(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        template = self.package.power_contract_template_id
        line = self._get_line(template.contract_line_ids, "on_call")
        template.with_context(lang="zh_CN").name = "配电房"
        line.with_context(lang="zh_CN").name = "抢修"
        self.customer.lang = "zh_CN"
        order = self._quote()
        order.with_context(lang="en_US").action_confirm()
        contract = order.power_contract_ids
        self.assertEqual(contract.name, "配电房")
        self.assertEqual(self._get_line(contract.contract_line_ids, "on_call").name, "抢修")
        contract.with_context(lang="en_US").action_suspend(date(2026, 3, 1), "停产")
        self.assertIn("已暂停。停产", contract.modification_ids.mapped("description"))

    @freeze_time("2026-01-10")
    def test_a_contract_by_hand_takes_all_of_its_template(self):
        """Visits and calls come along; lines run from the first day, also one chosen later."""
        self._prepare_accounts()
        contracts = self.env["contract.contract"].with_context(
            default_is_power_service=True,
            default_contract_type="sale",
            default_line_recurrence=True,
        )
        form = Form(contracts, view="contract.contract_contract_customer_form_view")
        form.partner_id = self.customer
        form.name = "Transformer room"
        form.date_start = date(2026, 2, 1)
        form.term_end = date(2027, 1, 31)
        form.contract_template_id = self.package.power_contract_template_id
        self.assertEqual(form.date_start, date(2026, 2, 1))
        form.date_start = date(2026, 3, 1)
        form.supply_point_ids.add(self.point)
        contract = form.save()
        visits = self._get_line(contract.contract_line_ids, "maintenance")
        self.assertEqual((visits.visit_months, visits.visit_hours), (3, 2))
        # in arrears by the quarter: March to May is invoiced on 1 June
        self.assertEqual(
            (visits.date_start, visits.date_end, visits.recurring_next_date),
            (date(2026, 3, 1), date(2027, 1, 31), date(2026, 6, 1)),
        )
        calls = self._get_line(contract.contract_line_ids, "on_call")
        self.assertEqual((calls.calls_included, calls.calls_unlimited), (4, False))
        self.assertEqual(calls.recurring_next_date, date(2026, 3, 1))

    def test_contract_and_quotation_name_each_other(self):
        order = self._quote()
        order.action_confirm()
        contract = order.power_contract_ids
        self.assertIn(order.name, "".join(contract.message_ids.mapped("body")))
        self.assertIn(f'data-oe-id="{contract.id}"', "".join(order.message_ids.mapped("body")))

    def test_confirming_again_makes_nothing_twice(self):
        order = self._quote()
        order.action_confirm()
        contract = order.power_contract_ids
        order._make_power_contracts()
        self.assertEqual(order.power_contract_ids, contract)
        with self.assertRaisesRegex(UserError, "Terminate that contract"):
            order._action_cancel()

    def test_what_the_contract_charges_adds_up_to_the_quotation(self):
        """Premium: 12 × 600 + 1800 + 400 + 12 × 200 = 11,800 a year by the list prices."""
        prices = {"maintenance": 600, "testing": 1800, "on_call": 400, "load_report": 200}
        for product, price in prices.items():
            self.env.ref(f"power_contracts.product_{product}").list_price = price
        order = self._quote(self.env.ref("power_contracts.sale_order_template_premium"))
        self.assertEqual(order.amount_untaxed, 11800)
        order.action_confirm()
        charges = {"maintenance": 12, "testing": 1, "on_call": 1, "load_report": 12}
        lines = order.power_contract_ids.contract_line_ids
        total = sum(
            count
            * self._get_line(lines, product).quantity
            * self._get_line(lines, product).price_unit
            for product, count in charges.items()
        )
        self.assertEqual(total, 11800)
        self.assertEqual(order.order_line.mapped("qty_to_invoice"), [0, 0, 0, 0])

    def test_uneven_quantity_is_refused_before_the_customer_signs(self):
        order = self._quote()
        for quantity in (5, 8, 5.01):
            # 12 months are no whole number of months for each of 5 or 8 visits
            self._get_line(order.order_line, "maintenance").product_uom_qty = quantity
            with self.assertRaisesRegex(UserError, "one of 1, 2, 3, 4, 6, 12"):
                order.action_quotation_sent()

    def test_visits_and_calls_sold_are_those_of_the_contract(self):
        """6 visits in 12 months: one every 2; two on-call packages: twice 4 calls."""
        order = self._quote()
        self._get_line(order.order_line, "maintenance").product_uom_qty = 6
        self._get_line(order.order_line, "on_call").product_uom_qty = 2
        order.action_confirm()
        contract = order.power_contract_ids
        visits = self._get_line(contract.contract_line_ids, "maintenance")
        self.assertEqual((visits.visit_months, visits.quantity), (2, 1))
        visits._generate_visits(contract.term_end)
        self.assertEqual(len(visits.visit_ids), 6)
        calls = self._get_line(contract.contract_line_ids, "on_call")
        self.assertEqual((calls.calls_included, calls.quantity), (8, 2))

    def test_nothing_covered_is_refused(self):
        order = self._quote(power_supply_point_ids=[Command.clear()])
        with self.assertRaisesRegex(UserError, "name the supply points"):
            order.action_quotation_sent()
        rival = self._create_point(self._create_customer("Rival", company_id=self.bureau.id))
        order.power_supply_point_ids = rival
        with self.assertRaisesRegex(UserError, "belongs to Rival"):
            order.action_confirm()

    def test_a_signed_contract_that_overlaps_waits_for_somebody(self):
        self._quote().action_confirm()
        second = self._quote(user_id=self.env.uid)
        second.action_confirm()
        contract = second.power_contract_ids
        self.assertEqual((second.state, contract.state), ("sale", "draft"))
        self.assertEqual(contract.activity_ids.user_id, self.env.user)
        second._action_cancel()
        self.assertFalse(contract.exists())

    def test_deposit_pays_the_first_invoice(self):
        """500 paid when the quotation was accepted; the first invoice is one of 12,000."""
        self._prepare_accounts()
        self.env.ref("power_contracts.product_generator").list_price = 12000
        order = self._quote(self.env.ref("power_contracts.sale_order_template_generator"))
        order.order_line.tax_ids = False
        order.action_confirm()
        payment = self._pay_deposit(500)
        provider = self.env["payment.provider"].create(
            {"name": "Till", "company_id": self.bureau.id}
        )
        order.transaction_ids = [
            Command.create(
                {
                    "provider_id": provider.id,
                    "payment_method_id": self.env["payment.method"].search([], limit=1).id,
                    "reference": "deposit of a quotation",
                    "amount": 500,
                    "currency_id": self.bureau.currency_id.id,
                    "partner_id": self.customer.id,
                    "payment_id": payment.id,
                }
            )
        ]
        cancelled = self.env["account.payment"].create(payment.copy_data()[0])
        order.transaction_ids += order.transaction_ids.copy(
            {"reference": "withdrawn", "payment_id": cancelled.id}
        )
        cancelled.action_post()
        cancelled.action_cancel()
        contract = order.power_contract_ids
        move = contract._recurring_create_invoice(contract.recurring_next_date)
        move.invoice_line_ids.tax_ids = False
        move.action_post()
        self.assertEqual((move.amount_total, move.amount_residual), (12000, 11500))

    def _pay_deposit(self, amount):
        """A payment of the customer, its money on an account of its own until the bank tells."""
        waiting = self.env["account.account"].create(
            {
                "name": "Waiting",
                "code": "100299",
                "account_type": "asset_current",
                "reconcile": True,
                "company_ids": [Command.set(self.bureau.ids)],
            }
        )
        bank = self.env["account.journal"].create(
            {"name": "Bank", "code": "BNKD", "type": "bank", "company_id": self.bureau.id}
        )
        bank.inbound_payment_method_line_ids.payment_account_id = waiting
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": amount,
                "journal_id": bank.id,
                "company_id": self.bureau.id,
            }
        )
        payment.action_post()
        return payment

    def test_single_job_makes_no_contract(self):
        advice = self.env.ref("power_contracts.product_advice").product_tmpl_id
        order = self._quote(advice)
        order.action_confirm()
        self.assertFalse(order.power_contract_ids)
        self.assertEqual(order.order_line.qty_to_invoice, 1)

    def test_template_of_the_product(self):
        generator = self.env.ref("power_contracts.product_generator").product_tmpl_id
        template = self.env.ref("power_contracts.contract_template_generator")
        generator.power_contract_template_id = template
        order = self._quote(generator)
        order.action_confirm()
        self.assertEqual(order.power_contract_ids.contract_template_id, template)
