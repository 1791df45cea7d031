from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import price_list
from ..tools.schedule import clock


class PowerTariffSchedule(models.Model):
    """From which hour to which a period lasts, in which months, on which days."""

    _name = "power.tariff.schedule"
    _inherit = ["power.tariff.part.mixin"]
    _description = "Time-of-Use Hours"
    _order = "version_id, sequence, id"
    _check_company_auto = True

    version_id = fields.Many2one(
        comodel_name="power.tariff.version", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="version_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    months = fields.Char(required=True, default="1-12", help="For example 1-6, 9-12.")
    days = fields.Selection(
        selection=[
            ("any", "Every day"),
            ("workday", "Monday to Friday"),
            ("weekend", "Saturday and Sunday"),
            ("holiday", "Holidays"),
        ],
        string="Kind of day",
        required=True,
        default="any",
        help="Rows for special days go before rows for every day.",
    )
    period_id = fields.Many2one(
        comodel_name="power.tariff.period",
        string="Time-of-use period",
        required=True,
        ondelete="restrict",
    )
    hour_from = fields.Float(string="From", required=True)
    hour_to = fields.Float(string="To", required=True, default=24.0)

    _hours_order = models.Constraint(
        "CHECK (hour_from >= 0 AND hour_from < hour_to AND hour_to <= 24)",
        "Hours go from 00:00 to 24:00, the end after the start. Split a row at midnight.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._normalise(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._normalise(vals))

    @api.model
    def _normalise(self, vals):
        """Keep months in one writing.

        :raises ValidationError: when they cannot be read
        """
        if not vals.get("months"):
            return vals
        months = price_list.parse_months(vals["months"])
        if not months:
            raise ValidationError(
                self.env._("“%s” names no months. Write them as 1-6, 9-12.", vals["months"])
            )
        return {**vals, "months": price_list.format_months(months)}

    def _get_determinants(self):
        self.ensure_one()
        return {
            "months": price_list.parse_months(self.months),
            "days": self.days,
            "period": self.period_id.code,
            "from": clock(round(self.hour_from * 60)),
            "to": clock(round(self.hour_to * 60)),
        }
