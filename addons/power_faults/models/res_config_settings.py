from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    power_fault_points_raised = fields.Integer(
        related="company_id.power_fault_points_raised", readonly=False
    )
    power_fault_points_high = fields.Integer(
        related="company_id.power_fault_points_high", readonly=False
    )
    power_fault_points_urgent = fields.Integer(
        related="company_id.power_fault_points_urgent", readonly=False
    )
    power_fault_dispatcher_id = fields.Many2one(
        related="company_id.power_fault_dispatcher_id", readonly=False
    )
    power_fault_manager_id = fields.Many2one(
        related="company_id.power_fault_manager_id", readonly=False
    )
    power_fault_reports_phone = fields.Integer(
        related="company_id.power_fault_reports_phone", readonly=False
    )
    power_fault_reports_address = fields.Integer(
        related="company_id.power_fault_reports_address", readonly=False
    )
    power_fault_duplicate_minutes = fields.Integer(
        related="company_id.power_fault_duplicate_minutes", readonly=False
    )
    power_fault_answer_hours = fields.Integer(
        related="company_id.power_fault_answer_hours", readonly=False
    )
    power_fault_hotline = fields.Char(related="company_id.power_fault_hotline", readonly=False)
    power_fault_map_url = fields.Char(related="company_id.power_fault_map_url", readonly=False)
