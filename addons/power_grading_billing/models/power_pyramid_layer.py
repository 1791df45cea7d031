from odoo import api, fields, models
from odoo.tools import SQL


class PowerPyramidLayer(models.Model):
    """Consumption of each layer in the last twelve months billed."""

    _inherit = "power.pyramid.layer"

    kwh = fields.Float(string="kWh of twelve months", digits=(16, 0), readonly=True)
    kwh_before = fields.Float(string="kWh of the twelve before", digits=(16, 0), readonly=True)
    kwh_share = fields.Float(
        string="Share of kWh (%)", compute="_compute_consumption", digits=(16, 1)
    )
    growth = fields.Float(
        string="Growth (%)",
        compute="_compute_consumption",
        digits=(16, 1),
        help="kWh of the twelve months against the twelve before.",
    )

    @api.depends("kwh", "kwh_before")
    def _compute_consumption(self):
        sums = dict(
            self._read_group(
                [("company_id", "in", self.company_id.ids)], ["company_id"], ["kwh:sum"]
            )
        )
        for layer in self:
            total = sums.get(layer.company_id) or 0
            layer.kwh_share = 100 * layer.kwh / total if total else 0
            layer.growth = 100 * layer.kwh / layer.kwh_before - 100 if layer.kwh_before else 0

    def _get_columns(self):
        return [
            *super()._get_columns(),
            SQL("COALESCE(sum(y.kwh), 0) AS kwh"),
            SQL("COALESCE(sum(y.kwh_before), 0) AS kwh_before"),
        ]

    def _get_joins(self):
        return [
            *super()._get_joins(),
            SQL(
                "LEFT JOIN power_customer_year y"
                " ON y.partner_id = r.partner_id AND y.company_id = r.company_id"
            ),
        ]
