from odoo import fields, models


class PowerTableImportProblemMixin(models.AbstractModel):
    """A fault of an imported table; who inherits adds ``import_id``."""

    _name = "power.table.import.problem.mixin"
    _description = "Error in an imported table"
    _order = "row, id"

    row = fields.Integer(aggregator=False)
    column = fields.Char()
    value = fields.Char()
    problem = fields.Text()
    remedy = fields.Text()
