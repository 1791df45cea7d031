from odoo import fields, models


class PowerReadingImportLine(models.TransientModel):
    _name = "power.reading.import.line"
    _description = "Reading Import Error"
    _order = "row, id"

    import_id = fields.Many2one(
        comodel_name="power.reading.import", required=True, ondelete="cascade", index=True
    )
    row = fields.Integer()
    column = fields.Char(string="Field")
    code = fields.Char()
    value = fields.Char()
    message = fields.Char(string="What is wrong")
    remedy = fields.Char(string="What to do")
