from odoo import fields, models


class PowerYearMixin(models.AbstractModel):
    """Figures of the last twelve months billed, for views over ``power.customer.year``."""

    _name = "power.year.mixin"
    _description = "Figures of twelve months"

    kwh = fields.Float(string="kWh of twelve months", digits=(16, 0), readonly=True)
    kwh_before = fields.Float(string="kWh of the twelve before", digits=(16, 0), readonly=True)
    kwh_share = fields.Float(string="Share of kWh (%)", digits=(16, 1), readonly=True)
    growth = fields.Float(
        string="Growth (%)",
        digits=(16, 1),
        readonly=True,
        aggregator=None,
        help="kWh of the twelve months against the twelve before.",
    )
