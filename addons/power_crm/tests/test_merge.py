from odoo.tests import tagged

from .common import PowerCase


@tagged("post_install", "-at_install")
class TestMerge(PowerCase):
    """The same customer, entered twice."""

    def test_supply_points_and_licences_move(self):
        stays = self._create_customer("Taihu Steel", power_is_customer=True)
        goes = self._create_customer("Taihu Steel Works", power_is_customer=True)
        number = stays.power_customer_number
        self.assertTrue(number)
        point = self._create_point(goes)
        licence = self.env["power.licence"].create(
            {"partner_id": goes.id, "kind": "business", "number": "91320200TAIHU"}
        )
        self._merge(stays, goes)
        self.assertEqual((point.partner_id, licence.partner_id), (stays, stays))
        self.assertEqual(stays.power_customer_number, number)

    def test_a_contact_takes_the_number_of_the_customer(self):
        stays = self.env["res.partner"].create({"name": "Taihu Steel"})
        goes = self._create_customer("Taihu Steel Works", power_is_customer=True)
        number = goes.power_customer_number
        self._merge(stays, goes)
        self.assertTrue(stays.power_is_customer)
        self.assertEqual(stays.power_customer_number, number)
