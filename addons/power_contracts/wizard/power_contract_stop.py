from odoo import fields, models


class PowerContractStop(models.TransientModel):
    """Suspend, resume or terminate a contract on a day."""

    _name = "power.contract.stop"
    _description = "Suspend or terminate a contract"

    contract_id = fields.Many2one("contract.contract", required=True, ondelete="cascade")
    action = fields.Selection(
        [("suspend", "Suspend"), ("resume", "Resume"), ("terminate", "Terminate")], required=True
    )
    date = fields.Date(
        string="Day",
        required=True,
        default=lambda self: self.env.company._get_power_today(),
        help="First day of the suspension, first day after it, or last day of the contract. A "
        "coming day is kept: until then the contract covers and is invoiced as before.",
    )
    reason = fields.Char()

    def action_confirm(self):
        self.ensure_one()
        contract = self.contract_id
        contract.check_access("write")
        if self.action == "suspend":
            contract.action_suspend(self.date, self.reason)
        elif self.action == "resume":
            contract.action_resume(self.date)
        else:
            contract.action_terminate(self.date, self.reason)
        return {"type": "ir.actions.act_window_close"}
