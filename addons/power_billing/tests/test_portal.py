from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import PowerBillingCase
from .payment_common import DemoPaymentCase


class PortalBillCase(PowerBillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls._create_portal_user("anna", name="anna")
        cls.other = cls._create_portal_user("boris", name="boris")
        cls.bill = cls._create_bill(cls._create_point(cls.user.partner_id))
        cls.foreign = cls._create_bill(cls._create_point(cls.other.partner_id), kwh=500)


@tagged("post_install", "-at_install")
class TestPortal(PortalBillCase, HttpCase):
    def test_list_and_page(self):
        self.authenticate("anna", "anna")
        page = self.url_open("/my/power/bills")
        self.assertIn(self.bill.name, page.text)
        self.assertNotIn(self.foreign.name, page.text)
        page = self.url_open(f"/my/power/bills/{self.bill.id}")
        self.assertEqual(page.status_code, 200)
        months = page.text.partition('id="bill_months"')[2].partition("</details>")[0]
        self.assertIn(f"/my/power/bills/{self.bill.id}", months)
        self.assertNotIn(f"/my/power/bills/{self.foreign.id}", months)
        for text in ("852.06", "55.78", "907.84", "1,234.00", self.bill.payment_reference):
            self.assertIn(text, page.text)

    def test_bills_of_the_supply_point(self):
        self.authenticate("anna", "anna")
        point = self.bill.supply_point_id
        page = self.url_open(f"/my/power/points/{point.id}")
        self.assertIn(f"/my/power/bills?point={point.id}", page.text)
        self.assertIn("/my/power/bills", self.url_open("/my/power").text)

    def test_keys_are_validated(self):
        self.authenticate("anna", "anna")
        for query in (
            "sortby=x; drop",
            "filterby=nothing",
            "search_in=password&search=a",
            "point=abc",
            "page=999",
            "search=%25&search_in=point",
        ):
            page = self.url_open(f"/my/power/bills?{query}")
            self.assertEqual(page.status_code, 200, query)
            self.assertNotIn(self.foreign.name, page.text)

    def test_filters_and_search(self):
        self.authenticate("anna", "anna")
        for query, seen in (
            ("filterby=open", True),
            ("filterby=overdue", True),
            ("filterby=paid", False),
            (f"search={self.bill.name}", True),
            (f"search={self.bill.supply_point_id.number}&search_in=point", True),
            (f"search={self.foreign.name}", False),
            (f"point={self.foreign.supply_point_id.id}", False),
        ):
            page = self.url_open(f"/my/power/bills?{query}")
            self.assertEqual(f"/my/power/bills/{self.bill.id}" in page.text, seen, query)
            self.assertNotIn(f"/my/power/bills/{self.foreign.id}", page.text)

    def test_others_are_refused_by_address(self):
        self.authenticate("anna", "anna")
        for url in (
            f"/my/power/bills/{self.foreign.id}",
            f"/my/power/bills/{self.foreign.id}?access_token=wrong",
            f"/my/power/bills/{self.foreign.id}?report_type=pdf",
            f"/my/power/bills/{self.foreign.id}?access_token={self.bill._portal_ensure_token()}",
        ):
            page = self.url_open(url)
            self.assertTrue(page.url.endswith("/my"), page.url)
            self.assertNotIn(self.foreign.payment_reference, page.text)

    def test_nobody_is_refused_and_a_token_opens(self):
        page = self.url_open(f"/my/power/bills/{self.bill.id}")
        self.assertNotIn(self.bill.payment_reference, page.text)
        page = self.url_open(self.bill.get_portal_url())
        self.assertIn(self.bill.payment_reference, page.text)

    @mute_logger("odoo.http")
    def test_others_are_refused_by_rpc(self):
        self.authenticate("anna", "anna")

        def call(method, *args, **kwargs):
            return self.url_open(
                f"/web/dataset/call_kw/power.bill/{method}",
                json={
                    "params": {
                        "model": "power.bill",
                        "method": method,
                        "args": args,
                        "kwargs": kwargs,
                    }
                },
            ).json()

        self.assertIn("error", call("read", [self.foreign.id], ["name"]))
        self.assertIn("error", call("write", [self.bill.id], {"amount_total": 0}))
        self.assertIn("error", call("action_rate", [self.bill.id]))
        found = call("search_read", [], ["name"])
        self.assertEqual([row["id"] for row in found["result"]], self.bill.ids)

    def test_pdf(self):
        self.authenticate("anna", "anna")
        page = self.url_open(f"/my/power/bills/{self.bill.id}?report_type=pdf&download=1")
        self.assertEqual(page.status_code, 200)
        self.assertIn(self.bill.name.replace("-", "_"), page.headers["Content-Disposition"])

    def test_model_access(self):
        bills = self.env["power.bill"].with_user(self.user)
        self.env.invalidate_all()
        self.assertEqual(bills.search([]), self.bill)
        with self.assertRaises(AccessError):
            bills.browse(self.foreign.id).read(["name"])
        for model in ("power.bill.run", "power.meter", "power.meter.reading", "power.tariff"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.user).search([])


@tagged("post_install", "-at_install", "power_slow")
class TestPayment(PortalBillCase, DemoPaymentCase):
    def test_pay_a_bill(self):
        """From the bill's page through the demo provider to a reconciled invoice."""
        self._use_demo_provider()
        self.authenticate("anna", "anna")
        page = self.url_open(f"/my/power/bills/{self.bill.id}")
        self.assertIn("pay_with", page.text)
        invoice = self.bill.move_id
        self._transact(
            f"/invoice/transaction/{invoice.id}",
            invoice.amount_residual,
            landing_route=self.bill.get_portal_url(),
            access_token=invoice._portal_ensure_token(),
        )
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(self.bill.payment_state, "paid")
        self.assertEqual(self.bill.amount_residual, 0)
        page = self.url_open(f"/my/power/bills/{self.bill.id}")
        self.assertNotIn('id="pay_with"', page.text)
        self.assertIn("text-bg-success", page.text)
