from odoo import fields, models


class SaleOrderTemplate(models.Model):
    """A package of services: its lines, its contract, and whether everybody may ask for it."""

    _inherit = "sale.order.template"

    name = fields.Char(translate=True)
    power_contract_template_id = fields.Many2one(
        "contract.template",
        string="Contract made of it",
        domain="[('is_power_service', '=', True)]",
        ondelete="restrict",
        help="Once signed, the services of this template that the quotation has become a contract.",
    )
    power_summary = fields.Text(
        string="What it is for", translate=True, help="Shown on the page /power/services."
    )
    power_is_public = fields.Boolean(
        string="On the public price list",
        help="Shown with the price of its lines on the page /power/services.",
    )

    def _get_power_price(self, company, pricelist=None):
        """Return the price of all lines that are no option, VAT included."""
        self.ensure_one()
        return sum(
            line.product_uom_qty
            * line.product_id.product_tmpl_id._get_power_price(company, pricelist)
            for line in self.sale_order_template_line_ids
            if line.product_id and not line.is_optional
        )
