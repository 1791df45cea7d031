from odoo import api, fields, models, tools

from ..tools.fault_priority import Rule


class PowerFaultPriorityRule(models.Model):
    """Points for a fact about a fault; together they make its priority."""

    _name = "power.fault.priority.rule"
    _description = "Points for fault priority"
    _inherit = ["power.cached.mixin"]
    _order = "fact, threshold"
    _rec_name = "fact"

    fact = fields.Selection(
        [
            ("danger", "Danger to life"),
            ("life_support", "Life support"),
            ("important_level", "Important customer"),
            ("customers", "Customers affected"),
            ("service_level", "Service level"),
            ("repeat", "Faults here in the last 30 days"),
        ],
        required=True,
    )
    threshold = fields.Integer(
        string="From",
        required=True,
        default=1,
        help="Danger and life support: 1. Important customer: 1 temporary, 2 second, 3 first, "
        "4 special. Service level: its fault priority. Else a number.",
    )
    points = fields.Integer(required=True)
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")
    source = fields.Char()
    active = fields.Boolean(default=True)

    _rule_uniq = models.UniqueIndex(
        "(COALESCE(company_id, 0), fact, threshold) WHERE active",
        "There are points for this fact and number already.",
    )
    _threshold_positive = models.Constraint("CHECK (threshold > 0)", "A fact counts from 1 on.")

    @api.model
    def _get_rules(self, company):
        """Return the rules of a company as plain data."""
        return self._get_company_rules(company.id)

    @api.model
    @tools.ormcache("company_id")
    def _get_company_rules(self, company_id):
        rules = self.sudo().search_fetch(
            [("company_id", "in", (company_id, False))], ["fact", "threshold", "points"]
        )
        return [Rule(rule.fact, rule.threshold, rule.points) for rule in rules]
