import logging

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

BATCH = 200
RUN_NOW_SECONDS = 20


class PowerLateFeeRun(models.Model):
    """The late fees of a company up to a day: proposed, looked at, then invoiced.

    Both halves go in batches, each its own transaction, and know where they stood: computing
    goes on after the last bill it looked at, invoicing with the fees still proposed.
    """

    _name = "power.late.fee.run"
    _description = "Late Fee Run"
    _inherit = ["power.state.mixin", "mail.thread"]
    _order = "date desc, id desc"
    _check_company_auto = True

    _TRANSITIONS = {
        "draft": ("computing", "cancelled"),
        "computing": ("computed", "cancelled"),
        "computed": ("computing", "invoicing", "cancelled"),
        "invoicing": ("done",),
        "done": ("invoicing",),
        "cancelled": (),
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
    date = fields.Date(
        string="Count until",
        required=True,
        default=lambda self: self.env.company._get_power_today(),
        help="Last day that is counted of what is still open.",
    )
    invoice_date = fields.Date("Invoice date", required=True, default=fields.Date.context_today)
    settled_only = fields.Boolean(
        string="Only paid bills",
        compute="_compute_settled_only",
        store=True,
        readonly=False,
        precompute=True,
        help="Only bills that are paid in full, whose last day is known.",
    )
    partner_ids = fields.Many2many(
        comodel_name="res.partner", string="Only these payers", help="Empty: all payers."
    )
    state = fields.Selection(
        selection=[
            ("draft", "New"),
            ("computing", "Computing"),
            ("computed", "To approve"),
            ("invoicing", "Invoicing"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        readonly=True,
        index=True,
        tracking=True,
    )
    last_bill_id = fields.Integer(
        string="Computed up to", readonly=True, copy=False, help="Number of the last bill."
    )
    fee_ids = fields.One2many(
        comodel_name="power.late.fee", inverse_name="run_id", string="Late fees"
    )
    fee_count = fields.Integer(string="Late fees count", compute="_compute_counts")
    proposed_count = fields.Integer(string="Proposed", compute="_compute_counts")
    held_count = fields.Integer(string="Held", compute="_compute_counts")
    failed_count = fields.Integer(string="Failed", compute="_compute_counts")
    invoiced_count = fields.Integer(string="Invoiced", compute="_compute_counts")
    amount_total = fields.Monetary(string="Total", compute="_compute_counts")
    amount_waived = fields.Monetary(string="Waived", compute="_compute_counts")

    @api.depends("date")
    def _compute_name(self):
        for run in self:
            run.name = self.env._(
                "Late fees until %(date)s", date=fields.Date.to_string(run.date) or ""
            )

    @api.depends("company_id")
    def _compute_settled_only(self):
        for run in self:
            run.settled_only = run.company_id.power_late_fee_settled_only

    @api.depends("fee_ids.state", "fee_ids.amount", "fee_ids.amount_waived")
    def _compute_counts(self):
        groups = self.env["power.late.fee"]._read_group(
            [("run_id", "in", self.ids), ("state", "!=", "cancelled")],
            ["run_id", "state"],
            ["__count", "amount:sum", "amount_waived:sum"],
        )
        for run in self:
            own = {state: values for fee_run, state, *values in groups if fee_run == run}
            run.fee_count = sum(values[0] for values in own.values())
            run.amount_total = sum(values[1] for values in own.values())
            run.amount_waived = sum(values[2] for values in own.values())
            for state in ("proposed", "held", "failed", "invoiced"):
                run[f"{state}_count"] = own.get(state, [0])[0]

    # === Buttons === #

    def action_compute(self):
        """Compute the proposal: at once as far as it goes in a while, the rest behind."""
        for run in self:
            run.company_id._get_late_fee_rules()
            run._set_state("computing")
        self._run_now()

    def action_invoice(self):
        """Make the invoices of what is proposed."""
        self.env["account.move"].check_access("create")
        for run in self:
            run.company_id._power_require_setup()
            if not run.proposed_count:
                raise UserError(
                    self.env._(
                        "“%(run)s” has no proposed fee. Release what is held, or cancel the run.",
                        run=run.name,
                    )
                )
            run._set_state("invoicing")
        self._run_now()

    def action_retry_failed(self):
        self.fee_ids.filtered(lambda fee: fee.state == "failed")._set_state("proposed")
        self.action_invoice()

    def action_cancel(self):
        """Drop the proposal; what is invoiced stays."""
        for run in self:
            run._set_state("cancelled")
            run.fee_ids.filtered(lambda fee: fee.state in fee._OPEN_STATES)._set_state("cancelled")

    def action_view_fees(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "power_billing.power_late_fee_action"
        )
        return {**action, "domain": [("run_id", "=", self.id)], "context": {}}

    # === Engine === #

    def _run_now(self):
        """Work for a while in the user's transaction, then leave the rest to the background."""
        deadline = fields.Datetime.now() + relativedelta(seconds=RUN_NOW_SECONDS)
        for run in self:
            while run._process_batch():
                if fields.Datetime.now() > deadline:
                    self.env.ref("power_billing.ir_cron_late_fees").sudo()._trigger()
                    return

    def _cron_continue(self):
        """Go on with runs in progress, a committed batch at a time."""
        cron = self.env["ir.cron"]
        for run in self.search([("state", "in", ("computing", "invoicing"))], order="id"):
            while run._process_batch():
                if not cron._commit_progress(1, remaining=1):
                    return
            cron._commit_progress(1)

    def _cron_propose(self):
        """Make and compute the proposals that companies want by the calendar."""
        today = self.env.company._get_power_today()
        companies = self.env["res.company"].search([("power_late_fee_interval", "!=", "none")])
        for company in companies:
            # A first on which the server was down is made up for on the next day.
            monthly = company.power_late_fee_interval == "monthly"
            since = today.replace(day=1) if monthly else today
            if self.search_count([("company_id", "=", company.id), ("date", ">=", since)], limit=1):
                continue
            run = self.with_company(company).create({"company_id": company.id, "date": today})
            run.with_company(company)._set_state("computing")
        self.env.ref("power_billing.ir_cron_late_fees")._trigger()

    def _process_batch(self):
        """Compute or invoice the next batch, or go on to the next state.

        :return: whether there may be more to do
        """
        self.ensure_one()
        if self.state == "computing":
            return self._compute_batch()
        if self.state == "invoicing":
            return self._invoice_batch()
        return False

    def _compute_batch(self):
        bills = self.env["power.bill"].browse(self._fetch_bill_ids())
        if not bills:
            self._set_state("computed")
            return False
        fees = self.env["power.late.fee"].with_context(**bills._get_quiet_context())
        fees._propose(bills, self.date, self)
        self.last_bill_id = bills[-1].id
        return True

    def _fetch_bill_ids(self):
        """Return the next bills that were open beyond a due date, in their own order.

        A bill that is proposed elsewhere waits for that; one charged before is looked at again.
        """
        self.env["power.bill"].flush_model()
        self.env["power.late.fee"].flush_model()
        self.env["account.move.line"].flush_model(["date", "date_maturity", "display_type"])
        self.env["account.partial.reconcile"].flush_model()
        payers = (
            SQL("AND b.partner_id = ANY(%s)", self.partner_ids.ids) if self.partner_ids else SQL()
        )
        settled = SQL("AND b.amount_residual = 0") if self.settled_only else SQL()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT b.id
                  FROM power_bill b
                 WHERE b.company_id = %(company)s
                   AND b.id > %(last)s
                   AND b.state IN ('posted', 'cancelled')
                   AND b.move_id IS NOT NULL
                   %(payers)s %(settled)s
                   AND NOT EXISTS (
                       SELECT 1 FROM power_late_fee f
                        WHERE f.bill_id = b.id AND f.state IN ('held', 'proposed', 'failed'))
                   AND (EXISTS (
                            SELECT 1
                              FROM account_move_line l
                         LEFT JOIN account_partial_reconcile p ON p.debit_move_id = l.id
                         LEFT JOIN account_move_line c ON c.id = p.credit_move_id
                             WHERE l.move_id = b.move_id
                               AND l.display_type = 'payment_term'
                               AND l.date_maturity < %(until)s
                               AND (b.amount_residual > 0 OR c.date > l.date_maturity))
                        OR EXISTS (
                            SELECT 1 FROM power_late_fee f
                             WHERE f.bill_id = b.id AND f.state IN ('invoiced', 'waived')))
              ORDER BY b.id
                 LIMIT %(limit)s
                """,
                company=self.company_id.id,
                last=self.last_bill_id or 0,
                payers=payers,
                settled=settled,
                until=self.date,
                limit=BATCH,
            )
        )
        return [bill_id for (bill_id,) in rows]

    def _invoice_batch(self):
        domain = Domain("run_id", "=", self.id) & Domain("state", "=", "proposed")
        fees = self.env["power.late.fee"].search(domain, order="partner_id, id", limit=BATCH)
        # One payer's fees go on one invoice, so they stay in one batch.
        fees |= fees.search(domain & Domain("partner_id", "in", fees[-1:].partner_id.ids))
        if not fees:
            self._set_state("done")
            return False
        for partner in fees.partner_id:
            self._invoice_isolated(fees.filtered(lambda fee, own=partner: fee.partner_id == own))
        return True

    def _invoice_isolated(self, fees):
        try:
            with self.env.cr.savepoint():
                fees._invoice()
                self.env.flush_all()
        except Exception as error:  # one payer's bad data never stops the others
            _logger.info("Late fees of %s are not invoiced.", self.name, exc_info=True)
            self.env.invalidate_all()
            fees.write({"state": "failed", "failure_reason": str(error)})
