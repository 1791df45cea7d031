from odoo import fields, models


class IrUiView(models.Model):
    _inherit = "ir.ui.view"

    type = fields.Selection(selection_add=[("power_map", "Map")])

    def _get_view_info(self):
        return {"power_map": {"icon": "fa fa-map-marker"}} | super()._get_view_info()
