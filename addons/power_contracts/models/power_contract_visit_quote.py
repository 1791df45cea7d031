from odoo import models


class PowerContractVisit(models.Model):
    """Work beyond the contract is quoted from the visit, with the parts it took."""

    _name = "power.contract.visit"
    _inherit = ["power.contract.visit", "power.quotable.mixin"]
    _quote_origin_field = "power_visit_id"

    def _get_quoted_equipment(self):
        return self.equipment_ids

    def _get_quote_note(self):
        return "\n".join(filter(None, (self.name, self.result, self.recommendation)))

    def _prepare_quoted_parts_vals(self):
        return [part._prepare_order_line_vals() for part in self.part_ids]
