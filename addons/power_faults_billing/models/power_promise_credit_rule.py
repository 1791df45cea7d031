import logging
from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools.promise_credit import CreditRule

_logger = logging.getLogger(__name__)
_BATCH = 100
# Who is answerable for a breach that the utility makes good.
_OWN = ("desk", "crew")


class PowerPromiseCreditRule(models.Model):
    """What customers get when a promise is missed, from a day on."""

    _name = "power.promise.credit.rule"
    _description = "Credit for missed promises"
    _inherit = ["power.validity.mixin", "mail.thread"]
    _order = "company_id, promise_id, date_from desc"
    _rec_name = "promise_id"
    _check_company_auto = True
    _validity_keys = ("company_id", "promise_id")

    promise_id = fields.Many2one(
        "power.fault.promise", required=True, index=True, ondelete="restrict", check_company=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(required=True, tracking=True, help="For every breach.")
    step_amount = fields.Monetary(string="More", tracking=True)
    step_hours = fields.Integer(
        string="For each further (hours)",
        tracking=True,
        help="Hours that count for the promise: time on hold is left out.",
    )
    cap = fields.Monetary(string="At most", tracking=True, help="For one breach; zero: no limit.")
    wait_days = fields.Integer(
        string="Given after (days)",
        default=3,
        help="Days after the work was done in which it can still be corrected who is answerable. "
        "Only what the repair desk or a crew is answerable for is made good.",
    )
    account_id = fields.Many2one(
        "account.account",
        required=True,
        check_company=True,
        domain="[('account_type', 'in', ('expense', 'expense_other', 'income', 'income_other'))]",
        help="Where the cost of the credits is booked.",
    )
    source = fields.Char(required=True, help="Law, licence or published promise.")
    credit_ids = fields.One2many("power.promise.credit", "rule_id", string="Credits")

    _amounts_positive = models.Constraint(
        "CHECK (amount > 0 AND COALESCE(step_amount, 0) >= 0 AND COALESCE(cap, 0) >= 0"
        " AND COALESCE(step_hours, 0) >= 0 AND wait_days >= 0)",
        "The amount is above zero; more, cap, hours and days are not below zero.",
    )
    _step_whole = models.Constraint(
        "CHECK ((COALESCE(step_amount, 0) > 0) = (COALESCE(step_hours, 0) > 0))",
        "Give both how much more, and for each further how many hours, or neither.",
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for rule in self.filtered("credit_ids"):
            raise UserError(
                self.env._(
                    "%(rule)s: customers got credits by this rule. End it with a last day instead.",
                    rule=rule.display_name,
                )
            )

    def _get_overlap_message(self, other):
        return self.env._(
            "%(promise)s has a credit from %(start)s on already. Give that one a last day first.",
            promise=self.promise_id.display_name,
            start=other.date_from,
        )

    def _to_kernel(self):
        self.ensure_one()
        return CreditRule(
            Decimal(str(self.amount)),
            Decimal(str(self.step_amount)),
            timedelta(hours=self.step_hours),
            Decimal(str(self.cap)),
        )

    # === GIVING === #

    @api.model
    def _cron_give(self):
        """Make good every missed promise for which a rule was in force on the day it was missed.

        Each breach once, each on its own: what cannot be booked is told and does not stop others.
        """
        for rule in self.search(Domain.TRUE):
            rule.with_company(rule.company_id)._give_due()

    def _give_due(self):
        self.ensure_one()
        clocks = self.env["power.fault.clock"]
        failed = clocks
        domain = self._get_due_domain(fields.Datetime.now())
        while due := clocks.search(domain & Domain("id", "not in", failed.ids), limit=_BATCH):
            for clock in due:
                try:
                    with self.env.cr.savepoint():
                        self._give(clock)
                except UserError as error:
                    failed |= clock
                    _logger.info("%s is not made good: %s", clock, error)
                    self._note_failure(clock, error)
            self.env["ir.cron"]._commit_progress(len(due))

    def _note_failure(self, clock, error):
        self._message_log(
            body=self.env._(
                "%(fault)s is not made good: %(error)s",
                fault=clock.fault_id.display_name,
                error=str(error),
            )
        )

    def _get_due_domain(self, now):
        """Return what finds the breaches that this rule makes good and that wait for it."""
        midnight = self.company_id._get_power_midnight
        domain = (
            Domain("company_id", "=", self.company_id.id)
            & Domain("promise_id", "=", self.promise_id.id)
            & Domain("state", "=", "done")
            & Domain("is_late", "=", True)
            & Domain("responsible", "in", _OWN)
            & Domain("fault_id.partner_id", "!=", False)
            & Domain("promise_credit_ids", "=", False)
            & Domain("date_done", "<=", fields.Datetime.subtract(now, days=self.wait_days))
            & Domain("date_breached", ">=", midnight(self.date_from))
        )
        if self.date_to:
            domain &= Domain("date_breached", "<", midnight(self.date_to + timedelta(1)))
        return domain

    def _give(self, clock):
        return self.env["power.promise.credit"].create(self._prepare_credit_vals(clock))._post()

    def _prepare_credit_vals(self, clock):
        """Hook: values of the credit for a breach."""
        return {"clock_id": clock.id, "rule_id": self.id}
