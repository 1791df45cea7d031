from odoo import fields, models


class PowerTestType(models.Model):
    """What is tested on equipment: insulation, relay protection, earthing, looks."""

    _name = "power.test.type"
    _description = "Kind of test"
    _order = "sequence, id"
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    is_measured = fields.Boolean(
        string="Measured",
        default=True,
        help="A figure is measured and judged by its limits; otherwise somebody judges by eye.",
    )
    unit = fields.Char(help="Unit of the figure, for instance MΩ or Ω.")
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex("(code)", "Another kind of test has this code already.")
