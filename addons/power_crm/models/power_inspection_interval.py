from odoo import fields, models

from ..tools import electrical


class PowerInspectionInterval(models.Model):
    """How often the equipment of an important customer is inspected, by its level."""

    _name = "power.inspection.interval"
    _description = "Inspection interval"
    _order = "sequence, id"
    _rec_name = "important_level"

    sequence = fields.Integer(default=10)
    important_level = fields.Selection(
        electrical.IMPORTANT_LEVELS, string="Important level", required=True
    )
    months = fields.Integer(
        string="Inspect every (months)",
        required=True,
        help="An inspection is planned this many months after the last one; 0 plans none.",
    )
    source = fields.Char(help="The document this interval comes from.")

    _level_uniq = models.UniqueIndex(
        "(important_level)", "This important level has an inspection interval already."
    )
    _months_positive = models.Constraint(
        "CHECK (months >= 0)", "The inspection interval cannot be negative."
    )
