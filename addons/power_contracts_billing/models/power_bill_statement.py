from odoo import api, fields, models


class PowerBillStatement(models.Model):
    """Carries the service invoices of payers who want them with their electricity bill."""

    _inherit = "power.bill.statement"

    service_ids = fields.One2many(
        comodel_name="account.move",
        inverse_name="power_statement_id",
        string="Services",
        readonly=True,
    )

    @api.depends("service_ids.state", "service_ids.payment_state", "service_ids.amount_residual")
    def _compute_totals(self):
        result = super()._compute_totals()
        for statement in self:
            statement._add_services(statement._get_services())
        return result

    def _add_services(self, services):
        """Count invoices of services among what is to pay (its due day as well)."""
        if not services:
            return
        opened = services.filtered(lambda move: move.amount_residual > 0)
        bills_open = self.amount_residual > 0
        dues = [self.date_due] if bills_open or not opened else []
        dues += opened.mapped("invoice_date_due") if opened else services.mapped("invoice_date_due")
        self.amount_total += sum(services.mapped("amount_total"))
        self.amount_residual += sum(services.mapped("amount_residual"))
        self.date_due = min(filter(None, dues), default=False)
        is_open = self.currency_id.compare_amounts(self.amount_residual, 0.0) > 0
        self.state = "open" if is_open else "paid"

    def _get_services(self):
        """Return the service invoices that count, by number (sudo)."""
        self.ensure_one()
        return (
            self.sudo()
            .service_ids.filtered(
                lambda move: move.state == "posted" and move.payment_state != "reversed"
            )
            .sorted(lambda move: (move.invoice_date, move.id))
        )

    # === MADE FROM BILLS === #

    @api.model
    def _gather(self, bills):
        statements = super()._gather(bills)
        statements._take_services()
        return statements

    def _take_services(self):
        """Put what waits for a bill of these payers on their latest statement."""
        moves = self.env["account.move"].sudo()
        domain = moves._get_waiting_domain(self.company_id) & fields.Domain(
            "commercial_partner_id", "in", self.partner_id.commercial_partner_id.ids
        )
        waiting = moves.search(domain) if self else moves
        for statement in self.sorted("period", reverse=True) if waiting else ():
            own = waiting.filtered(lambda move, target=statement: target._is_for(move))
            own._join_statement(statement)
            waiting -= own.filtered("power_statement_id")

    def _is_for(self, move):
        """Hook: whether a waiting invoice belongs on this statement: the same payer and company."""
        self.ensure_one()
        return (
            move.company_id == self.company_id
            and move.commercial_partner_id == self.partner_id.commercial_partner_id
        )

    # === PAYING === #

    def _get_payable_moves(self):
        services = self.sudo().service_ids.filtered(
            lambda move: (
                move.state == "posted" and move.amount_residual > 0 and move._has_to_be_paid()
            )
        )
        moves = super()._get_payable_moves() | services
        return moves.sorted(lambda move: (move.invoice_date_due or move.date, move.id))

    # === WHAT IT SHOWS === #

    def _get_charge_rows(self):
        services = self._get_services()
        rows = super()._get_charge_rows()
        if services:
            rows.append((self.env._("Services"), sum(services.mapped("amount_total"))))
        return rows

    def _get_service_name(self, move):
        """Return the contracts that an invoice is for, in words."""
        contracts = move._get_power_contracts()
        return ", ".join(contracts.mapped("name"))
