from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import PowerCase


@tagged("post_install", "-at_install")
class TestPhone(PowerCase):
    def test_notations(self):
        table = [
            ("13912345678", "+86 139 1234 5678"),
            ("139-1234-5678", "+86 139 1234 5678"),
            ("１３９１２３４５６７８", "+86 139 1234 5678"),
            ("0510-8270 1234", "+86 510 8270 1234"),
            ("(0510)82701234", "+86 510 8270 1234"),
            ("010-6270 1234", "+86 10 6270 1234"),
            ("0510-82701234转801", "+86 510 8270 1234 ext. 801"),
            ("+81 3-1234-5678", "+81 3-1234-5678"),
            ("+1 650-253-0000", "+1 650-253-0000"),
            ("400-820-8820", "+86 400 820 8820"),
        ]
        for given, expected in table:
            with self.subTest(given=given):
                partner = self._create_customer(power_is_customer=True, phone=given)
                self.assertEqual(partner.phone, expected)

    def test_wrong_numbers_are_refused_with_remedy(self):
        for given in ("12345", "0510-827", "139123456789012", "none", "11012345678"):
            with self.subTest(given=given), self.assertRaises(ValidationError) as caught:
                self._create_customer("Taihu", power_is_customer=True, phone=given)
            self.assertIn(given, str(caught.exception))
            self.assertIn("+ and country code", str(caught.exception))

    def test_write_and_import_are_checked(self):
        partner = self._create_customer(power_is_customer=True)
        with self.assertRaises(ValidationError):
            partner.phone = "12345"
        partner.phone = "0510 82701234"
        self.assertEqual(partner.phone, "+86 510 8270 1234")
        result = self.env["res.partner"].load(
            ["name", "power_is_customer", "phone"], [["Imported", "True", "12345"]]
        )
        self.assertFalse(result["ids"])
        self.assertIn("12345", result["messages"][0]["message"])

    def test_contacts_of_customers_are_checked(self):
        partner = self._create_customer(power_is_customer=True)
        with self.assertRaises(ValidationError):
            self._create_customer("Li", parent_id=partner.id, is_company=False, phone="12345")

    def test_others_are_left_alone(self):
        partner = self._create_customer(phone="ask at the gate")
        self.assertEqual(partner.phone, "ask at the gate")
        with self.assertRaisesRegex(ValidationError, "ask at the gate"):
            self._create_point(partner)
