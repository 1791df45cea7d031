from odoo import fields, models


class ResPartner(models.Model):
    """How a payer gets the bills of several supply points."""

    _inherit = "res.partner"

    power_bill_delivery = fields.Selection(
        selection=[("single", "One by one"), ("statement", "Consolidated")],
        string="Bill delivery",
        required=True,
        default="single",
        help="Consolidated: one statement a month over all supply points this payer pays for, "
        "with one payment reference. The invoices stay one a supply point.",
    )
    power_statement_count = fields.Integer(
        compute="_compute_power_statement_count", groups="power_crm.group_user"
    )

    def _compute_power_statement_count(self):
        counts = dict(
            self.env["power.bill.statement"]._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.power_statement_count = counts.get(partner, 0)

    def action_view_power_statements(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "power_billing.power_bill_statement_action"
        )
        return {**action, "domain": [("partner_id", "=", self.id)], "context": {}}
