import logging
import time
from contextlib import contextmanager

from dateutil.relativedelta import relativedelta
from psycopg2.errors import InFailedSqlTransaction
from psycopg2.extensions import TransactionRollbackError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.gc import disabling_gc

from ..tools.batch_helper import WAIT_SECONDS, BatchHelper
from ..tools.foreign_keys import insert_rows
from ..tools.pace import Pace
from .power_invoice_set_number import LOCK_CLASS as NUMBER_LOCK_CLASS

_logger = logging.getLogger(__name__)

# In which state the bills are that a run of a state handles.
_SOURCES = {"rating": "draft", "posting": "rated"}
# Bills in one transaction, where the company says nothing.
BATCH = 1000
# First key of the advisory lock of billing; the second is the journal.
LOCK_CLASS = 0x70776272
RUN_NOW_SECONDS = 20
# So many invoices are posted at first, then as many as take so long: a thousand that are written
# in a set take a second, made one by one three minutes, in which a worker may be stopped.
POST_FIRST = 200
POST_SECONDS = 20


class PowerBillRun(models.Model):
    """One month's bills of a company, or of a part of it.

    The bills of all points in scope are made at once as "to rate"; rating and posting then go
    through them in batches, each its own transaction. A run that was killed therefore goes on
    where it stood: what is not rated is still "to rate", what is not posted is still "rated".
    """

    _name = "power.bill.run"
    _description = "Bill Run"
    _inherit = ["power.state.mixin", "mail.thread"]
    _order = "date_from desc, id desc"
    _check_company_auto = True

    _TRANSITIONS = {
        "draft": ("rating", "cancelled"),
        "rating": ("rated", "cancelled"),
        "rated": ("rating", "posting", "cancelled"),
        "posting": ("done", "rated"),
        "done": ("rating", "posting"),
        "cancelled": ("draft",),
    }

    name = fields.Char(
        compute="_compute_name", store=True, readonly=False, precompute=True, required=True
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    period = fields.Date(
        string="Month",
        required=True,
        default=lambda self: self._default_period(),
        help="Any day of the month to bill.",
    )
    date_from = fields.Date("Date from", compute="_compute_dates", store=True, precompute=True)
    date_to = fields.Date("Date to", compute="_compute_dates", store=True, precompute=True)
    invoice_date = fields.Date(string="Bill date", required=True, default=fields.Date.context_today)
    journal_id = fields.Many2one(
        comodel_name="account.journal",
        required=True,
        check_company=True,
        domain="[('type', '=', 'sale')]",
        compute="_compute_journal_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    area_ids = fields.Many2many(comodel_name="power.area", string="Areas", help="Empty: all areas.")
    usage_category_ids = fields.Many2many(
        comodel_name="power.usage.category",
        string="Usage categories",
        help="Empty: all categories.",
    )
    supply_point_ids = fields.Many2many(
        comodel_name="power.supply.point",
        string="Only these points",
        help="Empty: all points of the areas and categories.",
    )
    auto_post = fields.Boolean(
        string="Post without approval",
        help="Post rated bills at once. Otherwise finance looks at the totals first.",
    )
    state = fields.Selection(
        selection=[
            ("draft", "New"),
            ("rating", "Rating"),
            ("rated", "To approve"),
            ("posting", "Posting"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        readonly=True,
        tracking=True,
        index=True,
        group_expand=True,
    )
    bill_ids = fields.One2many(
        comodel_name="power.bill", inverse_name="run_id", string="Bills", readonly=True
    )
    scope_count = fields.Integer(string="Points in scope", compute="_compute_scope_count")
    total_count = fields.Integer(string="Bills in run", compute="_compute_counts")
    draft_count = fields.Integer(string="To rate", compute="_compute_counts")
    rated_count = fields.Integer(string="Rated", compute="_compute_counts")
    posted_count = fields.Integer(string="Posted", compute="_compute_counts")
    failed_count = fields.Integer(string="Failed", compute="_compute_counts")
    held_count = fields.Integer(
        string="Held",
        compute="_compute_counts",
        help="Bills whose reading waits for a clerk; they are among the failed ones.",
    )
    kwh = fields.Float(string="kWh", digits=(16, 2), compute="_compute_counts")
    amount_total = fields.Monetary(string="Total", compute="_compute_counts")
    progress = fields.Float(compute="_compute_counts", help="Percent of the work done.")
    total_ids = fields.One2many(
        comodel_name="power.bill.run.total",
        inverse_name="run_id",
        string="Totals by category",
        readonly=True,
    )
    started_by_id = fields.Many2one(comodel_name="res.users", string="Started by", readonly=True)
    date_started = fields.Datetime("Date started", readonly=True)
    date_finished = fields.Datetime("Date finished", readonly=True)

    def _default_period(self):
        return self.env.company._get_power_today().replace(day=1) - relativedelta(months=1)

    @api.depends("period")
    def _compute_dates(self):
        for run in self:
            first = run.period and run.period.replace(day=1)
            run.date_from = first
            run.date_to = first and first + relativedelta(months=1, days=-1)

    @api.depends("period", "area_ids")
    def _compute_name(self):
        for run in self:
            parts = [f"{run.period:%Y-%m}" if run.period else "", *run.area_ids.mapped("name")]
            run.name = " · ".join(filter(None, parts)) or "/"

    @api.depends("company_id")
    def _compute_journal_id(self):
        for run in self:
            run.journal_id = run.company_id.power_journal_id

    @api.depends("area_ids", "usage_category_ids", "supply_point_ids", "period", "company_id")
    def _compute_scope_count(self):
        for run in self:
            run.scope_count = self.env["power.supply.point"].search_count(run._get_scope_domain())

    @api.depends("bill_ids.state", "bill_ids.amount_total")
    def _compute_counts(self):
        groups = self.env["power.bill"]._read_group(
            [("run_id", "in", self.ids), ("state", "!=", "cancelled")],
            ["run_id", "state"],
            ["__count", "kwh:sum", "amount_total:sum"],
        )
        held = dict(
            self.env["power.bill"]._read_group(
                [
                    ("run_id", "in", self.ids),
                    ("state", "=", "failed"),
                    ("failure_code", "=", "held"),
                ],
                ["run_id"],
                ["__count"],
            )
        )
        for run in self:
            mine = {state: values for r, state, *values in groups if r == run}
            counts = {state: values[0] for state, values in mine.items()}
            for state in ("draft", "rated", "posted", "failed"):
                run[f"{state}_count"] = counts.get(state, 0)
            run.held_count = held.get(run, 0)
            run.total_count = sum(counts.values())
            run.kwh = sum(values[1] for values in mine.values())
            run.amount_total = sum(values[2] for values in mine.values())
            run.progress = run._get_progress()

    def _get_progress(self):
        """Return the percent done: rating is the first half, posting the second."""
        if not self.total_count:
            return 100.0 if self.state == "done" else 0.0
        work = 0.5 * self.rated_count + self.posted_count + self.failed_count
        return round(100.0 * work / self.total_count, 1)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        if self.bill_ids:
            raise UserError(self.env._("A run with bills cannot be deleted; cancel it instead."))

    # === Scope === #

    def _get_scope_domain(self):
        """Return the domain of supply points this run bills."""
        self.ensure_one()
        domain = Domain("company_id", "=", self.company_id.id) & Domain(
            "state", "in", ["active", "suspended"]
        )
        if self.date_to:
            domain &= Domain("date_activated", "=", False) | Domain(
                "date_activated", "<=", self.date_to
            )
        if self.supply_point_ids:
            domain &= Domain("id", "in", self.supply_point_ids.ids)
        if self.area_ids:
            domain &= Domain("area_id", "child_of", self.area_ids.ids)
        if self.usage_category_ids:
            domain &= Domain("usage_category_id", "child_of", self.usage_category_ids.ids)
        return domain

    def _create_bills(self):
        """Make the "to rate" bill of every point in scope that has none for the period yet.

        It is of who is supplied at the period's end, from the day after a leaver's final bill. One
        statement: the unique index of living bills makes a second run, or a second clerk in the
        same instant, add nothing.

        :return: how many were made
        """
        self.ensure_one()
        points = self.env["power.supply.point"].sudo()
        points.flush_model()
        self.env["power.bill"].flush_model()
        self.env["power.supply.customer"].flush_model()
        scope = points._search(self._get_scope_domain())
        before = self._count_bills()
        query = SQL(
            """
            INSERT INTO power_bill (
                create_uid, create_date, write_uid, write_date, state, name, run_id,
                company_id, supply_point_id, customer_id, partner_id, usage_category_id,
                area_id, period_from, period_to, kwh, amount_total, amount_energy,
                amount_fund, amount_fixed, amount_tax_added, previous_balance,
                payments_received)
            SELECT %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC',
                   'draft', p.number || %(suffix)s, %(run)s, p.company_id, p.id,
                   coalesce(c.partner_id, p.partner_id),
                   coalesce(c.payer_id, p.payer_id, p.partner_id), p.usage_category_id,
                   p.area_id, greatest(%(date_from)s, last.period_to + 1), %(date_to)s,
                   0, 0, 0, 0, 0, 0, 0, 0
              FROM power_supply_point p
         LEFT JOIN LATERAL (
                   SELECT h.partner_id, h.payer_id
                     FROM power_supply_customer h
                    WHERE h.supply_point_id = p.id AND h.date_from <= %(date_to)s
                 ORDER BY h.date_from DESC LIMIT 1) c ON TRUE
         LEFT JOIN LATERAL (
                   SELECT max(o.period_to) AS period_to
                     FROM power_bill o
                    WHERE o.supply_point_id = p.id AND o.state <> 'cancelled'
                      AND o.settlement_id IS NULL AND o.period_from >= %(date_from)s
                      AND o.period_to < %(date_to)s) last ON TRUE
             WHERE p.id IN %(points)s
               AND NOT EXISTS (
                   SELECT FROM power_bill o
                    WHERE o.supply_point_id = p.id AND o.state <> 'cancelled'
                      AND o.settlement_id IS NULL AND o.period_to >= %(date_to)s
                      AND o.period_from <= %(date_to)s)
          ORDER BY p.number
                ON CONFLICT (supply_point_id, period_from)
                   WHERE state <> 'cancelled' AND settlement_id IS NULL
                DO NOTHING
            """,
            uid=self.env.uid,
            suffix=f"-{self.date_from:%Y%m}",
            run=self.id,
            date_from=self.date_from,
            date_to=self.date_to,
            points=scope.subselect(),
        )
        insert_rows(self.env, query, "power_bill", "run_id", self.ids)
        self.env["power.bill"].invalidate_model()
        self.invalidate_recordset()
        return self._count_bills() - before

    def _count_bills(self):
        return self.env["power.bill"].sudo().search_count([("run_id", "=", self.id)])

    # === Buttons === #

    def action_start(self):
        """Make the bills of the period and let the background rate them."""
        self.ensure_one()
        self.check_access("write")
        self.company_id._power_require_setup()
        with self._exclusive():
            self._start()
        self._trigger_cron()

    def _start(self):
        if self.state != "draft":
            raise UserError(
                self.env._(
                    "%(run)s was already started by %(user)s.",
                    run=self.name,
                    user=self.started_by_id.name or "",
                )
            )
        made = self._create_bills()
        if not made:
            raise UserError(
                self.env._(
                    "Nothing to bill: every point in scope already has a bill of %(month)s, or "
                    "the scope is empty.",
                    month=f"{self.date_from:%Y-%m}",
                )
            )
        self._set_state("rating", started_by_id=self.env.uid, date_started=fields.Datetime.now())

    def action_run_now(self):
        """Go on at once for some seconds; the background does the rest."""
        self.ensure_one()
        self.check_access("write")
        if self.state == "draft":
            self.action_start()
        end = fields.Datetime.now() + relativedelta(seconds=RUN_NOW_SECONDS)
        run = self._with_shape_memory()
        with self._exclusive():
            while run.state in ("rating", "posting") and fields.Datetime.now() < end:
                run._process_batch()
                run._checkpoint()
        if self.state in ("rating", "posting"):
            self._trigger_cron()

    def action_approve(self):
        """Let the rated bills become invoices (finance)."""
        self.ensure_one()
        self.env["account.move"].check_access("create")
        self._set_state("posting")
        self._trigger_cron()

    def action_retry_failed(self):
        """Try failed bills again after their points, meters or readings were mended."""
        self.ensure_one()
        self.check_access("write")
        failed = self.bill_ids.filtered(lambda bill: bill.state == "failed")
        failed._reset()
        if failed:
            self._set_state("rating")
            self._trigger_cron()

    def action_cancel(self):
        """Drop a run whose bills are not in the books yet."""
        self.ensure_one()
        if self.bill_ids.filtered("move_id"):
            raise UserError(
                self.env._("Some bills of this run are posted; cancel those bills one by one.")
            )
        self.bill_ids.filtered(lambda bill: bill.state != "cancelled")._cancel(
            self.env._("Run cancelled")
        )
        self._set_state("cancelled")

    def action_view_bills(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("power_billing.power_bill_action")
        states = self.env.context.get("bill_states")
        domain = [("run_id", "=", self.id)]
        if states:
            domain.append(("state", "in", states))
        return {**action, "domain": domain, "context": {}}

    # === Engine === #

    @contextmanager
    def _exclusive(self, commit=True, shared=False):
        """Be the only one who bills in this journal, or say who else does.

        The lock is the database session's: it is taken first and the transaction begun anew, so
        that nothing done by the former holder is missed; a killed process loses it by itself.

        :param bool commit: begin a new transaction under the lock
        :param bool shared: let others work beside us, who share it as well
        :raises UserError: when another session bills in the journal
        """
        self.ensure_one()
        journal = self.journal_id
        key = SQL("%s(%s, %s)", SQL("_shared" if shared else ""), LOCK_CLASS, journal.id)
        ((locked,),) = self.env.execute_query(SQL("SELECT pg_try_advisory_lock%s", key))
        if not locked:
            raise UserError(
                self.env._(
                    "Bills are being made in “%(journal)s” just now, by another user or in the "
                    "background. Wait until the run in progress is finished, then press the "
                    "button again.",
                    journal=journal.name,
                )
            )
        try:
            if commit:
                self._checkpoint()
            yield
        finally:
            unlock = SQL("SELECT pg_advisory_unlock%s", key)
            try:
                self.env.cr.execute(unlock)
            except InFailedSqlTransaction:
                self.env.cr.rollback()
                self.env.cr.execute(unlock)

    def _checkpoint(self):
        """Make what was done so far last, whatever happens after."""
        self.env.flush_all()
        if not self._is_testing():
            self.env.cr.commit()  # pylint: disable=invalid-commit
        self.env.invalidate_all()

    def _is_testing(self):
        from odoo.modules import module

        return bool(module.current_test)

    def _with_shape_memory(self):
        """Let the batches that follow share the prototypes of their invoices, and know how long
        posting takes."""
        return self.with_context(
            power_shape_memory=self.env["power.bill"]._new_shape_memory(),
            power_post_pace=Pace(POST_FIRST, POST_SECONDS),
        )

    def _process_all(self, commit=False):
        """Do the whole run at once, without the background: start, rate and post.

        :param bool commit: make each batch last; by default the caller's transaction holds all
        """
        for run in self._with_shape_memory():
            with run._exclusive(commit=commit):
                if run.state == "draft":
                    run._start()
                while run.state in ("rating", "rated", "posting"):
                    if run.state == "rated":
                        run._set_state("posting")
                    run._process_batch()
                    if commit:
                        run._checkpoint()

    def _process_batch(self):
        """Rate or post the next batch, or go on to the next state.

        :return: how many bills were handled; None when all that are left are in others' hands
        """
        self.ensure_one()
        done = self._do_batch(self.state)
        if done:
            return done
        left = self._get_batch_domain(_SOURCES[self.state])
        if self.env["power.bill"].search_count(left, limit=1):
            return None
        return self._advance_alone()

    def _do_batch(self, state):
        """Rate or post the next batch, whatever the run's state.

        :param str state: of a run that does so: "rating" or "posting"
        :return: how many bills were handled
        """
        bills = self._claim_bills(_SOURCES[state])
        process = {"rating": self._rate_batch, "posting": self._post_batch}[state]
        if bills:
            # Thousands of small objects that live until the batch is written: the collector
            # would look at them again and again and find nothing.
            with disabling_gc():
                process(bills)
        return len(bills)

    def _get_batch_domain(self, source):
        """Return the domain of this run's bills that are next, in state ``source``."""
        return Domain("run_id", "=", self.id) & Domain("state", "=", source)

    def _claim_bills(self, source):
        """Lock the next batch until the end of the transaction, passing over others' batches.

        A payer's bills come together: they meet on statements and in credit.
        """
        query = self.env["power.bill"]._search(
            self._get_batch_domain(source),
            order="partner_id.id, id",
            limit=self._get_claim_size(source),
        )
        return self._lock_bills(query)

    def _get_batch_size(self):
        return self.company_id.power_bill_batch or BATCH

    def _get_claim_size(self, source):
        """Return how many bills of a state to take at once."""
        size, pace = self._get_batch_size(), self.env.context.get("power_post_pace")
        return pace.choose(size) if pace and source == _SOURCES["posting"] else size

    @api.model
    def _lock_bills(self, query):
        """Lock the bills of a query until the end of the transaction, passing over locked ones.

        :raises SerializationFailure: when somebody has just changed one; begin a new transaction
        """
        lock = SQL("%s FOR NO KEY UPDATE OF power_bill SKIP LOCKED", query.select())
        self.env.flush_query(lock)
        self.env.cr.execute(lock, log_exceptions=False)
        return self.env["power.bill"].browse([bill_id for (bill_id,) in self.env.cr.fetchall()])

    def _advance_alone(self):
        """Go on to the next state, unless somebody else is just doing so.

        :return: 0; None when it is in others' hands
        :raises SerializationFailure: when somebody has just done so; begin a new transaction
        """
        self.env.cr.execute(
            "SELECT FROM power_bill_run WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED",
            [self.id],
            log_exceptions=False,
        )
        if not self.env.cr.rowcount:
            return None
        self._advance()
        return 0

    def _advance(self):
        if self.state == "rating":
            self._refresh_totals()
            self._set_state("rated")
            if self.auto_post:
                self._set_state("posting")
        else:
            self._refresh_totals()
            self._set_state("done", date_finished=fields.Datetime.now())

    def _rate_batch(self, bills):
        try:
            with self.env.cr.savepoint():
                bills._rate_bills()
                self.env.flush_all()
        except TransactionRollbackError:
            raise
        except Exception:  # whatever is wrong with one point, the others are billed
            _logger.info("Bill run %s: a batch is rated one by one.", self.name, exc_info=True)
            self.env.invalidate_all()
            for bill in bills:
                self._rate_alone(bill)

    def _rate_alone(self, bill):
        try:
            with self.env.cr.savepoint():
                bill._rate_bills()
                self.env.flush_all()
        except Exception as error:  # noqa: BLE001 - one bad point never stops the run
            self.env.invalidate_all()
            bill._fail("data", str(error))

    def _post_batch(self, bills):
        started, pace = time.monotonic(), self.env.context.get("power_post_pace")
        bills._post_isolated()
        if pace:
            pace.note(len(bills), time.monotonic() - started)

    def _refresh_totals(self):
        """Keep this run's totals by category beside those of the month before."""
        self.ensure_one()
        before = self._get_date_before()
        bills = self.env["power.bill"]
        aggregates = ["__count", "kwh:sum", "amount_total:sum"]
        states = ("rated", "posted")
        now = bills._read_group(
            [("run_id", "=", self.id), ("state", "in", states)],
            ["usage_category_id"],
            aggregates,
        )
        points = bills._search([("run_id", "=", self.id)]).subselect("supply_point_id")
        last = bills._read_group(
            [
                ("company_id", "=", self.company_id.id),
                ("period_to", ">=", before),
                ("period_to", "<", self.date_from),
                ("state", "in", states),
                ("supply_point_id", "in", points),
            ],
            ["usage_category_id"],
            aggregates,
        )
        last = {category.id: values for category, *values in last}
        self.total_ids.unlink()
        self.env["power.bill.run.total"].create(
            [
                {
                    "run_id": self.id,
                    "usage_category_id": category.id,
                    "bill_count": count,
                    "kwh": kwh,
                    "amount_total": amount,
                    "last_bill_count": last.get(category.id, (0, 0, 0))[0],
                    "last_kwh": last.get(category.id, (0, 0, 0))[1],
                    "last_amount_total": last.get(category.id, (0, 0, 0))[2],
                }
                for category, count, kwh, amount in now
            ]
        )

    def _get_date_before(self):
        """Return the first day of what the run's totals are compared with."""
        return self.date_from - relativedelta(months=1)

    # === Background === #

    def _trigger_cron(self):
        for name in ("ir_cron_continue_runs", "ir_cron_continue_runs_beside"):
            cron = self.env.ref(f"power_billing.{name}", raise_if_not_found=False)
            if cron:
                cron.sudo()._trigger()

    def _cron_continue_runs(self):
        """Go on with started runs, batch by batch, each committed; called until nothing is left.

        Several may do so at once, on one server or on several: they share the bills of a run.
        """
        for run in self.search([("state", "in", ("rating", "posting"))], order="id"):
            try:
                if not run._work(run._report_to_cron):
                    return
            except UserError:
                _logger.info("Bill run %s is being processed elsewhere.", run.name)

    def _report_to_cron(self, done):
        remaining = self._count_remaining() or int(self._is_working())
        return self.env["ir.cron"]._commit_progress(done, remaining=remaining)

    def _work(self, report):
        """Go on until the run rests; others may do so at the same time.

        :param report: called with the number of bills done after each batch, to commit; false
            when the time is up
        :return: whether there is time left
        """
        run = self._with_shape_memory()
        while self._is_working():
            state = self.state
            with self._exclusive(shared=True), run._helped() as helper:
                while self.state == state:
                    done = run._process_next()
                    self.invalidate_recordset()
                    if not report((done or 0) + helper.take_done()):
                        return False
                    if done is None:
                        time.sleep(WAIT_SECONDS)
            report(helper.take_done())
        return True

    def _helped(self):
        """Let a second thread do batches too, where there is more than one.

        :rtype: BatchHelper
        """
        is_worth = not self._is_testing() and self._count_remaining() > self._get_batch_size()
        return BatchHelper(self, is_worth)

    def _process_next(self):
        """Process a batch; where nobody approves the run, what was rated is posted at once, while
        others rate.

        :return: as ``_process_batch`` does
        """
        state = self.state
        done = self._process_beside(type(self)._process_batch, posts=state == "posting")
        if done and state == "rating" and self.auto_post:
            done += self._post_as_many(done)
        return done

    def _post_as_many(self, count):
        """Post as many bills as were rated just now, while others rate.

        :return: how many were posted; fewer where others took them
        """
        posted = 0
        while posted < count:
            self._checkpoint()
            done = self._process_beside(lambda run: run._do_batch("posting"), posts=True)
            if not done:
                break
            posted += done
        return posted

    def _process_beside(self, process, posts):
        """Process a batch while others process theirs; begin anew when they changed what it reads.

        :param process: called with the run; returns how many bills were handled
        :param bool posts: whether that is posting
        :return: that number; None when it has to be tried again
        """
        shared = self.with_context(power_numbers_shared=not self._is_testing())
        try:
            done = process(shared)
            self.env.flush_all()
        except TransactionRollbackError:
            if self._is_testing():
                raise
            self._begin_anew()
            return self._post_alone() if posts else None
        return done

    def _post_alone(self):
        """Post a batch that depends on those of others: wait for theirs, keep them waiting until
        it is committed."""
        key = SQL("(%s, %s)", NUMBER_LOCK_CLASS, self.journal_id.id)
        self.env.cr.execute(SQL("SELECT pg_advisory_lock%s", key))
        try:
            self._begin_anew()
            done = self._do_batch("posting") if self._is_working() else 0
            self._checkpoint()
            return done
        except TransactionRollbackError:
            return None
        finally:
            self._begin_anew()
            self.env.cr.execute(SQL("SELECT pg_advisory_unlock%s", key))

    def _begin_anew(self):
        self.env.cr.rollback()
        self.env.invalidate_all(flush=False)

    def _is_working(self):
        return self.state in ("rating", "posting")

    def _count_remaining(self):
        """Return how many bills are still to be rated or posted."""
        posts = self.state == "posting" or self.auto_post
        return self.draft_count + (self.rated_count if posts else 0)
