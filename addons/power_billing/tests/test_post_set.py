import random
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import count
from types import SimpleNamespace
from unittest.mock import patch

from dateutil.relativedelta import relativedelta
from psycopg2.errors import SerializationFailure

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..models import power_invoice_set_mixin
from ..models.account_move_number import AccountMove as Numbers
from ..models.power_invoice_set_guard import PowerInvoiceSetMixin as Guard
from ..models.power_invoice_set_insert import PowerInvoiceSetMixin as Insert
from ..models.power_invoice_set_mixin import PowerInvoiceSetMixin, ShapeMemory
from .common import PowerBillingCase
from .invoice_rows import read_invoice
from .many_accounts import ABSOLUTE, FUNDS, ManyAccountsCase

KINDS = ("energy", "fund", "fixed")
CENT = Decimal("0.01")


class PostSetCase(PowerBillingCase):
    """Rated bills of random charges, posted in a set and by Odoo."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.products = {
            kind: cls.env.ref(f"power_billing.product_{kind}").with_company(cls.company)
            for kind in KINDS
        }
        cls.tax = cls.company.power_tax_id
        tags = cls.env["account.account.tag"].create(
            [
                {
                    "name": f"+{number}",
                    "applicability": "taxes",
                    "country_id": cls.company.country_id.id,
                }
                for number in range(4)
            ]
        )
        for number, line in enumerate(
            cls.tax.invoice_repartition_line_ids + cls.tax.refund_repartition_line_ids
        ):
            line.tag_ids = tags[number]
        cls.random = random.Random(20260131)
        cls.points = [
            cls._create_point(cls._create_customer(f"Payer {n}"), meter=False) for n in range(12)
        ]
        cls.months = count()

    @classmethod
    def _create_rated(cls, number=30, lines=5, make=None, partners=None):
        """Rated bills of twelve payers in turn, or of ``partners``; each of ``lines`` charges.

        :param make: returns kind, kWh or None, price and amount of a charge
        """
        make = make or cls._invent_charge
        run = cls._create_run()
        points = cls.points
        if partners:
            points = [cls._create_point(partner, meter=False) for partner in partners]
        vals_list = []
        for place in range(number):
            if place % len(points) == 0:
                start = date(2020, 1, 1) + relativedelta(months=next(cls.months))
            charges = [make(place, line) for line in range(lines)]
            vals_list.append(
                {
                    "run_id": run.id,
                    "supply_point_id": points[place % len(points)].id,
                    "period_from": start,
                    "period_to": start + relativedelta(months=1, days=-1),
                    "line_ids": [
                        Command.create(cls._prepare_charge(line, *charge, start))
                        for line, charge in enumerate(charges)
                    ],
                }
            )
        bills = cls.env["power.bill"].create(vals_list)
        for bill in bills:
            total = sum(Decimal(str(amount)) for amount in bill.line_ids.mapped("amount"))
            bill._set_state("rated", amount_total=float(total), payment_reference=f"{bill.id:012d}")
        cls.env.flush_all()
        return bills

    @classmethod
    def _prepare_charge(cls, place, kind, kwh, price, amount, start):
        return {
            "sequence": place,
            "product_id": cls.products[kind].id,
            "kind": kind,
            "name": f"{kind} {place}",
            "date_from": start,
            "date_to": start + relativedelta(months=1, days=-1),
            "quantity": kwh or 1,
            "unit": "kWh" if kwh else "month",
            "price": price,
            "amount": amount,
        }

    @classmethod
    def _invent_charge(cls, _number, place):
        """Random kWh and price, one in three at a half cent."""
        kind = KINDS[min(place // 2, 2)]
        if kind == "fixed":
            amount = float(Decimal(cls.random.randint(1, 9999)) / 100)
            return kind, None, amount, amount
        kwh = Decimal(cls.random.randint(1, 300000)) / 100
        price = Decimal(cls.random.randint(1, 1500000)) / 1000000
        if cls.random.random() < 1 / 3:  # an odd number of half cents
            kwh = Decimal(cls.random.randrange(1, 999, 2))
            price = Decimal(cls.random.choice(("0.565", "0.045", "0.115", "0.005")))
        amount = (kwh * price).quantize(CENT, ROUND_HALF_UP)
        return kind, float(kwh), float(price), float(amount)

    def _post_by_odoo(self, bills):
        """Let Odoo's own create and post make the invoices."""
        self.env.invalidate_all()
        moves = self.env["account.move"].with_context(**bills._get_move_context())
        moves = moves.create(bills._prepare_move_vals_list())
        for bill, move in zip(bills, moves, strict=True):
            bill._align_move(move)
        moves._post(soft=False)
        bills._log_moves_created(moves)
        self.env.flush_all()
        return moves

    def _post_in_set(self, bills):
        """Post in a set; none may have been left to the ORM."""
        written = {}
        original = PowerInvoiceSetMixin._write_invoices

        def write(records, invoices, memory):
            result = original(records, invoices, memory)
            written.update(result)
            return result

        self.env.invalidate_all()
        with patch.object(PowerInvoiceSetMixin, "_write_invoices", write):
            moves = bills.with_context(**bills._get_quiet_context())._make_moves()
        self.assertEqual(set(written), set(bills.ids), "made by the ORM")
        return moves.with_env(self.env)

    def _check_same(self, bills):
        self.maxDiff = None
        expected = self._post_by_odoo(bills)
        moves = self._post_in_set(bills)
        for bill, one, other in zip(bills, expected, moves, strict=True):
            with self.subTest(bill=bill.name, lines=bill.line_ids.mapped("amount")):
                rows = read_invoice(self.env, one)
                self.assertGreater(len(rows["move"][0]), 60)
                self.assertGreater(len(rows["lines"][0]), 50)
                self.assertEqual(len(rows["messages"]), 1)
                self.assertEqual(read_invoice(self.env, other), rows)
                self.assertEqual(other.amount_total, abs(bill.amount_total))
        self._check_numbers(expected | moves)
        return moves

    def _check_numbers(self, moves):
        numbers = sorted(moves.mapped("sequence_number"))
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + len(moves))))
        self.assertEqual(len(set(moves.mapped("name"))), len(moves))


@tagged("post_install", "-at_install", "power_slow")
class TestPostSet(PostSetCase):
    """Invoices written in a set are what Odoo writes, column by column.

    Odoo's own invoice takes most of the time here: a shape has few more bills than the fewest of
    which a prototype is made. Hundreds of random amounts are in ``test_kernel_percent_tax``.
    """

    def test_tax_by_line(self):
        self.company.tax_calculation_rounding_method = "round_per_line"
        self._check_same(self._create_rated(30))

    def test_tax_by_document(self):
        self.company.tax_calculation_rounding_method = "round_globally"
        self._check_same(self._create_rated(30))

    def test_a_shape_known_from_the_batch_before(self):
        bills = self._create_rated(24, lines=2)
        bills = bills.with_context(power_shape_memory=ShapeMemory())
        self._post_in_set(bills[:10])
        expected = self._post_by_odoo(bills[10:])
        moves = self._post_in_set(bills[10:])
        rows = [read_invoice(self.env, move) for move in moves]
        self.assertEqual(rows, [read_invoice(self.env, move) for move in expected])
        self._check_numbers(moves)

    def test_prototypes_serve_to_the_end_of_a_batch(self):
        """Each look at the clock is 200 seconds later: after 300 a prototype is made afresh, but
        not within a batch."""
        clock = SimpleNamespace(monotonic=count(1000, 200).__next__)
        bills = self._create_rated(24, lines=2)
        bills = bills.with_context(power_shape_memory=ShapeMemory())
        with patch.object(power_invoice_set_mixin, "time", clock):
            self._post_in_set(bills[:8])
            moves = self._post_in_set(bills[8:])
        self.assertEqual(len(moves), 16)
        self._check_numbers(moves)
        self.assertEqual(
            self.env["account.move"].search_count([("power_bill_id", "in", bills.ids)]), 24
        )

    def test_numbers_go_on_after_those_committed_meanwhile(self):
        """Somebody else numbered up to 500 since this transaction began."""
        bills = self._create_rated(24, lines=2)
        bills = bills.with_context(power_shape_memory=ShapeMemory(), power_numbers_shared=True)
        self._post_in_set(bills[:10])
        with patch.object(Numbers, "_read_last_number", lambda *_args: 500):
            moves = self._post_in_set(bills[10:])
        self.assertEqual(moves.mapped("sequence_number"), list(range(501, 515)))
        self.assertFalse(any(moves.mapped("made_sequence_gap")))

    def test_a_new_shape_and_a_lonely_bill_after_those(self):
        """Odoo itself draws the numbers of prototypes and of what is not written in a set."""
        bills = self._create_rated(10, lines=2) + self._create_rated(1, lines=3)
        bills = bills.with_context(power_shape_memory=ShapeMemory(), power_numbers_shared=True)
        with patch.object(Numbers, "_read_last_number", lambda *_args: 500):
            moves = bills._make_moves()
        self.assertEqual(moves.mapped("sequence_number"), list(range(501, 512)))
        self.assertFalse(any(moves.mapped("made_sequence_gap")))

    def test_payers_of_whom_others_posted_bills_meanwhile(self):
        """Theirs are seen in a new transaction only; no bill is marked as failed."""
        bills = self._create_rated(10, lines=2).with_context(power_numbers_shared=True)
        earlier = self._create_rated(1, lines=2)
        # Here it is this transaction's own which others do not see.
        self.env.cr.execute("UPDATE power_bill SET state = 'posted' WHERE id = %s", earlier.ids)
        self.env.invalidate_all()
        with self.assertRaises(SerializationFailure), self.env.cr.savepoint():
            bills._post_isolated()
        self.env.invalidate_all()
        self.assertEqual(set(bills.mapped("state")), {"rated"})

    def test_what_odoo_makes_is_left_to_who_posts_alone(self):
        bills = self._create_rated(2, lines=2).with_context(power_numbers_shared=True)
        with self.assertRaises(SerializationFailure), self.env.cr.savepoint():
            bills._post_isolated()
        bills.with_context(power_numbers_shared=False)._post_isolated()
        self.assertEqual(set(bills.mapped("state")), {"posted"})

    def test_a_tax_for_each_product(self):
        """Funds at 6 %, the fixed charge at none."""
        self.products["fund"].taxes_id = self.tax.copy({"name": "6 %", "amount": 6})
        self.products["fixed"].taxes_id = False
        for method in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = method
            self._check_same(self._create_rated(12))

    def test_several_taxes_within_the_price(self):
        """13 % and 2 % within the price of one charge; 0.02 a kWh of another."""
        second = self.tax.copy({"name": "2 %", "amount": 2})
        fixed = self.tax.copy({"name": "0.02", "amount_type": "fixed", "amount": 0.02})
        self.products["energy"].taxes_id |= second
        self.products["fund"].taxes_id = fixed
        for method in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = method
            moves = self._check_same(self._create_rated(10, lines=3))
            self.assertEqual(len(moves[0].line_ids.tax_line_id), 3)

    def test_no_tax(self):
        for product in self.products.values():
            product.taxes_id = False
        self._check_same(self._create_rated(10, lines=3))

    def test_charges_below_zero(self):
        """Free kWh are a negative charge."""

        def make(number, place):
            kind, kwh, price, amount = self._invent_charge(number, 0)
            return (kind, -kwh, price, -amount) if place == 1 else (kind, kwh + 3000, price, 0)

        def with_amount(number, place):
            kind, kwh, price, _amount = make(number, place)
            exact = Decimal(str(kwh)) * Decimal(str(price))
            return kind, kwh, price, float(exact.quantize(CENT, ROUND_HALF_UP))

        for storno in (True, False):
            self.company.account_storno = storno
            bills = self._create_rated(12, lines=3, make=with_amount)
            self._check_same(bills.filtered(lambda bill: bill.amount_total > 0))

    def test_bills_below_zero_are_credit_notes(self):
        def make(number, place):
            kind, kwh, price, amount = self._invent_charge(number, place)
            return kind, kwh and -kwh, -price if not kwh else price, -amount

        for storno in (True, False):
            self.company.account_storno = storno
            moves = self._check_same(self._create_rated(10, make=make))
            self.assertEqual(set(moves.mapped("move_type")), {"out_refund"})

    def test_amounts_that_are_not_quantity_by_price(self):
        """Then charges are 1 × amount."""

        def make(number, place):
            kind, kwh, price, amount = self._invent_charge(number, place)
            return kind, kwh, price, round(amount + 0.01, 2)

        moves = self._check_same(self._create_rated(12, lines=2, make=make))
        self.assertEqual(set(moves.invoice_line_ids.mapped("quantity")), {1.0})

    def test_payment_terms(self):
        terms = [
            [(100, "days_after_end_of_month", 0)],
            [(33, "days_after", 10), (67, "days_after_end_of_month", 5)],
            [(50, "days_after", 10), (50, "days_after", 10)],
            [(20, "days_after", 0), (30, "days_after", 30), (50, "days_after", 60)],
        ]
        for lines in terms:
            self.company.power_payment_term_id = self.env["account.payment.term"].create(
                {
                    "name": "Terms",
                    "line_ids": [
                        Command.create(
                            {"value": "percent", "value_amount": percent}
                            | {"delay_type": kind, "nb_days": days}
                        )
                        for percent, kind, days in lines
                    ],
                }
            )
            days = len({(kind, number) for _percent, kind, number in lines})
            moves = self._check_same(self._create_rated(8, lines=2))
            terms = moves[0].line_ids.filtered(lambda line: line.display_type == "payment_term")
            self.assertEqual(len(terms), days)

    def test_a_fiscal_position_set_by_hand(self):
        lower = self.tax.copy({"name": "3 %", "amount": 3})
        position = self.env["account.fiscal.position"].create({"name": "Small farms"})
        lower.write(
            {
                "fiscal_position_ids": [Command.set(position.ids)],
                "original_tax_ids": [Command.set(self.tax.ids)],
            }
        )
        for point in self.points[:2]:
            point.partner_id.property_account_position_id = position
        moves = self._check_mostly_same(self._create_rated(12, lines=2))
        self.assertEqual(moves.filtered("fiscal_position_id").invoice_line_ids.tax_ids, lower)

    def _check_mostly_same(self, bills):
        """As `_check_same`, where few bills of a shape may go by the ORM."""
        with patch("odoo.addons.power_billing.models.power_invoice_set_mixin.SHAPE_MINIMUM", 1):
            return self._check_same(bills)

    def test_payers_of_all_kinds(self):
        """Who pays for his company, reads Chinese or has a receivable account of his own."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.config_parameter"].sudo().set_param("account.use_invoice_terms", "True")
        self.company.terms_type = "plain"
        self.company.invoice_terms = "<p>Pay in time</p>"
        self.company.with_context(lang="zh_CN").invoice_terms = "<p>请按时缴费</p>"
        factory = self._create_customer("Factory", is_company=True)
        partners = [self._create_customer(f"Payer {n}") for n in range(10)]
        partners[0].parent_id = partners[1].parent_id = factory
        self.env["res.partner"].union(*partners).lang = "en_US"
        partners[2].lang = partners[3].lang = "zh_CN"
        own = partners[4].property_account_receivable_id.copy({"code": "112299"})
        partners[4].property_account_receivable_id = own
        moves = self._check_mostly_same(self._create_rated(20, lines=2, partners=partners))
        self.assertEqual(len(moves.line_ids.account_id & own), 1)
        self.assertTrue(all(moves.mapped("narration")))

    def test_shapes_of_different_lengths_in_one_batch(self):
        bills = self._create_rated(10, lines=1)
        bills |= self._create_rated(10, lines=2)
        bills |= self._create_rated(10, lines=3)
        moves = self._check_same(bills.sorted("id"))
        self.assertEqual(moves.power_bill_id, bills)

    def test_labels_of_periods_and_tiers(self):
        """Charges of one component are told apart by period and tier, in each payer's language."""
        component = self.tariff.version_ids.component_ids[0]
        bills = self._create_rated(12, lines=3)
        for bill in bills:
            peak, second, part = bill.line_ids
            peak.write({"component_id": component.id, "period": "peak"})
            second.write({"component_id": component.id, "tier": 2})
            part.write({"component_id": component.id, "share": f"s{bill.id}"})
        moves = self._check_same(bills)
        for bill, move in zip(bills, moves, strict=True):
            labels = [line._get_label(bill.partner_id.lang) for line in bill.line_ids]
            self.assertEqual(len(set(labels)), 3)
            for label, line in zip(labels, move.invoice_line_ids, strict=True):
                self.assertTrue(line.name.startswith(f"{label} 20"), line.name)

    def test_a_prototype_serves_the_next_batch(self):
        memory = ShapeMemory()
        bills = self._create_rated(20, lines=1).with_context(power_shape_memory=memory)
        made = []
        original = PowerInvoiceSetMixin._make_shape

        def make(records, group):
            made.append(len(group))
            return original(records, group)

        with patch.object(PowerInvoiceSetMixin, "_make_shape", make):
            self._check_same(bills[:10])
            self._check_same(bills[10:])
        self.assertEqual(made, [10])


@tagged("post_install", "-at_install", "power_slow")
class TestPostSetRefused(PostSetCase):
    """What is not proven goes by the ORM, by itself."""

    def _check_refused(self, bills=None):
        bills = bills or self._create_rated(10, lines=2)
        written = []
        original = Insert._insert_numbered

        def insert(records, invoices, shapes, trial=False):
            if not trial:
                written.extend(invoices)
            return original(records, invoices, shapes, trial)

        with patch.object(Insert, "_insert_numbered", insert):
            bills._post_bills(bills)
        self.assertFalse(written)
        self.assertEqual(set(bills.mapped("state")), {"posted"})
        self.assertEqual(set(bills.move_id.mapped("state")), {"posted"})
        self.assertEqual(
            sorted(bills.move_id.mapped("sequence_number")), list(range(1, len(bills) + 1))
        )
        return bills

    def test_taken_without_reason_to_refuse(self):
        with self.assertRaises(AssertionError):
            self._check_refused()

    def test_few_bills(self):
        self._check_refused(self._create_rated(5, lines=2))

    def test_a_journal_that_hashes(self):
        self.company.power_journal_id.restrict_mode_hash_table = True
        self._check_refused()

    def test_an_unknown_override(self):
        moves = type(self.env["account.move"])

        original = moves._post

        def _post(records, soft=True):
            return original(records, soft=soft)

        _post.__module__ = "odoo.addons.somebody.models.account_move"
        with patch.object(moves, "_post", _post):
            self._check_refused()

    def test_an_add_on_that_says_no(self):
        with patch.object(Guard, "_can_post_set_based", lambda *_args: False):
            self._check_refused()

    def test_a_column_that_differs_from_bill_to_bill(self):
        """The witness tells: here each invoice has an incoterm place of its own."""
        moves = type(self.env["account.move"])
        original = moves.create

        def create(records, vals_list):
            result = original(records, vals_list)
            for move in result:
                move.incoterm_location = f"place {move.ref}"
            return result

        create.__module__ = "odoo.addons.account.models.account_move"
        with (
            patch.object(moves, "create", create),
            self.assertLogs("odoo.addons.power_billing", "WARNING") as logs,
        ):
            bills = self._check_refused()
        self.assertIn("incoterm_location", logs.output[0])
        self.assertIn("place", bills[0].move_id.incoterm_location)

    def test_rows_left_elsewhere(self):
        """What an invoice writes in another table is seen, and is there afterwards."""
        moves = type(self.env["account.move"])
        original = moves._post

        def _post(records, soft=True):
            result = original(records, soft)
            records.env["res.partner.category"].create(
                [{"name": f"invoiced {move.id}"} for move in records]
            )
            return result

        _post.__module__ = "odoo.addons.account.models.account_move"
        with patch.object(moves, "_post", _post):
            bills = self._check_refused()
        made = self.env["res.partner.category"].search_count([("name", "like", "invoiced %")])
        self.assertEqual(made, len(bills))

    def test_analytic_distribution(self):
        plan = self.env["account.analytic.plan"].create({"name": "Places"})
        place = self.env["account.analytic.account"].create({"name": "East", "plan_id": plan.id})
        self.env["account.analytic.distribution.model"].create(
            {"analytic_distribution": {str(place.id): 100}}
        )
        bills = self._check_refused()
        self.assertTrue(bills.move_id.line_ids.analytic_line_ids)

    def test_cash_basis_tax(self):
        account = self.tax.invoice_repartition_line_ids.account_id[:1].copy({"code": "222199"})
        account.reconcile = True
        self.company.tax_exigibility = True
        self.tax.write(
            {"tax_exigibility": "on_payment", "cash_basis_transition_account_id": account.id}
        )
        self._check_refused()

    def test_a_lock_date_that_came_after_the_prototype(self):
        memory = ShapeMemory()
        bills = self._create_rated(20, lines=2).with_context(power_shape_memory=memory)
        bills._post_bills(bills[:10])
        self.company.sale_lock_date = "2026-02-28"
        bills._post_bills(bills[10:])
        self.assertEqual(set(bills[:10].move_id.mapped("date")), {date(2026, 2, 3)})
        later = set(bills[10:].move_id.mapped("date"))
        self.assertEqual(len(later), 1)
        self.assertGreater(later.pop(), date(2026, 2, 28))

    def test_a_wrong_total_is_never_committed(self):
        """A bill that says one cent more than its charges fails alone."""
        bills = self._create_rated(12, lines=2)
        bills[7].amount_total += 0.01
        bills._post_isolated()
        self.assertEqual(bills[7].state, "failed")
        self.assertIn("The invoice comes to", bills[7].failure_reason)
        others = bills - bills[7]
        self.assertEqual(set(others.mapped("state")), {"posted"})
        self.assertEqual(sorted(others.move_id.mapped("sequence_number")), list(range(1, 12)))

    def test_the_check_before_commit(self):
        bills = self._create_rated(10, lines=2)
        bills._post_bills(bills)
        moves = bills.move_id
        bills._check_inserted(moves.ids)
        self.env.cr.execute(
            "UPDATE account_move_line SET balance = balance + 0.01 WHERE id = %s",
            [moves[3].line_ids[0].id],
        )
        with self.assertRaisesRegex(UserError, "1 of 10"):
            bills._check_inserted(moves.ids)


@tagged("post_install", "-at_install")
class TestPostSetAfterwards(PostSetCase):
    """Odoo's life goes on with such invoices."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bills = cls._create_rated(24, lines=3)
        # a point's second bill waits for its first
        for month in (cls.bills[:12], cls.bills[12:]):
            month._post_bills(month)
        cls.env.flush_all()

    def test_bills(self):
        for bill in self.bills:
            self.assertEqual(bill.state, "posted")
            self.assertEqual(bill.move_id.power_bill_id, bill)
            self.assertEqual(bill.amount_residual, bill.amount_total)
            self.assertEqual(bill.payment_state, "not_paid")
        # new customers at once; who has a rank is counted after the commit
        self.assertEqual(self.bills.partner_id.mapped("customer_rank"), [1] * 12)

    def test_payment(self):
        move = self.bills[0].move_id
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        )
        wizard.create({"amount": 0.01, "payment_date": "2026-02-10"})._create_payments()
        self.assertEqual(move.payment_state, "partial")
        wizard.create({"payment_date": "2026-02-11"})._create_payments()
        self.assertIn(move.payment_state, ("paid", "in_payment"))
        self.assertEqual(self.bills[0].amount_residual, 0)
        line = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
        self.assertTrue(line.full_reconcile_id)

    def test_reversal(self):
        bill = self.bills[-1]
        bill._cancel("wrong reading")
        self.assertEqual(bill.move_id.payment_state, "reversed")
        self.assertEqual(
            sorted(bill.credit_move_id.line_ids.mapped("balance")),
            sorted(-balance for balance in bill.move_id.line_ids.mapped("balance")),
        )

    def test_draft_and_post_again(self):
        move = self.bills[0].move_id
        before = read_invoice(self.env, move)
        name = move.name
        move.button_draft()
        move.action_post()
        after = read_invoice(self.env, move)
        self.assertEqual(move.name, name)
        for rows in (before, after):  # Odoo notes that somebody touched it.
            rows["move"][0].pop("is_manually_modified")
            rows.pop("messages")
        self.assertEqual(after, before)

    def test_edit_in_draft(self):
        """VAT within 113.00 is 13.00."""
        move = self.bills[0].move_id
        move.button_draft()
        first, *others = move.invoice_line_ids
        move.invoice_line_ids = [
            Command.update(first.id, {"quantity": 1, "price_unit": 113.0}),
            *(Command.delete(other.id) for other in others),
        ]
        self.assertEqual(move.amount_total, 113.0)
        self.assertEqual(move.amount_tax, 13.0)
        move.action_post()
        self.assertEqual(move.state, "posted")

    def test_the_next_number_by_hand(self):
        last = max(self.bills.move_id.mapped("sequence_number"))
        move = self.bills[0].move_id.copy({"invoice_date": "2026-02-03", "power_bill_id": False})
        move.action_post()
        self.assertEqual(move.sequence_number, last + 1)
        self.assertFalse(move.made_sequence_gap)

    def test_tax_report(self):
        """Tax lines and bases per tag are what the invoices' lines say."""
        lines = self.bills.move_id.line_ids
        base = lines.filtered("tax_ids")
        tax = lines.filtered("tax_line_id")
        self.assertEqual(
            round(-sum(tax.mapped("tax_base_amount")), 2), round(-sum(base.mapped("balance")), 2)
        )
        for line in tax:
            self.assertEqual(
                line.tax_tag_ids, line.tax_repartition_line_id.tag_ids, line.display_name
            )
            exact = Decimal(str(line.tax_base_amount)) * Decimal("0.13")
            self.assertAlmostEqual(float(exact), line.balance, delta=0.03)

    def test_partner_ledger(self):
        domain = [
            ("parent_state", "=", "posted"),
            ("account_id.account_type", "=", "asset_receivable"),
            ("partner_id", "in", self.bills.partner_id.ids),
            ("reconciled", "=", False),
        ]
        sums = dict(
            self.env["account.move.line"]._read_group(
                domain, ["partner_id"], ["amount_residual:sum"]
            )
        )
        for partner in self.bills.partner_id:
            own = self.bills.filtered(lambda bill, partner=partner: bill.partner_id == partner)
            self.assertAlmostEqual(sums[partner], sum(own.mapped("amount_total")), 2)
            self.assertAlmostEqual(partner.credit, sum(own.mapped("amount_total")), 2)

    def test_hashing_and_its_report(self):
        journal = self.bills.move_id.journal_id
        journal.restrict_mode_hash_table = True
        self.bills.move_id._hash_moves()
        self.assertTrue(all(self.bills.move_id.mapped("inalterable_hash")))
        report = self.company._check_hash_integrity()
        mine = [one for one in report["results"] if one["journal_name"].startswith(journal.name)]
        self.assertEqual([one["status"] for one in mine], ["verified"])

    def test_lock_date(self):
        self.company.fiscalyear_lock_date = "2026-02-28"
        with self.assertRaises(UserError):
            self.bills[0].move_id.button_draft()

    def test_recomputing_changes_nothing(self):
        """What Odoo would compute is what is stored."""
        moves = self.bills.move_id
        before = [read_invoice(self.env, move) for move in moves]
        for records in (moves, moves.line_ids):
            for field in records._fields.values():
                if field.store and field.compute and not field.readonly:
                    continue
                if field.store and field.compute and field.name != "made_sequence_gap":
                    self.env.add_to_compute(field, records)
        self.env.flush_all()
        after = [read_invoice(self.env, move) for move in moves]
        for one in (*before, *after):
            one["move"][0].pop("write_uid")
        self.assertEqual(after, before)


@tagged("post_install", "-at_install", "power_slow")
class TestPostKinds(PostSetCase, ManyAccountsCase):
    """One rated account of every tariff kind, posted in a set and by Odoo, column by column."""

    def test_every_tariff_kind(self):
        copies = self._multiply(1)
        points = [point for ids in copies.values() for point in ids]
        run = self._create_run(supply_point_ids=[Command.set(points)])
        run._start()
        while run.state == "rating":
            run._process_batch()
        bills = run.bill_ids
        self.assertEqual(len(bills), len(self.kinds))
        self.assertEqual(set(bills.mapped("state")), {"rated"})
        self._check_kind(bills)

    def _check_kind(self, bills):
        self.assertEqual(set(bills.mapped("state")), {"rated"})
        with patch.object(power_invoice_set_mixin, "SHAPE_MINIMUM", 1):
            return self._check_same(bills)

    def _bill_month(self, point, month=1):
        first = date(2026, month, 1)
        bill = self.env["power.bill"].create(
            {
                "supply_point_id": point.id,
                "company_id": self.company.id,
                "period_from": first,
                "period_to": first + relativedelta(months=1, days=-1),
            }
        )
        bill._rate_bills()
        return bill

    def test_settlements(self):
        """A settlement by reading, the month's bill that takes it off, and an advance."""
        point = self._account(self._tariff("Settled", [self._energy(), *FUNDS]))
        point.settlement_ids = [
            Command.create({"day": 10, "basis": "reading", "date_from": "2026-01-01"})
        ]
        self._read(point, "2026-01-10", 10200)
        part = point.settlement_ids._settle(date(2026, 1, 10))
        self._check_kind(part)
        part._post_bills(part)
        bill = self._bill_month(point)
        self.assertTrue(bill.amount_settled)
        moves = self._check_kind(bill)
        self.assertTrue(moves.invoice_line_ids.filtered(lambda line: line.price_total < 0))
        bill._post_bills(bill)
        point.settlement_ids = [
            Command.create({"day": 15, "basis": "share", "share": 40, "date_from": "2026-02-01"})
        ]
        advance = point.settlement_ids.filtered("share")._settle(date(2026, 2, 15))
        self._check_kind(advance)

    def test_a_load_curve(self):
        """Energy by period from 31 days of 24 half kWh: 372 kWh."""
        prices = self._by_period(ABSOLUTE)
        tariff = self._tariff("Curve", [self._energy(prices=prices), *FUNDS], hours=True)
        point = self._account(tariff, used=372)
        heads = "meter,date," + ",".join(f"v{hour}" for hour in range(1, 25))
        rows = [
            f"{point.meter_ids.number},2026-01-{day:02}," + ",".join(["0.5"] * 24)
            for day in range(1, 32)
        ]
        days = self.env["power.load.day"].with_company(self.company)
        days._load_csv("\n".join((heads, *rows)).encode())
        bill = self._bill_month(point)
        self.assertEqual(len(set(bill.line_ids.filtered("period").mapped("period"))), 4)
        self._check_kind(bill)
