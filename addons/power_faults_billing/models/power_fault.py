from odoo import fields, models


class PowerFault(models.Model):
    """What the customer got for the promises that were missed."""

    _inherit = "power.fault"

    promise_credit_ids = fields.One2many(
        "power.promise.credit", "fault_id", string="Credits", groups="power_crm.group_user"
    )
    promise_credit = fields.Monetary(
        string="Credited",
        compute="_compute_promise_credit",
        currency_field="currency_id",
        groups="power_crm.group_user",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    def _compute_promise_credit(self):
        for fault in self:
            fault.promise_credit = sum(fault.promise_credit_ids.mapped("amount"))

    def action_open_promise_credits(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "power_faults_billing.power_promise_credit_action"
        )
        return {**action, "domain": [("fault_id", "=", self.id)], "context": {}}
