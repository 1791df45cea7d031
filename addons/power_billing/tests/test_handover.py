from datetime import date
from decimal import Decimal

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from .common import PRICES, PowerBillingCase

FIXED = (*PRICES, ("fixed", "Basic", 31.0))


@tagged("post_install", "-at_install")
class TestHandover(PowerBillingCase):
    """A shop changes hands on 14 January 2026; 31.00 a month are charged besides the energy.

    The leaver: 140 kWh, 140 × 0.690486 = 96.67, 140 × 0.0452 = 6.33, 31.00 × 14/31 = 14.00:
    117.00. The new customer: 200 kWh, 138.10 + 9.04 + 31.00 × 17/31 = 17.00: 164.14.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tariff = cls._create_tariff("With basic charge", prices=FIXED)
        cls.leaver = cls._create_customer("Leaver")
        cls.comer = cls._create_customer("Comer")
        cls.point = cls._create_point(cls.leaver)

    def _open(self, day, value=None, user=None, **vals):
        action = self.point.with_user(user or self.env.user).action_change_customer()
        model = self.env[action["res_model"]].with_user(user or self.env.user)
        form = Form(model.with_context(**action["context"]), view=action["view_id"][0])
        form.date = day
        form.new_partner_id = vals.pop("new_partner_id", self.comer)
        for name, one in vals.items():
            setattr(form, name, one)
        if value is not None:
            with form.line_ids.edit(0) as line:
                line.value = value
        return form.save()

    def _hand_over(self, *args, **vals):
        return self._open(*args, **vals).action_hand_over()

    def _bill_january(self, value=10340):
        self._read(self.point, "2026-01-31", value)
        run = self._create_run(supply_point_ids=[Command.set(self.point.ids)])
        run._process_all()
        return run.bill_ids

    def test_each_pays_his_own_days(self):
        action = self._hand_over(date(2026, 1, 14), 10140)
        final = self.env["power.bill"].browse(action["res_id"])
        self.assertEqual((final.state, final.is_final), ("posted", True))
        self.assertEqual(final.move_id.partner_id, self.leaver)
        self.assertEqual(
            (final.period_from, final.period_to), (date(2026, 1, 1), date(2026, 1, 14))
        )
        self.assertEqual(final.line_ids.mapped("amount"), [96.67, 6.33, 14.0])
        self.assertEqual(self.point.partner_id, self.comer)
        self.assertEqual((self.point.payer_id, self.point.name), (self.comer, "Comer"))
        self.assertFalse(self.point.meter_ids.date_removed)
        self.assertEqual(self.point._get_customer_since(), date(2026, 1, 15))
        bill = self._bill_january()
        self.assertEqual(bill.move_id.partner_id, self.comer)
        self.assertEqual((bill.period_from, bill.period_to), (date(2026, 1, 15), date(2026, 1, 31)))
        self.assertEqual(bill.line_ids.mapped("amount"), [138.1, 9.04, 17.0])
        self.assertEqual((final.amount_total, bill.amount_total), (117.0, 164.14))
        self.assertEqual(bill._replay().total, Decimal("164.14"))
        self.assertEqual(bill.previous_balance, 0, "what the leaver owes is the leaver's")
        self.assertEqual(len(bill._get_history()), 1)
        self.assertFalse(bill._get_previous_bill())

    def test_tiers_of_the_year_begin_anew(self):
        """From 15 March ten months are left, March counted whole: 1200 × 10/12 = 1000 kWh."""
        version = self.tariff.version_ids
        version.write({"tier_basis": "year", "tier_limits": "1200; 2400"})
        version.component_ids[0].price_ids = [Command.create({"tier": 2, "value": 0.8})]
        self._hand_over(date(2026, 3, 14), 11100)
        self._read(self.point, "2026-03-31", 12200)
        run = self._create_run("2026-03-01", supply_point_ids=[Command.set(self.point.ids)])
        run._process_all()
        bill = run.bill_ids
        (limits,) = (step for step in bill.steps if step["type"] == "limits")
        self.assertEqual(limits["limits"], ["1000.00", "2000.00"])
        energy = bill.line_ids.filtered(lambda line: line.kind == "energy")
        self.assertEqual(energy.mapped("quantity"), [1000, 100], "none of the leaver's kWh count")

    def test_leaver_is_settled_by_months(self):
        """Tiers of 1200 kWh a year at 0.690486 and 0.80. January was 200 kWh, all tier 1. He leaves
        on 14 February: 1200 × 2/12 = 200 kWh. 100 more are tier 2: 80.00. Had January been 250,
        50 of them would move as well: 150 × 0.80 - 50 × 0.690486 = 120.00 - 34.52."""
        version = self.tariff.version_ids
        version.write({"tier_basis": "year", "tier_limits": "1200", "tier_leaver": "months"})
        version.component_ids[0].price_ids = [Command.create({"tier": 2, "value": 0.8})]
        for january, expected in (
            (200, [(2, 100, 80.0)]),
            (250, [(1, -50, -34.52), (2, 150, 120.0)]),
        ):
            self.point = self._create_point(self.leaver)
            bill = self._create_bill(self.point, kwh=january)
            self.assertEqual(bill.line_ids[0].tier, 1)
            action = self._hand_over(date(2026, 2, 14), 10100 + january, handover_note="ok")
            final = self.env["power.bill"].browse(action["res_id"])
            self.assertEqual(final.state, "posted")
            energy = final.line_ids.filtered(lambda line: line.kind == "energy")
            self.assertEqual([(line.tier, line.quantity, line.amount) for line in energy], expected)
            self.assertEqual(float(final._replay().total), final.amount_total)
        # Billed until his last day, with the limits of the whole year: not without a final bill.
        self.point = self._create_point(self.leaver)
        bill = self._create_bill(self.point, kwh=300)
        self.assertEqual(bill.line_ids.mapped("tier")[0], 1)
        with self.assertRaisesRegex(UserError, bill.name), self.cr.savepoint():
            self._hand_over(date(2026, 1, 31), handover_note="ok")
        bill._cancel("the customer leaves")
        action = self._hand_over(date(2026, 1, 31), handover_note="ok")
        final = self.env["power.bill"].browse(action["res_id"])
        energy = final.line_ids.filtered(lambda line: line.kind == "energy")
        # 1200 × 1/12 = 100 kWh in tier 1
        self.assertEqual([(line.tier, line.quantity) for line in energy], [(1, 100), (2, 200)])

    def test_what_is_owed_is_shown_and_needs_a_word(self):
        """January was billed at 907.84 + 31.00; February begins with the new customer."""
        old = self._create_bill(self.point)
        self.assertEqual(old.amount_total, 938.84)
        wizard = self._open(date(2026, 1, 31))
        self.assertEqual((wizard.amount_open, wizard.amount_credit), (938.84, 0))
        with self.assertRaisesRegex(UserError, "Leaver still owes"):
            wizard.action_hand_over()
        wizard.handover_note = "pays by instalments"
        self.assertEqual(wizard.action_hand_over()["res_model"], "power.supply.point")
        self.assertEqual(self.point.bill_ids, old, "billed until that day: no final bill is due")
        self.assertEqual(self.point._get_customer_on(date(2026, 1, 31)).partner_id, self.leaver)
        self.assertEqual(self.point._get_customer_on(date(2026, 2, 1)).partner_id, self.comer)

    def test_credit_pays_the_final_bill(self):
        bank = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "bank")], limit=1
        )
        self.env["account.payment"].create(
            {
                "partner_id": self.leaver.id,
                "partner_type": "customer",
                "payment_type": "inbound",
                "amount": 150,
                "journal_id": bank.id,
            }
        ).action_post()
        self.assertEqual(self._open(date(2026, 1, 14)).amount_credit, 150)
        action = self._hand_over(date(2026, 1, 14), 10140)
        final = self.env["power.bill"].browse(action["res_id"])
        self.assertEqual(final.amount_residual, 0)
        credits = (self.leaver | self.comer)._get_power_credits(self.company)
        self.assertEqual(credits, {self.leaver.id: 33.0}, "the rest stays the leaver's")

    def test_an_earlier_month_stays_the_leavers(self):
        """Who writes another customer on a billed point means the days not billed."""
        old = self._create_bill(self.point)
        self.point.partner_id = self.comer
        again = old._bill_again("misread")
        self.assertEqual(again.partner_id, self.leaver)
        again.action_rate()
        self.assertEqual(again.customer_id, self.leaver)
        again.action_post()
        self._read(self.point, "2026-02-28", 11334)
        run = self._create_run("2026-02-01", supply_point_ids=[Command.set(self.point.ids)])
        run._process_all()
        self.assertEqual(run.bill_ids.customer_id, self.comer)
        with self.assertRaisesRegex(UserError, "billed until"):
            self.point.customer_history_ids.unlink()

    def test_a_bill_never_spans_two_customers(self):
        self._hand_over(date(2026, 1, 14), 10140)
        final = self.point.bill_ids
        final._cancel("wrong reading")
        bill = self._bill_january()
        self.assertEqual((bill.state, bill.failure_code), ("failed", "handover"))
        self.assertIn("2026-01-15", bill.failure_reason)
        # The step is taken again, with the reading that is there.
        bill._cancel("see above")
        final = self.env["power.bill"].browse(self._hand_over(date(2026, 1, 14))["res_id"])
        self.assertEqual((final.customer_id, final.amount_total), (self.leaver, 117.0))
        self.assertEqual(len(self.point.customer_history_ids), 2)

    def test_who_may(self):
        """An agent may; the final bill waits for finance and stays the leaver's."""
        agent = new_test_user(
            self.env,
            "handover_agent",
            groups="power_crm.group_agent",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        action = self._hand_over(date(2026, 1, 14), 10140, user=agent)
        final = self.env["power.bill"].browse(action["res_id"])
        self.assertEqual((final.state, self.point.partner_id), ("rated", self.comer))
        final.action_rate()
        self.assertEqual((final.state, final.partner_id), ("rated", self.leaver))
        waiting = self._bill_january()
        self.assertEqual(waiting.failure_code, "earlier_open")
        with self.assertRaises(AccessError):
            self.point.customer_history_ids.with_user(agent).unlink()

    def test_terms_of_the_new_customer(self):
        """Another tariff and the end of the large household, from the next day."""
        other = self._create_tariff("Other")
        self.point.fact_ids = [
            Command.create({"date_from": "2025-01-01", "household_extra_from": "2025-03-01"})
        ]
        self._hand_over(date(2026, 1, 14), 10140, new_tariff_id=other)
        rows = self.point.tariff_history_ids.sorted("date_from")
        self.assertEqual(rows.mapped("tariff_id"), self.tariff | other)
        self.assertEqual(rows[-1].date_from, date(2026, 1, 15))
        facts = self.point.fact_ids.sorted("date_from")
        self.assertEqual(facts.mapped("household_extra_from"), [date(2025, 3, 1), False])
        self.assertEqual(facts[-1].date_from, date(2026, 1, 15))
        with self.assertRaisesRegex(UserError, "already"):
            self._hand_over(date(2026, 1, 20), 10200)

    def test_a_reading_is_typed(self):
        """The last reading is proposed; left as it is, it would bill the leaver nothing."""
        wizard = self._open(date(2026, 1, 14))
        self.assertEqual(wizard.line_ids.value, 10000)
        with self.assertRaisesRegex(UserError, "shows what it showed on 2025-12-31"):
            wizard.action_hand_over()
        self.assertFalse(self.point.bill_ids)
        wizard.line_ids.note = "the house stood empty"
        final = self.env["power.bill"].browse(wizard.action_hand_over()["res_id"])
        self.assertEqual((final.kwh, final.amount_total), (0, 14.0))

    def test_refused_leaves_nothing(self):
        with self.assertRaises(UserError), self.cr.savepoint():
            self._hand_over(date(2026, 1, 14), 9000)
        self.assertEqual(self.point.partner_id, self.leaver)
        self.assertFalse(self.point.bill_ids)
        self.assertFalse(self.point.customer_history_ids)
