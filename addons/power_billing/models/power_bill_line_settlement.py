from odoo import models


class PowerBillLine(models.Model):
    """Names of advances and of what earlier settlements billed."""

    _inherit = "power.bill.line"

    def _get_label_parts(self):
        if self.kind == "advance":
            return [self.env._("Advance on the month")]
        if self.kind == "settled":
            return [
                self.env._("Billed with %s", self.name),
                self.component_id.name or self.env._("Advance on the month"),
            ]
        return super()._get_label_parts()
