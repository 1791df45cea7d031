from odoo import api, fields, models

SERVICE_KINDS = [
    ("testing", "Testing"),
    ("maintenance", "Maintenance and operation"),
    ("advice", "Energy advice"),
    ("load_report", "Load-curve report"),
    ("training", "Training"),
    ("generator", "Generator hire"),
    ("other", "Other service"),
]


class ProductTemplate(models.Model):
    """A product may be a paid service of the utility."""

    _inherit = "product.template"

    power_service_kind = fields.Selection(SERVICE_KINDS, string="Power service", index=True)
    power_inclusions = fields.Text(string="Included", translate=True)
    power_response_hours = fields.Float(
        string="On site within (h)", help="Response promise of the service; 0: none."
    )
    power_is_public = fields.Boolean(
        string="On the public price list",
        default=True,
        help="Shown with its price on the page /power/services, where a quote may be asked for.",
    )
    power_contract_template_id = fields.Many2one(
        "contract.template",
        string="Contract made of it",
        domain="[('is_power_service', '=', True)]",
        ondelete="restrict",
        help="A signed quotation with this service becomes a contract of this template; its line "
        "of the same service gives interval, visits and calls. Empty: a single job.",
    )

    @api.model
    def _get_public_services_domain(self, company):
        """Hook: which services are on the public price list of a company."""
        return [
            ("power_service_kind", "!=", False),
            ("power_is_public", "=", True),
            ("sale_ok", "=", True),
            ("company_id", "in", (company.id, False)),
        ]

    def _get_power_price(self, company, pricelist=None):
        """Return the price of one unit, VAT included, in the company's currency.

        :param pricelist: ``product.pricelist``, none for the price of the product itself
        :rtype: float
        """
        self.ensure_one()
        product = self.with_company(company).product_variant_id
        price = (
            pricelist._get_product_price(product, 1.0, currency=company.currency_id)
            if pricelist
            else product.lst_price
        )
        taxes = product.taxes_id._filter_taxes_by_company(company)
        return taxes.compute_all(price, company.currency_id, product=product)["total_included"]
