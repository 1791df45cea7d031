from odoo import fields, models


class PowerFaultCheck(models.Model):
    """A point of the safety check list a crew goes through on site."""

    _name = "power.fault.check"
    _description = "Safety check"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    required = fields.Boolean(
        default=True, help="Power cannot be reported back before this is ticked."
    )
    active = fields.Boolean(default=True)
