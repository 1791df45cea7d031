from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import html_escape

from odoo.addons.power_crm.tools.batches import in_batches

from ..tools import dunning

_BATCH = 100
_ACTIVITY = "power_grading_billing.mail_activity_type_dunning"


class PowerDunning(models.Model):
    """A payer with overdue bills on the dunning path of its service level.

    One a payer and company, archived while nothing is overdue. The oldest open bill sets the days;
    once it is paid, the path begins anew with the next. Late fees alone are not dunned, prepaid
    supply has its own warnings.
    """

    _name = "power.dunning"
    _description = "Overdue bills"
    _inherit = ["mail.thread", "mail.activity.mixin", "power.telling.mixin"]
    _order = "date_next, date_due, id"
    _rec_name = "partner_id"
    _mail_post_access = "read"

    partner_id = fields.Many2one(
        "res.partner", string="Payer", required=True, index=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    active = fields.Boolean(default=True, readonly=True)
    service_level_id = fields.Many2one(
        related="partner_id.power_service_level_id", store=True, index="btree_not_null"
    )
    manager_id = fields.Many2one(
        related="partner_id.power_account_manager_id", string="Account manager", store=True
    )
    amount_overdue = fields.Monetary(string="Overdue", readonly=True)
    date_due = fields.Date(string="Oldest due day", required=True, readonly=True)
    is_protected = fields.Boolean(
        string="Protected",
        readonly=True,
        help="Important or life support: nothing is sent by itself, a person decides.",
    )
    protection_note = fields.Text(string="Protected because", compute="_compute_protection_note")
    step_id = fields.Many2one(
        "power.dunning.step", string="Last step", readonly=True, ondelete="set null"
    )
    step_days = fields.Integer(
        string="Days of the last step", readonly=True, help="Days overdue the last step is for."
    )
    date_step = fields.Date(string="Taken on", readonly=True)
    date_told = fields.Date(
        string="Told on", readonly=True, help="When the payer was last reminded by mail or text."
    )
    next_step_id = fields.Many2one(
        "power.dunning.step",
        string="Next step",
        compute="_compute_next",
        store=True,
        index="btree_not_null",
        ondelete="set null",
    )
    date_next = fields.Date(string="Next step on", compute="_compute_next", store=True, index=True)
    date_lawful = fields.Date(
        string="Notice lawful from",
        compute="_compute_date_lawful",
        help="Before this day the law allows no cut-off notice, whatever the service level says.",
    )
    is_notice_due = fields.Boolean(string="Notice to give", compute="_compute_is_notice_due")
    date_notice = fields.Date(string="Notice given on", readonly=True)
    date_cutoff = fields.Date(
        string="Cut-off not before",
        readonly=True,
        help="The law's earliest day after the notice. Nothing is cut off by itself.",
    )
    date_lapse = fields.Date(
        string="Notice holds until", readonly=True, help="After this day a new notice is needed."
    )

    _partner_company_uniq = models.UniqueIndex(
        "(partner_id, company_id)", "This payer is on a dunning path already."
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "date_due",
        "step_days",
        "date_step",
        "service_level_id.dunning_step_ids.days",
        "service_level_id.dunning_step_ids.kind",
    )
    def _compute_next(self):
        for case in self:
            path = self.env["power.dunning.step"]._get_path(case.service_level_id)
            case.next_step_id = path.filtered(lambda step, case=case: step.days > case.step_days)[
                :1
            ]
            case.date_next = case._get_step_day(case.next_step_id)

    def _get_step_day(self, step):
        """Return the day a step is owed, a notice never before the law; False without a step."""
        if not step or not self.date_due:
            return False
        day = dunning.get_step_day(self.date_due, step.days, self.date_step or None, self.step_days)
        if step.kind != "notice":
            return day
        return self.date_lawful and max(day, self.date_lawful)

    @api.depends("date_due", "company_id")
    def _compute_date_lawful(self):
        for case in self:
            law = case._get_law()
            case.date_lawful = law and case.date_due and dunning.get_notice_day(case.date_due, law)

    @api.depends("step_id.kind", "next_step_id", "date_notice", "date_lapse")
    def _compute_is_notice_due(self):
        for case in self:
            lapsed = case.date_lapse and case.date_lapse < case._get_today()
            asked = case.step_id.kind == "notice" and not case.next_step_id
            case.is_notice_due = asked and (not case.date_notice or lapsed)

    @api.depends("partner_id", "company_id")
    @api.depends_context("lang")
    def _compute_protection_note(self):
        for case in self:
            case.protection_note = "\n".join(case._get_protection_reasons())

    def _get_today(self):
        return (self.company_id or self.env.company)._get_power_today()

    def _get_law(self):
        rules = self.env["power.cutoff.rule"]
        return rules._get_in_force(self.company_id, self._get_today())._get_law()

    def _get_protection_reasons(self):
        """Return what the guard of the suite says about the points with overdue bills."""
        points = self.sudo()._get_arrears().supply_point_id
        reasons = [reason for point in points for reason in point._get_protection_reasons()]
        return list(dict.fromkeys(reasons))

    def _get_arrears(self):
        self.ensure_one()
        arrears = self.env["power.arrears"].with_company(self.company_id)
        domain = self._get_arrears_domain(self.company_id)
        return arrears.search(domain & Domain("partner_id", "=", self.partner_id.id), order="id")

    @api.model
    def _get_arrears_domain(self, company):
        """Hook: which of the arrears of a company are dunned."""
        return (
            Domain("company_id", "=", company.id)
            & Domain("kind", "=", "bill")
            & Domain("supply_point_id.is_prepaid", "=", False)
        )

    # === DAILY === #

    @api.model
    def _cron_dun(self):
        """Follow the arrears, then take the steps that are owed, a committed batch at a time.

        Companies that have not switched dunning on are only shown what would be owed.
        """
        companies = self.env["res.company"].search([("power_journal_id", "!=", False)])
        for company in companies:
            self._sync(company)
        dunning_companies = companies.filtered("power_dunning")
        cases = self.browse().union(*map(self._search_owed, dunning_companies))
        in_batches(cases, _BATCH, lambda batch: batch._take_steps(), type(self)._note_failure)

    @api.model
    def _search_owed(self, company):
        today = company._get_power_today()
        return self.search([("company_id", "=", company.id), ("date_next", "<=", today)])

    def _note_failure(self, error):
        self.message_post(body=self.env._("The step is not taken: %s", error))

    @api.model
    def _sync(self, company, partners=None):
        """Bring who owes what since when up to date.

        :param partners: only these payers; None: all
        """
        arrears = self.env["power.arrears"].with_company(company)
        domain = self._get_arrears_domain(company)
        own = Domain("company_id", "=", company.id)
        if partners is not None:
            domain &= Domain("partner_id", "in", partners.ids)
            own &= Domain("partner_id", "in", partners.ids)
        known = {case.partner_id: case for case in self._search_all(own)}
        rows = arrears._read_group(
            domain, ["partner_id"], ["date_due:min", "amount_open:sum", "is_protected:bool_or"]
        )
        new = []
        for partner, due, amount, is_protected in rows:
            vals = {"date_due": due, "amount_overdue": amount, "is_protected": is_protected}
            if case := known.pop(partner, None):
                case._follow(vals)
            else:
                new.append({"partner_id": partner.id, "company_id": company.id, **vals})
        self.create(new)
        for case in known.values():
            if case.active:
                case.write({"active": False, "amount_overdue": 0, **self._prepare_restart_vals()})
        # the common path and the law may have changed since
        for name in ("next_step_id", "date_next"):
            self.env.add_to_compute(self._fields[name], self.search(own))

    @api.model
    def _search_all(self, domain):
        """Return cases, those that are archived too; their done activities stay out of sight."""
        cases = self.with_context(active_test=False).search(domain)
        return cases.with_context(active_test=True)

    def _follow(self, vals):
        """Take over what is owed now; with another oldest bill the path begins anew."""
        if not self.active or vals["date_due"] > self.date_due:
            self.activity_unlink([_ACTIVITY])
            vals = {**vals, "active": True, **self._prepare_restart_vals()}
        changed = {name: value for name, value in vals.items() if self[name] != value}
        if changed:
            self.write(changed)

    @api.model
    def _prepare_restart_vals(self):
        """Hook: what a case forgets when another bill is the oldest."""
        names = ("step_id", "date_step", "date_told", "date_notice", "date_cutoff", "date_lapse")
        return {"step_days": 0, **dict.fromkeys(names, False)}

    def _take_steps(self):
        for case in self:
            case._take_step()

    def _take_step(self):
        """Take the step that is owed: a reminder is sent, all else is asked of a person, once."""
        step = self.next_step_id
        self.write({"step_id": step.id, "step_days": step.days, "date_step": self._get_today()})
        reasons = self._get_protection_reasons()
        templates = {"email": step.mail_template_id, "sms": step.sms_template_id}
        if step.kind != "reminder" or reasons or not self._remind(**templates):
            self.activity_schedule(**self._prepare_activity_vals(step, reasons))

    def _remind(self, **templates):
        """Send a reminder by these templates (email, sms); return whether there was a way to."""
        told = self._tell_with(**templates)
        if told:
            self.date_told = self._get_today()
        return bool(told)

    def _prepare_activity_vals(self, step, reasons):
        """Hook: the activity that asks the account manager for a step."""
        user = self.partner_id._get_power_responsible(self.company_id)
        here = self.with_context(lang=user.lang)
        lines = list(reasons and here._get_protection_reasons())
        if step.kind == "reminder" and not reasons:
            lines.append(here.env._("No mail address and no number is known: tell by letter."))
        if step.kind == "notice":
            rules = here.env["power.cutoff.rule"]._get_in_force(self.company_id, self._get_today())
            lines += [note for note in rules.mapped("note") if note]
        return {
            "act_type_xmlid": _ACTIVITY,
            "date_deadline": self._get_today(),
            "user_id": user.id,
            "summary": here.env._(
                "%(step)s: %(days)s days overdue",
                step=step.with_context(lang=user.lang)._get_label(),
                days=(self._get_today() - self.date_due).days,
            ),
            "note": html_escape("\n".join(lines)).replace("\n", "<br/>"),
        }

    # === ACTIONS === #

    def action_remind(self):
        """Send the reminder a person decided on."""
        self._check_dunner()
        steps = self.env["power.dunning.step"]
        templates = {
            "email": steps._get_default_template("mail_template_id", "reminder"),
            "sms": steps._get_default_template("sms_template_id", "reminder"),
        }
        for case in self.sudo():
            case._check_owes()
            if not case._remind(**templates):
                raise UserError(case._get_unreachable_message())
            case._close_activities()

    def action_give_notice(self):
        """Mail or text the cut-off notice; from today the days of the law run."""
        self._note_notice(send=True)

    def action_note_notice(self):
        """The notice was delivered on paper today."""
        self._note_notice(send=False)

    def _note_notice(self, send):
        self._check_dunner("power_crm.group_finance")
        for case in self.sudo():
            case._check_owes()
            case._check_notice()
            today = case._get_today()
            first, last = dunning.get_cut_window(case.date_due, today, case._get_law())
            step = case.step_id
            case.write({"date_notice": today, "date_cutoff": first, "date_lapse": last})
            if send and not case._tell_with(email=step.mail_template_id, sms=step.sms_template_id):
                raise UserError(case._get_unreachable_message())
            case._close_activities()
            case.message_post(body=case._get_notice_note(send))

    def _get_notice_note(self, send):
        texts = {
            True: self.env._("Cut-off notice sent. Not before %(first)s, until %(last)s."),
            False: self.env._("Cut-off notice delivered. Not before %(first)s, until %(last)s."),
        }
        return texts[send] % {"first": self.date_cutoff, "last": self.date_lapse}

    def _close_activities(self):
        self.activity_feedback([_ACTIVITY])

    def _check_dunner(self, *groups):
        groups = groups or ("power_crm.group_account_manager", "power_crm.group_billing_clerk")
        allowed = (*groups, "power_crm.group_finance", "power_crm.group_manager")
        if not self.env.su and not any(self.env.user.has_group(group) for group in allowed):
            raise AccessError(self.env._("Your role may not dun customers."))
        self.check_access("read")

    def _check_owes(self):
        """Look again before a payer is told: it may have paid since the morning."""
        self._sync(self.company_id, self.partner_id)
        if not self.active:
            raise UserError(
                self.env._("%s has no overdue bill any more.", self.partner_id.display_name)
            )

    def _check_notice(self):
        """Refuse a notice before its turn, before the law, or for who is protected."""
        if not self.is_notice_due:
            raise UserError(
                self.env._(
                    "The cut-off notice of %(payer)s is not owed yet: the path of its service "
                    "level comes first. Next step: %(step)s.",
                    payer=self.partner_id.display_name,
                    step=self.next_step_id.display_name or self.env._("none"),
                )
            )
        if not self.date_lawful or self._get_today() < self.date_lawful:
            raise UserError(
                self.env._("The law allows no notice before %s.", self.date_lawful or "…")
            )
        reasons = self._get_protection_reasons()
        if reasons and not self.env.user.has_group("power_crm.group_manager"):
            raise UserError(
                self.env._(
                    "%(payer)s is protected. A manager decides on the notice.\n%(reasons)s",
                    payer=self.partner_id.display_name,
                    reasons="\n".join(reasons),
                )
            )

    def _get_unreachable_message(self):
        return self.env._(
            "No mail address and no number is known of %s: tell by letter.",
            self.partner_id.display_name,
        )

    def action_view_arrears(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("power_billing.power_arrears_action")
        return {
            **action,
            "domain": [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
            ],
            "context": {},
        }
