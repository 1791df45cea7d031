from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import restoration_time

_HISTORY_YEARS = 3
_HISTORY_LIMIT = 20_000


class PowerOutage(models.Model):
    """When power is expected back: from like faults, or from whoever is there."""

    _inherit = "power.outage"

    date_bound = fields.Datetime(
        string="Very likely back",
        readonly=True,
        copy=False,
        help="Four of five like faults were over by then.",
    )
    date_told = fields.Datetime(
        string="Told to customers",
        readonly=True,
        copy=False,
        help="The expected time that customers know of.",
    )
    estimate_ids = fields.One2many("power.outage.estimate", "outage_id", string="Expected times")

    def write(self, vals):
        before = (
            {outage: outage.date_expected for outage in self} if "date_expected" in vals else {}
        )
        result = super().write(vals)
        for outage, expected in before.items():
            if outage.date_expected and outage.date_expected != expected:
                outage._note_estimate()
        return result

    def _note_estimate(self):
        """Keep this version; tell customers when it moved by more than the set amount."""
        self.ensure_one()
        estimate = self.env["power.outage.estimate"].sudo().create(self._prepare_estimate_vals())
        estimate.told = self._tell_new_time()

    def _prepare_estimate_vals(self):
        """Hook: values of a version of the expected time."""
        found = self.env.context.get("power_estimate")
        vals = {
            "outage_id": self.id,
            "date_expected": self.date_expected,
            "user_id": self.env.user.id,
            "basis": self.env._("Entered by hand"),
        }
        if found:
            vals.update(
                date_bound=self.date_bound,
                samples=found.samples,
                basis=self._for_desk()._describe_estimate(found),
            )
        return vals

    def _describe_estimate(self, found):
        names = {
            "cause": self.env._("cause"),
            "weather": self.env._("weather"),
            "area": self.env._("area"),
            "hour": self.env._("time of day"),
        }
        if not found.names:
            return self.env._("%(number)s faults of all kinds", number=found.samples)
        return self.env._(
            "%(number)s faults of the same %(names)s",
            number=found.samples,
            names=", ".join(names[name] for name in found.names),
        )

    def _tell_new_time(self):
        """Tell customers about the time as it is now, if they know another one.

        :return: whether they were told
        """
        self.ensure_one()
        if self.env.context.get("power_no_notice"):
            return False
        if self.state != "confirmed" or self.kind != "fault":
            return False
        least = timedelta(minutes=self.company_id.power_outage_tell_minutes)
        if self.date_told and abs(self.date_expected - self.date_told) <= least:
            return False
        self._tell("estimate", faults=self.fault_ids, subscribers=True)
        self.date_told = self.date_expected
        return True

    def _after_state_move(self, target):
        result = super()._after_state_move(target)
        if target == "confirmed":
            for outage in self.filtered(lambda outage: outage.kind == "fault"):
                if not outage.date_expected:
                    # told with the outage itself
                    outage.with_context(power_no_notice=True)._estimate()
                outage._tell("confirmed", faults=outage.fault_ids, subscribers=True)
                outage.date_told = outage.date_expected
        return result

    def action_estimate(self):
        """Estimate anew, as the cause or the weather is known better now."""
        for outage in self:
            outage._estimate()

    def _estimate(self, lasted=0.0):
        """Set the expected time from the history of like faults, where there is any.

        :param float lasted: minutes it has lasted: only faults that took longer are like it
        :return: whether there was any
        """
        self.ensure_one()
        history = [case for case in self._get_history() if case.minutes > lasted]
        found = restoration_time.estimate(self._to_case(), history)
        if not found:
            return False
        self.with_context(power_estimate=found).write(
            {
                "date_bound": self.date_start + timedelta(minutes=found.bound),
                "date_expected": self._round_up(self.date_start + timedelta(minutes=found.median)),
            }
        )
        return True

    @api.model
    def _cron_watch_times(self):
        """See to times told to customers that have passed, and to plans whose hour has come."""
        now = fields.Datetime.now()
        for outage in self.search(self._get_overdue_domain(now)):
            outage._see_to_overdue(now)

    @api.model
    def _get_overdue_domain(self, now):
        return [("state", "=", "confirmed"), ("date_expected", "<", now)]

    def _see_to_overdue(self, now):
        """Estimate anew from the faults that took longer still; else a person says until when."""
        self.ensure_one()
        lasted = (now - self.date_start).total_seconds() / 60.0
        if self.kind != "fault" or not self._estimate(lasted):
            desk = self._for_desk()
            desk._remind_desk(desk.env._("%(outage)s: power is not back in time", outage=desk.name))

    def _remind_desk(self, summary, **vals):
        """Give the dispatcher something to do about an outage, once.

        :param str summary: in the language of :meth:`_for_desk`, the same each time
        :param vals: of the activity: another user or day
        """
        self.ensure_one()
        user = self.company_id.sudo().power_fault_dispatcher_id or self.create_uid
        if summary not in self.activity_ids.mapped("summary"):
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                **{"summary": summary, "user_id": user.id, **vals},
            )

    def _round_up(self, moment, minutes=5):
        """Return a time people can remember, never one that has passed already."""
        moment = max(moment, fields.Datetime.now() + timedelta(minutes=minutes))
        rest = timedelta(minutes=moment.minute % minutes, seconds=moment.second)
        step = timedelta(minutes=minutes) if rest else timedelta()
        return (moment - rest + step).replace(microsecond=0)

    def _to_case(self):
        self.ensure_one()
        start = self.company_id._to_power_time(self.date_start)
        return restoration_time.Case(self.cause, self.area_id.id, start.hour, self.bad_weather)

    def _get_history(self):
        """Return the kernel's cases of faults of this company that are over."""
        self.ensure_one()
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT cause, area_id,
                       extract(hour FROM date_start AT TIME ZONE 'UTC' AT TIME ZONE %s)::int,
                       coalesce(bad_weather, FALSE),
                       extract(epoch FROM date_restored - date_start) / 60.0
                  FROM power_outage
                 WHERE company_id = %s AND kind = 'fault' AND state IN ('restored', 'closed')
                   AND id <> %s AND date_restored > date_start
                   AND date_start >= %s
                 ORDER BY date_start DESC LIMIT %s
                """,
                str(self._get_timezone()),
                self.company_id.id,
                self.id,
                fields.Datetime.subtract(fields.Datetime.now(), years=_HISTORY_YEARS),
                _HISTORY_LIMIT,
            )
        )
        return [
            restoration_time.Case(cause, area, hour, weather, float(minutes))
            for cause, area, hour, weather, minutes in rows
        ]
