from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command

from ..tools.promise_credit import credit


class PowerPromiseCredit(models.Model):
    """What one customer got for one missed promise."""

    _name = "power.promise.credit"
    _description = "Credit for a missed promise"
    _order = "date desc, id desc"
    _check_company_auto = True

    clock_id = fields.Many2one(
        "power.fault.clock", string="Promise", required=True, ondelete="restrict", readonly=True
    )
    fault_id = fields.Many2one(related="clock_id.fault_id", store=True, index=True)
    rule_id = fields.Many2one(
        "power.promise.credit.rule", required=True, index=True, ondelete="restrict", readonly=True
    )
    company_id = fields.Many2one(related="rule_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner",
        string="Payer",
        compute="_compute_partner_id",
        store=True,
        index=True,
        ondelete="restrict",
    )
    late_minutes = fields.Float(
        string="Late (min)", compute="_compute_amount", store=True, digits=(16, 2), aggregator="avg"
    )
    amount = fields.Monetary(compute="_compute_amount", store=True)
    date = fields.Date(readonly=True)
    move_id = fields.Many2one(
        "account.move", string="Credit note", readonly=True, index="btree_not_null"
    )

    _clock_uniq = models.UniqueIndex("(clock_id)", "This breach was made good already.")

    @api.depends("clock_id")
    def _compute_partner_id(self):
        """Whoever pays the bills of the supply point; without one the customer."""
        for record in self:
            fault = record.clock_id.fault_id
            record.partner_id = fault.supply_point_id.payer_id or fault.partner_id

    @api.depends("clock_id", "rule_id")
    def _compute_amount(self):
        for record in self:
            clock = record.clock_id
            record.late_minutes = clock.minutes - clock.limit_minutes
            amount = credit(record.rule_id._to_kernel(), timedelta(minutes=record.late_minutes))
            record.amount = float(amount)

    @api.depends("clock_id")
    def _compute_display_name(self):
        for record in self:
            record.display_name = f"{record.fault_id.name}: {record.clock_id.display_name}"

    def _post(self):
        """Book the credit note: it stays open on the customer's account for the next bill."""
        for record in self:
            company = record.company_id
            company._power_require_setup()
            record.date = company._get_power_today()
            move = self.env["account.move"].sudo().create(record._prepare_move_vals())
            move._post(soft=False)
            record.move_id = move
            record.partner_id._update_power_prepaid(company)
            record._log_on_fault()
        return self

    def _prepare_move_vals(self):
        """Hook: values of the credit note; a compensation is no sale and bears no tax."""
        self.ensure_one()
        company = self.company_id
        return {
            "move_type": "out_refund",
            "journal_id": company.power_journal_id.id,
            "company_id": company.id,
            "currency_id": company.currency_id.id,
            "partner_id": self.partner_id.id,
            "invoice_date": self.date,
            "date": self.date,
            "ref": self.fault_id.name,
            "invoice_user_id": False,
            "invoice_line_ids": [Command.create(self._prepare_move_line_vals())],
        }

    def _prepare_move_line_vals(self):
        product = self.env.ref("power_faults_billing.product_promise_credit")
        product = product.with_context(lang=self.partner_id.lang)
        promise = self.clock_id.promise_id.with_context(lang=self.partner_id.lang)
        return {
            "product_id": product.id,
            "name": f"{product.name}: {promise.name}, {self.fault_id.name}",
            "quantity": 1.0,
            "price_unit": self.amount,
            "account_id": self.rule_id.account_id.id,
            "tax_ids": [Command.clear()],
        }

    def _log_on_fault(self):
        self.fault_id._message_log(
            body=self.env._(
                "Promise missed: %(promise)s. %(amount)s credited to %(customer)s (%(move)s).",
                promise=self.clock_id.promise_id.name,
                amount=self.currency_id.format(self.amount),
                customer=self.partner_id.display_name,
                move=self.move_id.name,
            )
        )

    def action_open_move(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "view_mode": "form",
            "res_id": self.move_id.id,
        }
