from odoo import api, fields, models

from ..tools import scoring
from ..tools.scoring import CapKind, Operator
from .power_grading_rule_condition import OPERATORS
from .power_grading_scheme import decimal


class PowerGradingCap(models.Model):
    """A limit of the grade: at most, at least, or not more than so many steps up at once.

    At-least limits are applied first, then steps, then at-most limits: where two contradict, the
    at-most limit wins.
    """

    _name = "power.grading.cap"
    _description = "Limit of a grade"
    _inherit = ["power.grading.part"]
    _order = "scheme_id, sequence, id"

    scheme_id = fields.Many2one(
        "power.grading.scheme", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="scheme_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(
        string="Limit", required=True, translate=True, help="Shown as a reason beside the grade."
    )
    kind = fields.Selection(
        [
            ("at_most", "Not better than"),
            ("at_least", "Not worse than"),
            ("steps", "Not more steps up than"),
        ],
        required=True,
        default="at_most",
    )
    band_id = fields.Many2one(
        "power.grading.band",
        string="Grade",
        index="btree_not_null",
        ondelete="cascade",
        domain="[('scheme_id', '=', scheme_id)]",
    )
    steps = fields.Integer(default=1)
    months = fields.Integer(
        string="Within (months)",
        help="Steps are counted from the grade in force so many months before (the first one, "
        "where the customer had none then); 0: from the last grade.",
    )
    indicator_id = fields.Many2one(
        "power.grading.indicator",
        string="When",
        index="btree_not_null",
        ondelete="cascade",
        domain="[('scheme_id', '=', scheme_id)]",
        help="Empty: always.",
    )
    operator = fields.Selection(OPERATORS, default=">=")
    value = fields.Float(string="Threshold", digits=(16, 4))
    advice = fields.Char(translate=True, help="Told to the customer: how the limit goes away.")
    label = fields.Char(string="Rule", compute="_compute_label")

    _steps_positive = models.Constraint("CHECK (steps >= 0)", "Steps cannot be negative.")
    _months_positive = models.Constraint(
        "CHECK (months >= 0)", "The months of a limit cannot be negative."
    )

    @api.depends(
        "kind", "band_id.letter", "steps", "months", "indicator_id.name", "operator", "value"
    )
    @api.depends_context("lang")
    def _compute_label(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        words = dict(self._fields["operator"]._description_selection(self.env))
        for cap in self:
            parts = [
                kinds.get(cap.kind),
                str(cap.steps) if cap.kind == "steps" else cap.band_id.letter,
            ]
            if cap.kind == "steps" and cap.months:
                parts.append(self.env._("in %s months", cap.months))
            if cap.indicator_id:
                parts += [self.env._("when"), cap.indicator_id.name, words.get(cap.operator)]
                if cap.operator != "unknown":
                    parts.append(f"{cap.value:,g}")
            cap.label = " ".join(filter(None, parts))

    def _to_kernel(self, positions):
        self.ensure_one()
        condition = None
        if self.indicator_id:
            condition = scoring.Condition(
                f"i{self.indicator_id.id}", Operator(self.operator or ">="), decimal(self.value)
            )
        kind = CapKind(self.kind)
        limit = self.steps if kind is CapKind.STEPS else positions.get(self.band_id, 1)
        months = self.months if kind is CapKind.STEPS else 0
        return scoring.Cap(f"c{self.id}", kind, limit, condition, months)
