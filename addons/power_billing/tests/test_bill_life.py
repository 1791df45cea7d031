from datetime import date

from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from .common import PowerBillingCase


@tagged("post_install", "-at_install", "power_slow")
class TestBillLife(PowerBillingCase):
    """Final bills, and bills that are made again."""

    def _close(self, point, day, value):
        action = point.action_close()
        model = point.env[action["res_model"]].with_context(**action["context"])
        form = Form(model)
        form.date = day
        with form.line_ids.edit(0) as line:
            line.value = value
        return self.env["power.bill"].browse(form.save().action_close()["res_id"])

    def test_final_bill(self):
        """(10600 - 10100) × 1 = 500 kWh: 345.24 + 22.60 = 367.84, from 1 to 20 February."""
        point = self._create_point(self._create_customer(lang="en_US"))
        self._create_bill(point, kwh=100)
        bill = self._close(point, date(2026, 2, 20), 10600)
        self.assertEqual((point.state, point.date_closed), ("closed", date(2026, 2, 20)))
        self.assertEqual(point.meter_ids.date_removed, date(2026, 2, 20))
        self.assertEqual((bill.state, bill.is_final), ("posted", True))
        self.assertEqual((bill.kwh, bill.amount_total), (500, 367.84))
        self.assertEqual(bill.move_id.amount_total, 367.84)
        self.assertEqual(bill.period_from, date(2026, 2, 1))
        self.assertEqual(bill.determinants["service_to"], "2026-02-20")
        html, __ = self.env["ir.actions.report"]._render_qweb_html(
            "power_billing.report_bill", bill.ids
        )
        self.assertIn("Final electricity bill", html.decode())

    def test_a_point_with_a_meter_is_closed_by_its_final_bill_only(self):
        point = self._create_point()
        with self.assertRaisesRegex(UserError, "final reading"):
            point.state = "closed"
        without = self._create_point(meter=False)
        without.action_close()
        self.assertEqual(without.state, "closed")

    def test_refused_closings_leave_nothing(self):
        point = self._create_point()
        self._create_bill(point, kwh=100)
        for day, value, message in (
            (date(2026, 1, 30), 10100, "billed until"),
            (date(2026, 1, 31), 10110, "billed until"),
            (date(2026, 2, 20), 10050, ""),  # the register fell
        ):
            with self.subTest(day=day), self.assertRaisesRegex(UserError, message):
                self._close(point, day, value)
            self.assertEqual(point.state, "active")
            self.assertEqual(len(point.bill_ids), 1)
            self.assertFalse(point.meter_ids.date_removed)

    def test_closed_on_the_day_the_last_bill_ends(self):
        point = self._create_point()
        self._create_bill(point, kwh=100)
        action = point.action_close()
        form = Form(self.env[action["res_model"]].with_context(**action["context"]))
        form.date = date(2026, 1, 31)
        self.assertEqual(form.amount_open, 73.57)
        self.assertEqual(form.save().action_close()["res_id"], point.id)
        self.assertEqual((point.state, len(point.bill_ids)), ("closed", 1))

    def test_an_agent_closes(self):
        """The final bill waits for finance."""
        point = self._create_point()
        self._create_bill(point, kwh=100)
        agent = new_test_user(
            self.env,
            "closing_agent",
            groups="power_crm.group_agent",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        bill = self._close(point.with_user(agent), date(2026, 2, 20), 10600)
        self.assertEqual((point.state, bill.state, bill.amount_total), ("closed", "rated", 367.84))

    def _pay(self, bill):
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=bill.move_id.ids
        )
        return wizard.create({"payment_date": "2026-02-10"})._create_payments()

    def test_a_paid_bill_is_billed_again(self):
        """1234 kWh at 907.84 were paid; 1000 kWh are right: 690.49 + 45.20 = 735.69.

        The payment pays the new bill, 907.84 - 735.69 = 172.15 stay the customer's credit.
        """
        point = self._create_point()
        old = self._create_bill(point)
        payment = self._pay(old)
        self.assertEqual(old.amount_residual, 0)
        action = old.action_cancel()
        form = Form(self.env[action["res_model"]].with_context(**action["context"]))
        form.reason = "misread"
        form.bill_again = True
        found = form.save().action_confirm()
        new = self.env["power.bill"].search(found["domain"])
        self.assertEqual((old.state, new.state, new.corrects_id), ("cancelled", "rated", old))
        self.assertFalse(new._get_correction_rows(), "nothing is mended yet")
        new.action_rate()
        point.meter_ids.reading_ids.filtered(lambda r: r.kind == "actual").value = 11000
        new.action_rate()
        self.assertEqual((new.kwh, new.amount_total), (1000, 735.69))
        rows = new._get_correction_rows()
        # 690.49 - 852.06 and 45.20 - 55.78
        self.assertEqual([row["difference"] for row in rows], [-161.57, -10.58])
        self.assertIn("852.06", str(new.correction))
        new.action_post()
        self.assertEqual((new.state, new.amount_residual), ("posted", 0))
        rest = payment.move_id.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        self.assertEqual(rest.amount_residual, -172.15)
        html, __ = self.env["ir.actions.report"]._render_qweb_html(
            "power_billing.report_bill", new.ids
        )
        for text in (old.name, "852.06", "-161.57"):
            self.assertIn(text, html.decode().replace("−", "-").replace("\ufeff", ""))
