from odoo import fields, models


class AccountAnalyticLine(models.Model):
    """Costs of visits stand beside the income of their contract."""

    _inherit = "account.analytic.line"

    category = fields.Selection(
        selection_add=[("power_time", "Technicians' time"), ("power_part", "Parts")]
    )
    power_visit_id = fields.Many2one(
        "power.contract.visit", string="Visit", index="btree_not_null", ondelete="cascade"
    )
