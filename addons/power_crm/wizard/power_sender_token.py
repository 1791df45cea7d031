from odoo import api, fields, models


class PowerSenderToken(models.TransientModel):
    """Shows a new token once; it travels with the action and is stored nowhere."""

    _name = "power.sender.token"
    _description = "New token of another system"

    name = fields.Char(string="System", required=True, readonly=True)
    token = fields.Char(compute="_compute_token")

    @api.depends_context("power_sender_token")
    def _compute_token(self):
        for wizard in self:
            wizard.token = self.env.context.get("power_sender_token")
