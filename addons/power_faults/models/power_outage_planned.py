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
        if not self.env.su and not self.env.user.has_group("power_crm.group_manager"):
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
                    "announced_late": bool(outage.date_notice_due and now > outage.date_notice_due),
                    "date_told": outage.date_expected,
                }
            )

    def write(self, vals):
        before = {
            outage: (outage.date_start, outage.date_expected)
            for outage in self
            if {"date_start", "date_expected"} & vals.keys() and outage.date_announced
        }
        result = super().write(vals)
        for outage, (start, end) in before.items():
            outage._tell_change(start, end)
        return result

    def _tell_change(self, start, end):
        """Tell customers of an announced plan that its window is another one now."""
        if self.kind not in _PLANNED or self.state not in ("approved", "confirmed"):
            return
        if self.date_start != start:
            kind = "planned"
        elif self.date_expected == end or not self.date_expected:
            return
        else:
            kind = "extended" if not end or self.date_expected > end else "early"
        self._tell(kind, points=self._get_points(), subscribers=True)
        self.sudo().date_told = self.date_expected

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
            summary = self.env._("Announce %(outage)s", outage=outage.name)
            if summary not in outage.activity_ids.mapped("summary"):
                outage.activity_schedule(
                    "mail.mail_activity_data_todo",
                    date_deadline=outage.date_notice_due.date(),
                    summary=summary,
                    user_id=outage.create_uid.id,
                )
