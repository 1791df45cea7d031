from odoo import fields, models


class PowerGradingTryBand(models.TransientModel):
    _name = "power.grading.try.band"
    _description = "Band tried"

    try_id = fields.Many2one("power.grading.try", required=True, ondelete="cascade")
    band_id = fields.Many2one(
        "power.grading.band", string="Grade", required=True, ondelete="cascade"
    )
    open_below = fields.Boolean(related="band_id.open_below")
    open_above = fields.Boolean(related="band_id.open_above")
    value_from = fields.Float(string="From", digits=(16, 4))
    value_to = fields.Float(string="To", digits=(16, 4))
    share = fields.Float(string="Share (%)", digits=(16, 4))
    count = fields.Integer(string="Customers", readonly=True)
    percent = fields.Float(string="%", readonly=True, digits=(16, 1))
    count_before = fields.Integer(string="In force", readonly=True)
