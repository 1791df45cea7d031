from odoo import fields, models


class ResCompany(models.Model):
    """What advice is reckoned with."""

    _inherit = "res.company"

    power_advice_factor = fields.Float(string="Power factor aimed at", digits=(4, 2), default=0.95)
    power_advice_kvar_cost = fields.Float(
        string="Cost of a kvar",
        digits=(16, 2),
        default=100.0,
        help="Capacitors with switching, installed, in the company's currency.",
    )
    power_advice_load = fields.Float(
        string="Peak load of a transformer (%)",
        default=80.0,
        help="Share of its rating that a transformer may carry at the peak of the year.",
    )

    _advice_range = models.Constraint(
        "CHECK (power_advice_factor > 0 AND power_advice_factor <= 1"
        " AND power_advice_load > 0 AND power_advice_load <= 100 AND power_advice_kvar_cost >= 0)",
        "The power factor lies between 0 and 1, the load between 0 and 100 %.",
    )
