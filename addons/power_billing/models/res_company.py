from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..tools.price_list import UNITS

# The rate that setting up takes for a Chinese company: 13 % since 1 April 2019 (财政部 税务总局
# 海关总署公告2019年第39号). What counts afterwards is the tax chosen in the settings.
VAT_RATE = 13.0


class ResCompany(models.Model):
    _inherit = "res.company"

    power_journal_id = fields.Many2one(
        comodel_name="account.journal",
        string="Electricity bills journal",
        check_company=True,
        domain="[('type', '=', 'sale')]",
    )
    power_tax_id = fields.Many2one(
        comodel_name="account.tax",
        string="Tax on electricity",
        check_company=True,
        domain="[('type_tax_use', '=', 'sale')]",
    )
    power_income_account_id = fields.Many2one(
        comodel_name="account.account",
        string="Electricity income account",
        check_company=True,
    )
    power_fund_account_id = fields.Many2one(
        comodel_name="account.account",
        string="Government funds account",
        check_company=True,
        help="What is collected for the government funds is owed, not earned.",
    )
    power_payment_term_id = fields.Many2one(
        comodel_name="account.payment.term",
        string="Payment terms of bills",
        check_company=True,
        help="Taken when the customer's service level names none.",
    )
    power_bank_account_id = fields.Many2one(
        comodel_name="res.partner.bank",
        string="Bank account on bills",
        check_company=True,
        domain="[('partner_id', '=', partner_id)]",
    )
    power_accept_told = fields.Boolean(
        string="Take over customers' readings",
        help="A reading that a customer told counts at once when it passes all checks; else a "
        "clerk looks at each.",
    )
    power_settlement_post = fields.Boolean(
        string="Post settlements at once",
        help="Bills within the month are posted as soon as they are rated. Otherwise finance posts "
        "them.",
    )
    power_due_workday = fields.Boolean(
        string="Due on working days",
        help="A due date of an electricity bill on a Saturday, a Sunday or a holiday moves to the "
        "next working day. The days are those of the working calendar under “Taking money”, else "
        "Monday to Friday, with the holidays and worked weekends under Prices.",
    )
    power_bill_batch = fields.Integer(
        string="Bills per batch",
        default=1000,
        help="So many bills at most are rated or posted in one transaction. Invoices that take "
        "long are posted in smaller batches.",
    )

    def _power_billing_setup(self):
        """Make what billing needs in the books of each company; what is there is kept.

        Tax, accounts, journal and payment terms go into the company's ``power_*`` fields; the
        products of ``power_billing`` get the company's accounts and tax. Safe to call again.

        :raises UserError: when a company has no chart of accounts yet
        """
        for company in self:
            if not company.chart_template:
                raise UserError(
                    self.env._(
                        "%(company)s has no chart of accounts yet. Choose one in the settings of "
                        "Invoicing, then set up billing again.",
                        company=company.name,
                    )
                )
            company = company.with_company(company).sudo()
            company._power_setup_accounts()
            company._power_setup_tax()
            company._power_setup_journal()
            company._power_setup_products()
            if not company.power_payment_term_id:
                company.power_payment_term_id = self.env.ref(
                    "account.account_payment_term_15days", raise_if_not_found=False
                )
        return True

    def _power_setup_accounts(self):
        if not self.power_income_account_id:
            self.power_income_account_id = self.income_account_id or self._power_find_account(
                [("account_type", "=", "income")]
            )
        if not self.power_fund_account_id:
            self.power_fund_account_id = self._power_create_fund_account()

    def _power_find_account(self, domain):
        return self.env["account.account"].search(
            [*self.env["account.account"]._check_company_domain(self), *domain], limit=1
        )

    def _power_create_fund_account(self):
        """Funds get an account of their own, numbered after the chart's other payables."""
        payables = self._power_find_account(
            [("account_type", "=", "liability_current"), ("code", "=like", "2241%")]
        ) or self._power_find_account([("account_type", "=", "liability_current")])
        code = payables.code or "224100"
        return self.env["account.account"].create(
            {
                "name": self.env._("Government Funds Collected"),
                "code": self.env["account.account"]._search_new_account_code(code),
                "account_type": "liability_current",
                "company_ids": [Command.link(self.id)],
            }
        )

    def _power_setup_tax(self):
        """Choose the tax: in China the VAT within the price, elsewhere what the company's sales
        have, if any."""
        if self.power_tax_id:
            return
        if (self.country_id or self.account_fiscal_country_id).code != "CN":
            self.power_tax_id = self.account_sale_tax_id
            return
        taxes = self.env["account.tax"]
        domain = [
            *taxes._check_company_domain(self),
            ("type_tax_use", "=", "sale"),
            ("amount_type", "=", "percent"),
            ("amount", "=", VAT_RATE),
        ]
        included = taxes.search([*domain, ("price_include_override", "=", "tax_included")], limit=1)
        if included:
            self.power_tax_id = included
            return
        excluded = taxes.search(domain, limit=1)
        vals = {
            "name": self.env._("VAT 13% included (electricity)"),
            "price_include_override": "tax_included",
            "invoice_label": "13%",
        }
        if excluded:
            # The chart's own tax brings its account, group and tags.
            self.power_tax_id = excluded.copy(vals)
        else:
            self.power_tax_id = taxes.create(self._prepare_power_tax_vals(vals))

    def _prepare_power_tax_vals(self, vals):
        account = self._power_find_account(
            [("account_type", "=", "liability_current"), ("name", "ilike", "tax")]
        ) or self._power_find_account([("account_type", "=", "liability_current")])
        repartition = [
            Command.create({"repartition_type": "base"}),
            Command.create({"repartition_type": "tax", "account_id": account.id}),
        ]
        return {
            "type_tax_use": "sale",
            "amount_type": "percent",
            "amount": VAT_RATE,
            "company_id": self.id,
            "invoice_repartition_line_ids": repartition,
            "refund_repartition_line_ids": repartition,
            **vals,
        }

    def _get_power_tax_mode(self):
        """Return how the prices of a new tariff are meant: as the company's tax has them."""
        tax = self.power_tax_id
        return "excluded" if tax and not tax.price_include else "included"

    def _power_setup_journal(self):
        if self.power_journal_id:
            return
        journals = self.env["account.journal"]
        self.power_journal_id = journals.search(
            [*journals._check_company_domain(self), ("type", "=", "sale"), ("code", "=", "ELEC")],
            limit=1,
        ) or journals.create(self._prepare_power_journal_vals())

    def _prepare_power_journal_vals(self):
        return {
            "name": self.env._("Electricity bills"),
            "code": "ELEC",
            "type": "sale",
            "company_id": self.id,
            "default_account_id": self.power_income_account_id.id,
            "refund_sequence": True,
            "show_on_dashboard": True,
        }

    def _power_setup_products(self):
        for kind, account in self._get_power_product_accounts().items():
            # An update sets up the products of one file before it loads those of the next.
            product = self.env.ref(f"power_billing.product_{kind}", raise_if_not_found=False)
            if not product:
                continue
            product = product.with_company(self)
            is_new = not product.property_account_income_id
            if is_new:
                product.property_account_income_id = account
            if self.power_tax_id:
                self._power_setup_product_tax(product, self._get_power_product_tax(kind), is_new)

    def _get_power_product_tax(self, kind):
        """Return the tax of a kind of product.

        A late fee is the amount that the rules come to: a tax on top would charge more.
        """
        tax = self.power_tax_id
        return tax.filtered("price_include") if kind == "late_fee" else tax

    def _power_setup_product_tax(self, product, tax, is_new):
        """Put the tax of billing in the place of the default one, which a chart of accounts gives
        to every product."""
        own = product.taxes_id.filtered(lambda one: one.company_id == self)
        if tax & own:
            return
        charted = own if tax or is_new else own & self.power_tax_id
        product.taxes_id = [
            *(Command.unlink(one.id) for one in charted),
            *(Command.link(one.id) for one in tax),
        ]

    def _get_power_product_accounts(self):
        """Return the income (or payable) account by kind of product."""
        return {
            kind: self.power_fund_account_id if kind == "fund" else self.power_income_account_id
            for kind in UNITS
        }

    @api.model
    def _power_setup_new_products(self):
        """Give products that an update brought their accounts and tax, where billing is set up."""
        for company in self.sudo().search([("power_journal_id", "!=", False)]):
            company.with_company(company)._power_setup_products()

    def _power_require_setup(self):
        """Refuse to bill in a company whose books are not prepared."""
        self.ensure_one()
        if not self.power_journal_id:
            raise UserError(
                self.env._(
                    "Billing is not set up for %(company)s. Open Power CRM › Configuration › "
                    "Settings and press “Set up billing”.",
                    company=self.name,
                )
            )
