from odoo import fields, models
from odoo.tools import SQL


class PowerPyramidLayer(models.Model):
    """Consumption of each layer in the last twelve months billed."""

    _inherit = "power.pyramid.layer"

    kwh = fields.Float(string="kWh of twelve months", digits=(16, 0), readonly=True)
    kwh_before = fields.Float(string="kWh of the twelve before", digits=(16, 0), readonly=True)
    kwh_share = fields.Float(string="Share of kWh (%)", readonly=True, digits=(16, 1))
    growth = fields.Float(
        string="Growth (%)",
        readonly=True,
        digits=(16, 1),
        aggregator=None,
        help="kWh of the twelve months against the twelve before.",
    )

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
