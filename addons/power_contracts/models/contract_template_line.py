from odoo import fields, models

MONTHS = {"monthly": 1, "quarterly": 3, "semesterly": 6, "yearly": 12}


class ContractTemplateLine(models.Model):
    """A service, and the visits and calls it owes."""

    _inherit = "contract.template.line"

    name = fields.Text(translate=True)
    visit_months = fields.Integer(
        string="Visit every (months)",
        help="Visits are planned at this interval and each one done is invoiced at the unit price "
        "when its period is over; 0: no planned visits, the price is one of the period.",
    )
    visit_hours = fields.Float(string="Hours a visit", default=2.0)
    calls_included = fields.Integer(
        string="Calls a year", help="Visits on call included in each year of the contract."
    )
    calls_unlimited = fields.Boolean(string="Calls without limit")

    _visits_positive = models.Constraint(
        "CHECK (visit_months >= 0 AND calls_included >= 0 AND visit_hours >= 0)",
        "Interval, hours and number of visits cannot be negative.",
    )

    def _get_period_months(self):
        """Months of a period; 0 where it is reckoned by days or weeks."""
        self.ensure_one()
        return MONTHS.get(self.recurring_rule_type, 0) * self.recurring_interval
