from odoo import api, fields, models


class PowerDefect(models.Model):
    """A defect may be one of a piece of equipment."""

    _name = "power.defect"
    _inherit = ["power.defect", "power.quotable.mixin"]
    _quote_origin_field = "power_defect_id"

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

    def _get_photos(self):
        """Pictures among the documents, with the token that shows them to the customer.

        :rtype: ir.attachment, as superuser
        """
        photos = self.sudo().attachment_ids.filtered(
            lambda item: (item.mimetype or "").startswith("image/")
        )
        photos.generate_access_token()
        return photos

    # === QUOTATION === #

    def _get_quoted_equipment(self):
        return self.equipment_id

    def _get_quote_note(self):
        return "\n".join(filter(None, (self.name, self.description)))
