from decimal import Decimal

from odoo import api, fields, models

from ..tools import deferral


class AccountMoveLine(models.Model):
    """A line of a service contract knows its days; paid in advance, it waits for its months."""

    _inherit = "account.move.line"

    power_service_from = fields.Date(string="Service from", readonly=True)
    power_service_to = fields.Date(string="Service until", readonly=True)
    power_period_price = fields.Float(
        string="Price of a whole period",
        digits=(16, 6),
        readonly=True,
        help="Before discount, as it was when these days were invoiced; credits give it back.",
    )
    power_deferral_ids = fields.One2many("power.contract.deferral", "move_line_id", readonly=True)

    @api.depends("power_service_from", "power_service_to")
    def _compute_account_id(self):
        result = super()._compute_account_id()
        for line in self.filtered("power_service_to"):
            if line._is_power_prepaid():
                line.account_id = line.company_id.power_deferred_account_id
        return result

    def _is_power_prepaid(self):
        """Whether its income belongs, in part at least, to months after its own.

        A credit follows what it gives back: deferred income where that was deferred.
        """
        self.ensure_one()
        move = self.move_id
        if not self.company_id.power_deferred_account_id or not self.contract_line_id:
            return False
        if move.move_type == "out_refund":
            return bool(self._get_power_credited())
        day = move.invoice_date or move.date or self.env.company._get_power_today()
        return move.move_type == "out_invoice" and self.power_service_to > deferral.month_end(day)

    def _get_power_credited(self):
        """Months of the same contract line that the days of this credit were to earn."""
        self.ensure_one()
        return self.env["power.contract.deferral"].search(
            [
                ("contract_line_id", "=", self.contract_line_id.id),
                ("amount", ">", 0),
                ("state", "!=", "cancelled"),
                ("date_from", "<=", self.power_service_to),
                ("date_to", ">=", self.power_service_from),
            ]
        )

    def _settle_power_account(self):
        """On posting, when all is known: drafts may have waited, or come before their invoice."""
        for line in self.filtered(lambda line: line.move_id.state == "draft"):
            prepaid, deferred = line._is_power_prepaid(), line._is_power_deferred()
            if prepaid and not deferred:
                line.account_id = line.company_id.power_deferred_account_id
            elif deferred and not prepaid:
                line.account_id = line._get_power_income_account()

    def _is_power_deferred(self):
        self.ensure_one()
        return bool(
            self.power_service_to
            and self.account_id
            and self.account_id == self.company_id.power_deferred_account_id
        )

    def _create_power_deferrals(self):
        """Say for every month what these posted lines will earn in it."""
        lines = self.filtered(lambda line: line._is_power_deferred())
        rows = self.env["power.contract.deferral"].sudo()
        for line in lines:
            new = rows.create(
                [line._prepare_power_deferral_vals(part) for part in line._get_power_parts()]
            )
            new._cancel_out()

    def _get_power_parts(self):
        self.ensure_one()
        days = (self.power_service_from, self.power_service_to)
        rounding = Decimal(str(self.company_currency_id.rounding))
        amount = Decimal(str(self.company_currency_id.round(-self.balance))).quantize(rounding)
        if self.move_id.move_type == "out_refund":
            parts = [row._to_part() for row in self._get_power_credited()]
            return deferral.take_back(-amount, *days, parts, rounding)
        return deferral.spread(amount, *days, rounding)

    def _prepare_power_deferral_vals(self, part):
        """Hook: one month; a month before that of the invoice is earned in that of the invoice."""
        self.ensure_one()
        return {
            "contract_id": self.contract_line_id.contract_id.id,
            "contract_line_id": self.contract_line_id.id,
            "move_line_id": self.id,
            "company_id": self.company_id.id,
            "date": max(part.month, deferral.month_end(self.move_id.date)),
            "date_from": part.first,
            "date_to": part.last,
            "amount": float(part.amount),
            "income_account_id": self._get_power_income_account().id,
        }

    def _get_power_terms(self):
        """Return what a whole period of the service cost by this line.

        :rtype: Terms
        """
        self.ensure_one()
        own = self.contract_line_id._get_terms()
        if self.power_period_price or not self.price_subtotal:
            own = own._replace(price=Decimal(str(self.power_period_price)))
        return own._replace(discount=self.discount)

    def _get_power_income_account(self):
        """The account this line would have without deferring."""
        self.ensure_one()
        template = self.with_company(self.company_id).product_id.product_tmpl_id
        accounts = template.get_product_accounts(fiscal_pos=self.move_id.fiscal_position_id)
        return accounts["income"] or self.move_id.journal_id.default_account_id

    def _create_analytic_lines(self):
        """Deferred, it is income of the contract in the months to come, not now."""
        waiting = self.filtered("power_service_to").filtered(lambda line: line._is_power_deferred())
        return super(AccountMoveLine, self - waiting)._create_analytic_lines()
