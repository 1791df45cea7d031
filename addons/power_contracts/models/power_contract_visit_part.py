from odoo import api, fields, models
from odoo.exceptions import UserError


class PowerContractVisitPart(models.Model):
    """Material used at a visit, at what it costs us."""

    _name = "power.contract.visit.part"
    _description = "Part used at a visit"
    _order = "visit_id, id"

    visit_id = fields.Many2one(
        "power.contract.visit", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="visit_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    product_id = fields.Many2one(
        "product.product", string="Part", required=True, domain="[('type', '=', 'consu')]"
    )
    quantity = fields.Float(default=1.0, required=True, digits="Product Unit")
    uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    unit_cost = fields.Monetary(
        compute="_compute_unit_cost", store=True, readonly=False, precompute=True
    )
    cost = fields.Monetary(compute="_compute_cost", store=True)

    _quantity_positive = models.Constraint(
        "CHECK (quantity > 0)", "Enter how many of the part were used."
    )

    @api.depends("product_id")
    def _compute_unit_cost(self):
        for part in self:
            product = part.product_id.sudo().with_company(part.visit_id.company_id)
            part.unit_cost = product.standard_price

    @api.depends("quantity", "unit_cost")
    def _compute_cost(self):
        for part in self:
            part.cost = part.quantity * part.unit_cost

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts._check_visit_open()
        return parts

    def write(self, vals):
        self._check_visit_open()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        self._check_visit_open()

    def _check_visit_open(self):
        for part in self.filtered(lambda part: part.visit_id.state == "done"):
            raise UserError(
                self.env._(
                    "%(visit)s is done and its costs are in the books.", visit=part.visit_id.name
                )
            )

    def _prepare_cost_vals(self):
        """Hook: the analytic item of a part."""
        self.ensure_one()
        return {
            "name": f"{self.visit_id.name} {self.product_id.display_name}",
            "category": "power_part",
            "date": self.visit_id.date_done,
            "amount": -self.cost,
            "unit_amount": self.quantity,
            "product_id": self.product_id.id,
            "product_uom_id": self.uom_id.id,
            "power_visit_id": self.visit_id.id,
        }

    def _prepare_order_line_vals(self):
        """Hook: the line of a quotation that sells the part."""
        self.ensure_one()
        return {"product_id": self.product_id.id, "product_uom_qty": self.quantity}
