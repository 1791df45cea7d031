from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    power_fault_count = fields.Integer(
        string="Faults", compute="_compute_power_fault_count", groups="power_crm.group_user"
    )

    def _compute_power_fault_count(self):
        counts = dict(
            self.env["power.fault"]._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.power_fault_count = counts.get(partner, 0)

    def action_open_power_faults(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("power_faults.power_fault_action")
        return {
            **action,
            "domain": [("partner_id", "=", self.id)],
            "context": {"default_partner_id": self.id},
        }
