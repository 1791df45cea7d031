from odoo import fields, models


class PowerGradingStep(models.Model):
    _name = "power.grading.step"
    _description = "Band of an indicator"
    _inherit = ["power.grading.part"]
    _order = "indicator_id, value_from, id"
    _rec_name = "value_from"

    indicator_id = fields.Many2one(
        "power.grading.indicator", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="indicator_id.company_id", store=True, index=True)
    value_from = fields.Float(string="From value", digits=(16, 4))
    points = fields.Float(digits=(16, 4))

    def _get_scheme(self):
        return self.indicator_id.scheme_id
