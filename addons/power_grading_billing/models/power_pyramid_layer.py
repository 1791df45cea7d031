from odoo import models
from odoo.tools import SQL


class PowerPyramidLayer(models.Model):
    """Consumption of each layer in the last twelve months billed."""

    _name = "power.pyramid.layer"
    _inherit = ["power.pyramid.layer", "power.year.mixin"]

    def _get_columns(self):
        return [
            *super()._get_columns(),
            SQL("COALESCE(sum(y.kwh), 0) AS kwh"),
            SQL("COALESCE(sum(y.kwh_before), 0) AS kwh_before"),
            self._get_share(SQL("COALESCE(sum(y.kwh), 0)"), "kwh_share"),
            SQL("COALESCE(100 * sum(y.kwh) / NULLIF(sum(y.kwh_before), 0) - 100, 0) AS growth"),
        ]

    def _get_joins(self):
        return [
            *super()._get_joins(),
            SQL(
                "LEFT JOIN power_customer_year y"
                " ON y.partner_id = r.partner_id AND y.company_id = r.company_id"
            ),
        ]
