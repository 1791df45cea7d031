from odoo import api, fields, models


class PowerArrears(models.Model):
    """Who urges payment sees what the grades of the payer ask for."""

    _inherit = "power.arrears"

    service_level_id = fields.Many2one(related="partner_id.power_service_level_id")
    payment = fields.Selection(related="partner_id.power_payment")
    dunning_id = fields.Many2one("power.dunning", compute="_compute_dunning")
    next_step_id = fields.Many2one(
        "power.dunning.step", string="Next step", compute="_compute_dunning"
    )
    date_next = fields.Date(string="Next step on", compute="_compute_dunning")

    @api.depends("partner_id", "company_id")
    def _compute_dunning(self):
        cases = self.env["power.dunning"].search([("partner_id", "in", self.partner_id.ids)])
        known = {(case.partner_id, case.company_id): case for case in cases}
        for line in self:
            case = known.get((line.partner_id, line.company_id), cases.browse())
            line.dunning_id = case
            line.next_step_id = case.next_step_id
            line.date_next = case.date_next
