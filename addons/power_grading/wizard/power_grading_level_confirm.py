from odoo import fields, models

from odoo.addons.power_crm.tools import electrical


class PowerGradingLevelConfirm(models.TransientModel):
    """A person writes the level of importance that the authority confirmed."""

    _name = "power.grading.level.confirm"
    _description = "Confirm an important level"

    result_id = fields.Many2one("power.grading.result", required=True, ondelete="cascade")
    partner_id = fields.Many2one(related="result_id.partner_id")
    level = fields.Selection(
        electrical.IMPORTANT_LEVELS, help="Empty: the customer is important no more."
    )
    authority = fields.Char(
        string="Confirming authority", help="The government department that confirmed the level."
    )
    date = fields.Date(
        string="Confirmed on",
        required=True,
        default=lambda self: self.env.company._get_power_today(),
    )
    reason = fields.Text()

    def action_confirm(self):
        """Write the level on the customer; the proposal is done with."""
        self.ensure_one()
        partner = self.partner_id
        partner.write(
            {
                "power_important_level": self.level,
                "power_important_date": self.level and self.date,
                "power_important_authority": self.authority,
                "power_important_reason": self.reason,
            }
        )
        partner.activity_feedback(
            ["power_grading.mail_activity_type_importance"], feedback=self.authority
        )
        return {"type": "ir.actions.act_window_close"}
