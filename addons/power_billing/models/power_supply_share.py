from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.exact import exact


class PowerSupplyShare(models.Model):
    """Energy of another category behind the same meter: a fixed amount, a percentage, a sub-meter.

    It is taken off the main energy and charged at its own tariff.
    """

    _name = "power.supply.share"
    _description = "Share of Another Category"
    _order = "supply_point_id, sequence, id"
    _check_company_auto = True

    supply_point_id = fields.Many2one(
        comodel_name="power.supply.point",
        string="Supply point",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="supply_point_id.company_id", store=True, index=True, precompute=True
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True)
    kind = fields.Selection(
        selection=[
            ("fixed", "Fixed amount (定量)"),
            ("percent", "Percentage (定比)"),
            ("meter", "Sub-meter"),
        ],
        required=True,
        default="percent",
    )
    value = fields.Float(
        digits=(16, 4), help="kWh a month of a fixed amount; percent of a percentage."
    )
    meter_id = fields.Many2one(
        comodel_name="power.meter",
        string="Sub-meter",
        check_company=True,
        ondelete="restrict",
        domain="[('supply_point_id', '=', supply_point_id)]",
    )
    tariff_id = fields.Many2one(
        comodel_name="power.tariff", required=True, check_company=True, ondelete="restrict"
    )
    date_from = fields.Date(string="From", required=True, default="2000-01-01")
    date_to = fields.Date(string="Until")

    _dates_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_from <= date_to)", "A share cannot end before it begins."
    )
    _value_range = models.Constraint(
        "CHECK (value >= 0 AND (kind <> 'percent' OR value <= 100))",
        "A share cannot be below zero, nor above 100 percent.",
    )

    @api.constrains("kind", "meter_id", "supply_point_id")
    def _check_meter(self):
        for share in self.filtered(lambda share: share.kind == "meter"):
            if share.meter_id.supply_point_id != share.supply_point_id:
                raise ValidationError(
                    self.env._(
                        "Share “%(share)s”: choose a meter of supply point %(point)s.",
                        share=share.name,
                        point=share.supply_point_id.number,
                    )
                )

    def _get_determinants(self, versions):
        """Return this share as plain data.

        :param versions: plain data of its tariff's versions
        """
        self.ensure_one()
        is_meter = self.kind == "meter"
        return {
            "key": self.id,
            "name": self.name,
            "kind": self.kind,
            "value": self.meter_id.number if is_meter else str(exact(self.value, 4)),
            "versions": versions,
        }
