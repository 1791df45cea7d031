from odoo.tests import Form, tagged

from .common import PowerCase


@tagged("post_install", "-at_install")
class TestDuplicates(PowerCase):
    def test_same_phone_in_another_notation(self):
        first = self._create_customer("First", phone="139 1234 5678", power_is_customer=True)
        second = self._create_customer("Second", phone="+86 13912345678", power_is_customer=True)
        self.assertEqual(second.power_duplicate_ids, first)
        self.assertEqual(second.power_duplicate_note, "same telephone number: First")

    def test_same_licence(self):
        first, second = (
            self._create_customer(name, power_is_customer=True) for name in ("First", "Second")
        )
        self._create_licence(first, "91320200X")
        self._create_licence(second, "91320200X", kind="tax")
        self.assertEqual(first.power_duplicate_ids, second)
        self.assertIn("same licence number: Second", first.power_duplicate_note)

    def test_same_registration_number(self):
        first = self._create_customer("First", company_registry="320", power_is_customer=True)
        second = self._create_customer("Second", company_registry="320", power_is_customer=True)
        self.assertEqual(first.power_duplicate_ids, second)

    def test_own_contacts_are_no_duplicates(self):
        first = self._create_customer("First", phone="13912345678", power_is_customer=True)
        child = self._create_customer(
            "Li", parent_id=first.id, is_company=False, phone="13912345678"
        )
        self.assertFalse(first.power_duplicate_ids or child.power_duplicate_ids)

    def test_warning_before_saving_never_blocks(self):
        first = self._create_customer("First", phone="13912345678", power_is_customer=True)
        agent = self._create_user("agent")
        partners = self.env["res.partner"].with_user(agent)
        with Form(partners.with_context(default_power_is_customer=True)) as form:
            form.name = "Second"
            form.country_id = self.china
            form.phone = "13912345678"
            self.assertEqual(form.power_duplicate_ids[:], first)
        self.assertTrue(form.save().power_customer_number)
