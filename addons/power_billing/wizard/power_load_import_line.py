from odoo import fields, models


class PowerLoadImportLine(models.TransientModel):
    _name = "power.load.import.line"
    _description = "Row Left Out of an Import of Load Curves"
    _order = "row, id"

    import_id = fields.Many2one(comodel_name="power.load.import", required=True, ondelete="cascade")
    row = fields.Integer(readonly=True)
    code = fields.Char(readonly=True)
    message = fields.Char(readonly=True)
