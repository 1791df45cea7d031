import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command

_logger = logging.getLogger(__name__)


class PowerAutopay(models.Model):
    """A customer's consent to charge a saved payment method with bills when they are due."""

    _name = "power.autopay"
    _description = "Autopay"
    _inherit = ["power.state.mixin", "mail.thread", "power.telling.mixin"]
    _order = "id desc"
    _rec_name = "partner_id"
    _check_company_auto = True

    _TRANSITIONS = {"active": ("stopped",), "stopped": ()}

    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
        help="The commercial entity whose bills are charged.",
    )
    company_id = fields.Many2one(comodel_name="res.company", required=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    token_id = fields.Many2one(
        comodel_name="payment.token",
        string="Payment method",
        required=True,
        index=True,
        ondelete="restrict",
    )
    token_name = fields.Char(
        related="token_id.display_name", string="Saved method", related_sudo=True
    )
    limit_amount = fields.Monetary(
        string="Most per charge", help="Above this nothing is charged; 0: no limit."
    )
    state = fields.Selection(
        selection=[("active", "Active"), ("stopped", "Stopped")],
        required=True,
        default="active",
        readonly=True,
        index=True,
        tracking=True,
    )
    consent_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Agreed by",
        readonly=True,
        default=lambda self: self.env.user,
    )
    date_consent = fields.Datetime(string="Agreed on", readonly=True, default=fields.Datetime.now)
    date_stopped = fields.Datetime(string="Stopped on", readonly=True)
    stop_reason = fields.Char("Stop reason", readonly=True)
    failure_count = fields.Integer(
        string="Failures in a row", readonly=True, help="Since the last charge that succeeded."
    )
    date_next = fields.Date(string="Not before", readonly=True, help="Next try after a failure.")
    last_message = fields.Char(string="Last answer", readonly=True)
    last_amount = fields.Monetary("Last amount", readonly=True)
    transaction_ids = fields.One2many(
        comodel_name="payment.transaction", inverse_name="power_autopay_id", string="Charges"
    )

    has_open_charge = fields.Boolean(
        string="Charge without answer", compute="_compute_has_open_charge"
    )

    _active_uniq = models.UniqueIndex(
        "(partner_id, company_id) WHERE state = 'active'", "This customer has autopay already."
    )
    _limit_positive = models.Constraint(
        "CHECK (limit_amount >= 0)", "The most per charge cannot be negative."
    )

    @api.depends("transaction_ids.state")
    def _compute_has_open_charge(self):
        for autopay in self:
            charges = autopay._get_unsettled_charges()
            autopay.has_open_charge = "draft" in charges.mapped("state")

    @api.constrains("partner_id", "token_id")
    def _check_token(self):
        for autopay in self:
            token = autopay.token_id.sudo()
            if token.partner_id.commercial_partner_id != autopay.partner_id:
                raise ValidationError(
                    self.env._("The saved payment method belongs to another customer.")
                )
            if token.company_id != autopay.company_id:
                raise ValidationError(
                    self.env._("The saved payment method belongs to another company.")
                )

    def _prepare_state_vals(self, target):
        return {"date_stopped": fields.Datetime.now()} if target == "stopped" else {}

    def action_stop(self):
        """Stop on the customer's word; the consent itself is nobody's to change."""
        self.check_access("read")
        roles = ("agent", "billing_clerk", "finance")
        if not any(self.env.user.has_group(f"power_crm.group_{role}") for role in roles):
            raise AccessError(self.env._("Your role may not stop autopay."))
        self.sudo()._stop(self.env._("Stopped by %(user)s", user=self.env.user.name))

    def _stop(self, reason):
        active = self.filtered(lambda autopay: autopay.state == "active")
        active.write({"state": "stopped", "stop_reason": reason})

    # === Charging === #

    def _cron_charge(self):
        """Charge what is due of every customer with autopay, each in a transaction of its own."""
        cron = self.env["ir.cron"]
        autopays = self.search(self._get_charge_domain(), order="id")
        for done, autopay in enumerate(autopays, 1):
            autopay._charge_isolated()
            if not cron._commit_progress(1, remaining=len(autopays) - done):
                return

    def _get_charge_domain(self):
        today = self.env.company._get_power_today()
        return [
            ("state", "=", "active"),
            "|",
            ("date_next", "=", False),
            ("date_next", "<=", today),
        ]

    def _charge_isolated(self):
        """Charge what is due, in steps that each outlive a crash.

        1. The transaction is written, with its reference, and committed.
        2. The provider is asked, and its answer committed.
        3. The payment is booked.

        A crash after 1 leaves a transaction without an answer; the next run asks the provider for
        it by the reference (``_recover_charge``) and charges nothing new until it knows.
        """
        if not self._is_settled_or_recovered():
            return
        try:
            with self.env.cr.savepoint():
                transaction = self._prepare_charge()
        except Exception:  # one customer's bad data never stops the others
            _logger.exception("Autopay %s cannot be prepared.", self.id)
            self.env.invalidate_all()
            return
        if transaction:
            # From here money may move: that it was asked for outlives whatever happens next.
            self.env["ir.cron"]._commit_progress(0)
            self._finish_charge(transaction, transaction._charge_with_token)

    def _finish_charge(self, transaction, ask):
        """Ask the provider, keep its answer, book the payment."""
        if transaction.try_lock_for_update():
            ask()
            self.env["ir.cron"]._commit_progress(0)
        if transaction.state == "done" and not transaction.is_post_processed:
            transaction._post_process()

    def _is_settled_or_recovered(self):
        """Bring an earlier charge to its end; tell whether a new one may begin."""
        for transaction in self._get_unsettled_charges():
            try:
                self._recover_charge(transaction)
            except Exception:  # the provider is out of reach, or answers nonsense: next time
                _logger.exception("Charge %s cannot be recovered.", transaction.reference)
                self.env.cr.rollback()
        self.invalidate_recordset()
        return not self._has_unsettled_charge()

    def _get_unsettled_charges(self):
        return self.transaction_ids.sudo().filtered(
            lambda transaction: (
                (transaction.state == "draft" and transaction.power_date_asked)
                or (transaction.state == "done" and not transaction.is_post_processed)
            )
        )

    def _recover_charge(self, transaction):
        if transaction.state == "draft":
            self._finish_charge(transaction, transaction._power_recover)
        elif transaction.try_lock_for_update():
            transaction._post_process()
        if transaction.state == "draft":
            self.last_message = self.env._(
                "The provider did not say what became of charge %s. Look it up there, then press "
                "“It was charged” or “It was not charged”.",
                transaction.reference,
            )

    # === By hand === #

    def action_charge_succeeded(self):
        """Finance saw at the provider that the open charge was made."""
        for transaction in self._get_open_charge():
            transaction._set_done()
            transaction._post_process()

    def action_charge_failed(self):
        """Finance saw at the provider that the open charge was never made."""
        for transaction in self._get_open_charge():
            transaction._set_canceled()

    def _get_open_charge(self):
        self.check_access("read")
        if not self.env.user.has_group("power_crm.group_finance"):
            raise AccessError(self.env._("Only finance may do this."))
        return self._get_unsettled_charges().filtered(lambda one: one.state == "draft")

    def _prepare_charge(self):
        """Create the payment transaction of what is due, or nothing when nothing is to charge."""
        self.ensure_one()
        transactions = self.env["payment.transaction"].sudo()
        if self._has_unsettled_charge():
            return transactions
        if self.company_id.power_use_credit:
            self.partner_id._use_power_credit(self.company_id)
        moves = self._get_due_moves()
        amount = sum(moves.mapped("amount_residual"))
        if not moves or self.currency_id.compare_amounts(amount, 0.0) <= 0:
            return transactions
        if self.limit_amount and self.currency_id.compare_amounts(amount, self.limit_amount) > 0:
            self._register_failure(
                amount, self.env._("The amount is above the limit the customer set.")
            )
            return transactions
        return transactions.create(self._prepare_transaction_vals(moves, amount))

    def _has_unsettled_charge(self):
        """A charge without an answer, or not booked yet, forbids the next one."""
        return any(
            transaction.state in ("draft", "pending", "authorized")
            or (transaction.state == "done" and not transaction.is_post_processed)
            for transaction in self.transaction_ids.sudo()
        )

    def _get_due_moves(self):
        today = self.env.company._get_power_today()
        moves = self.partner_id.sudo()._get_power_open_moves(self.company_id)
        return moves.filtered(
            lambda move: (move.invoice_date_due or move.date) <= today and move._has_to_be_paid()
        )

    def _prepare_transaction_vals(self, moves, amount):
        token = self.token_id.sudo()
        return {
            "provider_id": token.provider_id.id,
            "payment_method_id": token.payment_method_id.id,
            "reference": self.env["payment.transaction"]
            .sudo()
            ._compute_reference(token.provider_code, prefix=f"AUTO-{self.id}"),
            "amount": amount,
            "currency_id": self.currency_id.id,
            "partner_id": token.partner_id.id,
            "token_id": token.id,
            "operation": "offline",
            "invoice_ids": [Command.set(moves.ids)],
            "power_autopay_id": self.id,
            "power_date_asked": fields.Datetime.now(),
        }

    def _register_success(self, amount):
        self.ensure_one()
        self.write(
            {
                "failure_count": 0,
                "date_next": False,
                "last_message": False,
                "last_amount": amount,
            }
        )
        self._tell(
            "power_billing.mail_template_autopay_charged",
            "power_billing.sms_template_autopay_charged",
        )

    def _register_failure(self, amount, message):
        """Tell the customer, try again some days later, stop after the last attempt."""
        self.ensure_one()
        company = self.company_id
        self.write(
            {
                "failure_count": self.failure_count + 1,
                "date_next": self.env.company._get_power_today()
                + timedelta(days=company.power_autopay_retry_days),
                "last_message": message or self.env._("The provider gave no reason."),
                "last_amount": amount,
            }
        )
        if self.failure_count >= company.power_autopay_attempts:
            self._stop(self.env._("%(count)s charges failed in a row", count=self.failure_count))
        self._tell(
            "power_billing.mail_template_autopay_failed",
            "power_billing.sms_template_autopay_failed",
        )
