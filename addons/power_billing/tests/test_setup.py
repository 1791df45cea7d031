from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import PowerBillingCase, create_company


@tagged("post_install", "-at_install", "power_slow")
class TestSetup(PowerBillingCase):
    def test_chinese_chart(self):
        company = self.company
        self.assertEqual(company.power_tax_id.amount, 13)
        self.assertEqual(company.power_tax_id.price_include_override, "tax_included")
        tax_account = company.power_tax_id.invoice_repartition_line_ids.account_id
        self.assertTrue(tax_account.code.startswith("2221"))
        self.assertEqual(company.power_income_account_id.code, "500100")
        self.assertTrue(company.power_fund_account_id.code.startswith("2241"))
        self.assertEqual(company.power_fund_account_id.account_type, "liability_current")
        self.assertEqual(company.power_journal_id.code, "ELEC")
        self.assertEqual(company.power_payment_term_id.line_ids.nb_days, 15)

    def test_again_changes_nothing(self):
        company = self.company
        fields = ("power_tax_id", "power_journal_id", "power_fund_account_id")
        before = [company[name] for name in fields]
        counts = [
            self.env[model].search_count([("company_id", "=", company.id)])
            for model in ("account.tax", "account.journal")
        ]
        company._power_billing_setup()
        self.assertEqual(before, [company[name] for name in fields])
        self.assertEqual(
            counts,
            [
                self.env[model].search_count([("company_id", "=", company.id)])
                for model in ("account.tax", "account.journal")
            ],
        )

    def test_generic_chart(self):
        company = create_company(self.env, "Generic", chart="generic_coa")
        self.assertEqual(company.power_tax_id.amount, 13)
        self.assertEqual(company.power_tax_id.price_include_override, "tax_included")
        self.assertTrue(company.power_fund_account_id)
        product = self.env.ref("power_billing.product_fund").with_company(company)
        self.assertEqual(product.property_account_income_id, company.power_fund_account_id)

    def test_elsewhere_the_tax_is_the_company_s_own(self):
        """The sales tax of a generic chart comes on top of prices; nobody gets China's VAT."""
        company = create_company(self.env, "Abroad", chart="generic_coa", country="base.us")
        self.assertEqual(company.power_tax_id, company.account_sale_tax_id)
        self.assertEqual(company._get_power_tax_mode(), "excluded")
        energy, late_fee = (
            self.env.ref(f"power_billing.product_{kind}").with_company(company)
            for kind in ("energy", "late_fee")
        )
        taxes = (energy + late_fee).taxes_id.filtered(lambda tax: tax.company_id == company)
        self.assertEqual(taxes, company.power_tax_id)
        self.assertFalse(late_fee.taxes_id & taxes, "a fee is what its rules come to")
        company.write({"account_sale_tax_id": False, "power_tax_id": False})
        company._power_billing_setup()
        company._power_require_setup()
        self.assertEqual(company._get_power_tax_mode(), "included", "nothing on top")

    def test_no_chart(self):
        company = self.env["res.company"].create({"name": "Bare"})
        with self.assertRaises(UserError):
            company._power_billing_setup()
