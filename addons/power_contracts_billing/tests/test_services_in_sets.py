import re
from contextlib import closing, contextmanager
from datetime import date
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, mute_logger, tagged

from odoo.addons.power_billing.models import power_invoice_set_mixin
from odoo.addons.power_billing.models.power_invoice_set_mixin import PowerInvoiceSetMixin
from odoo.addons.power_billing.tests.common import PowerBillingCase
from odoo.addons.power_billing.tests.invoice_rows import read_invoice

from ..models.contract_contract_set import ContractContract as Set

DIFFERS = {"id", "move_line_id", "move_id", "invoice_id", "create_date", "write_date"}
ALIKE = 3  # contracts of a kind: a prototype, its witness, and one more


class ServiceSetCase(PowerBillingCase):
    """Contracts whose invoices are posted by themselves, invoiced in sets and by Odoo."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.power_service_invoices = "post"
        cls.tax = cls.company.power_tax_id
        cls.products = {
            code: cls.env.ref(f"power_contracts.product_{code}")
            for code in ("load_report", "training", "advice", "maintenance")
        }
        for code in ("load_report", "maintenance"):
            cls.products[code].taxes_id = cls.tax
        cls.products["training"].taxes_id = cls.tax.copy(
            {"name": "6 % on top", "amount": 6, "price_include_override": "tax_excluded"}
        )
        cls.products["advice"].taxes_id = False

    @classmethod
    def _open_alike(cls, name, *lines, partner_vals=None, count=ALIKE, **vals):
        """Contracts that differ in customer, price and account, opened on 1 January 2026."""
        with freeze_time("2026-01-01"):
            contracts = cls.env["contract.contract"].create(
                [
                    cls._prepare_contract(f"{name} {number}", number, lines, partner_vals, vals)
                    for number in range(count)
                ]
            )
            contracts.action_open()
        return contracts

    @classmethod
    def _prepare_contract(cls, name, number, lines, partner_vals, vals):
        partner = cls._create_customer(name, **(partner_vals or {}))
        return {
            "name": name,
            "is_power_service": True,
            "line_recurrence": True,
            "partner_id": partner.id,
            "company_id": cls.company.id,
            "date_start": date(2026, 1, 1),
            "supply_point_ids": [Command.set(cls._create_point(partner, meter=False).ids)],
            "contract_line_ids": [
                Command.create(
                    {
                        "product_id": cls.products[code].id,
                        "name": code,
                        "specific_price": 100.05 + 17.35 * number,
                        "recurring_rule_type": "monthly",
                        "recurring_interval": 1,
                        "recurring_invoicing_type": "pre-paid",
                        **line,
                    }
                )
                for code, line in lines
            ],
            **vals,
        }

    @contextmanager
    def _day(self, day):
        committed = patch.object(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1)
        with freeze_time(day), committed:
            yield

    def _invoice(self, day):
        """Run the daily job; return how many invoices were written in sets."""
        written = []
        original = PowerInvoiceSetMixin._write_invoices

        def write(records, invoices, memory):
            made = original(records, invoices, memory)
            written.extend(made)
            return made

        self.env.invalidate_all()
        with self._day(day), patch.object(PowerInvoiceSetMixin, "_write_invoices", write):
            contracts = self.env["contract.contract"].with_context(tracking_disable=False)
            contracts.cron_recurring_create_invoice()
        self.env.flush_all()
        return len(written)

    def _invoice_by_odoo(self, day):
        with patch.object(Set, "_describe_service_invoices", lambda *_args: []):
            self.assertFalse(self._invoice(day))

    def _read(self, contract):
        """Return all that invoicing a contract writes anywhere, without numbers and identities."""
        lines = contract.contract_line_ids
        moves = contract._get_related_invoices().sorted("id")
        return {
            "invoices": [self._read_move(move) for move in moves],
            "contract": self._read_rows("contract_contract", "id", contract.ids),
            "lines": self._read_rows("contract_line", "contract_id", contract.ids),
            "deferrals": self._read_rows("power_contract_deferral", "contract_line_id", lines.ids),
            "visits": [
                (visit.date_due, visit.state, visit.invoice_line_id.quantity)
                for visit in contract.visit_ids.sorted("id")
            ],
            "followers": moves.message_partner_ids.ids,
            "next": (contract.recurring_next_date, *lines.mapped("next_period_date_end")),
        }

    def _read_move(self, move):
        rows = read_invoice(self.env, move)
        rows["analytic"] = self._read_rows(
            "account_analytic_line", "move_line_id", move.line_ids.ids
        )
        return {
            kind: [
                {
                    name: self._mask(value, move.name) if isinstance(value, str) else value
                    for name, value in row.items()
                    if name != "matching_number"
                }
                for row in found
            ]
            for kind, found in rows.items()
        }

    def _mask(self, text, number):
        return re.sub(r'oe-id="\d+">#\d+', "item", text.replace(number, "#"))

    def _read_rows(self, table, column, ids):
        self.env.flush_all()
        self.env.cr.execute(
            f'SELECT * FROM "{table}" WHERE "{column}" = ANY(%s) ORDER BY id', [ids]
        )
        return [
            {name: value for name, value in row.items() if name not in DIFFERS}
            for row in self.env.cr.dictfetchall()
        ]

    def _check_same(self, contracts, *days, in_set=None):
        """Invoice by Odoo, take it back, invoice in sets: everything written is the same."""
        self.maxDiff = None
        with patch.object(power_invoice_set_mixin, "SHAPE_MINIMUM", 2):
            with closing(self.env.cr.savepoint()):
                for day in days:
                    self._invoice_by_odoo(day)
                expected = [self._read(contract) for contract in contracts]
            self.env.invalidate_all()
            written = [self._invoice(day) for day in days]
        self.assertEqual(written, in_set or [len(contracts)] * len(days))
        for contract, rows in zip(contracts, expected, strict=True):
            with self.subTest(contract=contract.name):
                self.assertTrue(rows["invoices"])
                for kind, found in self._read(contract).items():
                    self.assertEqual(found, rows[kind], kind)


@tagged("post_install", "-at_install", "power_slow")
class TestServicesOfAllKinds(ServiceSetCase):
    """What is written in sets is what Odoo and OCA's contracts write, column by column."""

    def test_months(self):
        """Taxes within, on top and none; in advance and in arrears; the second month as well."""
        contracts = self._open_alike("Within", ("load_report", {}))
        contracts |= self._open_alike(
            "Three", ("load_report", {}), ("training", {}), ("advice", {"quantity": 3})
        )
        contracts |= self._open_alike(
            "Arrears",
            ("load_report", {"recurring_invoicing_type": "post-paid"}),
            date_start=date(2025, 12, 16),
        )
        contracts |= self._open_alike("Discount", ("training", {"discount": 12.5}))
        self._check_same(contracts, "2026-01-16", "2026-02-16")
        for contract in contracts:
            self.assertEqual(len(contract._get_related_invoices()), 2)
            self.assertEqual(set(contract._get_related_invoices().mapped("state")), {"posted"})

    def test_prepaid_income(self):
        """A quarter and a year in advance wait on their account, in one invoice with a month."""
        self.company.power_deferred_account_id = self.env["account.account"].create(
            {
                "name": "Contract liabilities",
                "code": "220499",
                "account_type": "liability_current",
                "company_ids": [Command.set(self.company.ids)],
            }
        )
        quarter = {"recurring_rule_type": "quarterly"}
        contracts = self._open_alike("Quarter", ("load_report", {}), ("training", quarter))
        contracts |= self._open_alike("Year", ("advice", {"recurring_rule_type": "yearly"}))
        self._check_same(contracts, "2026-01-01", in_set=[6])
        rows = self.env["power.contract.deferral"].search(
            [("contract_id", "in", contracts.ids), ("amount", ">", 0)]
        )
        self.assertEqual(len(rows), ALIKE * (3 + 12))

    def test_visits(self):
        """Those done are invoiced and linked, one not done is on no invoice."""
        visits = {"visit_months": 1, "recurring_invoicing_type": "post-paid"}
        contracts = self._open_alike("Visits", ("load_report", {}), ("maintenance", visits))
        with freeze_time("2026-01-20"):
            for contract in contracts[:2]:
                visit = contract.visit_ids.sorted("date_due")[0]
                visit.test_ids.unlink()
                visit._set_state("done")
        # two of a kind make a shape, the one without a visit goes by itself
        self._check_same(contracts, "2026-02-01", in_set=[2])
        self.assertEqual([len(one.visit_ids.invoice_line_id) for one in contracts], [1, 1, 0])

    def test_part_of_a_period(self):
        """Suspended from 11 to 20 January, in arrears: 21 of 31 days."""
        contracts = self._open_alike(
            "Pause", ("advice", {"recurring_invoicing_type": "post-paid", "specific_price": 310})
        )
        for contract in contracts:
            with freeze_time("2026-01-11"):
                contract.action_suspend()
            with freeze_time("2026-01-21"):
                contract.action_resume()
        self._check_same(contracts, "2026-02-01")
        self.assertEqual(contracts[0]._get_related_invoices().amount_total, 210)

    def test_deposit(self):
        """50.00 paid with the quotation are set off at once."""
        contracts = self._open_alike("Deposit", ("load_report", {}))
        for contract in contracts:
            contract.sale_order_id = self._create_paid_order(contract.partner_id, 50)
        self._check_same(contracts, "2026-01-05")
        for move in contracts[0]._get_related_invoices():
            self.assertEqual(move.amount_residual, move.amount_total - 50)

    def _create_paid_order(self, partner, amount):
        order = self.env["sale.order"].create(
            {"partner_id": partner.id, "company_id": self.company.id}
        )
        payment = self.env["account.payment"].create(
            {
                "partner_id": partner.id,
                "partner_type": "customer",
                "payment_type": "inbound",
                "amount": amount,
                "date": "2026-01-02",
            }
        )
        payment.action_post()
        self.env["payment.transaction"].create(
            {
                "provider_id": self.env["payment.provider"].search([], limit=1).id,
                "payment_method_id": self.env["payment.method"].search([], limit=1).id,
                "reference": f"Deposit {order.id}",
                "amount": amount,
                "currency_id": self.company.currency_id.id,
                "partner_id": partner.id,
                "sale_order_ids": [Command.set(order.ids)],
                "payment_id": payment.id,
            }
        )
        return order

    def test_customers_that_differ(self):
        """Terms, sellers, places of delivery, positions and languages are of each customer."""
        term = self.env["account.payment.term"].create(
            {
                "name": "Two parts",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": part, "nb_days": days})
                    for part, days in ((40, 10), (60, 40))
                ],
            }
        )
        seller = self.env["res.users"].create({"name": "Seller", "login": "set.seller"})
        position = self.env["account.fiscal.position"].create(
            {"name": "Free", "company_id": self.company.id}
        )
        contracts = self._open_alike(
            "Terms", ("load_report", {}), partner_vals={"property_payment_term_id": term.id}
        )
        contracts |= self._open_alike(
            "Seller", ("load_report", {}), partner_vals={"user_id": seller.id}, user_id=False
        )
        place = {"name": "Gate 3", "type": "delivery"}
        contracts |= self._open_alike(
            "Place", ("load_report", {}), partner_vals={"child_ids": [Command.create(place)]}
        )
        contracts |= self._open_alike(
            "Position", ("load_report", {}), fiscal_position_id=position.id
        )
        contracts |= self._open_alike(
            "Seller of the contract", ("load_report", {}), user_id=seller.id
        )
        self.env["res.lang"]._activate_lang("zh_CN")
        contracts[-1].partner_id.lang = "zh_CN"
        # the last one is of another shape than its fellows, and alone
        self._check_same(contracts, "2026-01-05", in_set=[14])


@tagged("post_install", "-at_install")
class TestServicesInSets(ServiceSetCase):
    """What is written in sets, and what is left to Odoo."""

    def test_with_the_electricity_bill(self):
        contracts = self._open_alike("Bill", ("load_report", {}), power_invoicing="bill")
        self._check_same(contracts, "2026-01-05")
        waiting = contracts[0]._get_related_invoices()
        self.assertEqual(waiting.power_statement_until, date(2026, 2, 9))

    def test_left_to_odoo(self):
        """Sections, nothing to pay, and few of a kind come as drafts and are posted as ever."""
        contracts = self._open_alike("Free", ("advice", {"specific_price": 0}))
        section = {"display_type": "line_section", "name": "Reports", "product_id": False}
        contracts |= self._open_alike("Section", ("advice", section), ("load_report", {}))
        contracts |= self._open_alike("Single", ("training", {}), count=1)
        self._check_same(contracts, "2026-01-05", in_set=[0])
        for contract in contracts:
            self.assertEqual(contract._get_related_invoices().state, "posted")

    def test_drafts_where_finance_posts(self):
        self.company.power_service_invoices = "draft"
        contracts = self._open_alike("Draft", ("load_report", {}))
        with patch.object(power_invoice_set_mixin, "SHAPE_MINIMUM", 2):
            self.assertFalse(self._invoice("2026-01-05"))
        for contract in contracts:
            self.assertEqual(contract._get_related_invoices().state, "draft")

    def test_one_that_is_broken(self):
        """It is listed with its reason; all others are invoiced in sets."""
        contracts = self._open_alike("Many", ("load_report", {}), count=9)
        broken = contracts[4]
        lines = type(broken.contract_line_ids)
        original, reason = lines._prepare_invoice_line, "No price for this report"

        def prepare(line):
            if line.contract_id == broken:
                raise UserError(reason)
            return original(line)

        with (
            patch.object(power_invoice_set_mixin, "SHAPE_MINIMUM", 2),
            patch.object(lines, "_prepare_invoice_line", prepare),
            mute_logger("odoo.addons.contract.models.contract"),
        ):
            # halves of nine: four, then five in two and three, of which two and one are left
            self.assertEqual(self._invoice("2026-01-05"), 8)
        self.assertIn("No price", broken.invoice_generation_error)
        self.assertFalse(broken._get_related_invoices())
        for contract in contracts - broken:
            self.assertFalse(contract.invoice_generation_error)
            self.assertEqual(contract._get_related_invoices().state, "posted")
        self.assertEqual(self._invoice("2026-01-06"), 0)
        self.assertFalse(broken.invoice_generation_error)
        self.assertEqual(len(broken._get_related_invoices()), 1)
