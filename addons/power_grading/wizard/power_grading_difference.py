from odoo import api, fields, models

from ..models.power_grading_run_total import DIRECTIONS


class PowerGradingDifference(models.TransientModel):
    """One customer in a comparison of two runs."""

    _name = "power.grading.difference"
    _description = "Grade in two runs"
    _order = "step, id"
    _rec_name = "partner_id"

    comparison_id = fields.Many2one(
        "power.grading.comparison", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one("res.partner", string="Customer", ondelete="cascade")
    power_industry_id = fields.Many2one(related="partner_id.power_industry_id")
    power_area_id = fields.Many2one(related="partner_id.power_area_id")
    former_id = fields.Many2one("power.grading.result", ondelete="cascade")
    result_id = fields.Many2one("power.grading.result", ondelete="cascade")
    former_letter = fields.Char(string="Grade before")
    letter = fields.Char(string="Grade now")
    former_score = fields.Float(string="Score before", digits=(16, 2), aggregator="avg")
    score = fields.Float(digits=(16, 2), aggregator="avg")
    step = fields.Integer(string="Steps up", aggregator=None, help="Negative: down.")
    direction = fields.Selection(
        [
            *DIRECTIONS,
            ("left", "No longer graded"),
            ("other", "With or without a grade"),
        ]
    )
    reason = fields.Char(string="Why", compute="_compute_reason")

    @api.depends("former_id", "result_id")
    @api.depends_context("lang")
    def _compute_reason(self):
        for difference in self:
            difference.reason = (
                difference.result_id._explain_move(difference.former_id)
                if difference.result_id and difference.direction != "same"
                else False
            )

    def action_open_partner(self):
        return (self.result_id or self.former_id).action_open_partner()
