from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError


class SaleOrderLine(models.Model):
    """A service of a quotation, and the contract line that it becomes."""

    _inherit = "sale.order.line"

    power_template_line_id = fields.Many2one(
        "contract.template.line",
        string="Terms",
        compute="_compute_power_template_line_id",
        help="The line of the contract template that gives interval, visits and calls. Empty: a "
        "single job, invoiced by this quotation.",
    )
    contract_line_ids = fields.One2many(
        "contract.line", "sale_order_line_id", string="Contract lines", readonly=True
    )

    @api.depends("product_id", "order_id.sale_order_template_id")
    def _compute_power_template_line_id(self):
        for line in self:
            package = line.order_id.sale_order_template_id.power_contract_template_id
            templates = (package, line.product_id.power_contract_template_id)
            terms = (
                template.contract_line_ids.filtered(
                    lambda item, line=line: item.product_id == line.product_id
                )[:1]
                for template in templates
            )
            line.power_template_line_id = (
                next(filter(None, terms), False) if line.product_id else False
            )

    @api.depends("contract_line_ids")
    def _compute_qty_to_invoice(self):
        """What has become a contract is invoiced by the contract."""
        by_contract = self.filtered(lambda line: line.sudo().contract_line_ids)
        by_contract.qty_to_invoice = 0
        return super(SaleOrderLine, self - by_contract)._compute_qty_to_invoice()

    def _get_sale_order_line_multiline_description_sale(self):
        """What a service includes and promises stands in the quotation."""
        text = super()._get_sale_order_line_multiline_description_sale()
        service = self.product_id
        if not service.power_service_kind:
            return text
        lines = [text, service.power_inclusions]
        if service.power_response_hours:
            lines.append(
                self.env._("On site within %(hours)s h", hours=f"{service.power_response_hours:g}")
            )
        return "\n".join(filter(None, lines))

    # === CONTRACT === #

    def _count_charges(self):
        """How many times the service is charged in the term: visits, or periods."""
        self.ensure_one()
        terms = self.power_template_line_id
        step = terms.visit_months or terms._get_period_months()
        return -(-self.order_id.power_contract_months // step) if step else 1

    def _get_charge_quantity(self):
        """Return the quantity of one charge, so that those of the term add up to the quotation's.

        :raises UserError: when they cannot, within the precision of quantities
        """
        self.ensure_one()
        charges = self._count_charges()
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        step = Decimal(1).scaleb(-digits)
        ordered = Decimal(str(self.product_uom_qty))
        quantity = (ordered / charges).quantize(step)
        if quantity * charges != ordered:
            raise UserError(
                self.env._(
                    "“%(service)s” is charged %(charges)s times in %(months)s months: enter a "
                    "multiple of %(charges)s, not %(quantity)s, or another template.",
                    service=self.product_id.display_name,
                    charges=charges,
                    months=self.order_id.power_contract_months,
                    quantity=f"{self.product_uom_qty:g}",
                )
            )
        return float(quantity)

    def _prepare_contract_line_vals(self):
        """Hook: the contract line made of this service: its price, and the terms of its template.

        :rtype: dict
        """
        self.ensure_one()
        terms = self.power_template_line_id
        kept = (
            "recurring_rule_type",
            "recurring_interval",
            "recurring_invoicing_type",
            "visit_months",
            "visit_hours",
            "calls_included",
            "calls_unlimited",
        )
        return {
            **{name: terms[name] for name in kept},
            "sale_order_line_id": self.id,
            "product_id": self.product_id.id,
            "name": terms.name,
            "quantity": self._get_charge_quantity(),
            "uom_id": self.product_uom_id.id,
            "automatic_price": False,
            "specific_price": self.price_unit,
            "discount": self.discount,
            "analytic_distribution": self.analytic_distribution,
            "sequence": self.sequence,
        }
