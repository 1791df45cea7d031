from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools import deferral

_BATCH = 200


class PowerContractDeferral(models.Model):
    """What a month earns of an invoice paid in advance; negative, what a credit takes back.

    The invoice posts to the deferred income account of the company; at the end of each month an
    entry takes the month's share from there to the income account.
    """

    _name = "power.contract.deferral"
    _inherit = ["power.contract.workbook"]
    _description = "Deferred income"
    _order = "date, contract_id, id"
    _check_company_auto = True

    contract_id = fields.Many2one(
        "contract.contract", required=True, index=True, readonly=True, ondelete="restrict"
    )
    contract_line_id = fields.Many2one(
        "contract.line",
        string="Service",
        required=True,
        index=True,
        readonly=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(
        related="contract_id.partner_id", string="Customer", store=True, index=True
    )
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Invoice line",
        required=True,
        index=True,
        readonly=True,
        ondelete="cascade",
    )
    invoice_id = fields.Many2one(related="move_line_id.move_id", string="Invoice", store=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(string="Income of", required=True, index=True, readonly=True)
    date_from = fields.Date(string="Days from", required=True, readonly=True)
    date_to = fields.Date(string="Days until", required=True, readonly=True)
    amount = fields.Monetary(required=True, readonly=True)
    income_account_id = fields.Many2one(
        "account.account", required=True, readonly=True, check_company=True
    )
    move_id = fields.Many2one(
        "account.move",
        string="Entry",
        index="btree_not_null",
        readonly=True,
        ondelete="set null",
        check_company=True,
    )
    is_cancelled = fields.Boolean(readonly=True)
    state = fields.Selection(
        [("waiting", "Deferred"), ("posted", "Recognised"), ("cancelled", "Credited")],
        string="Status",
        compute="_compute_state",
        store=True,
        index=True,
    )
    error = fields.Char(string="Not posted because", readonly=True)

    @api.depends("move_id", "is_cancelled")
    def _compute_state(self):
        for row in self:
            row.state = "cancelled" if row.is_cancelled else "posted" if row.move_id else "waiting"

    @api.depends("contract_id", "date")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.contract_id.display_name} {row.date:%Y-%m}"

    def _to_part(self):
        self.ensure_one()
        rounding = Decimal(str(self.currency_id.rounding))
        amount = Decimal(str(self.amount)).quantize(rounding)
        return deferral.Part(self.date_from, self.date_to, amount)

    # === CREDIT === #

    def _cancel_out(self):
        """A month credited whole before its entry needs none any more."""
        for row in self.filtered(lambda row: row.amount < 0):
            twin = self.search(row._get_twin_domain(), limit=1)
            if twin:
                (row + twin).is_cancelled = True

    def _get_twin_domain(self):
        self.ensure_one()
        return (
            Domain("contract_line_id", "=", self.contract_line_id.id)
            & Domain("date", "=", self.date)
            & Domain("date_from", "=", self.date_from)
            & Domain("date_to", "=", self.date_to)
            & Domain("amount", "=", -self.amount)
            & Domain("state", "=", "waiting")
        )

    def _restore_others(self):
        """The credit is taken back: its months wait again."""
        for row in self.filtered(lambda row: row.is_cancelled and row.amount < 0):
            domain = row._get_twin_domain().map_conditions(
                lambda one: Domain("state", "=", "cancelled") if one.field_expr == "state" else one
            )
            self.search(domain, limit=1).is_cancelled = False

    # === ENTRIES === #

    @api.model
    def _cron_recognise(self):
        """Daily: post the income of the months that are over, one entry a month and batch."""
        today = self.env.company._get_power_today()
        due = self.search([("state", "=", "waiting"), ("date", "<=", today)])
        groups = due.grouped(lambda row: (row.company_id, row.date))
        for rows in groups.values():
            for start in range(0, len(rows), _BATCH):
                batch = rows[start : start + _BATCH]
                batch._recognise_safely()
                due -= batch
                self.env["ir.cron"]._commit_progress(len(batch), remaining=len(due))

    def action_recognise(self):
        """Post what is chosen and over, without waiting for the night."""
        self.check_access("write")
        today = self.env.company._get_power_today()
        due = self.sudo().filtered(lambda row: row.state == "waiting" and row.date <= today)
        if not due:
            raise UserError(
                self.env._("Nothing chosen is due: income is recognised when its month is over.")
            )
        for rows in due.grouped(lambda row: (row.company_id, row.date)).values():
            rows._recognise()
        return True

    def _recognise_safely(self):
        """Post together; where that fails, contract by contract, and keep the reason."""
        try:
            with self.env.cr.savepoint():
                self._recognise()
            return
        except Exception:  # noqa: BLE001 - whatever is wrong with one stops no other
            self.env.invalidate_all()
        for rows in self.grouped("contract_id").values():
            try:
                with self.env.cr.savepoint():
                    rows._recognise()
            except Exception as error:  # noqa: BLE001
                self.env.invalidate_all()
                rows.error = str(error)

    def _recognise(self):
        """Post one entry for rows of one company and month."""
        move = self.env["account.move"].create(self._prepare_move_vals())
        move._post(soft=False)
        self.write({"move_id": move.id, "error": False})
        return move

    def _prepare_move_vals(self):
        """Hook: the entry; a month whose books are closed goes to the first open day."""
        company = self.company_id
        journal = company._get_power_deferral_journal()
        if not journal:
            raise UserError(
                self.env._(
                    "%(company)s has no journal for miscellaneous entries. Make one, or choose it "
                    "in the settings.",
                    company=company.name,
                )
            )
        day, closed = self[0].date, company._get_user_fiscal_lock_date(journal)
        return {
            "move_type": "entry",
            "journal_id": journal.id,
            "company_id": company.id,
            "date": day if day > closed else fields.Date.add(closed, days=1),
            "ref": self.env._("Income of service contracts, %(month)s", month=f"{day:%Y-%m}"),
            "line_ids": [
                fields.Command.create(vals) for row in self for vals in row._prepare_entry_vals()
            ],
        }

    def _prepare_entry_vals(self):
        """Hook: from deferred income to income; the income alone bears the analytic accounts."""
        self.ensure_one()
        contract = self.contract_id
        common = {
            "name": f"{contract.code or contract.name} {self.contract_line_id.name}",
            "partner_id": self.partner_id.id,
        }
        return [
            {
                **common,
                "account_id": self.move_line_id.account_id.id,
                "balance": self.amount,
            },
            {
                **common,
                "account_id": self.income_account_id.id,
                "balance": -self.amount,
                "analytic_distribution": self.move_line_id.analytic_distribution,
            },
        ]

    @api.model
    def _get_balances(self, contracts):
        """Return {contract id: income that still waits}, in the currency of the books."""
        groups = self.sudo()._read_group(
            [("contract_id", "in", contracts.ids), ("state", "=", "waiting")],
            ["contract_id"],
            ["amount:sum"],
        )
        return defaultdict(float, {contract.id: amount for contract, amount in groups})

    def action_open_invoice(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "view_mode": "form",
            "res_id": self.invoice_id.id,
        }
