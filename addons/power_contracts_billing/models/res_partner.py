from odoo import models
from odoo.fields import Domain


class ResPartner(models.Model):
    """Services on a consolidated bill are open like the bills on it: portal, counter, autopay."""

    _inherit = "res.partner"

    def _get_power_invoices_domain(self):
        return super()._get_power_invoices_domain() | Domain("power_statement_id", "!=", False)
