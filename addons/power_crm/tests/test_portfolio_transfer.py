from datetime import date

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import PowerCase


@tagged("post_install", "-at_install")
class TestPortfolioTransfer(PowerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.old, cls.new = (cls._create_user("account_manager") for _user in range(2))
        cls.boss = cls._create_user("manager")
        cls.area = cls._create_area(manager_id=cls.old.id)
        cls.of_area, cls.dedicated = cls._create_customer("Area"), cls._create_customer("Own")
        cls.dedicated.power_dedicated_manager_id = cls.old
        cls.point = cls._create_point(cls.of_area, area_id=cls.area.id)
        cls.elsewhere = cls._create_point(cls.dedicated)

    def _open(self):
        return Form(self.env["power.portfolio.transfer"].with_user(self.boss))

    def test_whole_portfolio(self):
        with self._open() as form:
            form.from_user_id = self.old
            self.assertEqual(form.area_ids[:], self.area)
            self.assertEqual(form.partner_ids[:], self.dedicated)
            form.to_user_id = self.new
            form.date = "2026-12-01"
            form.reason = "Change of duties"
        form.save().action_transfer()
        self.assertEqual(self.area.manager_id, self.new)
        self.assertEqual((self.point + self.elsewhere).manager_id, self.new)
        self.assertEqual((self.of_area + self.dedicated).power_account_manager_id, self.new)
        history = self.env["power.manager.assignment"].search(
            [("from_user_id", "=", self.old.id), ("to_user_id", "=", self.new.id)]
        )
        self.assertEqual(len(history), 2)
        self.assertEqual(set(history.mapped("reason")), {"Change of duties"})
        self.assertEqual(set(history.mapped("date")), {date(2026, 12, 1)})

    def test_one_customer_out_of_an_area(self):
        with self._open() as form:
            form.from_user_id = self.old
            form.to_user_id = self.new
            form.reason = "Customer's wish"
            form.area_ids.clear()
            form.partner_ids.clear()
            form.partner_ids.add(self.of_area)
        form.save().action_transfer()
        self.assertEqual(self.area.manager_id, self.old)
        self.assertEqual(self.point.manager_id, self.new)
        self.assertEqual(self.elsewhere.manager_id, self.old)

    def test_nothing_or_nobody(self):
        for to_user in (self.old, self.new):
            with self._open() as form:
                form.from_user_id = self.old
                form.to_user_id = to_user
                form.reason = "x"
                form.area_ids.clear()
                form.partner_ids.clear()
            with self.assertRaises(UserError):
                form.save().action_transfer()
