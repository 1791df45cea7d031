from odoo import fields, models

from ..tools.exact import exact


class PowerSupplyLossRow(models.Model):
    _name = "power.supply.loss.row"
    _description = "Row of a Loss Table"
    _order = "fact_id, to_kwh, id"

    fact_id = fields.Many2one(
        comodel_name="power.supply.fact", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="fact_id.company_id", store=True, index=True)
    to_kwh = fields.Float(
        string="Up to (kWh a month)", digits=(16, 2), help="Zero: all above the row before."
    )
    kwh = fields.Float(string="Loss (kWh)", digits=(16, 2))
    kvarh = fields.Float(string="Loss (kvarh)", digits=(16, 2))

    def _get_determinants(self):
        self.ensure_one()
        return {
            "to_kwh": str(exact(self.to_kwh, 2)) if self.to_kwh else None,
            "kwh": str(exact(self.kwh, 2)),
            "kvarh": str(exact(self.kvarh, 2)),
        }
