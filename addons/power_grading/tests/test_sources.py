from datetime import date
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged

from ..models.power_grading_source import ScoreScope
from .common import TODAY, GradingCase, GradingMoneyCase, values_of


@tagged("post_install", "-at_install")
class TestSupplySources(GradingCase):
    def _value(self, code, partner, months=12):
        query = self.env["power.grading.source"]._score_queries()[code]
        self.env.flush_all()
        found = values_of(self.env, query, ScoreScope(self.bureau.id, TODAY, months))
        value = found.get(partner.id)
        return query.default if value is None else value

    def test_supply(self):
        (partner,) = self._create_customers(400)
        point = partner.power_supply_point_ids
        self.assertEqual(self._value("capacity", partner), 400)
        self.assertEqual(self._value("dual_supply", partner), 0)
        point.source_ids = [
            Command.create({"substation": "North", "bus_section": section, "feeder": section})
            for section in ("I", "II")
        ]
        self.assertEqual(self._value("dual_supply", partner), 1)
        self.assertEqual(self._value("own_generator", partner), 0)
        self._create_point(partner, capacity_kva=50)
        # the second place has one line only
        self.assertEqual(self._value("dual_supply", partner), 0)
        self.assertEqual(self._value("supply_points", partner), 2)

    def test_tenure(self):
        (partner,) = self._create_customers(400)
        partner.power_supply_point_ids.date_activated = date(2024, 3, 31)
        # 31 March 2024 to 30 June 2026: two years, two months and 30 days
        self.assertEqual(self._value("tenure", partner), 26)

    def test_breaches_in_the_window(self):
        (partner,) = self._create_customers(400)
        for day in (date(2024, 6, 30), date(2024, 7, 1), TODAY):
            self.env["power.breach"].create(
                {"partner_id": partner.id, "kind": "theft", "date": day,
                 "company_id": self.bureau.id}
            )  # fmt: skip
        self.assertEqual(self._value("breach_theft", partner, 24), 2)
        self.assertEqual(self._value("breach_theft", partner, 0), 3)
        self.assertEqual(self._value("breach_contract", partner, 24), 0)

    def test_consequences(self):
        (partner,) = self._create_customers(400)
        self.assertEqual(self._value("consequence", partner), 0)
        partner.power_consequence_ids = self.env["power.consequence"].create(
            [{"name": "Public disorder", "rank": "2"}, {"name": "Poisoning", "rank": "3"}]
        )
        self.assertEqual(self._value("consequence", partner), 3)

    def test_partner_facts(self):
        (partner,) = self._create_customers(400)
        self.assertIsNone(self._value("business_state", partner))
        partner.write({"power_business_state": "bad", "power_important_level": "second"})
        self.assertEqual(self._value("business_state", partner), -1)
        self.assertEqual(self._value("important_level", partner), 2)

    def test_every_source_can_be_read(self):
        """A source whose SQL is broken would stop a run."""
        self.env.flush_all()
        queries = self.env["power.grading.source"]._score_queries()
        self.assertGreater(len(queries), 40)
        for query in queries.values():
            for months in (0, 12):
                values_of(self.env, query, ScoreScope(self.bureau.id, TODAY, months, "x"))

    def test_filter(self):
        partners = self._create_customers(10, 20)
        partners[1].power_important_level = "first"
        scheme = self._create_scheme(
            indicators=[
                self._prepare_indicator(
                    source="domain",
                    partner_domain="[('power_important_level', '=', 'first')]",
                    transformation="yesno",
                )
            ]
        )
        scheme.action_activate()
        self._run(scheme)
        self.assertEqual(self._letters(partners, scheme), ["D", "A"])
        told = [partner.power_grading_result_ids._explain()["rows"] for partner in partners]
        self.assertEqual([row["value"] for (row,) in told], ["no", "yes"])


@tagged("post_install", "-at_install")
class TestMoneySources(GradingMoneyCase):
    """Four bills of 100: paid on the day, 10 days late, 30 days late and after the date, open."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.env["res.partner"].create(
            {"name": "Payer", "power_is_customer": True, "power_guarantee": 50}
        )
        for month, paid in (
            (1, date(2026, 2, 15)),
            (2, date(2026, 3, 25)),
            (5, date(2026, 7, 15)),
            (4, None),
        ):
            invoice = cls._bill(date(2026, month, 15))
            if paid:
                cls._pay(invoice, paid)
            else:
                cls.open_bill = invoice
        cls.env.flush_all()

    @classmethod
    def _bill(cls, day, amount=100):
        due = day.replace(month=day.month + 1)
        invoice = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": cls.partner.id,
                "invoice_date": day,
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create({"name": "kWh", "price_unit": amount, "tax_ids": []})
                ],
            }
        )
        invoice.action_post()
        return invoice

    def _value(self, code, months=12):
        query = self.env["power.grading.source"]._score_queries()[code]
        return values_of(self.env, query, ScoreScope(self.bureau.id, TODAY, months)).get(
            self.partner.id
        )

    def test_amounts(self):
        self.assertEqual(self._value("invoiced"), 400)
        self.assertEqual(self._value("bills"), 4)
        self.assertEqual(self._value("average_bill"), 100)
        # paid in July is open on 30 June
        self.assertEqual(self._value("open_amount"), 200)
        self.assertEqual(self._value("overdue_amount"), 200)
        self.assertEqual(self._value("arrears_ratio"), 2)
        self.assertEqual(self._value("guarantee_cover"), 50)

    def test_paid_in_part_later(self):
        """Of 200 open on 30 June, 30 were paid before; the 40 paid after were open on that day."""
        for day, amount in ((date(2026, 6, 25), 30), (date(2026, 7, 10), 40)):
            self._pay(self.open_bill, day, amount)
        self.env.flush_all()
        self.assertEqual(self._value("open_amount"), 170)
        self.assertEqual(self._value("overdue_amount"), 170)
        # 30 of the 400 due in the window are paid in addition to 200
        self.assertEqual(self._value("paid_share"), 57.5)

    def test_lateness(self):
        # due 15 Feb, 15 Mar, 15 Jun, 15 May: 0 and 10 days late, 15 and 46 days in arrears
        self.assertEqual(self._value("on_time_rate"), 25)
        self.assertEqual(self._value("late_bills"), 3)
        self.assertEqual(self._value("worst_days_late"), 46)
        self.assertEqual(self._value("worst_arrears_days"), 46)
        self.assertEqual(self._value("overdue_bills"), 2)
        self.assertEqual(self._value("arrears_months"), 2)
        self.assertEqual(self._value("paid_share"), 50)

    def test_window(self):
        # (31 March, 30 June]
        self.assertEqual(self._value("bills", 3), 2)

    def test_not_due_yet(self):
        self._bill(date(2026, 6, 20), 1000)
        self.env.flush_all()
        self.assertEqual(self._value("open_amount"), 1200)
        self.assertEqual(self._value("overdue_amount"), 200)
        self.assertEqual(self._value("on_time_rate"), 25)

    def test_credit_note(self):
        refund = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": self.partner.id,
                "invoice_date": date(2026, 5, 20),
                "invoice_line_ids": [
                    Command.create({"name": "kWh", "price_unit": 40, "tax_ids": []})
                ],
            }
        )
        refund.action_post()
        self.env.flush_all()
        self.assertEqual(self._value("invoiced"), 360)
        self.assertEqual(self._value("bills"), 4)

    def test_the_profile_tells_the_figures(self):
        """As of 30 June: one of four bills on time, April's open for 46 days, May's for 15."""
        self.partner.write({"name": "Taihu & Sons", "power_important_level": "second"})
        with patch.object(type(self.bureau), "_get_power_today", lambda company: TODAY):
            figures = dict(self.partner._get_power_profile_figures())
            (content, _kind) = self.env["ir.actions.report"]._render_qweb_html(
                "power_grading.customer_profile", self.partner.ids
            )
        queries = self.env["power.grading.source"]._score_queries()
        expected = {
            "on_time_rate": "25",
            "worst_days_late": "46",
            "open_amount": "200",
            "overdue_amount": "200",
            "breaches": "0",
        }
        self.assertEqual({code: figures[queries[code].label] for code in expected}, expected)
        page = content.decode()
        self.assertIn("Taihu &amp; Sons", page)
        self.assertIn(queries["worst_days_late"].label, page)
