from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..tools import promise_clock

EVENTS = [
    ("accept", "Accepted"),
    ("dispatch", "Dispatched"),
    ("take", "Taken by the crew"),
    ("arrive", "Crew on site"),
    ("restore", "Power back"),
    ("callback", "Customer asked"),
]
STARTS = [
    ("report", "Report"),
    ("accept", "Acceptance"),
    ("dispatch", "Dispatch"),
    ("arrive", "Arrival"),
    ("restore", "Power back"),
]
# The field of the fault that holds the instant of each event.
EVENT_FIELDS = {
    "report": "date_reported",
    "accept": "date_accepted",
    "dispatch": "date_dispatched",
    "take": "date_taken",
    "arrive": "date_arrived",
    "restore": "date_restored",
    "callback": "date_asked",
}
UNITS = [
    ("minute", "Minutes"),
    ("hour", "Hours"),
    ("calendar_day", "Calendar days"),
    ("working_day", "Working days"),
]
UNIT_MINUTES = {"minute": 1, "hour": 60, "calendar_day": 1440}


class PowerFaultPromise(models.Model):
    """How long something may take: what the utility promised, or what a standard demands."""

    _name = "power.fault.promise"
    _description = "Promise about faults"
    _inherit = ["power.validity.mixin", "power.cached.mixin", "mail.thread"]
    _order = "sequence, event, area_kind, id"
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, index=True)
    sequence = fields.Integer(default=10)
    scheme = fields.Selection(
        [("promise", "Own promise"), ("standard", "Standard"), ("internal", "Internal rule")],
        string="Kind",
        required=True,
        default="promise",
        help="A fault follows one rule of each kind for each event.",
    )
    event = fields.Selection(EVENTS, string="What", required=True)
    start = fields.Selection(STARTS, string="Counted from", required=True, default="report")
    area_kind = fields.Selection(
        [("urban", "Urban"), ("rural", "Rural"), ("remote", "Remote")], help="Empty: everywhere."
    )
    service_level_id = fields.Many2one(
        "power.service.level", string="Service level", help="Empty: all customers."
    )
    limit = fields.Float(required=True, digits=(16, 2), tracking=True)
    unit = fields.Selection(UNITS, required=True, default="minute", tracking=True)
    basis = fields.Selection(
        [("each", "Each single fault"), ("average", "Average of the month")],
        required=True,
        default="each",
        tracking=True,
        help="Average: a single fault may take longer; the mean of the month may not.",
    )
    hours = fields.Selection(
        [("always", "24 hours a day"), ("calendar", "Working hours")],
        string="Counted in",
        required=True,
        default="always",
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working week",
        help="Hours of the week; holidays and worked weekends stand under Configuration. "
        "Empty: the one of the company.",
    )
    warn_dispatcher_percent = fields.Integer(string="Warn the dispatcher at (%)", default=70)
    warn_manager_percent = fields.Integer(string="Warn the manager at (%)", default=90)
    date_from = fields.Date(required=False)
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")
    source = fields.Char(help="Law, standard or published promise.")
    is_confirmed = fields.Boolean(
        string="Source checked",
        default=True,
        help="Off: the figure is a proposal or comes from memory; check it before relying on it.",
    )
    active = fields.Boolean(default=True, tracking=True)

    _limit_positive = models.Constraint('CHECK ("limit" > 0)', "The limit must be above zero.")
    _percent_range = models.Constraint(
        "CHECK (warn_dispatcher_percent BETWEEN 1 AND 100"
        " AND warn_manager_percent BETWEEN warn_dispatcher_percent AND 100)",
        "Warnings come between 1 and 100 percent of the limit, the dispatcher's first.",
    )

    @api.constrains("event", "start")
    def _check_order(self):
        order = ["report", *(code for code, _label in EVENTS)]
        for promise in self:
            if order.index(promise.start) >= order.index(promise.event):
                raise ValidationError(
                    self.env._(
                        "%(promise)s: “Counted from” must come before “What” in the course of a "
                        "fault.",
                        promise=promise.name,
                    )
                )

    # === WHICH PROMISES HOLD FOR A FAULT === #

    @api.model
    def _get_for_faults(self, faults):
        """Return {fault: promises}: of each kind and event the one that says most about it."""
        groups = defaultdict(self.browse)
        known = {}
        for fault in faults:
            key = fault._get_promise_key()
            if key not in known:
                known[key] = self.browse(self._get_ids_for_key(*key))
            groups[fault] = known[key].sudo()
        return groups

    @api.model
    @tools.ormcache("company_id", "area_kind", "level_id", "day")
    def _get_ids_for_key(self, company_id, area_kind, level_id, day):
        domain = (
            Domain("company_id", "in", (company_id, False))
            & Domain("area_kind", "in", (area_kind, False))
            & Domain("service_level_id", "in", (level_id, False))
            & self._get_in_force_domain(day)
        )
        best = {}
        for promise in self.sudo().search(domain):
            slot = (promise.scheme, promise.event)
            if slot not in best or promise._get_rank() > best[slot]._get_rank():
                best[slot] = promise
        return tuple(promise.id for promise in best.values())

    def _get_rank(self):
        """The more a rule says about whom it is for, the sooner it holds."""
        return (
            bool(self.company_id),
            bool(self.service_level_id),
            bool(self.area_kind),
            str(self.date_from or ""),
            -self.id,
        )

    # === TIME === #

    def _get_limit_minutes(self):
        """Return the limit in minutes of its clock; of working days as days of eight hours."""
        self.ensure_one()
        return self.limit * UNIT_MINUTES.get(self.unit, 480)

    def _get_zone(self):
        return self._get_calendar().tz or self.env.company._get_power_zone()

    def _get_calendar(self):
        self.ensure_one()
        return self.calendar_id or self.env.company.resource_calendar_id

    def _get_week(self):
        """Return {weekday: [(from, to)]} of the working week."""
        week = defaultdict(list)
        for line in self._get_calendar().sudo().attendance_ids:
            if line.day_period != "lunch" and not line.display_type:
                week[int(line.dayofweek)].append((_to_time(line.hour_from), _to_time(line.hour_to)))
        return {day: sorted(hours) for day, hours in sorted(week.items())}

    def _get_deadline(self, start, holds, company, now):
        """Return when the limit is used up.

        :param datetime start: instant the clock started
        :param list holds: stretches (from, to) that do not count; an open one has None
        """
        self.ensure_one()
        promise = self.with_company(company)
        if self.unit == "working_day":
            return promise._get_working_days_deadline(start, holds, now)
        limit = timedelta(minutes=self._get_limit_minutes())
        windows = promise._get_windows(start, start + limit * 10 + timedelta(days=60))
        return promise_clock.deadline(start, limit, holds, windows, now)

    def _get_working_days_deadline(self, start, holds, now):
        stopped = promise_clock.closed_holds(holds, now)
        end = promise_clock.working_days_deadline(
            start,
            int(self.limit),
            self._get_week(),
            self.env["power.workday"]._get_exceptions(self.env.company),
            self._get_zone(),
        )
        return end + sum((stop - begin for begin, stop in stopped), timedelta())

    def _get_elapsed(self, start, end, holds, company):
        """Return the time that counts between two instants."""
        self.ensure_one()
        windows = self.with_company(company)._get_windows(start, end)
        return promise_clock.elapsed(start, end, holds, windows)

    def _get_windows(self, start, end):
        """Return the working hours between two instants, or None when every hour counts."""
        if self.hours == "always" and self.unit != "working_day":
            return None
        exceptions = self.env["power.workday"]._get_exceptions(self.env.company)
        return promise_clock.windows(start, end, self._get_week(), exceptions, self._get_zone())


def _to_time(hour):
    """Return a float hour as time of day; 24.0 is the last instant of the day."""
    minutes = min(round(hour * 60), 1439)
    return (fields.Datetime.to_datetime("2000-01-01") + timedelta(minutes=minutes)).time()
