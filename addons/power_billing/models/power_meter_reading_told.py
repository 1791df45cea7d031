from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.exact import exact
from ..tools.reading_file import parse_value
from ..tools.register import fits

# More than this many times the usual use, or than the capacity can give, is taken for a slip.
_ABSURD_TIMES = 10


class UnsureError(UserError):
    """A value that may be right: the customer is asked to look again."""

    power_unsure = True


class PowerMeterReading(models.Model):
    """What customers tell."""

    _inherit = "power.meter.reading"

    photo = fields.Image(max_width=1600, max_height=1600, copy=False)

    @api.model
    def _get_tellable_registers(self, point):
        """Return the registers of a point's meters in place that its customer may read."""
        return point.meter_ids.filtered(lambda m: not m.date_removed).register_ids.filtered(
            lambda r: r.quantity == "active"
        )


class PowerMeterRegister(models.Model):
    _inherit = "power.meter.register"

    def _tell(self, text, photo=False, sure=False):
        """Keep what a customer read on this register today.

        It waits for a clerk; where the company says so, it counts once it passes the checks.

        :param str text: what was typed
        :param photo: base64, or nothing
        :param bool sure: the customer looked again at a value that seems too high
        :raises UserError: with a message for the customer
        """
        self.ensure_one()
        value, today = parse_value(str(text or "").strip()), self.env.company._get_power_today()
        if value is None or value < 0:
            raise UserError(
                self.env._("Type what the meter shows: digits only, with a point for decimals.")
            )
        if not fits(value, self.digits):
            raise UserError(
                self.env._(
                    "The meter shows at most %(digits)s digits before the point; %(value)s has "
                    "more.",
                    digits=self.digits,
                    value=value,
                )
            )
        self._check_told_once(today)
        last = self._get_last_counting()
        if last and value < exact(last.value, 2):
            raise UserError(
                self.env._(
                    "%(value)s is lower than the %(last)s read on %(date)s. Look at the digits "
                    "again; if the meter was changed or began again at zero, please call us.",
                    value=value,
                    last=exact(last.value, 2),
                    date=last.date,
                )
            )
        if last and not sure and self._is_absurd(value, last, today):
            raise UnsureError(
                self.env._(
                    "%(kwh)s kWh since %(date)s is far more than usual here. Look at the digits "
                    "again (those behind the point too); if the value is right, tick the box and "
                    "send it again.",
                    kwh=(value - exact(last.value, 2)) * exact(self.multiplier, 4).normalize(),
                    date=last.date,
                )
            )
        return self.env["power.meter.reading"].create(self._prepare_told_vals(value, today, photo))

    def _check_told_once(self, today):
        present = self.env["power.meter.reading"].search(
            [
                ("register_id", "=", self.id),
                ("date", "=", today),
                "|",
                ("kind", "!=", "estimated"),
                ("state", "=", "billed"),
            ],
            limit=1,
        )
        if present:
            raise UserError(
                self.env._(
                    "This meter already has the reading %(value)s of today. If it is wrong, please "
                    "call us.",
                    value=exact(present.value, 2),
                )
            )

    def _get_last_counting(self):
        return self.env["power.meter.reading"].search(
            [("register_id", "=", self.id), ("state", "in", ("validated", "billed"))],
            order="date desc",
            limit=1,
        )

    def _is_absurd(self, value, last, today):
        """Tell whether so much can hardly have been used since the last reading."""
        days = max((today - last.date).days, 1)
        kwh = float(value - exact(last.value, 2)) * self.multiplier
        capacity = self.supply_point_id.capacity_kva
        if capacity and kwh > capacity * 24 * days:
            return True
        history = self.env["power.meter.reading"].search(
            [
                ("register_id", "=", self.id),
                ("state", "in", ("validated", "billed")),
                ("previous_date", "!=", False),
            ],
            order="date desc",
            limit=12,
        )
        usual = max(history.mapped("daily_kwh"), default=0)
        return usual > 0 and kwh / days > usual * _ABSURD_TIMES

    def _prepare_told_vals(self, value, today, photo):
        return {
            "meter_id": self.meter_id.id,
            "register_id": self.id,
            "date": today,
            "value": float(value),
            "kind": "customer",
            "source": self.env._("Portal"),
            "photo": photo,
        }
