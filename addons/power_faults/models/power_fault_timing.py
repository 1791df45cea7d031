from odoo import api, fields, models

from ..tools import promise_clock
from .power_fault_promise import EVENT_FIELDS


class PowerFault(models.Model):
    """The clocks of a fault: started, stopped and judged as it moves on."""

    _inherit = "power.fault"

    clock_ids = fields.One2many(
        "power.fault.clock",
        "fault_id",
        string="Promises",
        readonly=True,
        groups="base.group_user",
    )
    hold_ids = fields.One2many(
        "power.fault.hold",
        "fault_id",
        string="Holds",
        readonly=True,
        groups="base.group_user",
    )
    is_held = fields.Boolean(
        string="On hold", compute="_compute_is_held", store=True, compute_sudo=True
    )
    hold_reason_id = fields.Many2one(
        "power.fault.hold.reason",
        string="Waits for",
        compute="_compute_is_held",
        store=True,
        compute_sudo=True,
    )
    date_deadline = fields.Datetime(
        string="Next limit",
        compute="_compute_date_deadline",
        store=True,
        index=True,
        help="The next promise of this fault that runs out.",
    )
    deadline_event = fields.Char(
        string="Next step", compute="_compute_next_step", compute_sudo=True
    )
    date_warning = fields.Datetime(
        string="Next limit: warning", compute="_compute_next_step", compute_sudo=True
    )
    is_late = fields.Boolean(
        string="Promise missed", compute="_compute_is_late", store=True, compute_sudo=True
    )
    date_asked = fields.Datetime(string="Customer asked", readonly=True, copy=False)

    @api.depends("hold_ids.date_to")
    def _compute_is_held(self):
        for fault in self:
            current = fault.hold_ids.filtered(lambda hold: not hold.date_to)
            fault.is_held = bool(current)
            fault.hold_reason_id = current.reason_id[:1]

    @api.depends("clock_ids.date_deadline", "clock_ids.state")
    def _compute_date_deadline(self):
        for fault in self:
            fault.date_deadline = fault._get_next_clock().date_deadline

    @api.depends("date_deadline")
    @api.depends_context("lang")
    def _compute_next_step(self):
        labels = dict(
            self.env["power.fault.clock"]._fields["event"]._description_selection(self.env)
        )
        for fault in self:
            clock = fault._get_next_clock()
            fault.deadline_event = labels.get(clock.event, "")
            fault.date_warning = clock.date_warn_dispatcher

    @api.depends("clock_ids.is_late")
    def _compute_is_late(self):
        for fault in self:
            fault.is_late = any(fault.clock_ids.mapped("is_late"))

    def _get_next_clock(self):
        running = self.clock_ids.filtered(
            lambda clock: clock.state == "running" and clock.date_deadline
        )
        return running.sorted("date_deadline")[:1]

    def _after_create(self):
        self._sync_clocks()
        return super()._after_create()

    def _after_move(self, before):
        self._end_holds()
        self._sync_clocks()
        return super()._after_move(before)

    def _get_promise_key(self):
        """Return what decides which promises hold: company, kind of area, level, day."""
        self.ensure_one()
        day = self.company_id._to_power_time(self.date_reported).date()
        level = self.partner_id.sudo().power_service_level_id
        return (self.company_id.id, self.area_kind or "urban", level.id, day)

    def _sync_clocks(self):
        """Start the clocks that are due to start, and bring the others up to date."""
        promises = self.env["power.fault.promise"]._get_for_faults(self)
        clocks = self.env["power.fault.clock"].sudo()
        now = fields.Datetime.now()
        vals_list = []
        for fault in self:
            there = fault.sudo().clock_ids.promise_id
            vals_list += [
                fault._prepare_clock_vals(promise)
                for promise in promises[fault] - there
                if fault._get_clock_start(promise)
                and not (fault.state in self._FINAL_STATES and promise.event != "callback")
            ]
        old = self.sudo().clock_ids.filtered(
            lambda clock: clock.state in ("running", "held") or clock.event == "restore"
        )
        for vals in vals_list:
            # What is known at the start is written with it, nothing is left to be computed.
            vals.update(clocks.new(vals)._prepare_time_vals(now))
            vals["on_time"] = clocks._get_on_time(vals.get("is_late"))
        clocks.create(vals_list)
        old._refresh(now)

    def _get_clock_start(self, promise):
        """Return when a promise begins to run, if it does.

        Who was told wrongly that power is back waits since the first repair: its clock goes on
        under the fault that reopened it.
        """
        self.ensure_one()
        first = self.sudo()
        while promise.event == "restore" and first.parent_id:
            first = first.parent_id
        return first[EVENT_FIELDS[promise.start]]

    def _prepare_clock_vals(self, promise):
        """Hook: values of a clock that starts."""
        self.ensure_one()
        return {
            "fault_id": self.id,
            "promise_id": promise.id,
            "company_id": self.company_id.id,
            "event": promise.event,
            "scheme": promise.scheme,
            "basis": promise.basis,
            "area_id": self.area_id.id,
            "area_kind": self.area_kind,
            "crew_id": self.crew_id.id,
            "date_start": self._get_clock_start(promise),
            "limit_minutes": promise._get_limit_minutes(),
        }

    def _get_hold_spans(self, event, start):
        """Return the stretches (from, to) since ``start`` in which a clock stands still."""
        self.ensure_one()
        faults = self.sudo()
        while event == "restore" and faults[-1:].parent_id:
            faults |= faults[-1:].parent_id
        return [
            (max(hold.date_from, start), hold.date_to or None)
            for hold in faults.hold_ids
            if hold.reason_id._stops(event) and (not hold.date_to or hold.date_to > start)
        ]

    def _get_running_minutes(self, end=None):
        """Return the minutes since the report, holds of the restoration taken out."""
        self.ensure_one()
        end = end or self.date_restored or fields.Datetime.now()
        spans = self._get_hold_spans("restore", self.date_reported)
        counted = promise_clock.elapsed(self.date_reported, end, spans)
        return round(counted.total_seconds() / 60)

    # === HOLDS === #

    def action_hold(self):
        """Ask why work waits."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Put on hold"),
            "res_model": "power.fault.hold",
            "view_mode": "form",
            "target": "new",
            "context": {"default_fault_id": self.id},
        }

    def action_resume(self):
        self._check_role(("power_crm.group_dispatcher",))
        self.check_access("write")
        self.sudo().hold_ids.filtered(lambda hold: not hold.date_to).write(
            {"date_to": fields.Datetime.now()}
        )
        return True

    def _end_holds(self):
        """Work that is done or dropped waits for nothing any more."""
        holds = self.filtered(lambda fault: not fault.is_open).sudo().hold_ids
        holds.filtered(lambda hold: not hold.date_to).write({"date_to": fields.Datetime.now()})

    # === WHO IS WARNED === #

    def _get_warned_dispatcher(self):
        """Hook: the user warned first."""
        self.ensure_one()
        return (
            self.user_id
            or self.company_id.sudo().power_fault_dispatcher_id
            or self._get_role_user("power_crm.group_dispatcher")
        )

    def _get_warned_manager(self):
        """Hook: the user warned just before a promise is missed."""
        self.ensure_one()
        return self.company_id.sudo().power_fault_manager_id or self._get_role_user(
            "power_crm.group_manager"
        )

    def _get_role_user(self, group):
        """Return a user of a role in the company of the fault, one who has it by itself first."""
        group = self.env.ref(group)
        return (
            self.env["res.users"]
            .sudo()
            .search(
                [
                    ("all_group_ids", "in", group.ids),
                    ("company_ids", "in", self.company_id.ids),
                    ("share", "=", False),
                    ("id", "!=", self.env.ref("base.user_root").id),
                ],
                order="id",
                limit=1,
            )
        )
