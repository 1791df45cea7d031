from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

_DAY = timedelta(days=1)


class AccountMove(models.Model):
    """A service invoice that is paid with the electricity bill waits for the next statement.

    It is posted and in the books from its own day; only its due day and its way to the customer
    wait. Where no bill comes in time it goes to the customer by itself.
    """

    _inherit = "account.move"

    power_statement_id = fields.Many2one(
        comodel_name="power.bill.statement",
        string="Consolidated bill",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    power_statement_until = fields.Date(
        string="Waits for the electricity bill until",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Where no electricity bill is posted by this day, the invoice goes apart.",
    )

    # === POSTING === #

    def _follow_service_posting(self):
        result = super()._follow_service_posting()
        services = self.invoice_line_ids.filtered("contract_line_id").move_id
        services.filtered(lambda move: move._goes_with_bill())._wait_for_bill()
        return result

    def _goes_with_bill(self):
        """Whether the customer wants this invoice on its electricity bill.

        What a deposit has paid already needs no bill; another currency finds no room on it.
        """
        self.ensure_one()
        contracts = self._get_power_contracts()
        return (
            self.move_type == "out_invoice"
            and self.amount_residual > 0
            and self.currency_id == self.company_id.currency_id
            and set(contracts.mapped("power_invoicing")) == {"bill"}
        )

    def _wait_for_bill(self):
        """Until its last day of waiting; from then on the customer has its own days to pay."""
        for move in self:
            own = (move.invoice_date_due or move.invoice_date) - move.invoice_date
            until = move.invoice_date + move.company_id.power_statement_wait * _DAY
            move.power_statement_until = until
            move._set_power_due(until + _DAY + own)

    def _set_power_due(self, day):
        """Move the due day of a posted invoice; its amounts stay as they are."""
        self.ensure_one()
        move = self.with_context(skip_invoice_sync=True)
        terms = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
        terms.date_maturity = day
        move.invoice_date_due = day

    def button_draft(self):
        self._leave_statement()
        return super().button_draft()

    def _leave_statement(self):
        """What is no longer posted is on no statement and waits for none."""
        moves = self.filtered(lambda move: move.power_statement_id or move.power_statement_until)
        for statement, own in moves.sudo().grouped("power_statement_id").items():
            own.write({"power_statement_id": False, "power_statement_until": False})
            statement._register_change(
                self.env._("Taken off: %s", ", ".join(own.mapped(lambda move: move.name or "")))
            )

    # === WAITING === #

    @api.model
    def _get_waiting_domain(self, companies):
        return (
            Domain("power_statement_until", "!=", False)
            & Domain("state", "=", "posted")
            & Domain("company_id", "in", companies.ids)
        )

    def _join_statement(self, statement):
        """Put waiting invoices on a statement; what it asks for is due on its day.

        :param statement: ``power.bill.statement``, with bills posted
        """
        due = statement._find_due(statement.live_bill_ids)
        joining = self.filtered(lambda move: due and move.invoice_date <= due)
        for move in joining:
            move.write({"power_statement_id": statement.id, "power_statement_until": False})
            move._set_power_due(due)
        statement._register_change(
            self.env._("Added: %s", ", ".join(joining.mapped("name"))) if joining else None
        )

    def _go_apart(self, note):
        """End the waiting: the customer is asked for these invoices by themselves."""
        if self:
            self.write({"power_statement_until": False})
            self._message_log_batch(bodies=dict.fromkeys(self.ids, note))
            self._queue_power_sending()

    def _filter_power_sent(self):
        return super()._filter_power_sent().filtered(lambda move: not move.power_statement_until)

    @api.model
    def _cron_end_waiting(self):
        """Daily: invoices whose electricity bill did not come go to the customer apart."""
        waiting = self._read_group([("power_statement_until", "!=", False)], ["company_id"])
        for (company,) in waiting:
            today = company._get_power_today()
            late = Domain("power_statement_until", "<", today)
            moves = self.search(self._get_waiting_domain(company) & late)
            moves._go_apart(self.env._("No electricity bill came: this invoice is paid by itself."))
