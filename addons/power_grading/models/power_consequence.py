from odoo import fields, models


class PowerConsequence(models.Model):
    """What an outage at a customer may cause; the level of importance is derived from it."""

    _name = "power.consequence"
    _description = "Consequence of an outage"
    _order = "rank desc, sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    rank = fields.Selection(
        [("4", "Special"), ("3", "First"), ("2", "Second"), ("1", "Temporary")],
        string="Level",
        required=True,
    )
    source = fields.Char()
    active = fields.Boolean(default=True)
