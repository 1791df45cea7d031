from odoo import models


class PowerBill(models.Model):
    """What service contracts add to invoices looks only at lines of contracts; a bill has none."""

    _inherit = "power.bill"

    def _get_known_modules(self):
        return super()._get_known_modules() | {"power_contracts"}
