from datetime import date

from freezegun import freeze_time

from odoo import http
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .common import ContractsCase


@tagged("post_install", "-at_install")
class TestPriceLists(ContractsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.level = cls.env["power.service.level"].search([], limit=1)
        cls.lists = {
            name: cls.env["product.pricelist"].create(
                {
                    "name": name,
                    "company_id": cls.bureau.id,
                    "currency_id": cls.bureau.currency_id.id,
                    "item_ids": [
                        Command.create(
                            {
                                "compute_price": "percentage",
                                "percent_price": percent,
                                "applied_on": "3_global",
                            }
                        )
                    ],
                    **vals,
                }
            )
            for name, percent, vals in (
                ("10 kV", 10, {"power_voltage_class": "10kv"}),
                ("level", 20, {"power_service_level_id": cls.level.id}),
                (
                    "both",
                    30,
                    {"power_service_level_id": cls.level.id, "power_voltage_class": "10kv"},
                ),
            )
        }

    def _get_list(self, points):
        return self.env["product.pricelist"]._get_power_pricelist(
            self.customer, points, self.bureau
        )

    def test_the_list_that_says_most_is_taken(self):
        low = self._create_point(self.customer, voltage_class="380v", capacity_kva=50)
        self.assertEqual(self._get_list(self.point), self.lists["10 kV"])
        self.assertFalse(self._get_list(low))
        # a quotation over two voltages has the price of neither
        self.assertFalse(self._get_list(self.point | low))
        self.customer.power_service_level_id = self.level
        self.assertEqual(self._get_list(self.point), self.lists["both"])
        self.assertEqual(self._get_list(low), self.lists["level"])

    def test_quotation_has_the_price_of_its_supply_point(self):
        testing = self.env.ref("power_contracts.product_testing")
        testing.list_price = 1000
        order = self.env["sale.order"]._request_power_quote(
            self.bureau, self.customer, testing.product_tmpl_id, points=self.point
        )
        self.assertEqual(order.pricelist_id, self.lists["10 kV"])
        # 1000 less 10 %
        self.assertEqual(order.order_line.price_unit * (1 - order.order_line.discount / 100), 900)
        self.assertIn(testing.power_inclusions, order.order_line.name)

    def test_services_are_sold_in_the_money_of_the_utility(self):
        self.lists["10 kV"].active = False
        foreign = self.env["res.currency"].with_context(active_test=False)
        foreign = foreign.search([("id", "!=", self.bureau.currency_id.id)], limit=1)
        foreign.active = True
        self.customer.with_company(self.bureau).property_product_pricelist = self.env[
            "product.pricelist"
        ].create({"name": "Abroad", "currency_id": foreign.id, "company_id": self.bureau.id})
        order = self.env["sale.order"]._request_power_quote(
            self.bureau,
            self.customer,
            self.env.ref("power_contracts.product_testing").product_tmpl_id,
            points=self.point,
        )
        self.assertFalse(order.pricelist_id)
        self.assertEqual(order.currency_id, self.bureau.currency_id)

    def test_public_price_has_the_tax_in_it(self):
        testing = self.env.ref("power_contracts.product_testing").product_tmpl_id
        testing.list_price = 1000
        testing.taxes_id = False
        self.assertEqual(testing._get_power_price(self.bureau), 1000)
        self.assertEqual(testing._get_power_price(self.bureau, self.lists["10 kV"]), 900)

    def test_answer_is_due_in_working_days(self):
        self.bureau.power_answer_days = 3
        days = self.env["power.workday"]
        # Friday 13 November 2026: Monday, Tuesday, Wednesday
        with freeze_time("2026-11-13 03:00:00"):
            self.assertEqual(self.bureau._get_power_answer_day(), date(2026, 11, 18))
            day = {"name": "Day", "company_id": self.bureau.id}
            days.create({**day, "date": "2026-11-16", "kind": "holiday"})
            self.assertEqual(self.bureau._get_power_answer_day(), date(2026, 11, 19))
            days.create({**day, "date": "2026-11-14", "kind": "worked"})
            # the Saturday is worked for the Monday: Saturday, Tuesday, Wednesday
            self.assertEqual(self.bureau._get_power_answer_day(), date(2026, 11, 18))


@tagged("post_install", "-at_install")
class TestServicePages(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.ref("base.main_company")
        cls.customer = cls.env["res.partner"].create({"name": "Quote Mills", "is_company": True})
        user = new_test_user(cls.env, "quote_own", groups="base.group_portal", name="Li Na")
        user.partner_id.parent_id = cls.customer
        (cls.customer | user.partner_id).lang = "en_US"
        points = cls.env["power.supply.point"].with_company(cls.company)
        cls.point = points.create({"partner_id": cls.customer.id, "company_id": cls.company.id})
        cls.rival = cls.env["res.partner"].create({"name": "Rival Mills", "is_company": True})
        cls.other = points.create({"partner_id": cls.rival.id, "company_id": cls.company.id})
        cls.service = cls.env.ref("power_contracts.product_testing").product_tmpl_id
        cls.package = cls.env.ref("power_contracts.sale_order_template_standard")

    def _ask(self, **data):
        data["csrf_token"] = http.Request.csrf_token(self)
        return self.url_open("/power/services/quote", data=data)

    def _find_orders(self):
        return self.env["sale.order"].search([], order="id desc")

    def test_everybody_reads_the_prices(self):
        hidden = self.service.copy({"name": "Secret service", "power_is_public": False})
        self.assertTrue(hidden.power_service_kind)
        page = self.url_open("/power/services").text
        self.assertIn(self.service.name, page)
        self.assertIn(self.package.name, page)
        self.assertNotIn("Secret service", page)
        answer = self.url_open(f"/power/services/quote?service={hidden.id}")
        self.assertTrue(answer.url.endswith("/power/services"))

    def test_customer_asks_for_its_own_point_only(self):
        self.authenticate("quote_own", "quote_own")
        form = self.url_open(f"/power/services/quote?package={self.package.id}").text
        self.assertIn(self.point.number, form)
        self.assertNotIn(self.other.number, form)
        self._ask(package=self.package.id, point_id=self.point.id, note="From May on")
        self.assertIn("</textarea>", form)
        order = self._find_orders()[0]
        self.assertEqual(order.partner_id, self.customer)
        self.assertEqual(order.power_supply_point_ids, self.point)
        self.assertEqual(order.state, "draft")
        self.assertEqual(
            order.order_line.product_id, self.package.sale_order_template_line_ids.product_id
        )
        self.assertIn("From May on", order.message_ids.mapped("preview"))
        self._ask(service=self.service.id, point_id=self.other.id)
        stranger = self._find_orders()[0]
        self.assertEqual(stranger.partner_id, self.customer)
        self.assertFalse(stranger.power_supply_point_ids)

    def test_visitor_is_nobody_s_customer(self):
        self.customer.email = "office@quote-mills.example"
        self.authenticate(None, None)
        known = self._find_orders()
        page = self._ask(service=self.service.id, name="", email="nonsense").text
        self.assertIn("Tell us your name", page)
        self.assertIn("This is no e-mail address", page)
        self._ask(service=self.service.id, name="Robot", email="r@b.example", website="x")
        self.assertEqual(self._find_orders(), known)
        answer = self._ask(
            service=self.service.id,
            name="Chen",
            email="office@quote-mills.example",
            point_number=self.point.number,
        )
        self.assertIn("Thank you", answer.text)
        order = self._find_orders()[0]
        self.assertNotEqual(order.partner_id, self.customer)
        self.assertFalse(order.power_supply_point_ids)
        self.assertNotIn(order.name, answer.text)

    def test_too_many_requests_are_refused(self):
        self.authenticate(None, None)
        vals = {"service": self.service.id, "name": "Chen", "phone": "13800138000"}
        for _number in range(5):
            self.assertIn("Thank you", self._ask(**vals).text)
        count = len(self._find_orders())
        self.assertIn("within the hour", self._ask(**vals).text)
        self.assertEqual(len(self._find_orders()), count)
