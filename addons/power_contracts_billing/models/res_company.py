from odoo import fields, models


class ResCompany(models.Model):
    """What advice is reckoned with, and how long services wait for a bill."""

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
    power_advice_shift = fields.Float(
        string="Peak energy that could move (%)",
        digits=(5, 2),
        default=20.0,
        help="Share of the sharp and peak energy reckoned in the valley hours; each advice may "
        "say another.",
    )
    power_statement_wait = fields.Integer(
        string="Services wait for the electricity bill (days)",
        default=35,
        help="From one electricity bill to the next is a month, and some days by which a run may "
        "shift. After them a service invoice goes to its customer apart.",
    )

    _statement_wait_positive = models.Constraint(
        "CHECK (power_statement_wait > 0)", "Services wait for at least one day."
    )
    _advice_range = models.Constraint(
        "CHECK (power_advice_factor > 0 AND power_advice_factor <= 1"
        " AND power_advice_load > 0 AND power_advice_load <= 100 AND power_advice_kvar_cost >= 0"
        " AND power_advice_shift >= 0 AND power_advice_shift <= 100)",
        "The power factor lies between 0 and 1, load and peak energy between 0 and 100 %.",
    )
