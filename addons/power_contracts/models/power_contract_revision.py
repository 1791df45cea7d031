from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import contract_calendar


class PowerContractRevision(models.Model):
    """A change of the prices of a contract, told in advance, in force from a day on.

    A period is charged at the price of its first day; invoiced periods never change.
    """

    _name = "power.contract.revision"
    _description = "Price revision of a contract"
    _order = "date, id"

    contract_id = fields.Many2one(
        "contract.contract", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True, index=True)
    date = fields.Date(string="In force from", required=True)
    percent = fields.Float(string="Change (%)", digits=(6, 2), required=True)
    reason = fields.Char()
    line_ids = fields.Many2many(
        "contract.line",
        "power_contract_revision_line_rel",
        "revision_id",
        "line_id",
        string="Lines revised",
        readonly=True,
    )

    _percent_range = models.Constraint(
        "CHECK (percent > -100)", "A price cannot fall by 100 % or more."
    )

    @api.model_create_multi
    def create(self, vals_list):
        revisions = super().create(vals_list)
        for revision in revisions:
            revision._check_day()
            revision.contract_id._log_amendment(
                revision.contract_id._for_customer().env._(
                    "Prices change by %(percent)s %% from %(day)s. %(reason)s",
                    percent=f"{revision.percent:+g}",
                    day=fields.Date.to_string(revision.date),
                    reason=revision.reason or "",
                ),
                day=revision.date,
                tell=True,
            )
        return revisions

    def write(self, vals):
        if {"date", "percent", "contract_id"} & vals.keys():
            self._check_not_applied()
        result = super().write(vals)
        if "date" in vals:
            for revision in self:
                revision._check_day()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_applied(self):
        self._check_not_applied()

    def _check_not_applied(self):
        for revision in self.filtered("line_ids"):
            raise UserError(
                self.env._(
                    "The revision of %(day)s is in force and cannot be changed. Enter another one.",
                    day=fields.Date.to_string(revision.date),
                )
            )

    def _check_day(self):
        self.ensure_one()
        contract = self.contract_id
        if contract.state not in contract._STATES_IN_FORCE:
            raise UserError(
                self.env._(
                    "%(contract)s is “%(state)s”: only prices of a contract in force are revised. "
                    "Change the prices of a draft on its lines.",
                    contract=contract.display_name,
                    state=contract._get_state_label(contract.state),
                )
            )
        last = max(
            filter(None, contract.contract_line_ids.mapped("last_date_invoiced")), default=None
        )
        if last and self.date <= last:
            raise UserError(
                self.env._(
                    "%(contract)s is invoiced until %(last)s. A price can change from %(next)s on.",
                    contract=contract.display_name,
                    last=fields.Date.to_string(last),
                    next=fields.Date.to_string(last + timedelta(days=1)),
                )
            )
        earliest = self.env.company._get_power_today() + timedelta(days=contract.notice_days)
        if self.date < earliest:
            raise UserError(
                self.env._(
                    "%(contract)s: a new price is told %(days)s days ahead. The earliest day is "
                    "%(day)s.",
                    contract=contract.display_name,
                    days=contract.notice_days,
                    day=fields.Date.to_string(earliest),
                )
            )

    def _apply(self):
        """Revise the lines whose next period begins on the day of the revision or after it."""
        for revision in self.sorted("date"):
            for line in revision.contract_id.contract_line_ids - revision.line_ids:
                start = line.next_period_date_start
                if line.display_type or not start or start < revision.date:
                    continue
                line.with_context(power_amended=True).write(revision._prepare_line_vals(line))
                revision.line_ids += line

    def _prepare_line_vals(self, line):
        """Hook: the new price of a line, rounded half up to the unit of its currency."""
        factor = 1 + Fraction(Decimal(str(round(self.percent, 2)))) / 100
        price = contract_calendar.amount(
            Decimal(str(line.price_unit)), factor, Decimal(str(line.currency_id.rounding))
        )
        return {"automatic_price": False, "specific_price": float(price)}
