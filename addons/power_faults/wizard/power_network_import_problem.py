from odoo import fields, models


class PowerNetworkImportProblem(models.TransientModel):
    _name = "power.network.import.problem"
    _description = "Error in a network file"
    _order = "row, id"

    import_id = fields.Many2one("power.network.import", required=True, ondelete="cascade")
    row = fields.Integer(aggregator=False)
    column = fields.Char()
    value = fields.Char()
    problem = fields.Text()
    remedy = fields.Text()
