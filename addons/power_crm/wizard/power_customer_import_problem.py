from odoo import fields, models


class PowerCustomerImportProblem(models.TransientModel):
    _name = "power.customer.import.problem"
    _description = "Error in an import file"
    _order = "row, id"

    import_id = fields.Many2one("power.customer.import", required=True, ondelete="cascade")
    row = fields.Integer(aggregator=False)
    column = fields.Char()
    value = fields.Char()
    problem = fields.Text()
    remedy = fields.Text()
