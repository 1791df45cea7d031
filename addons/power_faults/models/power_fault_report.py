import contextlib
import logging
import time
from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.fields import Domain
from odoo.http import request
from odoo.tools import SQL, json_default

_logger = logging.getLogger(__name__)
_LOCK = (190_502, 0)
_BATCH = 200
_GATHER_SECONDS = 0.3
# Faults are made within two seconds. What waits longer has nobody who works it off.
_PATIENCE_SECONDS = 30
_WOKEN_SECONDS = 3
_KEPT_DAYS = 7


class PowerFaultReport(models.Model):
    """A report of another system as it came in, kept at once and made a fault together with others.

    It has the number of its fault from the first moment. A row that was taken stays for a week, so
    that a report sent again is known before and after its fault is there.
    """

    _name = "power.fault.report"
    _description = "Report that came in"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(string="Number", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    channel_id = fields.Many2one(
        "power.fault.channel",
        string="Sent by",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    report_key = fields.Char(string="Report key", readonly=True)
    report_digest = fields.Char(readonly=True)
    place_key = fields.Char(string="Place", readonly=True)
    outcome = fields.Selection(
        [("new", "New fault"), ("same_call", "Same place again")], required=True, readonly=True
    )
    vals = fields.Json(string="Content", readonly=True)
    content = fields.Text(string="What was reported", compute="_compute_content")
    state = fields.Selection(
        [("waiting", "Waiting"), ("done", "Taken"), ("failed", "Not taken")],
        string="Status",
        required=True,
        default="waiting",
        readonly=True,
    )
    error = fields.Text(string="Why not", readonly=True)
    fault_id = fields.Many2one("power.fault", readonly=True, index="btree_not_null")

    _sender_key_uniq = models.UniqueIndex(
        "(report_key, channel_id) WHERE report_key IS NOT NULL", "This report was taken already."
    )
    _waiting_idx = models.Index("(id) WHERE state = 'waiting'")
    _place_idx = models.Index("(place_key) WHERE state = 'waiting'")
    # Who reports a place at the same moment as another, and does not see it yet, begins anew.
    _place_uniq = models.UniqueIndex(
        "(place_key) WHERE state = 'waiting' AND outcome = 'new'",
        "This place was reported by another at the same moment.",
    )

    @api.depends("vals")
    def _compute_content(self):
        for report in self:
            report.content = "\n".join(
                f"{name}: {value}" for name, value in (report.vals or {}).items() if value
            )

    # === KEEPING === #

    @api.model
    def _keep(self, vals, place, key, outcome, number=None):
        """Keep a report, in one query; the scheduled action is woken when it is committed.

        :param dict vals: values of the fault, with channel and company
        :param str place: what tells one place from another, or None
        :param str number: of the fault that it is added to; a new one where there is none
        :return: the number of its fault
        :rtype: str
        """
        prepared = self._prepare_report_vals(vals, place, key, outcome)
        columns = {
            name: SQL("%s", self._fields[name].convert_to_column_insert(value, self))
            for name, value in prepared.items()
        }
        columns["name"] = self._get_number_sql(number)
        try:
            rows = self.env.execute_query(
                SQL(
                    "INSERT INTO power_fault_report (%s) VALUES (%s) RETURNING name",
                    SQL(", ").join(map(SQL.identifier, columns)),
                    SQL(", ").join(columns.values()),
                )
            )
        except UniqueViolation as error:
            if request:
                raise ConcurrencyError("The report was taken by another request") from error
            raise
        self._wake_later()
        return rows[0][0]

    @api.model
    def _get_number_sql(self, number):
        faults = self.env["power.fault"]
        drawn = None if number else self.env["ir.sequence"]._get_next_sql(faults._name)
        return drawn or SQL("%s", number or faults._draw_numbers(1)[0])

    @api.model
    def _prepare_report_vals(self, vals, place, key, outcome):
        """Return the values of the row, those that Odoo gives every record among them."""
        now = self.env.cr.now()
        return {
            "create_uid": self.env.uid,
            "create_date": now,
            "write_uid": self.env.uid,
            "write_date": now,
            "state": "waiting",
            "company_id": vals["company_id"],
            "channel_id": vals["channel_id"],
            "report_key": key,
            "report_digest": vals.get("report_digest"),
            "place_key": place,
            "outcome": outcome,
            "vals": {
                name: json_default(value) if hasattr(value, "isoformat") else value
                for name, value in vals.items()
            },
        }

    @api.model
    def _wake_later(self):
        """Wake the scheduled action once this transaction is committed."""
        self.env.cr.postcommit.add(self._wake)

    def _wake(self):
        """Wake the scheduled action, unless it will look at what is kept now anyway.

        It will where it is at work, for it looks again before it ends, and where it was woken a
        moment ago and has not begun: what woke it is deleted when it begins. Woken before, it may
        have died with its server.
        """
        cron_id = self.env["ir.model.data"]._xmlid_to_res_id("power_faults.ir_cron_group_reports")
        rows = self.env.execute_query(
            SQL(
                """
                SELECT pg_try_advisory_xact_lock_shared(%s, %s),
                       EXISTS (
                        SELECT FROM ir_cron_trigger
                         WHERE cron_id = %s AND xmax = 0  -- nobody is deleting it
                           AND call_at <= clock_timestamp() AT TIME ZONE 'UTC'
                           AND call_at > clock_timestamp() AT TIME ZONE 'UTC' - %s),
                       (SELECT extract(epoch FROM now() AT TIME ZONE 'UTC' - create_date)
                          FROM power_fault_report WHERE state = 'waiting' ORDER BY id LIMIT 1)
                """,
                *_LOCK,
                cron_id,
                timedelta(seconds=_WOKEN_SECONDS),
            )
        )
        ((nobody_watches, woken, seconds),) = rows
        abandoned = (seconds or 0) > _PATIENCE_SECONDS
        if not nobody_watches or (woken and not abandoned):
            return
        with self.env.registry.cursor() as cr:
            env = self.env(cr=cr)
            if abandoned:
                # the scheduler does not run: whoever reports next works off what waits
                env[self._name]._take_batch()
            if not woken:
                env["ir.cron"].sudo().browse(cron_id)._trigger()

    @api.model
    @contextlib.contextmanager
    def _watch(self):
        """Say that somebody works reports off. Who keeps one meanwhile wakes nobody, so look once
        more after this has ended."""
        with self.env.registry.cursor() as cr:
            cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", _LOCK)
            yield

    @api.model
    def _gather(self):
        """Wait a moment: what comes in meanwhile is taken together, at a fraction of the work."""
        time.sleep(_GATHER_SECONDS)

    # === TAKING === #

    @api.model
    def _has_waiting(self):
        return bool(self.sudo().search_count([("state", "=", "waiting")], limit=1))

    @api.model
    def _take_batch(self, limit=_BATCH):
        """Make faults of the reports that have waited longest.

        A place at which another transaction takes a report just now is left for the next time.

        :return: how many reports were taken
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                WITH oldest AS MATERIALIZED (
                    SELECT id, place_key FROM power_fault_report
                     WHERE state = 'waiting' ORDER BY id LIMIT %s
                       FOR UPDATE SKIP LOCKED
                )
                SELECT id FROM oldest
                 WHERE place_key IS NULL
                    OR pg_try_advisory_xact_lock(%s)
                """,
                limit,
                self.env["power.fault"]._get_lock_key(SQL("place_key")),
            )
        )
        reports = self.sudo().browse(sorted(id_ for (id_,) in rows))
        reports._take_each_company()
        return len(reports)

    @api.model
    def _settle(self, place):
        """Take at once what waits of a place, of which the caller holds the lock."""
        domain = Domain("place_key", "=", place) & Domain("state", "=", "waiting")
        waiting = self.sudo().search(domain, order="id")
        if waiting:
            waiting.lock_for_update()
            waiting._take_each_company()

    def _take_each_company(self):
        silent = self.with_context(tracking_disable=True)
        for company, of_company in silent.grouped("company_id").items():
            of_company.with_company(company)._take()

    def _take(self):
        """Make faults of these reports of one company; one that cannot be made stops no other."""
        try:
            with self.env.cr.savepoint():
                self._make_faults()
        except Exception as error:
            if len(self) > 1:
                for report in self:
                    report._take()
                return
            _logger.exception("Report %s of %s cannot be taken", self.name, self.channel_id.name)
            self.write({"state": "failed", "error": str(error)})
            self._warn_dispatcher()

    def _make_faults(self):
        """Make a fault of each report that was promised one, and add the others to theirs.

        Two who report a place at the same moment can both have been promised a number, where
        neither saw the other: both keep it, and one outage gathers them.
        """
        faults = self._get_faults()
        first = self.filtered(lambda report: report.outcome == "new")
        made = faults.create([report._prepare_fault_vals() for report in first])
        taken = dict(zip(first, made, strict=True))
        for report in self - first:
            taken[report] = report._add_to_place(faults)
        self._set_taken(taken)

    def _set_taken(self, taken):
        """Mark reports as taken, all in one query.

        :param dict taken: {report: its fault}
        """
        names = ["error", "fault_id", "state"]
        self.flush_recordset(names)
        self.env.cr.execute(
            SQL(
                """
                UPDATE power_fault_report report
                   SET state = 'done', fault_id = taken.fault_id, error = NULL,
                       write_date = %s, write_uid = %s
                  FROM unnest(%s, %s) AS taken(id, fault_id) WHERE taken.id = report.id
                """,
                self.env.cr.now(),
                self.env.uid,
                [report.id for report in taken],
                [fault.id for fault in taken.values()],
            )
        )
        self.invalidate_recordset([*names, "write_date", "write_uid"])

    def _get_faults(self):
        """Return the model of the faults as these reports make them; the caller groups them."""
        return (
            self.env["power.fault"]
            .sudo()
            .with_context(
                allowed_company_ids=self.company_id.ids,
                lang="en_US",
                tz=self.company_id._get_power_zone(),
                tracking_disable=True,
                power_group_later=True,
            )
        )

    def _prepare_fault_vals(self):
        """Hook: values of the fault of a report."""
        self.ensure_one()
        return {
            **self.vals,
            "name": self.name,
            "report_key": self.report_key,
            "date_reported": self.vals.get("date_reported") or self.create_date,
        }

    def _add_to_place(self, faults):
        """Add a call to the open fault of its place; where that has ended, it is a new one."""
        self.ensure_one()
        same = faults._find_same_call(self.vals)
        if same:
            same.with_context(tracking_disable=False)._add_call(self.vals)
            return same
        return faults.create([{**self._prepare_fault_vals(), "name": "/"}])

    # === WHAT COULD NOT BE TAKEN === #

    def _warn_dispatcher(self):
        for report in self:
            fault = self.env["power.fault"].new({"company_id": report.company_id.id})
            user = fault._get_warned_dispatcher()
            if user and not report.activity_ids:
                report.activity_schedule(
                    "mail.mail_activity_data_todo",
                    user_id=user.id,
                    summary=self.env._("Report %s could not be taken", report.name),
                )

    def action_take_again(self):
        """Try again what could not be taken, now that its cause is mended."""
        self.check_access("write")
        for report in self.sudo().filtered(lambda report: report.state == "failed"):
            report._take()
            if report.state == "done":
                report.activity_ids.action_feedback()
        self.env["power.outage"]._group_waiting()
        return True

    @api.autovacuum
    def _gc_taken(self):
        """Forget reports that were taken a week ago; their faults keep the key."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=_KEPT_DAYS)
        domain = [("state", "=", "done"), ("create_date", "<", limit)]
        self.sudo().search(domain, limit=10_000).unlink()
