from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    power_bill_ids = fields.One2many(
        comodel_name="power.bill", inverse_name="partner_id", string="Electricity bills"
    )
    power_bill_count = fields.Integer(
        compute="_compute_power_bill_balance", groups="power_crm.group_user"
    )
    power_balance = fields.Monetary(
        string="Open electricity balance",
        compute="_compute_power_bill_balance",
        groups="power_crm.group_user",
    )

    def _compute_power_bill_balance(self):
        groups = self.env["power.bill"]._read_group(
            [
                ("partner_id", "in", self.ids),
                ("state", "!=", "cancelled"),
            ],
            ["partner_id"],
            ["__count", "amount_residual:sum"],
        )
        sums = {partner.id: (count, residual) for partner, count, residual in groups}
        for partner in self:
            partner.power_bill_count, partner.power_balance = sums.get(partner.id, (0, 0.0))

    def action_view_power_bills(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("power_billing.power_bill_action")
        return {**action, "domain": [("partner_id", "=", self.id)], "context": {}}
