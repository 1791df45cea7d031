from odoo import fields, models
from odoo.exceptions import AccessError


class PowerStorm(models.TransientModel):
    """The switch of the storm mode."""

    _name = "power.storm"
    _description = "Storm mode"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    storm = fields.Boolean(string="Storm mode is on", related="company_id.power_storm_mode")
    since = fields.Datetime(related="company_id.power_storm_since")

    def action_switch(self):
        """Switch the storm mode of the company on or off, and group what waits."""
        self.ensure_one()
        if not self.env.user.has_group("power_crm.group_dispatcher"):
            raise AccessError(self.env._("Dispatchers switch the storm mode."))
        if self.company_id not in self.env.companies:
            raise AccessError(self.env._("Choose one of your companies."))
        company = self.company_id.sudo()
        on = not company.power_storm_mode
        company.write(
            {
                "power_storm_mode": on,
                "power_storm_since": fields.Datetime.now() if on else False,
            }
        )
        if on:
            self.env["power.outage"]._group_reports(company, everywhere=True)
        return self.env["ir.actions.act_window"]._for_xml_id(
            "power_faults.power_outage_action_board"
        )
