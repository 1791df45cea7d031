from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

# a line that is proposed and may be changed
PROPOSED = {
    "store": True,
    "readonly": False,
    "precompute": True,
    "required": True,
    "ondelete": "cascade",
}


class PowerGradingComparison(models.TransientModel):
    """Compare the grades of one scheme after any two runs: who moved, and why."""

    _name = "power.grading.comparison"
    _description = "Comparison of two grading runs"
    _rec_name = "scheme_code"

    run_id = fields.Many2one(
        "power.grading.run",
        required=True,
        ondelete="cascade",
        domain="[('state', 'in', ('computed', 'approved', 'undone'))]",
    )
    company_id = fields.Many2one(related="run_id.company_id")
    line_id = fields.Many2one(
        "power.grading.run.line",
        string="Scheme",
        compute="_compute_line_id",
        domain="[('run_id', '=', run_id)]",
        **PROPOSED,
    )
    scheme_code = fields.Char(related="line_id.scheme_id.code")
    other_line_id = fields.Many2one(
        "power.grading.run.line",
        string="Compared with",
        compute="_compute_other_line_id",
        domain="[('scheme_id.code', '=', scheme_code), ('company_id', '=', company_id),"
        " ('state', '=', 'computed'), ('id', '!=', line_id)]",
        **PROPOSED,
    )
    difference_ids = fields.One2many("power.grading.difference", "comparison_id")

    @api.depends("run_id")
    def _compute_line_id(self):
        for comparison in self:
            comparison.line_id = comparison.run_id.line_ids[:1]

    @api.depends("line_id")
    def _compute_other_line_id(self):
        """The run before, as a proposal."""
        for comparison in self:
            line = comparison.line_id
            comparison.other_line_id = line.base_line_id or line.search(
                [
                    ("scheme_id.code", "=", line.scheme_id.code),
                    ("company_id", "=", line.company_id.id),
                    ("state", "=", "computed"),
                    ("id", "!=", line.id),
                ],
                order="date desc, id desc",
                limit=1,
            )

    def action_compare(self):
        self.ensure_one()
        self._check_comparable()
        self._collect()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "power_grading.power_grading_difference_action"
        )
        return {
            **action,
            "display_name": self.env._(
                "%(scheme)s: %(before)s → %(now)s",
                scheme=self.line_id.scheme_id.name,
                before=self.other_line_id.run_id.name,
                now=self.run_id.name,
            ),
            "domain": [("comparison_id", "=", self.id)],
        }

    def _check_comparable(self):
        self.ensure_one()
        line, other = self.line_id, self.other_line_id
        (line | other).check_access("read")
        if line.scheme_id.code != other.scheme_id.code or line.company_id != other.company_id:
            raise UserError(self.env._("Compare runs of the same scheme and company."))
        if line == other:
            raise UserError(self.env._("Choose two different runs."))

    def _collect(self):
        """A row a customer graded in either run, in one statement."""
        scheme = self.line_id.scheme_id
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """INSERT INTO power_grading_difference (comparison_id, partner_id, former_id,
                    result_id, former_letter, letter, former_score, score, step, direction,
                    create_uid, create_date)
                SELECT %(comparison)s, partner_id, former_id, result_id, former_letter, letter,
                    former_score, score, COALESCE(before - position, 0),
                    CASE WHEN result_id IS NULL THEN 'left'
                        WHEN former_id IS NULL THEN 'new'
                        WHEN position < before THEN 'up'
                        WHEN position > before THEN 'down'
                        WHEN letter IS DISTINCT FROM former_letter THEN 'other'
                        ELSE 'same' END,
                    %(user)s, now() AT TIME ZONE 'UTC'
                FROM (
                    SELECT COALESCE(n.partner_id, prev.partner_id) AS partner_id,
                        prev.id AS former_id, n.id AS result_id, prev.letter AS former_letter,
                        n.letter, prev.score AS former_score, n.score, n.position,
                        %(before)s AS before
                    FROM (%(now)s) n
                    FULL JOIN (%(former)s) prev ON prev.partner_id = n.partner_id
                ) compared""",
                comparison=self.id,
                user=self.env.uid,
                before=self.env["power.grading.engine"]._get_previous_position(scheme),
                now=self.line_id._select_results_of_day(),
                former=self.other_line_id._select_results_of_day(),
            )
        )
        self.env["power.grading.difference"].invalidate_model()
