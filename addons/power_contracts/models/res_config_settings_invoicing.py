from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    power_service_invoices = fields.Selection(
        related="company_id.power_service_invoices", readonly=False
    )
