from odoo import fields, models


class PowerCustomerImportProblem(models.TransientModel):
    _name = "power.customer.import.problem"
    _inherit = ["power.table.import.problem.mixin"]
    _description = "Error in an import file"

    import_id = fields.Many2one("power.customer.import", required=True, ondelete="cascade")
