from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    power_grading_months = fields.Integer(
        string="Grade every (months)", help="0: only by hand.", default=0
    )
    power_grading_auto_approve = fields.Boolean(string="Approve scheduled runs at once")
    power_appeal_days = fields.Integer(string="Answer appeals within (days)", default=15)

    _power_grading_positive = models.Constraint(
        "CHECK (power_grading_months >= 0 AND power_appeal_days >= 0)",
        "Months between gradings and days to answer appeals cannot be negative.",
    )
