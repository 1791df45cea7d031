from odoo import fields, models


class PowerFaultPart(models.Model):
    _name = "power.fault.part"
    _description = "Part used on a fault"
    _order = "fault_id, id"

    fault_id = fields.Many2one("power.fault", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="fault_id.company_id", store=True, precompute=True)
    name = fields.Char(string="Part", required=True)
    quantity = fields.Float(default=1.0, digits=(16, 2))
    unit = fields.Char()

    _quantity_positive = models.Constraint(
        "CHECK (quantity > 0)", "The quantity of a part must be above zero."
    )
