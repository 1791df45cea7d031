from odoo import api, fields, models


class PowerHeadendToken(models.TransientModel):
    """Shows a new token once; it travels with the action and is stored nowhere."""

    _name = "power.headend.token"
    _description = "New Token of a Head-End"

    headend_id = fields.Many2one(comodel_name="power.headend", required=True, readonly=True)
    token = fields.Char(compute="_compute_token")

    @api.depends_context("power_headend_token")
    def _compute_token(self):
        for wizard in self:
            wizard.token = self.env.context.get("power_headend_token")
