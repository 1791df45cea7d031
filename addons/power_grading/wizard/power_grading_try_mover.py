from odoo import fields, models


class PowerGradingTryMover(models.TransientModel):
    _name = "power.grading.try.mover"
    _description = "Customer that would move"
    _order = "place, id"
    _rec_name = "partner_id"

    try_id = fields.Many2one("power.grading.try", required=True, index=True, ondelete="cascade")
    place = fields.Integer(help="1 would move farthest.", aggregator=None)
    partner_id = fields.Many2one("res.partner", string="Customer", ondelete="cascade")
    power_industry_id = fields.Many2one(related="partner_id.power_industry_id")
    power_area_id = fields.Many2one(related="partner_id.power_area_id")
    from_letter = fields.Char(string="Before")
    letter = fields.Char(string="Then")
    step = fields.Integer(string="Steps up")
    score = fields.Float(digits=(16, 2))
