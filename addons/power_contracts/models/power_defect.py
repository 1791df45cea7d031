from odoo import api, fields, models


class PowerDefect(models.Model):
    """A defect may be one of a piece of equipment."""

    _inherit = "power.defect"

    equipment_id = fields.Many2one(
        "power.equipment",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('partner_id', '=?', partner_id)]",
        check_company=True,
    )

    contract_visit_id = fields.Many2one(
        "power.contract.visit", string="Found at visit", index="btree_not_null", ondelete="restrict"
    )

    @api.model
    def _get_customer_origin_fields(self):
        return [*super()._get_customer_origin_fields(), "equipment_id"]

    @api.model
    def _get_customer_owned_fields(self):
        remedy = self.env._("Choose equipment of this customer.")
        return {"equipment_id": remedy, **super()._get_customer_owned_fields()}

    @api.depends("equipment_id")
    def _compute_supply_point_id(self):
        result = super()._compute_supply_point_id()
        for defect in self:
            defect.supply_point_id = defect.supply_point_id or defect.equipment_id.supply_point_id
        return result
