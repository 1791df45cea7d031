from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL
from odoo.tools.misc import formatLang

from odoo.addons.power_crm.tools.working_days import move_due

from ..tools import late_fee
from ..tools.exact import exact


class PowerLateFee(models.Model):
    """What a bill paid late costs on top, up to a day.

    A bill's fee is always computed from its first overdue day; what former fees of the bill came
    to is taken off, so that fees of several runs add up to the one the rule gives. It is
    negative where a payment known only later had an earlier date: then it is a credit note.
    """

    _name = "power.late.fee"
    _description = "Late Payment Fee"
    _inherit = ["power.state.mixin", "mail.thread"]
    _order = "date_to desc, id desc"
    _rec_name = "bill_id"
    _check_company_auto = True

    _ENTRY_STATES = ("held", "proposed")
    _TRANSITIONS = {
        "held": ("proposed", "waived", "cancelled"),
        "proposed": ("invoiced", "held", "waived", "failed", "cancelled"),
        "failed": ("proposed", "waived", "cancelled"),
        "invoiced": ("waived",),
        "waived": (),
        "cancelled": (),
    }
    _OPEN_STATES = ("held", "proposed", "failed")

    run_id = fields.Many2one(
        comodel_name="power.late.fee.run", index=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, index=True, readonly=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    bill_id = fields.Many2one(
        comodel_name="power.bill",
        required=True,
        index=True,
        readonly=True,
        check_company=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(
        related="bill_id.partner_id", string="Payer", store=True, index=True
    )
    supply_point_id = fields.Many2one(related="bill_id.supply_point_id", store=True, index=True)
    is_resident = fields.Boolean(string="Resident", readonly=True)
    date_due = fields.Date(
        string="Due", readonly=True, help="The bill's due date, moved to the next working day."
    )
    date_to = fields.Date(string="Counted until", required=True, readonly=True)
    days = fields.Integer(readonly=True, help="Days from the one after the due date.")
    amount_before = fields.Monetary(
        string="Charged before", readonly=True, help="Of this bill, in former runs."
    )
    amount = fields.Monetary(readonly=True, help="VAT included.")
    amount_waived = fields.Monetary(string="Waived", readonly=True, tracking=True)
    amount_charged = fields.Monetary(
        string="To charge", compute="_compute_amount_charged", store=True
    )
    steps = fields.Json(readonly=True)
    steps_text = fields.Text(string="Calculation", compute="_compute_steps_text")
    state = fields.Selection(
        selection=[
            ("held", "Held"),
            ("proposed", "Proposed"),
            ("failed", "Failed"),
            ("invoiced", "Invoiced"),
            ("waived", "Waived"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="proposed",
        readonly=True,
        index=True,
        tracking=True,
    )
    hold_reason = fields.Text(
        string="Held because", readonly=True, help="Whom or what has to be asked first."
    )
    failure_reason = fields.Text("Failure reason", readonly=True)
    waive_reason = fields.Char("Waive reason", readonly=True, tracking=True)
    waived_by_id = fields.Many2one(comodel_name="res.users", string="Waived by", readonly=True)
    waived_on = fields.Datetime("Waived on", readonly=True)
    move_id = fields.Many2one(
        comodel_name="account.move",
        string="Invoice",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    payment_state = fields.Selection(related="move_id.payment_state", string="Payment")

    _open_uniq = models.UniqueIndex(
        "(bill_id) WHERE state IN ('held', 'proposed', 'failed')",
        "A late fee of this bill is proposed already.",
    )
    _waived_within = models.Constraint(
        "CHECK (amount_waived >= 0 AND (amount_waived = 0 OR amount_waived <= amount))",
        "No more than the late fee can be waived.",
    )

    @api.depends("amount", "amount_waived")
    def _compute_amount_charged(self):
        for fee in self:
            fee.amount_charged = fee.amount - fee.amount_waived

    @api.depends("steps")
    @api.depends_context("lang")
    def _compute_steps_text(self):
        for fee in self:
            fee.steps_text = "\n".join(fee._get_step_lines())

    @api.depends("bill_id", "date_to")
    def _compute_display_name(self):
        for fee in self:
            fee.display_name = self.env._(
                "Late fee of %(bill)s until %(date)s",
                bill=fee.bill_id.sudo().name or "",
                date=fields.Date.to_string(fee.date_to) or "",
            )

    def _get_step_lines(self):
        """Return the calculation, one line a step, in the reader's language."""
        self.ensure_one()
        return self._format_steps(self.steps or [], self.currency_id)

    @api.model
    def _format_steps(self, steps, currency):
        lines = [
            self.env._(
                "%(first)s – %(last)s: %(principal)s × %(days)s days × %(rate)s ‰ = %(amount)s",
                first=step["first"],
                last=step["last"],
                principal=formatLang(self.env, float(step["principal"]), currency_obj=currency),
                days=step["days"],
                rate=f"{Decimal(step['rate']) * 1000:.4f}".rstrip("0").rstrip("."),
                amount=formatLang(self.env, float(step["amount"]), digits=4),
            )
            for step in steps
            if "first" in step
        ]
        for step in steps:
            if "minimum" in step:
                lines.append(
                    self.env._(
                        "The least amount of a fee: %(amount)s",
                        amount=formatLang(self.env, float(step["minimum"]), currency_obj=currency),
                    )
                )
        return lines

    # === Computing === #

    @api.model
    def _compute_bill_fees(self, bills, until):
        """Return the whole late fee of bills of one company up to a day.

        :param bills: ``power.bill`` records that were posted
        :param date until: last day to count
        :return: {bill id: dict with ``fee`` (the kernel's ``Fee``), ``due``, ``resident``}
        :raises UserError: when a day to count has no rule
        """
        company = bills.company_id
        if not company:
            return {}
        company.ensure_one()
        rules = company._get_late_fee_rules()
        is_working = company._get_power_workday_test()
        debts = self._fetch_debts(bills, is_working)
        result = {}
        for bill in bills:
            resident = bill.usage_category_id.kind == "residential"
            own = debts.get(bill.id, [])
            try:
                fee = late_fee.compute(own, rules, until, resident)
            except late_fee.LateFeeError as error:
                raise UserError(
                    self.env._(
                        "No late fee rule of %(company)s is in force on %(day)s. Add it under "
                        "Power CRM › Configuration › Late fee rules.",
                        company=company.name,
                        day=error.day,
                    )
                ) from error
            due = min((debt.due for debt in own), default=None)
            result[bill.id] = {"fee": fee, "due": due, "resident": resident}
        return result

    @api.model
    def _fetch_debts(self, bills, is_working):
        """Return the receivables of bills with their payments, as the kernel's ``Debt``.

        A payment has the date of its own entry. What a credit note took off was never owed.

        :return: {bill id: [Debt]}
        """
        for model, names in (
            ("power.bill", ["move_id"]),
            ("account.move", ["move_type"]),
            ("account.move.line", ["balance", "date", "date_maturity", "account_id", "move_id"]),
            ("account.partial.reconcile", ["amount", "debit_move_id", "credit_move_id"]),
        ):
            self.env[model].flush_model(names)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT b.id, l.id, coalesce(l.date_maturity, l.date), l.balance::text,
                       c.date, p.amount::text, cm.move_type
                  FROM power_bill b
                  JOIN account_move_line l ON l.move_id = b.move_id
                  JOIN account_account a ON a.id = l.account_id
                   AND a.account_type = 'asset_receivable'
             LEFT JOIN account_partial_reconcile p ON p.debit_move_id = l.id
             LEFT JOIN account_move_line c ON c.id = p.credit_move_id
             LEFT JOIN account_move cm ON cm.id = c.move_id
                 WHERE b.id = ANY(%s) AND l.balance > 0
              ORDER BY b.id, l.date_maturity, l.id, c.date, p.id
                """,
                bills.ids,
            )
        )
        lines = {}
        for bill_id, line_id, due, balance, day, amount, move_type in rows:
            line = lines.setdefault(
                (bill_id, line_id), {"due": due, "amount": Decimal(balance), "payments": []}
            )
            if move_type == "out_refund":
                line["amount"] -= Decimal(amount)
            elif amount:
                line["payments"].append(late_fee.Payment(day, Decimal(amount)))
        debts = defaultdict(list)
        for (bill_id, _line_id), line in lines.items():
            debts[bill_id].append(
                late_fee.Debt(
                    move_due(line["due"], is_working),
                    line["amount"],
                    tuple(line["payments"]),
                )
            )
        return debts

    @api.model
    def _prepare_steps(self, fee):
        """Return the kernel's steps as plain data."""
        steps = [
            {
                "principal": str(step.principal),
                "first": step.first.isoformat(),
                "last": step.last.isoformat(),
                "days": step.days,
                "rate": str(step.rate),
                "amount": str(step.amount),
                "rule": step.rule,
            }
            for step in fee.steps
        ]
        if fee.minimum:
            steps.append({"minimum": str(fee.minimum)})
        return steps

    @api.model
    def _propose(self, bills, until, run=None):
        """Create the fees of bills up to a day, less what was charged of them before.

        :return: the new fees; a bill without anything to charge or credit has none
        """
        before = self._get_charged_before(bills)
        vals_list = []
        for bill_id, result in self._compute_bill_fees(bills, until).items():
            charged = exact(before.get(bill_id, 0.0), 2)
            amount = result["fee"].amount - charged
            if amount:
                bill = self.env["power.bill"].browse(bill_id)
                vals_list.append(self._prepare_fee_vals(bill, result, until, amount, charged, run))
        return self.create(vals_list)

    def _get_charged_before(self, bills):
        """Return {bill id: sum of its fees, waived ones included}."""
        groups = self._read_group(
            [("bill_id", "in", bills.ids), ("state", "!=", "cancelled")],
            ["bill_id"],
            ["amount:sum"],
        )
        return {bill.id: amount for bill, amount in groups}

    def _prepare_fee_vals(self, bill, result, until, amount, charged, run):
        fee = result["fee"]
        reasons = bill.supply_point_id._get_protection_reasons() if amount > 0 else []
        last = max((step.last for step in fee.steps), default=until)
        return {
            "run_id": run.id if run else False,
            "company_id": bill.company_id.id,
            "bill_id": bill.id,
            "is_resident": result["resident"],
            "date_due": result["due"],
            "date_to": last,
            "days": (last - result["due"]).days if result["due"] and fee.steps else 0,
            "amount_before": float(charged),
            "amount": float(amount),
            "steps": self._prepare_steps(fee),
            "state": "held" if reasons else "proposed",
            "hold_reason": "\n".join(reasons) or False,
        }

    # === Holding and waiving === #

    def action_release(self):
        """Charge a fee that was held after all; who did it is in the history."""
        self.check_access("write")
        self.filtered(lambda fee: fee.state in ("held", "failed"))._set_state("proposed")

    def action_hold(self):
        self.check_access("write")
        self._set_state("held")

    def action_waive(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Waive late fees"),
            "res_model": "power.late.fee.waive",
            "view_mode": "form",
            "target": "new",
            "context": {"default_fee_ids": self.ids},
        }

    def _waive(self, amount, reason):
        """Let a fee go, in whole or part; of an invoiced one by a credit note.

        :param float amount: how much, VAT included
        :raises UserError: when that is more than the fee, or the fee cannot be waived
        """
        self.ensure_one()
        self._check_waive(amount)
        if self.state == "invoiced":
            self._create_waive_refund(amount, reason)
        self.write(
            {
                "amount_waived": self.amount_waived + amount,
                "waive_reason": reason,
                "waived_by_id": self.env.user.id,
                "waived_on": fields.Datetime.now(),
            }
        )
        if self.currency_id.is_zero(self.amount_charged):
            self._set_state("waived")
        self.message_post(
            body=self.env._(
                "Waived %(amount)s: %(reason)s",
                amount=formatLang(self.env, amount, currency_obj=self.currency_id),
                reason=reason,
            )
        )

    def _check_waive(self, amount):
        if self.state not in ("held", "proposed", "failed", "invoiced"):
            raise UserError(
                self.env._(
                    "%(fee)s is “%(state)s”; there is nothing left to waive.",
                    fee=self.display_name,
                    state=self._get_state_label(self.state),
                )
            )
        compare = self.currency_id.compare_amounts
        if compare(amount, 0.0) <= 0 or compare(amount, self.amount_charged) > 0:
            raise UserError(
                self.env._(
                    "%(fee)s: between 0.01 and %(most)s can be waived, not %(amount)s.",
                    fee=self.display_name,
                    most=f"{self.amount_charged:.2f}",
                    amount=f"{amount:.2f}",
                )
            )

    # === Invoicing === #

    def _invoice(self):
        """Make the invoices of proposed fees, one a payer, and credit notes of negative ones.

        :return: the ``account.move`` records, posted
        """
        groups = defaultdict(self.browse)
        for fee in self.filtered(lambda fee: fee.state == "proposed"):
            groups[fee.company_id, fee.partner_id, fee.amount_charged < 0] |= fee
        moves = self.env["account.move"]
        for fees in groups.values():
            move = moves.sudo().create(fees._prepare_move_vals())
            fees._check_move(move)
            move._post(soft=False)
            fees.write({"state": "invoiced", "move_id": move.id})
            if move.move_type == "out_refund":
                fees._settle_refund(move, fees._get_former_invoices())
            moves |= move
        return moves

    def _check_move(self, move):
        """Refuse an invoice that asks for more or less than these fees.

        :raises UserError: when the product's tax comes on top of them
        """
        amount = abs(sum(self.mapped("amount_charged")))
        if move.currency_id.compare_amounts(move.amount_total, amount):
            raise UserError(
                self.env._(
                    "The invoice comes to %(invoice)s, the late fees to %(fees)s. Choose a tax "
                    "within the price, or none, on the product “%(product)s”.",
                    invoice=move.amount_total,
                    fees=self.currency_id.round(amount),
                    product=self._get_product().name,
                )
            )

    def _get_product(self):
        return self.env.ref("power_billing.product_late_fee")

    def _prepare_move_vals(self):
        company = self.company_id
        company._power_require_setup()
        partner = self.partner_id
        position = partner.with_company(company).property_account_position_id
        day = self.run_id.invoice_date or self.env.company._get_power_today()
        sign = -1 if self[0].amount_charged < 0 else 1
        return {
            "move_type": "out_refund" if sign < 0 else "out_invoice",
            "journal_id": company.power_journal_id.id,
            "company_id": company.id,
            "currency_id": company.currency_id.id,
            "partner_id": partner.id,
            "fiscal_position_id": position.id,
            "invoice_date": day,
            "date": day,
            "invoice_payment_term_id": company.power_payment_term_id.id,
            "partner_bank_id": company.power_bank_account_id.id,
            "invoice_user_id": False,
            "invoice_line_ids": [
                Command.create(fee._prepare_move_line_vals(position, sign)) for fee in self
            ],
        }

    def _prepare_move_line_vals(self, position, sign):
        self.ensure_one()
        product = self._get_product()
        return {
            **self.bill_id._get_product_accounting(product, position),
            "product_id": product.id,
            "name": self._get_move_line_name(),
            "quantity": 1.0,
            "price_unit": sign * self.amount_charged,
        }

    def _get_move_line_name(self):
        self.ensure_one()
        fee = self.with_context(lang=self.partner_id.lang)
        product = fee._get_product()
        return f"{product.name} {self.bill_id.name}, {self.date_due} – {self.date_to}"

    def _get_former_invoices(self):
        fees = self.search([("bill_id", "in", self.bill_id.ids), ("state", "=", "invoiced")])
        return fees.move_id.filtered(lambda move: move.move_type == "out_invoice")

    def _settle_refund(self, refund, invoices):
        """Set a credit note against what is still open of invoices."""
        lines = (refund + invoices.sudo()).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable" and not line.reconciled
        )
        if lines.move_id & invoices and len(lines.account_id) == 1:
            lines.reconcile()

    def _create_waive_refund(self, amount, reason):
        """Credit a waived amount of an invoiced fee and set it against the fee's invoice."""
        self.ensure_one()
        position = self.move_id.fiscal_position_id
        refund = (
            self.env["account.move"]
            .sudo()
            .create(
                {
                    **self._prepare_move_vals(),
                    "move_type": "out_refund",
                    "invoice_date": self.env.company._get_power_today(),
                    "date": self.env.company._get_power_today(),
                    "reversed_entry_id": self.move_id.id,
                    "ref": reason,
                    "invoice_line_ids": [
                        Command.create(
                            {**self._prepare_move_line_vals(position, 1), "price_unit": amount}
                        )
                    ],
                }
            )
        )
        refund._post(soft=False)
        self._settle_refund(refund, self.move_id)
        return refund

    def action_view_invoice(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "view_mode": "form",
            "res_id": self.move_id.id,
        }
