import base64

from odoo.tests import tagged

from .common import PowerBillingCase

TITLES = "用电户号,客户名称,电压等级,电价,计费周期,预付费"


@tagged("post_install", "-at_install")
class TestCustomerImport(PowerBillingCase):
    """A file of customers says how each supply point is billed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.farms = cls._create_tariff("Farms", code="FARM")
        cls.cycle = cls.env["power.bill.cycle"].create({"name": "Two months", "months": 2})

    def _check(self, *rows, **vals):
        content = "\n".join([TITLES, *rows]).encode()
        wizard = self.env["power.customer.import"].create(
            {
                "file": base64.b64encode(content),
                "filename": "customers.csv",
                "company_id": self.company.id,
                **vals,
            }
        )
        wizard.action_check()
        return wizard

    def _import(self, *rows, **vals):
        wizard = self._check(*rows, **vals)
        self.assertEqual(wizard.state, "ready", wizard.problem_ids.mapped("problem"))
        wizard.action_import()
        return self.env["power.supply.point"].search(
            [("number", "in", [row.split(",")[0] for row in rows])], order="number"
        )

    def test_tariff_cycle_and_prepaid(self):
        points = self._import("I1,甲,220 V,farm,Two months,是", "I2,乙,220 V,,,")
        self.assertEqual(points[0].tariff_id, self.farms)
        self.assertEqual(points[0].billing_cycle_id, self.cycle)
        self.assertEqual(points.mapped("is_prepaid"), [True, False])
        self.assertFalse(points[1].tariff_id or points[1].billing_cycle_id)

    def test_what_is_not_known_is_told_by_its_column(self):
        wizard = self._check("I1,甲,220 V,Nobody's,Three weeks,perhaps")
        self.assertEqual(wizard.state, "wrong")
        self.assertEqual(
            wizard.problem_ids.mapped("column"), ["Tariff", "Billing cycle", "Prepaid"]
        )

    def test_another_tariff_of_a_billed_point_is_dated(self):
        """January is billed: the new tariff counts from 1 February, January keeps its own."""
        point = self._create_bill(self._create_point()).supply_point_id
        before = point.tariff_id
        self._import(f"{point.number},,220 V,Farms,,", on_existing="update")
        rows = point.tariff_history_ids.sorted("date_from")
        self.assertEqual(rows.mapped("tariff_id"), before | self.farms)
        self.assertEqual(str(rows[-1].date_from), "2026-02-01")

    def test_the_template_explains_the_columns(self):
        wizard = self.env["power.customer.import"]
        columns = [column.key for column in wizard._get_columns()]
        self.assertEqual(columns[-3:], ["tariff", "billing_cycle", "is_prepaid"])
        self.assertLessEqual(set(columns), wizard._get_column_texts().keys())
        self.assertIn("Two months", wizard._get_choices()["billing_cycle"])
        self.assertTrue(wizard._make_template())
