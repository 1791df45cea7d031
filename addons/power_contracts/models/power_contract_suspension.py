from odoo import fields, models


class PowerContractSuspension(models.Model):
    _name = "power.contract.suspension"
    _description = "Suspension of a contract"
    _order = "date_from desc, id desc"

    contract_id = fields.Many2one(
        "contract.contract", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True, index=True)
    date_from = fields.Date(string="Suspended from", required=True)
    date_to = fields.Date(string="Suspended until", help="Last day of the suspension.")
    reason = fields.Char()

    _dates_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "A suspension cannot end before it begins.",
    )
