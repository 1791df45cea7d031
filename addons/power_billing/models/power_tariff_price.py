from odoo import fields, models

from ..tools.amounts import plain
from ..tools.exact import exact


class PowerTariffPrice(models.Model):
    """A component's price in a period or tier, or the factor on its price in a period."""

    _name = "power.tariff.price"
    _inherit = ["power.tariff.part.mixin"]
    _description = "Tariff Price"
    _order = "component_id, tier, sequence, id"
    _check_company_auto = True

    component_id = fields.Many2one(
        comodel_name="power.tariff.component", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="component_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    sequence = fields.Integer(default=10)
    period_id = fields.Many2one(
        comodel_name="power.tariff.period", string="Time-of-use period", ondelete="restrict"
    )
    tier = fields.Integer(help="1 is the first tier; 0 is every tier.")
    basis = fields.Selection(
        selection=[("price", "Price"), ("factor", "Factor on the price")],
        required=True,
        default="price",
        help="A price of its own, or what the component's price is multiplied by in this period.",
    )
    value = fields.Float(string="Price or factor", digits=(16, 6), required=True)

    _value_positive = models.Constraint("CHECK (value >= 0)", "A price cannot be negative.")
    _tier_positive = models.Constraint("CHECK (tier >= 0)", "A tier cannot be negative.")
    _factor_period = models.Constraint(
        "CHECK (basis = 'price' OR (period_id IS NOT NULL AND coalesce(tier, 0) = 0))",
        "A factor belongs to a period, not to a tier.",
    )
    _row_uniq = models.UniqueIndex(
        "(component_id, coalesce(period_id, 0), coalesce(tier, 0), basis)",
        "This component already has a price for the same period and tier.",
    )

    def _get_version(self):
        return self.component_id.version_id

    def _get_determinants(self):
        """Return an absolute price as plain data."""
        self.ensure_one()
        data = {"price": plain(exact(self.value))}
        if self.tier:
            data = {"tier": self.tier, **data}
        if self.period_id:
            data = {"period": self.period_id.code, **data}
        return data
