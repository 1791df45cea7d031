from collections.abc import Iterable

from odoo import models

from ..tools.amounts import ZERO
from ..tools.exact import exact


class PowerTariff(models.Model):
    """What comes on top of prices without tax, where no bill is made of them."""

    _inherit = "power.tariff"

    def _get_tax_on_top(self, charges: Iterable, partner=None):
        """Return the tax on top of the kernel's charges, as an invoice of them would have it.

        Charges of versions whose prices include the tax have none.

        :param charges: the kernel's ``Charge``; their components are records of this tariff
        :param partner: the payer, whose fiscal position counts
        :return: Decimal, in the company's currency
        """
        engine, components = self.env["account.tax"], self.env["power.tariff.component"].sudo()
        company = self.company_id[:1]
        position = partner and partner.with_company(company).property_account_position_id
        lines = []
        for charge in charges:
            component = components.browse(charge.component)
            if not component or component.version_id.tax_mode != "excluded":
                continue
            product = component.product_id.with_company(company)
            taxes = product.taxes_id._filter_taxes_by_company(company)
            lines.append(
                engine._prepare_base_line_for_taxes_computation(
                    None,
                    product_id=product,
                    tax_ids=position.map_tax(taxes) if position else taxes,
                    currency_id=company.currency_id,
                    price_unit=float(charge.amount),
                    quantity=1.0,
                )
            )
        if not lines:
            return ZERO
        engine._add_tax_details_in_base_lines(lines, company)
        engine._round_base_lines_tax_details(lines, company)
        totals = engine._get_tax_totals_summary(lines, company.currency_id, company)
        return exact(totals["tax_amount_currency"], 2)
