from odoo import api, fields, models


class PowerBillCancel(models.TransientModel):
    _name = "power.bill.cancel"
    _description = "Cancel Bills"

    bill_ids = fields.Many2many(comodel_name="power.bill", string="Bills", required=True)
    reason = fields.Char(required=True)
    is_posted = fields.Boolean(compute="_compute_is_posted")
    bill_again = fields.Boolean(
        "Bill again",
        help="A new bill of the same month is rated at once. What was paid is used for it when it "
        "is posted; the difference is explained on it.",
    )

    @api.depends("bill_ids.state")
    def _compute_is_posted(self):
        for wizard in self:
            wizard.is_posted = set(wizard.bill_ids.mapped("state")) == {"posted"}

    def action_confirm(self):
        self.ensure_one()
        bills = self.bill_ids.sorted("period_from", reverse=True)
        if not self.bill_again:
            bills._cancel(self.reason)
            return {"type": "ir.actions.act_window_close"}
        # Making bills is the clerk's; who may cancel them may have them made again.
        again = bills.sudo()._bill_again(self.reason)
        action = self.env["ir.actions.act_window"]._for_xml_id("power_billing.power_bill_action")
        return {**action, "domain": [("id", "in", again.ids)], "context": {}}
