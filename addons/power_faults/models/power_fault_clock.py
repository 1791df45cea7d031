from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from .power_fault_hold_reason import RESPONSIBLES
from .power_fault_promise import EVENT_FIELDS, EVENTS

_BATCH = 200
_RESPONSIBLE = {
    "accept": "desk",
    "dispatch": "desk",
    "take": "crew",
    "arrive": "crew",
    "restore": "crew",
    "callback": "desk",
}


class PowerFaultClock(models.Model):
    """The time one promise leaves for one fault."""

    _name = "power.fault.clock"
    _description = "Clock of a fault"
    _order = "date_deadline, id"
    _rec_name = "promise_id"

    fault_id = fields.Many2one("power.fault", required=True, index=True, ondelete="cascade")
    promise_id = fields.Many2one(
        "power.fault.promise", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    event = fields.Selection(EVENTS, string="What", required=True)
    scheme = fields.Selection(related="promise_id.scheme", store=True, precompute=True)
    basis = fields.Selection(related="promise_id.basis", store=True, precompute=True)
    area_id = fields.Many2one("power.area", index="btree_not_null")
    area_kind = fields.Selection([("urban", "Urban"), ("rural", "Rural"), ("remote", "Remote")])
    crew_id = fields.Many2one("power.crew", index="btree_not_null")
    date_start = fields.Datetime(string="Started", required=True)
    date_deadline = fields.Datetime(string="Due", index=True)
    date_warn_dispatcher = fields.Datetime(string="Warn the dispatcher at")
    date_warn_manager = fields.Datetime(string="Warn the manager at")
    date_done = fields.Datetime(string="Done")
    limit_minutes = fields.Float(
        string="Limit (min)", digits=(16, 2), aggregator="avg", required=True
    )
    minutes = fields.Float(string="Taken (min)", digits=(16, 2), aggregator="avg")
    stopped_minutes = fields.Float(string="Stopped (min)", digits=(16, 2))
    state = fields.Selection(
        [("running", "Running"), ("held", "Stopped"), ("done", "Done"), ("void", "Dropped")],
        string="Status",
        required=True,
        default="running",
        index=True,
    )
    warned = fields.Selection([("dispatcher", "Dispatcher"), ("manager", "Manager")], readonly=True)
    is_late = fields.Boolean(string="Late", readonly=True, index=True)
    on_time = fields.Float(
        string="On time (%)",
        compute="_compute_on_time",
        store=True,
        precompute=True,
        aggregator="avg",
        digits=(16, 1),
    )
    date_breached = fields.Datetime(string="Missed on", readonly=True)
    breach_reason = fields.Char(string="Reason")
    responsible = fields.Selection(RESPONSIBLES, string="Answerable")

    _clock_uniq = models.UniqueIndex(
        "(fault_id, promise_id)", "This fault has a clock for this promise already."
    )
    _watch_idx = models.Index("(date_warn_dispatcher) WHERE state = 'running'")

    @api.depends("is_late", "state")
    def _compute_on_time(self):
        for clock in self:
            clock.on_time = clock._get_on_time(clock.is_late)

    @api.model
    def _get_on_time(self, is_late):
        return 0.0 if is_late else 100.0

    def write(self, vals):
        """The clock runs by itself; why it was late, and who answers for that, people say."""
        if not self.env.su and not vals.keys() <= {"breach_reason", "responsible"}:
            raise AccessError(
                self.env._("Of a clock only the reason and who is answerable can be changed.")
            )
        return super().write(vals)

    # === KEEPING TIME === #

    def _refresh(self, now=None):
        """Work out deadline, stopped time and result anew from the fault's stamps and holds."""
        now = now or fields.Datetime.now()
        for clock in self:
            vals = clock._prepare_time_vals(now)
            known = clock._convert_to_write({name: clock[name] for name in vals})
            changed = {name: value for name, value in vals.items() if known[name] != value}
            if changed:
                clock.write(changed)

    def _prepare_time_vals(self, now):
        self.ensure_one()
        fault, promise = self.fault_id, self.promise_id
        holds = fault._get_hold_spans(self.event, self.date_start)
        done = fault[EVENT_FIELDS[self.event]]
        end = done or now
        counted = promise._get_elapsed(self.date_start, end, holds, self.company_id)
        due = promise._get_deadline(self.date_start, holds, self.company_id, now)
        vals = {
            "date_deadline": due,
            "date_done": done,
            "crew_id": (fault.crew_id or self.crew_id).id,
            "minutes": round(counted.total_seconds() / 60, 2),
            "stopped_minutes": self._count_stopped(holds, end),
            "state": self._get_clock_state(done, holds),
            **self._prepare_warning_vals(due),
        }
        if done:
            vals["is_late"] = bool(due and done > due)
        if vals.get("is_late") and not self.date_breached:
            vals.update(self._prepare_breach_vals(due))
        return vals

    def _get_clock_state(self, done, holds):
        if self.event == "restore" and self.fault_id.is_refuted:
            # nothing was restored: the fault that reopened it is judged, from the same start on
            return "void"
        if done:
            return "done"
        if self.fault_id.state in self.fault_id._FINAL_STATES:
            return "void"
        return "held" if any(end is None for _start, end in holds) else "running"

    def _count_stopped(self, holds, end):
        stopped = timedelta()
        for start, stop in holds:
            stopped += max(timedelta(), min(stop or end, end) - start)
        return round(stopped.total_seconds() / 60, 2)

    def _prepare_warning_vals(self, due):
        """When to warn: at a share of the way from the start to the deadline."""
        if not due:
            return {"date_warn_dispatcher": False, "date_warn_manager": False}
        way = due - self.date_start
        at = {
            "date_warn_dispatcher": self.promise_id.warn_dispatcher_percent,
            "date_warn_manager": self.promise_id.warn_manager_percent,
        }
        return {
            name: (self.date_start + way * percent / 100).replace(microsecond=0)
            for name, percent in at.items()
        }

    def _prepare_breach_vals(self, due):
        """Hook: what is recorded, once, when a promise is missed."""
        return {
            "date_breached": due,
            "responsible": self.responsible or _RESPONSIBLE[self.event],
        }

    # === WATCHING === #

    @api.model
    def _get_watch_domain(self, now):
        return (
            Domain("state", "=", "running")
            & Domain("is_late", "=", False)
            & (
                (Domain("warned", "=", False) & Domain("date_warn_dispatcher", "<=", now))
                | (Domain("warned", "=", "dispatcher") & Domain("date_warn_manager", "<=", now))
                | Domain("date_deadline", "<", now)
            )
        )

    @api.model
    def _cron_watch(self):
        """Warn the dispatcher, then the manager; record each missed promise once."""
        domain = self._get_watch_domain(fields.Datetime.now())
        total = self.search_count(domain)
        done = 0
        while clocks := self.search(domain, limit=_BATCH):
            clocks._watch(fields.Datetime.now())
            done += len(clocks)
            left = self.env["ir.cron"]._commit_progress(len(clocks), remaining=max(0, total - done))
            if not left:
                break

    def _watch(self, now):
        for clock in self:
            if clock.date_deadline and clock.date_deadline < now:
                clock._breach()
            elif clock.date_warn_manager <= now:
                clock._warn("manager", clock.fault_id._get_warned_manager())
            else:
                clock._warn("dispatcher", clock.fault_id._get_warned_dispatcher())

    def _breach(self):
        self.ensure_one()
        self.write({"is_late": True, **self._prepare_breach_vals(self.date_deadline)})
        self.fault_id._message_log(
            body=self.fault_id._for_reader().env._(
                "Promise missed: %(promise)s, due %(due)s.",
                promise=self.with_env(self.fault_id._for_reader().env).promise_id.name,
                due=self._format_due(),
            )
        )
        self._warn("manager", self.fault_id._get_warned_manager())

    def _warn(self, level, user):
        self.ensure_one()
        self.warned = level
        if not user:
            return
        fault = self.fault_id._for_reader(user.partner_id)
        fault.activity_schedule(
            "power_faults.mail_activity_type_promise",
            user_id=user.id,
            summary=fault.env._(
                "%(promise)s: due %(due)s",
                promise=self.with_env(fault.env).promise_id.name,
                due=self._format_due(),
            ),
        )

    def _format_due(self):
        due = fields.Datetime.context_timestamp(
            self.with_context(tz=self.env.user.tz or self.promise_id._get_zone()),
            self.date_deadline,
        )
        return due.strftime("%Y-%m-%d %H:%M")
