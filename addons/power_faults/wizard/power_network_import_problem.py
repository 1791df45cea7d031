from odoo import fields, models


class PowerNetworkImportProblem(models.TransientModel):
    _name = "power.network.import.problem"
    _inherit = ["power.table.import.problem.mixin"]
    _description = "Error in a network file"

    import_id = fields.Many2one("power.network.import", required=True, ondelete="cascade")
