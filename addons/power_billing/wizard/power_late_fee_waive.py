from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class PowerLateFeeWaive(models.TransientModel):
    _name = "power.late.fee.waive"
    _description = "Waive Late Fees"

    fee_ids = fields.Many2many(
        comodel_name="power.late.fee",
        string="Late fees",
        required=True,
        default=lambda self: self._default_fee_ids(),
    )
    currency_id = fields.Many2one(comodel_name="res.currency", compute="_compute_amount_charged")
    amount_charged = fields.Monetary(string="Still to charge", compute="_compute_amount_charged")
    is_single = fields.Boolean(compute="_compute_amount_charged")
    amount = fields.Monetary(
        string="Waive",
        compute="_compute_amount",
        store=True,
        readonly=False,
        help="Less than what is left waives a part.",
    )
    reason = fields.Char(required=True, help="The customer reads it on the portal.")

    def _default_fee_ids(self):
        if self.env.context.get("active_model") == "power.late.fee":
            return [Command.set(self.env.context.get("active_ids", []))]
        return False

    @api.depends("fee_ids")
    def _compute_amount_charged(self):
        for wizard in self:
            wizard.currency_id = wizard.fee_ids.currency_id[:1]
            wizard.amount_charged = sum(wizard.fee_ids.mapped("amount_charged"))
            wizard.is_single = len(wizard.fee_ids) == 1

    @api.depends("fee_ids")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = wizard.amount_charged

    def action_waive(self):
        """Waive the whole of several fees, or the given amount of one."""
        self.ensure_one()
        self.fee_ids.check_access("write")
        if not self.env["account.move"].has_access("create"):
            raise UserError(self.env._("Only finance can waive late fees."))
        for fee in self.fee_ids:
            fee._waive(self.amount if self.is_single else fee.amount_charged, self.reason)
        return {"type": "ir.actions.act_window_close"}
