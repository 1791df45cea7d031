from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.power_crm.tools.working_days import MONDAY_TO_FRIDAY, is_working


class ResCompany(models.Model):
    """Settings of taking money: late fees, credit, autopay, the counter, prepaid customers."""

    _inherit = "res.company"

    power_late_fee_account_id = fields.Many2one(
        comodel_name="account.account",
        string="Late fee account",
        check_company=True,
        help="Income account of late payment fees; empty: the electricity income account.",
    )
    power_late_fee_interval = fields.Selection(
        selection=[
            ("none", "By hand"),
            ("monthly", "On the first of each month"),
            ("daily", "Every day"),
        ],
        string="Propose late fees",
        required=True,
        default="none",
        help="A proposal is computed; finance looks at it and makes the invoices.",
    )
    power_late_fee_settled_only = fields.Boolean(
        string="Only when the bill is paid",
        default=True,
        help="Charge the fee once, when the bill is paid and its last day is known. Otherwise "
        "what has come up so far is charged in each run.",
    )
    power_workday_calendar_id = fields.Many2one(
        comodel_name="resource.calendar",
        string="Working days",
        check_company=True,
        help="A due date on a day without working hours, or on a public holiday, of this "
        "calendar moves to the next working day. Empty: due dates stay.",
    )

    power_use_credit = fields.Boolean(
        string="Use credit for new bills",
        default=True,
        help="What a customer has on account pays new bills at once, in due order.",
    )
    power_topup_min = fields.Monetary(string="Least top-up", default=1.0)
    power_topup_max = fields.Monetary(string="Most per top-up", default=50000.0, help="0: no limit")
    power_autopay_attempts = fields.Integer(
        string="Autopay attempts",
        default=3,
        help="After so many failures in a row autopay stops and the customer is told.",
    )
    power_autopay_retry_days = fields.Integer(
        string="Days between attempts", default=3, help="After a failed charge."
    )

    power_counter_journal_id = fields.Many2one(
        comodel_name="account.journal",
        string="Counter cash drawer",
        check_company=True,
        domain="[('type', '=', 'cash')]",
        help="Proposed when a clerk opens the counter.",
    )
    power_counter_card_journal_ids = fields.Many2many(
        comodel_name="account.journal",
        relation="res_company_power_counter_journal_rel",
        string="Counter card terminals",
        check_company=True,
        domain="[('type', 'in', ('bank', 'credit'))]",
    )

    _power_money_positive = models.Constraint(
        "CHECK (power_topup_min >= 0 AND power_topup_max >= 0 AND power_autopay_attempts >= 1"
        " AND power_autopay_retry_days >= 1)",
        "Top-up limits cannot be negative; autopay needs one attempt and one day at least.",
    )

    @api.model
    def _power_money_setup(self):
        """Make what taking money needs in every company that is set up for billing."""
        companies = self.sudo().search([("power_journal_id", "!=", False)])
        companies._power_money_setup_company()

    def _power_billing_setup(self):
        result = super()._power_billing_setup()
        self.sudo()._power_money_setup_company()
        return result

    def _power_money_setup_company(self):
        for company in self:
            company = company.with_company(company)
            company._power_setup_products()
            company._power_setup_late_fee_rule()
            company._power_setup_counter()
            company._power_setup_prepaid_levels()

    def _power_setup_late_fee_rule(self):
        rules = self.env["power.late.fee.rule"]
        if not rules.search_count([("company_id", "=", self.id)], limit=1):
            rules.create(self._prepare_late_fee_rule_vals())

    def _prepare_late_fee_rule_vals(self):
        """Return the rates of the regulation of 1996, in force from 8 October of that year."""
        return {
            "company_id": self.id,
            "date_from": "1996-10-08",
            "rate_resident": 1.0,
            "rate_same_year": 2.0,
            "rate_carried_over": 3.0,
            "minimum": 1.0,
            "year_change": "split",
            "source": "供电营业规则 (1996) 第98条",
        }

    def _power_setup_counter(self):
        if not self.power_counter_journal_id:
            journals = self.env["account.journal"]
            self.power_counter_journal_id = journals.search(
                [*journals._check_company_domain(self), ("type", "=", "cash")], limit=1
            ) or journals.create(
                {
                    "name": self.env._("Counter"),
                    "code": "CNTR",
                    "type": "cash",
                    "company_id": self.id,
                }
            )

    def _power_setup_prepaid_levels(self):
        levels = self.env["power.prepaid.level"].with_context(active_test=False)
        template = self.env.ref("power_billing.mail_template_prepaid", raise_if_not_found=False)
        # While the add-on is being installed its templates come later; it calls again then.
        if not template or levels.search_count([("company_id", "=", self.id)], limit=1):
            return
        levels = levels.create(
            [{"company_id": self.id, **vals} for vals in self._prepare_prepaid_level_vals()]
        )
        for code, _name in self.env["res.lang"].get_installed():
            company = self.with_context(lang=code)
            for level, vals in zip(levels, company._prepare_prepaid_level_vals(), strict=True):
                level.with_context(lang=code).name = vals["name"]

    def _prepare_prepaid_level_vals(self):
        """Return the levels to start with; the notice is the longest of the known procedures."""
        return [
            {"sequence": 10, "name": self.env._("Low"), "basis": "days", "days": 7},
            {"sequence": 20, "name": self.env._("Very low"), "basis": "days", "days": 3},
            {
                "sequence": 30,
                "name": self.env._("Used up"),
                "basis": "amount",
                "amount": 0.0,
                "is_cutoff": True,
                "notice_days": 7,
                "source": "供电营业规则 (1996), 3–7 d",
            },
        ]

    def _get_power_product_accounts(self):
        return {
            **super()._get_power_product_accounts(),
            "late_fee": self.power_late_fee_account_id or self.power_income_account_id,
        }

    def _get_late_fee_rules(self):
        """Return the company's rules for the kernel.

        :raises UserError: when there is none
        """
        self.ensure_one()
        rules = self.env["power.late.fee.rule"].sudo().search([("company_id", "=", self.id)])
        if not rules:
            raise UserError(
                self.env._(
                    "%(company)s has no late fee rule. Add one under Power CRM › Configuration › "
                    "Late fee rules.",
                    company=self.name,
                )
            )
        return rules._to_kernel()

    def _has_late_fee_rules(self):
        self.ensure_one()
        domain = [("company_id", "=", self.id)]
        return bool(self.env["power.late.fee.rule"].sudo().search_count(domain, limit=1))

    def _get_power_workday_test(self):
        """Return a function that tells whether a day is a working day of the company.

        With *Due on working days* the holidays and worked weekends of the year count too, and
        Monday to Friday where no calendar is set; without either, every day is one.
        """
        self.ensure_one()
        calendar = self.power_workday_calendar_id.sudo()
        if not calendar and not self.power_due_workday:
            return lambda day: True
        exceptions = dict.fromkeys(self._get_calendar_leaves(calendar), False)
        week = MONDAY_TO_FRIDAY
        if calendar:
            week = {int(line.dayofweek) for line in calendar.attendance_ids}
        if self.power_due_workday:
            exceptions |= self.env["power.workday"]._get_exceptions(self)
        return lambda day: is_working(day, exceptions, week)

    def _get_calendar_leaves(self, calendar):
        """Yield the public holidays of a working calendar, day by day."""
        zone = pytz.timezone(calendar.tz or "UTC")
        for leave in calendar.global_leave_ids:
            day, last = (
                pytz.utc.localize(moment).astimezone(zone).date()
                for moment in (leave.date_from, leave.date_to)
            )
            while day <= last:
                yield day
                day += timedelta(days=1)

    def _moves_due_dates(self, term):
        """Tell whether due dates of these payment terms move to the next working day."""
        self.ensure_one()
        return self.power_due_workday and term in self._get_power_payment_terms()

    def _get_power_payment_terms(self):
        """Return the payment terms of the company's electricity bills."""
        levels = (
            self.env["power.service.level"].sudo().with_company(self).search(fields.Domain.TRUE)
        )
        return self.sudo().power_payment_term_id | levels.payment_term_id
