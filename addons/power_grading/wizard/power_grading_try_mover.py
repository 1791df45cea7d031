from odoo import fields, models


class PowerGradingTryMover(models.TransientModel):
    _name = "power.grading.try.mover"
    _description = "Customer that would move"
    _order = "id"

    try_id = fields.Many2one("power.grading.try", required=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", string="Customer", ondelete="cascade")
    from_letter = fields.Char(string="Before")
    letter = fields.Char(string="Then")
    step = fields.Integer(string="Steps up")
    score = fields.Float(digits=(16, 2))
