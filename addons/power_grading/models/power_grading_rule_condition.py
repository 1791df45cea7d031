from odoo import api, fields, models

from ..tools import scoring
from ..tools.scoring import Operator
from .power_grading_scheme import decimal

OPERATORS = [
    (">=", "at least"),
    (">", "more than"),
    ("<=", "at most"),
    ("<", "less than"),
    ("=", "equal to"),
    ("unknown", "not known"),
]


class PowerGradingRuleCondition(models.Model):
    _name = "power.grading.rule.condition"
    _description = "Condition of a row"
    _inherit = ["power.grading.part"]
    _order = "rule_id, id"
    _rec_name = "indicator_id"

    rule_id = fields.Many2one("power.grading.rule", required=True, index=True, ondelete="cascade")
    scheme_id = fields.Many2one(related="rule_id.scheme_id")
    company_id = fields.Many2one(related="rule_id.company_id", store=True, index=True)
    indicator_id = fields.Many2one(
        "power.grading.indicator",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('scheme_id', '=', scheme_id)]",
    )
    operator = fields.Selection(OPERATORS, required=True, default=">=")
    value = fields.Float(string="Threshold", digits=(16, 4))
    label = fields.Char(string="Condition", compute="_compute_label")

    @api.depends("indicator_id.name", "operator", "value")
    @api.depends_context("lang")
    def _compute_label(self):
        words = dict(self._fields["operator"]._description_selection(self.env))
        for condition in self:
            parts = [condition.indicator_id.name, words.get(condition.operator)]
            if condition.operator != "unknown":
                parts.append(f"{condition.value:,g}")
            condition.label = " ".join(filter(None, parts))

    def _to_kernel(self):
        self.ensure_one()
        return scoring.Condition(
            f"i{self.indicator_id.id}", Operator(self.operator), decimal(self.value)
        )
