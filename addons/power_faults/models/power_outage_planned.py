from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..tools.notice_rules import latest_notice

_PLANNED = ("planned", "temporary")
_NAMED = 20


class PowerOutage(models.Model):
    """Planned work: what stands against it, who approves it, and when customers are told."""

    _inherit = "power.outage"

    reason = fields.Char(tracking=True, help="Why the supply is switched off, for customers too.")
    date_switched_off = fields.Datetime(
        string="Switched off",
        copy=False,
        tracking=True,
        help="When the power really went off; the reliability figures count from then.",
    )
    date_approved = fields.Datetime(string="Approved on", readonly=True, copy=False)
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    approval_note = fields.Text(
        string="Why nevertheless",
        tracking=True,
        help="Needed for the approval when something stands against the plan.",
    )
    date_notice_due = fields.Datetime(
        string="Announce until", compute="_compute_notice_due", store=True
    )
    date_announced = fields.Datetime(string="Announced on", readonly=True, copy=False)
    announced_late = fields.Boolean(readonly=True, copy=False)
    date_start_told = fields.Datetime(string="Start told to customers", readonly=True, copy=False)
    protected_count = fields.Integer(
        string="Protected customers", compute="_compute_plan_problems", compute_sudo=True
    )
    plan_problems = fields.Text(
        string="Against the plan", compute="_compute_plan_problems", compute_sudo=True
    )
    is_planned = fields.Boolean(compute="_compute_is_planned")

    @api.depends("kind")
    def _compute_is_planned(self):
        for outage in self:
            outage.is_planned = outage.kind in _PLANNED

    @api.depends("kind", "date_start", "company_id")
    def _compute_notice_due(self):
        for outage in self:
            dues = [
                latest_notice(outage.date_start, rule.amount, rule.unit, outage._get_timezone())
                for rule in outage._get_notice_rules()
            ]
            outage.date_notice_due = min(dues) if dues else False

    def _get_notice_rules(self):
        self.ensure_one()
        if self.kind not in _PLANNED or not self.date_start:
            return self.env["power.outage.notice.rule"]
        return self.env["power.outage.notice.rule"]._get_for(
            self.company_id, self.kind, self.date_start.date()
        )

    @api.depends("kind", "state", "node_ids", "date_start", "date_expected")
    @api.depends_context("lang")
    def _compute_plan_problems(self):
        for outage in self:
            if outage.kind not in _PLANNED or outage.state not in ("proposed", "approved"):
                outage.protected_count = 0
                outage.plan_problems = False
                continue
            protected = outage._get_protected_points()
            outage.protected_count = len(protected)
            outage.plan_problems = "\n".join(outage._get_plan_problems(protected)) or False

    @api.constrains("kind", "date_start", "date_expected")
    def _check_window(self):
        for outage in self.filtered("is_planned"):
            if outage.date_expected and outage.date_expected <= outage.date_start:
                raise ValidationError(
                    self.env._(
                        "The window of %(outage)s ends before it begins. Correct its times.",
                        outage=outage.name,
                    )
                )

    # === CHECKS === #

    def _get_protected_points(self):
        """Return {supply point: reasons} of customers who must not be switched off unasked.

        The one guard of the suite answers (``power.supply.point._get_protection_reasons``);
        override here to add what protects from planned outages only.
        """
        self.ensure_one()
        found = {}
        for point in self._get_points():
            reasons = point._get_protection_reasons()
            if reasons:
                found[point] = reasons
        return found

    def _get_plan_problems(self, protected):
        """Hook: what stands against this plan, a sentence each.

        :param dict protected: what ``_get_protected_points`` found
        """
        self.ensure_one()
        problems = [
            f"{point.display_name}: {' '.join(reasons)}"
            for point, reasons in list(protected.items())[:_NAMED]
        ]
        if len(protected) > _NAMED:
            problems.append(
                self.env._(
                    "and %(number)s more protected customers", number=len(protected) - _NAMED
                )
            )
        for other in self._find_clashes():
            problems.append(
                self.env._(
                    "%(other)s switches customers of this plan off from %(start)s to %(end)s.",
                    other=other.name,
                    start=self._format_time(other.date_start),
                    end=self._format_time(other.date_expected),
                )
            )
        now = fields.Datetime.now()
        if not self.date_announced and self.date_notice_due and self.date_notice_due < now:
            problems.append(
                self.env._(
                    "It is too late: customers had to be told until %(due)s.",
                    due=self._format_time(self.date_notice_due),
                )
            )
        return problems

    def _find_clashes(self):
        """Return other plans that switch some of the same customers off at the same time."""
        self.ensure_one()
        if not (self.node_ids and self.date_start and self.date_expected):
            return self.browse()
        above = list(self.node_ids._get_ancestor_ids())
        return self.search(
            Domain("id", "not in", self.ids)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("kind", "in", _PLANNED)
            & Domain("state", "in", self._OPEN_STATES)
            & Domain("date_start", "<", self.date_expected)
            & Domain("date_expected", ">", self.date_start)
            & (Domain("node_ids", "in", above) | Domain("node_ids", "child_of", self.node_ids.ids))
        )

    # === GATE === #

    def _check_state_move(self, target):
        result = super()._check_state_move(target)
        if target == "approved":
            for outage in self:
                outage._check_approval()
        return result

    def _check_approval(self):
        self.ensure_one()
        if not self._may_approve():
            raise UserError(
                self.env._("Planned outages are approved by a manager. Ask one to look at it.")
            )
        if not self.reason or not self.date_expected:
            raise UserError(
                self.env._(
                    "%(outage)s: give the reason and the end of the window first.",
                    outage=self.name,
                )
            )
        if self.plan_problems and not self.approval_note:
            raise UserError(
                self.env._(
                    "%(outage)s cannot be approved as it is:\n%(problems)s\nChange the plan, or "
                    "write in “Why nevertheless” why it has to be.",
                    outage=self.name,
                    problems=self.plan_problems,
                )
            )

    def _may_approve(self):
        return self.env.su or self.env.user.has_group("power_crm.group_manager")

    def _prepare_state_vals(self, target):
        vals = super()._prepare_state_vals(target)
        now = fields.Datetime.now()
        if target == "approved":
            vals.update(date_approved=now, approved_by_id=self.env.uid)
        elif target == "proposed":
            vals.update(date_approved=False, approved_by_id=False)
        elif target == "confirmed" and self and self.kind in _PLANNED:
            vals["date_switched_off"] = self.date_switched_off or now
        return vals

    def action_approve(self):
        return self._set_state("approved")

    def action_withdraw_approval(self):
        return self._set_state("proposed")

    # === TELLING === #

    def action_announce(self):
        """Tell every customer below the devices, and note whether that was in time."""
        for outage in self:
            if outage.state != "approved":
                raise UserError(
                    self.env._(
                        "%(outage)s is not approved: only approved plans are announced.",
                        outage=outage.name,
                    )
                )
            if outage.date_announced:
                raise UserError(
                    self.env._("%(outage)s has been announced already.", outage=outage.name)
                )
            now = fields.Datetime.now()
            outage._tell("planned", points=outage._get_points(), subscribers=True)
            outage.write(
                {
                    "date_announced": now,
                    "announced_late": outage._is_notice_late(now),
                    "date_start_told": outage.date_start,
                    "date_told": outage.date_expected,
                }
            )

    def _is_notice_late(self, now):
        self.ensure_one()
        return bool(self.date_notice_due and now > self.date_notice_due)

    def write(self, vals):
        if not {"kind", "node_ids", "date_start", "date_expected"} & vals.keys():
            return super().write(vals)
        before = {
            outage: outage._get_plan()
            for outage in self
            if outage.is_planned and outage.state in ("approved", "confirmed")
        }
        result = super().write(vals)
        for outage, plan in before.items():
            outage._check_still_approved(plan)
            outage._tell_change(plan)
        return result

    def _get_plan(self):
        """Return what was approved: state, kind, devices, first and last moment."""
        self.ensure_one()
        return self.state, self.kind, self.node_ids, self.date_start, self.date_expected

    def _check_still_approved(self, plan):
        """Approval was for these customers and this window: more of either needs it anew.

        Who may approve does so by changing the plan; for anybody else the approval is withdrawn.
        Work under way may take longer, but switches nobody else off.

        :param tuple plan: ``_get_plan`` before the change
        """
        self.ensure_one()
        state, kind, nodes, start, end = plan
        more = self.kind != kind or any(
            not node._get_ancestor_ids() & set(nodes.ids) for node in self.node_ids
        )
        if state == "confirmed":
            if more and not self._may_approve():
                raise UserError(
                    self.env._(
                        "%(outage)s is under way and approved for its devices only. Plan the "
                        "others by themselves, or ask a manager.",
                        outage=self.name,
                    )
                )
            return
        longer = self.date_start < start or (
            end and (not self.date_expected or self.date_expected > end)
        )
        if not (more or longer):
            return
        if self.is_planned and self._may_approve():
            self._check_approval()
            return
        approver = self.approved_by_id
        self._set_state("proposed")
        summary = self.env._("%(outage)s was changed: approve it again", outage=self.name)
        if approver:
            self.activity_schedule(
                "mail.mail_activity_data_todo", summary=summary, user_id=approver.id
            )
        self._message_log(body=summary)

    def _tell_change(self, plan=None):
        """Tell customers of an announced plan in what it differs from what they know.

        :param tuple plan: ``_get_plan`` before the change, where it is not known what was told
        """
        self.ensure_one()
        announced = self.date_announced and self.state in ("approved", "confirmed")
        if not announced or self.kind not in _PLANNED:
            return
        start = self.date_start_told or (plan and plan[3]) or self.date_start
        end = self.date_told or (plan and plan[4])
        told = self._get_told_points()
        points = self._get_points()
        added = points.filtered(lambda point: point.partner_id not in told.partner_id)
        gone = told.filtered(lambda point: point.partner_id not in points.partner_id)
        if self.date_start != start:
            self._tell("planned", points=points, subscribers=True)
            self.sudo().announced_late = self._is_notice_late(fields.Datetime.now())
        else:
            if self.date_expected and self.date_expected != end:
                kind = "extended" if not end or self.date_expected > end else "early"
                self._tell(kind, points=points - added, subscribers=True)
            if added:
                self._tell("planned", points=added)
        if gone:
            self._tell("cancelled", points=gone)
        self.sudo().write({"date_start_told": self.date_start, "date_told": self.date_expected})

    def _get_told_points(self):
        """Return the supply points whose customers believe that they are switched off."""
        self.ensure_one()
        notices = self.env["power.outage.notice"].sudo()
        last = {}
        for notice in notices.search(
            [
                ("outage_id", "=", self.id),
                ("kind", "in", ("planned", "extended", "early", "cancelled")),
                ("supply_point_id", "!=", False),
            ],
            order="id",
        ):
            last[notice.partner_id] = notice
        told = notices.union(*(n for n in last.values() if n.kind != "cancelled"))
        return told.supply_point_id

    def _after_state_move(self, target):
        announced = self.filtered(lambda outage: outage.is_planned and outage.date_announced)
        if target == "restored":
            for outage in announced:
                early = (
                    outage.date_expected
                    and outage.date_restored < outage.date_expected
                    and outage._is_worth_telling(outage.date_restored, outage.date_expected)
                )
                if early:
                    outage._tell("restored", points=outage._get_points())
        elif target == "approved":
            for outage in announced:
                outage._tell_change()
        elif target == "cancelled":
            for outage in announced:
                outage._tell("cancelled", points=outage._get_points(), subscribers=True)
        return super()._after_state_move(target)

    def _is_worth_telling(self, early, late):
        return (late - early).total_seconds() / 60.0 > self.company_id.power_outage_tell_minutes

    def _get_interruption_start(self):
        self.ensure_one()
        return self.date_switched_off or super()._get_interruption_start()

    @api.model
    def _get_begun_domain(self, now):
        """Return the domain of approved plans in whose window a moment lies."""
        return (
            Domain("kind", "in", _PLANNED)
            & Domain("state", "=", "approved")
            & Domain("date_start", "<=", now)
            & Domain("date_expected", ">", now)
        )

    @api.model
    def _get_in_force_domain(self):
        """Who is switched off by plan is answered so from its first minute on."""
        return super()._get_in_force_domain() | self._get_begun_domain(fields.Datetime.now())

    @api.model
    def _cron_watch_times(self):
        result = super()._cron_watch_times()
        now = fields.Datetime.now()
        for plan in self.search(self._get_begun_domain(now)):
            desk = plan._for_desk()
            desk._remind_desk(desk.env._("%(outage)s: switched off?", outage=desk.name))
        missed = Domain("kind", "in", _PLANNED) & Domain("state", "in", ("proposed", "approved"))
        for plan in self.search(missed & Domain("date_expected", "<=", now)):
            desk = plan._for_desk()
            desk._remind_desk(
                desk.env._("%(outage)s: its window is over, cancel or move it", outage=desk.name)
            )
        return result

    @api.model
    def _cron_remind_notices(self):
        """Remind who plans of outages that have to be announced within a day."""
        now = fields.Datetime.now()
        outages = self.search(
            [
                ("state", "in", ("proposed", "approved")),
                ("kind", "in", _PLANNED),
                ("date_announced", "=", False),
                ("date_notice_due", "<=", fields.Datetime.add(now, days=1)),
                ("date_start", ">", now),
            ]
        )
        for outage in outages:
            desk = outage._for_desk()
            desk._remind_desk(
                desk.env._("Announce %(outage)s", outage=desk.name),
                date_deadline=desk.date_notice_due.date(),
                user_id=desk.create_uid.id,
            )
