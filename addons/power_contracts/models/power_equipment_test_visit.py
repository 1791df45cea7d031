from odoo import api, fields, models


class PowerEquipmentTest(models.Model):
    """A test may stand on the check list of a visit."""

    _inherit = "power.equipment.test"

    visit_id = fields.Many2one("power.contract.visit", index="btree_not_null", ondelete="cascade")

    @api.model_create_multi
    def create(self, vals_list):
        tests = super().create(vals_list)
        tests._check_changeable()
        return tests

    def _get_usual_day(self):
        return self.visit_id.date_done or super()._get_usual_day()

    def _get_rule_day(self):
        return self.date or self.visit_id.date_due or super()._get_rule_day()

    def _check_changeable(self):
        result = super()._check_changeable()
        self.visit_id._check_not_reported()
        return result

    def _prepare_defect_vals(self):
        return {**super()._prepare_defect_vals(), "contract_visit_id": self.visit_id.id}
