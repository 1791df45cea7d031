from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestBillsInSets(TransactionCase):
    def test_contracts_do_not_slow_the_posting_of_bills(self):
        self.assertTrue(self.env["power.bill"]._are_overrides_known())
