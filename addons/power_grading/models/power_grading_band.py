from odoo import api, fields, models

from ..tools import scoring
from .power_grading_scheme import decimal


class PowerGradingBand(models.Model):
    """A letter and the scores that earn it. The first band of a scheme is its highest."""

    _name = "power.grading.band"
    _description = "Grade"
    _inherit = ["power.grading.part"]
    _order = "scheme_id, sequence, id"
    _rec_names_search = ["letter", "name"]

    scheme_id = fields.Many2one(
        "power.grading.scheme", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="scheme_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    letter = fields.Char(required=True, help="Written on the customer; two bands may share it.")
    name = fields.Char(required=True, translate=True)
    legend = fields.Char(string="Meaning", translate=True)
    open_below = fields.Boolean(string="No lower limit")
    value_from = fields.Float(string="From", digits=(16, 4), help="Included.")
    open_above = fields.Boolean(string="No upper limit")
    value_to = fields.Float(string="To", digits=(16, 4), help="Not included.")
    share = fields.Float(string="Share (%)", digits=(16, 4))
    warning = fields.Selection(
        [("0", "None"), ("1", "Notice"), ("2", "Warning"), ("3", "Alarm")],
        string="Warning level",
        default="0",
        required=True,
    )
    color = fields.Integer()

    @api.depends("letter", "name")
    def _compute_display_name(self):
        for band in self:
            band.display_name = (
                band.letter if band.name == band.letter else f"{band.letter} {band.name}"
            )

    def _to_kernel(self):
        self.ensure_one()
        return scoring.Band(
            key=f"b{self.id}",
            low=None if self.open_below else decimal(self.value_from),
            high=None if self.open_above else decimal(self.value_to),
            share=decimal(self.share),
        )
