from odoo import fields, models


class PowerArrears(models.Model):
    """Who urges payment sees what the grades of the payer ask for."""

    _inherit = "power.arrears"

    service_level_id = fields.Many2one(related="partner_id.power_service_level_id")
    payment = fields.Selection(related="partner_id.power_payment")
