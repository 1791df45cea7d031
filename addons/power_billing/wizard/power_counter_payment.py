import re

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain


class PowerCounterPayment(models.TransientModel):
    """The counter's form: find the customer, choose what is paid, take money, print."""

    _name = "power.counter.payment"
    _description = "Take a Payment"

    session_id = fields.Many2one(
        comodel_name="power.counter.session",
        required=True,
        default=lambda self: self.env["power.counter.session"]._get_own_open(),
    )
    company_id = fields.Many2one(related="session_id.company_id")
    currency_id = fields.Many2one(related="company_id.currency_id")
    query = fields.Char(
        string="Number",
        help="Customer, supply point, meter or bill number, payment reference, or the code on "
        "the bill; typed or scanned.",
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Customer",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
    )
    candidate_ids = fields.Many2many(
        comodel_name="res.partner",
        string="Payers",
        compute="_compute_candidate_ids",
        help="Who the number may mean: who pays now, and earlier payers of the supply point who "
        "still owe.",
    )
    has_choice = fields.Boolean(compute="_compute_candidate_ids")
    not_found = fields.Boolean(compute="_compute_not_found")
    line_ids = fields.One2many(
        comodel_name="power.counter.payment.line",
        inverse_name="wizard_id",
        string="Open items",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    amount_credit = fields.Monetary(string="Already on account", compute="_compute_credit")
    amount_due = fields.Monetary(string="To pay", compute="_compute_amount_due")
    allowed_journal_ids = fields.Many2many(
        comodel_name="account.journal", compute="_compute_allowed_journal_ids"
    )
    journal_id = fields.Many2one(
        comodel_name="account.journal",
        string="Payment method",
        domain="[('id', 'in', allowed_journal_ids)]",
        compute="_compute_journal_id",
        store=True,
        readonly=False,
    )
    is_cash = fields.Boolean(compute="_compute_allowed_journal_ids")
    amount = fields.Monetary(
        compute="_compute_amount",
        store=True,
        readonly=False,
        help="Less than what is to pay pays a part, the oldest bill first.",
    )
    amount_tendered = fields.Monetary(string="Handed over", help="Cash the customer gives.")
    amount_change = fields.Monetary(string="Change given", compute="_compute_amount_change")
    keep_credit = fields.Boolean(
        string="Keep the rest on account", help="Of an amount above what is to pay."
    )

    @api.depends("query")
    def _compute_partner_id(self):
        for wizard in self:
            if wizard.query:
                wizard.partner_id = wizard._find_payers(wizard.query)[:1]
            else:
                wizard.partner_id = wizard.partner_id

    @api.depends("query")
    def _compute_candidate_ids(self):
        for wizard in self:
            wizard.candidate_ids = wizard._find_payers(wizard.query or "")
            wizard.has_choice = len(wizard.candidate_ids) > 1

    @api.depends("query", "partner_id")
    def _compute_not_found(self):
        for wizard in self:
            wizard.not_found = bool(wizard.query and not wizard.partner_id)

    def _find_payers(self, query):
        """Return the payer that a typed or scanned number means, or nobody when it is unclear.

        The number of a supply point or meter means who pays now, first, and then those who paid
        before and still owe for it.
        """
        query = query.strip()
        # The code on a bill is the address of its page in the portal.
        scanned = re.search(r"/my/power/bills/(\d+)", query)
        company = Domain("company_id", "=", self.company_id.id or self.env.company.id)
        bills = self.env["power.bill"].sudo()
        statements = self.env["power.bill.statement"].sudo()
        if page := re.search(r"/my/power/statements/(\d+)", query):
            return statements.search(company & Domain("id", "=", int(page[1]))).partner_id
        if scanned:
            return bills.search(company & Domain("id", "=", int(scanned[1]))).partner_id
        digits = re.sub(r"[ -]", "", query)
        partners = self.env["res.partner"]
        for found in (
            partners.search([("power_customer_number", "=", query)], limit=2),
            bills.search(
                company & (Domain("payment_reference", "=", digits) | Domain("name", "=", query)),
                limit=2,
            ).partner_id,
            statements.search(
                company & (Domain("payment_reference", "=", digits) | Domain("name", "=", query)),
                limit=2,
            ).partner_id,
        ):
            if len(found) == 1:
                return found
        for point in (
            self.env["power.supply.point"]
            .sudo()
            .search(company & Domain("number", "=", query), limit=2),
            self.env["power.meter"]
            .sudo()
            .search(company & Domain("number", "=", query), limit=2)
            .supply_point_id,
        ):
            if len(point) == 1:
                return partners.concat(point._get_payer(), point._get_owing_payers()).with_env(
                    self.env
                )
        return partners

    @api.depends("partner_id", "session_id")
    def _compute_line_ids(self):
        for wizard in self:
            moves = wizard._get_open_moves()
            wizard.line_ids = [
                Command.clear(),
                *(Command.create(wizard._prepare_line_vals(move)) for move in moves),
            ]

    def _get_open_moves(self):
        if not self.partner_id or not self.company_id:
            return self.env["account.move"]
        return self.partner_id.sudo()._get_power_open_moves(self.company_id)

    def _prepare_line_vals(self, move):
        bill = move.power_bill_id
        return {
            "move_res_id": move.id,
            "name": bill.name or move.name,
            "supply_point": bill.supply_point_id.number,
            "date_due": move.invoice_date_due or move.date,
            "amount_open": move.amount_residual,
            "is_paid": True,
        }

    @api.depends("partner_id", "session_id")
    def _compute_credit(self):
        for wizard in self:
            credits = wizard.partner_id._get_power_credits(wizard.company_id)
            wizard.amount_credit = credits.get(wizard.partner_id.commercial_partner_id.id, 0.0)

    @api.depends("line_ids.is_paid", "line_ids.amount_open")
    def _compute_amount_due(self):
        for wizard in self:
            wizard.amount_due = sum(wizard.line_ids.filtered("is_paid").mapped("amount_open"))

    @api.depends("amount_due")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = wizard.amount_due

    @api.depends("session_id")
    def _compute_journal_id(self):
        for wizard in self:
            wizard.journal_id = wizard.session_id.journal_id

    @api.depends("session_id", "journal_id")
    def _compute_allowed_journal_ids(self):
        for wizard in self:
            session = wizard.session_id
            wizard.allowed_journal_ids = session.journal_id | session.other_journal_ids
            wizard.is_cash = wizard.journal_id == session.journal_id

    @api.depends("amount", "amount_tendered", "is_cash")
    def _compute_amount_change(self):
        for wizard in self:
            given = wizard.is_cash and wizard.amount_tendered
            wizard.amount_change = max(wizard.amount_tendered - wizard.amount, 0) if given else 0

    # === Taking === #

    def action_take(self):
        """Book the payment, set it against the chosen items, print the receipt."""
        receipt = self._take()
        return {
            **receipt.action_print(),
            "close_on_report_download": True,
        }

    def _take(self):
        """Book the payment and set it against the chosen items, in due order.

        :return: the ``power.counter.receipt``
        :raises UserError: when the session or the amounts do not allow it
        """
        self.ensure_one()
        self.check_access("write")
        self.session_id.check_access("write")
        self.session_id._check_may_take()
        chosen = set(self.line_ids.filtered("is_paid").mapped("move_res_id"))
        moves = self._get_open_moves().filtered(lambda move: move.id in chosen)
        self._check_take(moves)
        before = {move: move.amount_residual for move in moves}
        payment = self._create_payment(moves)
        (payment.move_id + moves).line_ids.filtered(
            lambda line: line.account_id == payment.destination_account_id and not line.reconciled
        ).reconcile()
        self.partner_id._update_power_prepaid(self.company_id)
        return (
            self.env["power.counter.receipt"]
            .sudo()
            .create(self._prepare_receipt_vals(payment, before))
        )

    def _check_take(self, moves):
        compare = self.currency_id.compare_amounts
        if not self.partner_id:
            raise UserError(self.env._("Type or scan a number, or choose the customer."))
        if compare(self.amount, 0.0) <= 0:
            raise UserError(self.env._("Give an amount above zero."))
        if self.journal_id not in self.allowed_journal_ids:
            raise UserError(self.env._("Choose one of the session's methods."))
        due = sum(moves.mapped("amount_residual"))
        if compare(self.amount, due) > 0 and not self.keep_credit:
            raise UserError(
                self.env._(
                    "What is chosen comes to %(due)s, the amount is %(amount)s. Lower the amount "
                    "and give change, or keep the rest on the customer's account.",
                    due=f"{due:.2f}",
                    amount=f"{self.amount:.2f}",
                )
            )
        if self.is_cash and self.amount_tendered and compare(self.amount_tendered, self.amount) < 0:
            raise UserError(
                self.env._(
                    "%(given)s was handed over; that does not cover %(amount)s.",
                    given=f"{self.amount_tendered:.2f}",
                    amount=f"{self.amount:.2f}",
                )
            )

    def _create_payment(self, moves):
        payment = self.env["account.payment"].sudo().create(self._prepare_payment_vals(moves))
        if self.is_cash:
            # Cash is in the drawer at once: nothing is outstanding until a statement.
            payment.outstanding_account_id = self.journal_id.sudo().default_account_id
        payment.action_post()
        if not payment.move_id:
            raise UserError(
                self.env._(
                    "Journal “%(journal)s” books no payments: set an outstanding account on its "
                    "incoming payment method.",
                    journal=self.journal_id.name,
                )
            )
        return payment

    def _prepare_payment_vals(self, moves):
        return {
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": self.partner_id.commercial_partner_id.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "amount": self.amount,
            "date": self.env.company._get_power_today(),
            "journal_id": self.journal_id.id,
            "memo": ", ".join(move.power_bill_id.name or move.name for move in moves[:5]),
        }

    def _prepare_receipt_vals(self, payment, before):
        lines = [
            {
                "name": move.power_bill_id.name or move.name,
                "due": fields.Date.to_string(move.invoice_date_due),
                "open": amount,
                "paid": self.currency_id.round(amount - move.amount_residual),
                "left": move.amount_residual,
            }
            for move, amount in before.items()
        ]
        paid = sum(line["paid"] for line in lines)
        return {
            "name": self.env["ir.sequence"].sudo().next_by_code("power.counter.receipt"),
            "session_id": self.session_id.id,
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "journal_id": self.journal_id.id,
            "payment_id": payment.id,
            "amount": self.amount,
            "amount_tendered": (self.is_cash and self.amount_tendered) or self.amount,
            "amount_change": self.amount_change,
            "amount_credit": self.currency_id.round(self.amount - paid),
            "lines": [line for line in lines if line["paid"]],
        }
