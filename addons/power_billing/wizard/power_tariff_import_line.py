from odoo import fields, models


class PowerTariffImportLine(models.TransientModel):
    _name = "power.tariff.import.line"
    _description = "Line of a Price List Import"
    _order = "import_id, id"

    import_id = fields.Many2one(
        comodel_name="power.tariff.import", required=True, index=True, ondelete="cascade"
    )
    action = fields.Selection(
        selection=[
            ("create", "New"),
            ("new_version", "New version"),
            ("change", "Changed"),
            ("unchanged", "Unchanged"),
            ("error", "Error"),
        ],
        required=True,
    )
    tariff = fields.Char(string="Code")
    name = fields.Char()
    date_from = fields.Date(string="In force from")
    sheet = fields.Char()
    row = fields.Integer()
    field = fields.Char()
    message = fields.Char()
    remedy = fields.Char(string="What to do")
