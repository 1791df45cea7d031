from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.exact import exact
from ..tools.register import between


class PowerMeterReading(models.Model):
    """Estimates, and what becomes of them when the meter is read again.

    An estimate not billed yet gives way to the reading. One that was billed stays where the next
    reading is above it: the next bill then trues it up by itself. Where the reading is below it,
    the bills since the last true reading are credited and made again, with the estimates put
    where the register must have stood (``action_true_up``).
    """

    _inherit = "power.meter.reading"

    is_below_estimate = fields.Boolean(compute="_compute_is_below_estimate")

    def _compute_is_below_estimate(self):
        for reading in self:
            reading.is_below_estimate = "negative" in reading.check_ids.mapped("code")

    def _drop_replaced_estimates(self, vals_list):
        """Let new readings take the place of estimates of the same day that no bill used."""
        wanted = [
            vals
            for vals in vals_list
            if vals.get("kind") not in ("estimated", "initial") and vals.get("meter_id")
        ]
        if not wanted:
            return
        estimates = self.sudo().search(
            [
                ("meter_id", "in", [vals["meter_id"] for vals in wanted]),
                ("kind", "=", "estimated"),
                ("state", "!=", "billed"),
            ]
        )
        if not estimates:
            return
        meters = self.env["power.meter"].browse([vals["meter_id"] for vals in wanted])
        main = {meter.id: meter.main_register_id.id for meter in meters}
        keys = {
            (vals.get("register_id") or main[vals["meter_id"]], str(vals.get("date")))
            for vals in wanted
        }
        estimates.filtered(lambda r: (r.register_id.id, str(r.date)) in keys).unlink()

    def _drop_superseded_estimates(self):
        """Delete estimates not billed that these readings contradict."""
        read = self.filtered(lambda r: r.kind == "actual" and r.register_id.quantity != "demand")
        if not read:
            return
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT e.id
                  FROM power_meter_reading r
                  JOIN power_meter_reading e ON e.register_id = r.register_id
                   AND e.kind = 'estimated' AND e.state <> 'billed'
                   AND (e.date < r.date AND e.value > r.value AND NOT coalesce(r.rollover, FALSE)
                        OR e.date > r.date AND e.value < r.value)
                 WHERE r.id = ANY(%s)
                """,
                read.ids,
            )
        )
        self.sudo().browse([row[0] for row in rows]).unlink()

    def action_true_up(self):
        """Credit the bills made of estimates above this reading, and make them again.

        The estimates are put on the straight line between the last true reading and this one;
        each bill is then rated by all the rules of its own month.

        :raises UserError: when a bill cannot be made again; then nothing is changed
        """
        for reading in self:
            self.env["account.move"].check_access("create")
            # Whoever may credit bills may have their readings mended with them.
            reading.sudo()._true_up()

    def _true_up(self):
        self.ensure_one()
        estimates = self._get_billed_estimates()
        if not estimates:
            raise UserError(
                self.env._(
                    "Meter %(meter)s, %(date)s: no estimate above this reading has been billed.",
                    meter=self.meter_id.number,
                    date=self.date,
                )
            )
        first = min(estimates.bill_id.mapped("period_from"))
        bills = self.supply_point_id.bill_ids.filtered(
            lambda bill: bill.state == "posted" and bill.period_from >= first
        ).sorted("period_from")
        reason = self.env._("estimate trued up by the reading of %s", self.date)
        for bill in bills[::-1]:
            bill._cancel(reason)
        for register in self.meter_id.register_ids:
            register._move_estimates(estimates.mapped("date"), self)
        self._set_state(
            "validated", released_by_id=self.env.uid, hold_reason=False, to_reread=False
        )
        self._refresh_chain()
        self._check_neighbours()
        for bill in bills:
            bill._make_again()

    def _get_billed_estimates(self):
        """Return the billed estimates since the last true reading before this one."""
        self.ensure_one()
        before = self.search(
            [
                ("register_id", "=", self.register_id.id),
                ("date", "<", self.date),
                ("state", "in", ("validated", "billed")),
            ],
            order="date desc",
        )
        estimates = self.browse()
        for reading in before:
            if reading.kind != "estimated":
                break
            if reading.state == "billed":
                estimates |= reading
        return estimates


class PowerMeterRegister(models.Model):
    _inherit = "power.meter.register"

    def _move_estimates(self, days, reading):
        """Put estimates of these days where the register must have stood, given what it shows now.

        :param days: days of the estimates
        :param reading: the reading of the day; of this register, or another of its meter
        """
        self.ensure_one()
        end = self.reading_ids.filtered(lambda r: r.date == reading.date and r.kind != "estimated")
        estimates = self.reading_ids.filtered(
            lambda r: r.date in days and r.kind == "estimated" and r.state != "billed"
        )
        start = self.reading_ids.filtered(
            lambda r: (
                r.kind != "estimated" and r.state in ("validated", "billed") and r.date < min(days)
            )
        ).sorted("date")[-1:]
        if not (end and estimates and start) or self.quantity == "demand":
            return
        if exact(end.value, 2) < exact(start.value, 2) and not end.rollover:
            raise UserError(
                self.env._(
                    "Meter %(meter)s: %(value)s is lower than the last true reading %(start)s of "
                    "%(date)s. Correct it, or read again.",
                    meter=self.meter_id.number,
                    value=end.value,
                    start=start.value,
                    date=start.date,
                )
            )
        vals_list, turned = [], False
        for day in sorted(estimates.mapped("date")):
            value = between(
                exact(start.value, 2),
                exact(end.value, 2),
                self.digits,
                (day - start.date).days,
                (end.date - start.date).days,
                bool(end.rollover),
            )
            turns = not turned and value < exact(start.value, 2)
            turned = turned or turns
            vals_list.append(self._prepare_moved_estimate_vals(day, value, turns, end))
        estimates.unlink()
        self.env["power.meter.reading"].create(vals_list)
        if turned:
            end.rollover = False

    def _prepare_moved_estimate_vals(self, day, value, rollover, end):
        return {
            "meter_id": self.meter_id.id,
            "register_id": self.id,
            "date": day,
            "value": float(value),
            "kind": "estimated",
            "rollover": rollover,
            "source": self.env._("Estimate corrected by the reading of %s", end.date),
        }
