from odoo import api, fields, models

from ..tools import scoring


class PowerGradingRule(models.Model):
    """A row of a table of conditions: the first row whose conditions all hold gives the grade."""

    _name = "power.grading.rule"
    _description = "Row of a table of conditions"
    _inherit = ["power.grading.part"]
    _order = "scheme_id, sequence, id"

    scheme_id = fields.Many2one(
        "power.grading.scheme", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="scheme_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    band_id = fields.Many2one(
        "power.grading.band",
        string="Grade",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('scheme_id', '=', scheme_id)]",
    )
    condition_ids = fields.One2many(
        "power.grading.rule.condition", "rule_id", string="Conditions", copy=False
    )
    label = fields.Char(string="When", compute="_compute_label")

    @api.depends("condition_ids.label")
    @api.depends_context("lang")
    def _compute_label(self):
        joint = self.env._(" and ")
        for rule in self:
            rule.label = joint.join(rule.condition_ids.mapped("label")) or self.env._("otherwise")

    def _to_kernel(self, positions):
        self.ensure_one()
        return scoring.Rule(
            positions[self.band_id],
            tuple(condition._to_kernel() for condition in self.condition_ids),
        )
