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
            # Of another company: not to be read, and none of this quotation's.
            package = line.order_id.sale_order_template_id.sudo().power_contract_template_id
            templates = (
                template
                for template in (package, line.product_id.sudo().power_contract_template_id)
                if template.company_id in (line.company_id, template.company_id.browse())
            )
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

    def _get_visit_months(self):
        """Return the months from visit to visit, so that the term has as many as are ordered.

        :raises UserError: when the visits do not spread over the term by whole months
        :rtype: int
        """
        self.ensure_one()
        months = self.order_id.power_contract_months
        visits = self.product_uom_qty
        if visits < 1 or visits % 1 or months % visits:
            raise UserError(
                self.env._(
                    "“%(service)s”: %(quantity)s visits do not spread evenly over %(months)s "
                    "months. Enter one of %(choice)s.",
                    service=self.product_id.display_name,
                    quantity=f"{visits:g}",
                    months=months,
                    choice=", ".join(str(n) for n in range(1, months + 1) if not months % n),
                )
            )
        return int(months // visits)

    def _count_charges(self):
        """How many periods of the service are charged in the term."""
        self.ensure_one()
        step = self.power_template_line_id._get_period_months()
        return -(-self.order_id.power_contract_months // step) if step else 1

    def _get_charge_quantity(self):
        """Return the quantity of one charge, so that those of the term add up to the quotation's.

        Visits are charged one by one, other services by the period.

        :raises UserError: when they cannot, within the precision of quantities
        """
        self.ensure_one()
        if self.power_template_line_id.visit_months:
            self._get_visit_months()
            return 1.0
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
        quantity = self._get_charge_quantity()
        kept = (
            "recurring_rule_type",
            "recurring_interval",
            "recurring_invoicing_type",
            "visit_hours",
            "calls_unlimited",
        )
        return {
            **{name: terms[name] for name in kept},
            "sale_order_line_id": self.id,
            "product_id": self.product_id.id,
            "name": terms.with_context(lang=self.order_id._get_lang()).name,
            "visit_months": self._get_visit_months() if terms.visit_months else 0,
            "calls_included": int(terms.calls_included * quantity),
            "quantity": quantity,
            "uom_id": self.product_uom_id.id,
            "automatic_price": False,
            "specific_price": self.price_unit,
            "discount": self.discount,
            "analytic_distribution": self.analytic_distribution,
            "sequence": self.sequence,
        }
