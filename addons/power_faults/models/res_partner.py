from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_open_power_faults(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("power_faults.power_fault_action")
        return {
            **action,
            "domain": [("partner_id", "child_of", self.id)],
            "context": {"default_partner_id": self.id},
        }
