from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import PowerBillingCase


@tagged("post_install", "-at_install")
class TestTariff(PowerBillingCase):
    def _add_version(self, **vals):
        return self.env["power.tariff.version"].create({"tariff_id": self.tariff.id, **vals})

    def test_price_per_kwh(self):
        self.assertAlmostEqual(self.tariff.energy_price, 0.735686, 6)

    def test_versions_never_overlap(self):
        with self.assertRaises(ValidationError):
            self._add_version(date_from="2026-08-01")
        self.tariff.version_ids.date_to = "2026-07-31"
        new = self._add_version(date_from="2026-08-01")
        with self.assertRaises(ValidationError):
            new.date_from = "2026-07-31"

    def test_component_takes_its_product(self):
        products = {c.kind: c.product_id for c in self.tariff.version_ids.component_ids}
        self.assertEqual(products["fund"], self.env.ref("power_billing.product_fund"))

    def test_a_billed_version_is_frozen(self):
        version = self.tariff.version_ids
        self.assertFalse(version.is_frozen)
        self._create_bill()
        version.invalidate_recordset()
        self.assertTrue(version.is_frozen)
        with self.assertRaises(UserError):
            version.component_ids[0].price = 1
        with self.assertRaises(UserError):
            version.component_ids[0].unlink()
        with self.assertRaises(UserError):
            version.component_ids = [Command.create({"kind": "fixed", "name": "x", "price": 1})]
        with self.assertRaises(UserError):
            version.date_from = "2020-02-01"
        with self.assertRaises(UserError):
            version.date_to = "2026-01-30"
        with self.assertRaises(UserError):
            version.unlink()
        version.date_to = "2026-01-31"
        version.component_ids[0].name = "Energy charge"
