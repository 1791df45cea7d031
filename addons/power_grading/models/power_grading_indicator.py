from odoo import api, fields, models

from ..tools import scoring
from ..tools.scoring import Missing
from .power_grading_scheme import decimal
from .power_grading_source import ScoreScope


class PowerGradingIndicator(models.Model):
    _name = "power.grading.indicator"
    _description = "Grading indicator"
    _inherit = ["power.grading.part", "power.grading.filter"]
    _order = "scheme_id, sequence, id"

    scheme_id = fields.Many2one(
        "power.grading.scheme", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="scheme_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Indicator", required=True, translate=True)
    source = fields.Selection(
        selection="_selection_source", required=True, help="What is read of each customer."
    )
    months = fields.Integer(
        string="Window (months)",
        default=12,
        help="How far back the source looks; 0: without limit. Sources of the present ignore it.",
    )
    partner_domain = fields.Char(
        string="Filter of customers", default="[]", help="1 for customers that match, else 0."
    )
    unit = fields.Char(translate=True)
    weight = fields.Float(digits=(16, 4), default=1.0, help="0: shown, but not counted.")
    transformation = fields.Selection(
        [
            ("linear", "Linear between two points"),
            ("steps", "Bands"),
            ("percentile", "Percentile among the customers"),
            ("yesno", "Yes or no"),
            ("asis", "As it is"),
        ],
        string="Turned into points",
        required=True,
        default="linear",
    )
    x0 = fields.Float(string="Value 1", digits=(16, 4))
    y0 = fields.Float(string="Points 1", digits=(16, 4))
    x1 = fields.Float(string="Value 2", digits=(16, 4), default=100.0)
    y1 = fields.Float(string="Points 2", digits=(16, 4), default=100.0)
    points_below = fields.Float(string="Points below the first band", digits=(16, 4))
    step_ids = fields.One2many("power.grading.step", "indicator_id", string="Bands", copy=True)
    points_yes = fields.Float(string="Points for yes", digits=(16, 4), default=100.0)
    points_no = fields.Float(string="Points for no", digits=(16, 4))
    missing = fields.Selection(
        [
            ("skip", "It does not count, the others weigh more"),
            ("points", "It counts with fixed points"),
            ("refuse", "The customer gets no grade"),
        ],
        string="When not known",
        required=True,
        default="skip",
    )
    missing_points = fields.Float(string="Points when not known", digits=(16, 4))
    advice = fields.Char(
        translate=True, help="Told to the customer: what it can do to win points here."
    )
    label = fields.Char(string="Scoring", compute="_compute_label")

    _months_positive = models.Constraint(
        "CHECK (months >= 0)", "The window of an indicator cannot be negative."
    )

    @api.model
    def _selection_source(self):
        queries = self.env["power.grading.source"]._score_queries()
        return [
            ("domain", self.env._("Filter of customers (1 or 0)")),
            *((code, query.label) for code, query in queries.items()),
        ]

    @api.depends(
        "transformation",
        "x0",
        "y0",
        "x1",
        "y1",
        "points_below",
        "step_ids.value_from",
        "step_ids.points",
        "points_yes",
        "points_no",
    )
    @api.depends_context("lang")
    def _compute_label(self):
        for indicator in self:
            indicator.label = indicator._get_transformation_text()

    @api.constrains("source", "partner_domain")
    def _check_partner_domain(self):
        self.filtered(lambda part: part.source == "domain")._check_filter("partner_domain")

    def _get_scope(self, company, date, family=""):
        """What the source is asked for on a day."""
        self.ensure_one()
        return ScoreScope(company.id, date, self.months, family)

    def _get_transformation_text(self):
        """In one line: how the value becomes points."""
        self.ensure_one()
        match self.transformation:
            case "linear":
                return f"{self.x0:g} → {self.y0:g}, {self.x1:g} → {self.y1:g}"
            case "steps":
                parts = [f"< {self.step_ids[:1].value_from:g}: {self.points_below:g}"]
                parts += [f"≥ {step.value_from:g}: {step.points:g}" for step in self.step_ids]
                return ", ".join(parts)
            case "yesno":
                return self.env._(
                    "yes %(yes)s, no %(no)s", yes=f"{self.points_yes:g}", no=f"{self.points_no:g}"
                )
            case "percentile":
                return self.env._("0 for the lowest, 100 for the highest percentile")
        return self.env._("the value itself")

    def _to_kernel(self):
        self.ensure_one()
        return scoring.Indicator(
            key=f"i{self.id}",
            transformation=self._get_transformation(),
            weight=decimal(self.weight),
            missing=Missing(self.missing or "skip"),
            missing_points=decimal(self.missing_points),
        )

    def _get_transformation(self):
        match self.transformation:
            case "linear":
                return scoring.Linear(*map(decimal, (self.x0, self.y0, self.x1, self.y1)))
            case "steps":
                steps = self.step_ids.sorted("value_from")
                return scoring.Steps(
                    decimal(self.points_below),
                    tuple((decimal(step.value_from), decimal(step.points)) for step in steps),
                )
            case "percentile":
                return scoring.Percentile()
            case "yesno":
                return scoring.YesNo(decimal(self.points_yes), decimal(self.points_no))
        return scoring.AsIs()
