from odoo import fields, models


class PowerEquipmentTest(models.Model):
    """A test may stand on the check list of a visit."""

    _inherit = "power.equipment.test"

    visit_id = fields.Many2one("power.contract.visit", index="btree_not_null", ondelete="cascade")

    def _prepare_defect_vals(self):
        return {**super()._prepare_defect_vals(), "contract_visit_id": self.visit_id.id}
