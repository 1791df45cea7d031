from odoo import fields, models


class PowerGradingTryWeight(models.TransientModel):
    _name = "power.grading.try.weight"
    _description = "Weight tried"

    try_id = fields.Many2one("power.grading.try", required=True, ondelete="cascade")
    indicator_id = fields.Many2one("power.grading.indicator", required=True, ondelete="cascade")
    weight = fields.Float(digits=(16, 4))
