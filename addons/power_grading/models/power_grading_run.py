import logging
from contextlib import contextmanager

from dateutil.relativedelta import relativedelta
from psycopg2 import OperationalError
from psycopg2.errors import InFailedSqlTransaction

from odoo import api, fields, models, modules
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL, format_date
from odoo.tools.misc import formatLang

_logger = logging.getLogger(__name__)
# First key of the advisory lock of grading; the second is the company.
LOCK_CLASS = 0x70776772
# Grades that a button puts in force, or takes back, while one waits: about two seconds.
AT_ONCE = 50_000


class GradingBusy(UserError):
    """Another session grades the same company."""


class PowerGradingRun(models.Model):
    """Grading of a company's customers on one day, by one or more schemes.

    The scheduler computes a run that was started, each scheme in one transaction of its own; the
    results wait until the run is approved, which puts them in force in one transaction, of a large
    run in the background too. A run killed half-way leaves the grades in force as they are and goes
    on with the schemes not computed yet; one that cannot be computed is a draft again and says why.
    Only what changed is written: a result stays in force as long as nothing about it changes.
    """

    _name = "power.grading.run"
    _description = "Grading run"
    _inherit = ["power.grading.found", "power.grading.gate", "power.grading.filter", "mail.thread"]
    _order = "date desc, id desc"
    _check_company_auto = True

    _TRANSITIONS = {
        "draft": ("running", "cancelled"),
        "running": ("computed", "draft", "cancelled"),
        "computed": ("running", "approved", "cancelled"),
        "approved": ("undone",),
        "undone": (),
        "cancelled": (),
    }

    name = fields.Char(
        compute="_compute_name", store=True, readonly=False, precompute=True, required=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    date = fields.Date(
        required=True,
        default=lambda self: self.env.company._get_power_today(),
        help="Customers are graded by what was known at the end of this day.",
    )
    scope_domain = fields.Char(
        string="Only these customers",
        default="[]",
        help="An area, a class, a list of customers: the grades of all others stay as they are. "
        "Percentiles are those among everybody. Empty: all.",
    )
    state = fields.Selection(
        [
            ("draft", "New"),
            ("running", "Running"),
            ("computed", "To approve"),
            ("approved", "In force"),
            ("undone", "Undone"),
            ("cancelled", "Cancelled"),
        ],
        string="Status",
        required=True,
        default="draft",
        index=True,
        tracking=True,
        group_expand=True,
    )
    line_ids = fields.One2many(
        "power.grading.run.line",
        "run_id",
        string="Schemes",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        precompute=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Started by",
        default=lambda self: self.env.user,
        readonly=True,
        copy=False,
    )
    approver_id = fields.Many2one("res.users", string="Approved by", readonly=True, copy=False)
    date_approved = fields.Datetime(string="Approved on", readonly=True, copy=False)
    task = fields.Selection(
        [("approve", "Grades are being put in force"), ("undo", "Grades are being taken back")],
        string="In the background",
        readonly=True,
        copy=False,
        help="Asked for by a manager and done by the scheduler.",
    )
    task_user_id = fields.Many2one("res.users", string="Asked by", readonly=True, copy=False)
    is_busy = fields.Boolean(string="In progress", compute="_compute_is_busy")
    progress = fields.Float(
        compute="_compute_progress", help="Percent of the customers, counted for each scheme."
    )
    progress_text = fields.Char(string="Graded so far", compute="_compute_progress")
    graded_count = fields.Integer(string="Grades", compute="_compute_counts")
    changed_count = fields.Integer(string="Changed", compute="_compute_counts")
    up_count = fields.Integer(string="Up", compute="_compute_counts")
    down_count = fields.Integer(string="Down", compute="_compute_counts")
    total_ids = fields.One2many("power.grading.run.total", "run_id", string="Movement")

    # === COMPUTE METHODS === #

    @api.depends("date")
    def _compute_name(self):
        for run in self:
            run.name = run.name or self.env._("Grading of %s", run.date)

    @api.depends("company_id")
    def _compute_line_ids(self):
        """A new run takes every scheme in use, as a proposal."""
        for run in self:
            if not run.line_ids and not run._origin.line_ids:
                schemes = self.env["power.grading.scheme"].search(
                    run._get_schemes_domain(run.company_id, run.date)
                )
                run.line_ids = [Command.create({"scheme_id": scheme.id}) for scheme in schemes]

    @api.depends("state", "task")
    def _compute_is_busy(self):
        for run in self:
            run.is_busy = run.state == "running" or bool(run.task)

    @api.depends("line_ids.state", "line_ids.population", "line_ids.expected_count")
    @api.depends_context("lang")
    def _compute_progress(self):
        for run in self:
            computed = run.line_ids.filtered(lambda line: line.state == "computed")
            done = sum(computed.mapped("population"))
            total = done + sum((run.line_ids - computed).mapped("expected_count"))
            run.progress = 100 * done / total if total else 0
            run.progress_text = self.env._(
                "%(done)s of %(total)s customers, %(schemes)s of %(all)s schemes",
                done=formatLang(self.env, done, digits=0),
                total=formatLang(self.env, total, digits=0),
                schemes=len(computed),
                all=len(run.line_ids),
            )

    @api.depends(
        "line_ids.graded_count",
        "line_ids.changed_count",
        "line_ids.up_count",
        "line_ids.down_count",
    )
    def _compute_counts(self):
        for run in self:
            for name in ("graded_count", "changed_count", "up_count", "down_count"):
                run[name] = sum(run.line_ids.mapped(name))

    @api.model
    def _get_schemes_domain(self, company, date):
        """Hook: the schemes a run proposes."""
        return [
            ("state", "=", "active"),
            ("company_id", "in", [False, company.id]),
            "|",
            ("date_from", "=", False),
            ("date_from", "<=", date),
            "|",
            ("date_to", "=", False),
            ("date_to", ">=", date),
        ]

    # === ACTION METHODS === #

    def action_start(self):
        """Let the scheduler compute; what waited for approval is thrown away and computed anew."""
        for run in self:
            run._check_can_compute()
        self.filtered(lambda run: run.state != "running")._set_state("running")
        self.env.ref("power_grading.ir_cron_compute_runs").sudo()._trigger()
        return True

    def action_compute(self):
        """Compute here and now what is not computed yet; `action_start` leaves it to the scheduler.

        May be called again after an interruption.
        """
        for run in self:
            run._check_can_compute()
            with run._exclusive():
                if run.state == "draft":
                    run._set_state("running")
                    run._checkpoint()
                run._compute_lines()
        return True

    def action_start_approval(self):
        """Approve: a small run at once, a large one by the scheduler."""
        return self._start_task("approve", "approved")

    def action_start_undo(self):
        """Undo: a small run at once, a large one by the scheduler."""
        return self._start_task("undo", "undone")

    def _start_task(self, task, target):
        for run in self:
            run._check_state_move(target)
            if run.graded_count <= AT_ONCE:
                run._do_task(task)
                continue
            run.sudo().write({"task": task, "task_user_id": self.env.uid})
            self.env.ref("power_grading.ir_cron_compute_runs").sudo()._trigger()
        return True

    def _do_task(self, task):
        return self.action_approve() if task == "approve" else self.action_undo()

    def action_approve(self):
        for run in self:
            run._check_state_move("approved")
            with run._exclusive():
                run._set_state("approved")
                run._checkpoint()
        return True

    def action_undo(self):
        """Put the former grades in force again."""
        for run in self:
            run._check_state_move("undone")
            with run._exclusive():
                run._set_state("undone")
                run._checkpoint()
        return True

    def action_cancel(self):
        for run in self:
            with run._exclusive(commit=False):
                run._set_state("cancelled")
        return True

    def action_open_results(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "power_grading.power_grading_result_action"
        )
        return {
            **action,
            "domain": [("run_id", "=", self.id)],
            "context": {"search_default_group_scheme": 1},
        }

    def action_open_comparison(self):
        """Ask which run to compare with."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Compare two runs"),
            "res_model": "power.grading.comparison",
            "view_mode": "form",
            "target": "new",
            "context": {"default_run_id": self.id},
        }

    def action_open_movement(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "power_grading.power_grading_run_total_action"
        )
        return {**action, "domain": [("run_id", "=", self.id)]}

    # === CHECKS === #

    @api.constrains("scope_domain")
    def _check_scope_domain(self):
        self._check_filter("scope_domain")

    def _check_can_compute(self):
        self.ensure_one()
        if self.state != "running":
            self._check_state_move("running")
        if not self.line_ids:
            raise UserError(self.env._("%s: add at least one scheme.", self.name))
        for line in self.line_ids:
            line.scheme_id._check_sound()
            if line.scheme_id.state != "active":
                raise UserError(
                    self.env._(
                        "“%s” is not in use. Put it to use, or try it without a run.",
                        line.scheme_id.display_name,
                    )
                )
            if not line.scheme_id._is_valid_on(self.date):
                raise UserError(
                    self.env._(
                        "“%(scheme)s” is not valid on %(day)s. Take the version that is, or "
                        "change the day of %(run)s.",
                        scheme=line.scheme_id.display_name,
                        day=format_date(self.env, self.date),
                        run=self.name,
                    )
                )

    def _check_open(self):
        if closed := self.filtered(lambda run: run.state != "draft")[:1]:
            raise UserError(
                self.env._(
                    "%s has been computed: its day and its schemes stay. Make a new run.",
                    closed.name,
                )
            )

    def _check_is_computed(self):
        self.ensure_one()
        waiting = self.line_ids.filtered(lambda line: line.state != "computed")
        if waiting or not self.line_ids:
            raise UserError(self.env._("%s: press “Compute” first.", self.name))

    def _check_can_approve(self):
        self.ensure_one()
        for line in self.line_ids:
            if not line._is_base_in_force():
                raise UserError(
                    self.env._(
                        "“%(scheme)s” was graded by another run after this one was computed. "
                        "Compute %(run)s again.",
                        scheme=line.scheme_id.display_name,
                        run=self.name,
                    )
                )

    def _check_can_undo(self):
        self.ensure_one()
        for line in self.line_ids:
            if line._get_last_in_force() != line:
                raise UserError(
                    self.env._(
                        "“%(scheme)s” has been graded again since. Undo the later run first.",
                        scheme=line.scheme_id.display_name,
                    )
                )

    # === BUSINESS METHODS === #

    def _get_part(self):
        """Domain of the customers the run is about."""
        return self._read_filter("scope_domain")

    def _get_filter_names(self):
        """“My customers” are those of whoever started the run, also when the scheduler computes."""
        return {**super()._get_filter_names(), "uid": self.user_id.id}

    def _compute_lines(self):
        """One transaction a scheme, so that a killed run keeps what it has."""
        self.ensure_one()
        self.line_ids._expect_customers()
        self._checkpoint()
        for line in self.line_ids.filtered(lambda line: line.state != "computed"):
            line._compute_results()
            self._checkpoint()
        self._set_state("computed")

    def _after_change_of_force(self):
        """Hook: grades in force have changed."""
        self.ensure_one()
        touched = self.line_ids._select_touched_partners()
        self.env["power.service.level.rule"].sudo()._apply(self.company_id, touched)
        self.line_ids._propose_importance()

    def _check_state_move(self, target):
        checked = super()._check_state_move(target)
        manager = self.env.su or self.env.user.has_group("power_crm.group_manager")
        if target in ("approved", "undone") and not manager:
            raise UserError(self.env._("Grades are put in force and taken back by a manager."))
        for run in self:
            if run.task and target not in ("approved", "undone"):
                raise UserError(
                    self.env._(
                        "%s: wait until its grades are put in force or taken back.", run.name
                    )
                )
            if target == "computed":
                run._check_is_computed()
            elif target == "approved":
                run._check_can_approve()
            elif target == "undone":
                run._check_can_undo()
        return checked

    def _prepare_state_vals(self, target):
        if target == "approved":
            return {"approver_id": self.env.uid, "date_approved": fields.Datetime.now()}
        return super()._prepare_state_vals(target)

    def write(self, vals):
        if set(vals) & {"date", "company_id", "line_ids", "scope_domain"}:
            self._check_open()
        if "state" not in vals:
            return super().write(vals)
        self._lock_companies()
        # one after the other: the second is judged by what the first put in force
        for run in self:
            super(PowerGradingRun, run).write(vals)
        return True

    def _after_state_move(self, target):
        """What a state means is done here, so that an import or a remote call does it too."""
        result = super()._after_state_move(target)
        for run in self:
            if target in ("draft", "running", "cancelled"):
                run.line_ids._forget()
            elif target == "approved":
                run.line_ids._put_in_force()
                run._after_change_of_force()
            elif target == "undone":
                run.line_ids._take_out_of_force()
                run._after_change_of_force()
        return result

    def _lock_companies(self):
        """Refuse to move what another session grades just now; held until the end."""
        for company in self.company_id:
            ((locked,),) = self.env.execute_query(
                SQL("SELECT pg_try_advisory_xact_lock(%s, %s)", LOCK_CLASS, company.id)
            )
            if not locked:
                self._raise_busy(company)

    def _raise_busy(self, company):
        raise GradingBusy(
            self.env._(
                "The customers of “%(company)s” are being graded just now, by another user or "
                "in the background. Wait until that is finished, then press the button again.",
                company=company.name,
            )
        )

    @contextmanager
    def _exclusive(self, commit=True):
        """Be the only one who grades the company, or say that another does.

        The lock is the database session's: a killed process loses it by itself.
        """
        self.ensure_one()
        company = self.company_id
        ((locked,),) = self.env.execute_query(
            SQL("SELECT pg_try_advisory_lock(%s, %s)", LOCK_CLASS, company.id)
        )
        if not locked:
            self._raise_busy(company)
        try:
            if commit:
                self._checkpoint()
            yield
        finally:
            unlock = SQL("SELECT pg_advisory_unlock(%s, %s)", LOCK_CLASS, company.id)
            try:
                self.env.cr.execute(unlock)
            except InFailedSqlTransaction:
                self.env.cr.rollback()
                self.env.cr.execute(unlock)

    def _checkpoint(self):
        """Make what was done so far last, whatever happens after."""
        self.env.flush_all()
        if not modules.module.current_test:
            self.env.cr.commit()  # pylint: disable=invalid-commit

    # === BACKGROUND === #

    @api.model
    def _cron_grade(self):
        """Daily: begin the runs that schedules ask for."""
        for company in self.env["res.company"].search([("power_grading_months", ">", 0)]):
            if run := self.with_company(company)._create_due(company):
                run.action_start()

    def _create_due(self, company):
        """The run the schedule asks for; empty when none is due or nothing is there to grade."""
        today = company._get_power_today()
        months = relativedelta(months=company.power_grading_months)
        # a draft somebody forgot grades nobody
        last = self.search(
            [
                ("company_id", "=", company.id),
                ("state", "in", ("running", "computed", "approved")),
                ("scope_domain", "in", (False, "[]")),
            ],
            limit=1,
        )
        if last and (last.state == "running" or last.date + months > today):
            return self.browse()
        mine = [("company_id", "=", company.id), ("user_id", "=", self.env.uid)]
        self.search([*mine, ("state", "=", "draft")]).unlink()  # what failed is begun anew
        run = self.create({"company_id": company.id, "date": today})
        if not run.line_ids:
            run.unlink()
        return run.exists()

    @api.model
    def _cron_compute(self):
        """Compute the runs that were started, go on with those that were killed, and do what was
        asked for of large ones.

        A run that cannot be computed keeps no other from it.
        """
        runs = self.search(["|", ("state", "=", "running"), ("task", "!=", False)], order="id")
        for done, run in enumerate(runs, start=1):
            user = run.task_user_id if run.task else run.user_id
            run = run.with_company(run.company_id).with_context(lang=user.lang)
            try:
                if run.task:
                    run._do_started()
                else:
                    run._compute_started()
            except (GradingBusy, OperationalError) as error:
                _logger.info("%s waits for the next turn: %s", run.name, error)
                self._rollback()
            except Exception as error:
                _logger.exception("%s failed.", run.name)
                self._rollback()
                run._fail(error)
            self._checkpoint()
            self.env["ir.cron"]._commit_progress(1, remaining=len(runs) - done)

    def _compute_started(self):
        self.ensure_one()
        self.action_compute()
        scheduled = self.user_id == self.env.user
        if scheduled and self.company_id.power_grading_auto_approve:
            self.action_approve()
        if not scheduled:
            self._tell_starter(
                "success", self.env._("Computed. Look at the grades, then approve them.")
            )

    def _do_started(self):
        """Do what a manager asked for, with that manager's rights and in that manager's name."""
        self.ensure_one()
        user = self.task_user_id
        self.with_user(user)._do_task(self.task)
        self._end_task()
        self._tell(user, "success", self._get_state_label(self.state))

    def _end_task(self):
        self.sudo().write({"task": False, "task_user_id": False})

    def _rollback(self):
        if not modules.module.current_test:
            self.env.cr.rollback()

    def _fail(self, error):
        """Leave it a draft that says why, to be started again when that is mended; what was asked
        for of a computed one is left undone."""
        self.ensure_one()
        if self.task:
            self._tell(self.task_user_id, "danger", str(error))
            self.message_post(body=str(error))
            self._end_task()
            return
        self._set_state("draft")
        self.message_post(body=self.env._("It could not be computed: %s", error))
        if self.user_id == self.env.user:
            self._tell_of_failure(self.company_id, error)
        else:
            self._tell_starter("danger", str(error))

    def _tell_starter(self, kind, message):
        self._tell(self.user_id, kind, message)

    def _tell(self, user, kind, message):
        """Show a message to whoever pressed the button, wherever that is on the screen now."""
        user._bus_send(
            "simple_notification",
            {"type": kind, "title": self.name, "message": message, "sticky": kind == "danger"},
        )

    def _tell_of_failure(self, company, error):
        """One activity with the cause, for whoever looks after the company's customers."""
        kind = "power_grading.mail_activity_type_failed"
        partner = company.partner_id
        user = partner._get_power_responsible(company)
        if not partner.activity_search([kind], user_id=user.id):
            partner.activity_schedule(
                kind,
                user_id=user.id,
                summary=partner.with_context(lang=user.lang).env._(
                    "The scheduled grading of %s failed", company.name
                ),
                note=str(error),
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if used := self.filtered(lambda run: run.state in ("approved", "undone"))[:1]:
            raise UserError(
                self.env._("%s has put grades in force and stays as their evidence.", used.name)
            )
        self.line_ids._forget()
