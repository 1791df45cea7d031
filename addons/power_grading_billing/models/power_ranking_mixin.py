from odoo import fields, models


class PowerRankingMixin(models.AbstractModel):
    """The same with what was charged."""

    _name = "power.ranking.mixin"
    _description = "Ranking by the figures of twelve months"
    _inherit = "power.year.mixin"

    company_id = fields.Many2one("res.company", readonly=True)
    power_industry_id = fields.Many2one("power.industry", string="Industry", readonly=True)
    charge = fields.Float(
        string="Charge of twelve months",
        digits=(16, 2),
        readonly=True,
        help="With taxes, in the company's currency.",
    )
    charge_share = fields.Float(string="Share of the charge (%)", digits=(16, 1), readonly=True)
    average_price = fields.Float(
        string="Average price per kWh", digits=(16, 4), readonly=True, aggregator=None
    )
    capacity_kva = fields.Float(string="Capacity (kVA)", digits=(16, 0), readonly=True)
