from odoo import models


class PowerGradingRun(models.Model):
    _inherit = "power.grading.run"

    def _after_change_of_force(self):
        """The pyramid page shows kWh beside the new layers."""
        result = super()._after_change_of_force()
        if "pyramid" in self.line_ids.scheme_id.mapped("axis"):
            self.env["power.customer.year"].sudo()._refresh(self.company_id)
        return result
