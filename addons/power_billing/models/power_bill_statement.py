from odoo import api, fields, models

from ..tools.qr import qr_svg
from ..tools.reference import make_statement_reference

_CHARGES = (
    "amount_energy",
    "amount_basic",
    "amount_power_factor",
    "amount_fund",
    "amount_fixed",
)


class PowerBillStatement(models.Model):
    """All bills of a payer and a month on one paper, with one reference to pay them.

    The invoices stay one a supply point. A statement counts its living bills: when one is
    cancelled or made again, it corrects itself and gets a new revision if it was sent.
    """

    _name = "power.bill.statement"
    _description = "Consolidated Bill"
    _inherit = ["portal.mixin", "mail.thread", "power.send.mixin"]
    _order = "period desc, name, id"
    _check_company_auto = True
    _mail_post_access = "read"

    _send_mail_template = "power_billing.mail_template_statement"
    _send_sms_template = "power_billing.sms_template_statement"
    _send_cron = "power_billing.ir_cron_send_statements"

    name = fields.Char(required=True, readonly=True, index="trigram", copy=False)
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        comodel_name="res.partner", string="Payer", required=True, readonly=True, index=True
    )
    period = fields.Date(
        string="Month", required=True, readonly=True, help="First day of the month billed."
    )
    bill_ids = fields.One2many(
        comodel_name="power.bill", inverse_name="statement_id", string="All bills", readonly=True
    )
    live_bill_ids = fields.One2many(
        comodel_name="power.bill",
        inverse_name="statement_id",
        string="Bills",
        domain=[("state", "=", "posted")],
        readonly=True,
    )
    payment_reference = fields.Char(
        "Payment reference", readonly=True, copy=False, index="btree_not_null"
    )
    revision = fields.Integer(
        readonly=True, copy=False, help="How often it changed after it was sent."
    )
    bill_count = fields.Integer(string="Supply points", compute="_compute_totals", store=True)
    kwh = fields.Float(string="kWh", digits=(16, 2), compute="_compute_totals", store=True)
    amount_total = fields.Monetary(string="Total", compute="_compute_totals", store=True)
    amount_residual = fields.Monetary(string="Open", compute="_compute_totals", store=True)
    date_due = fields.Date(
        string="Pay until",
        compute="_compute_totals",
        store=True,
        help="The first due date among the bills still open, else among all.",
    )
    state = fields.Selection(
        selection=[("open", "To pay"), ("paid", "Paid"), ("void", "All bills cancelled")],
        compute="_compute_totals",
        store=True,
        index=True,
    )

    _payer_month_uniq = models.UniqueIndex(
        "(partner_id, company_id, period)", "This payer has a statement of this month already."
    )

    @api.depends("bill_ids.state", "bill_ids.amount_residual")
    def _compute_totals(self):
        groups = self.env["power.bill"]._read_group(
            [("statement_id", "in", self.ids), ("state", "=", "posted")],
            ["statement_id"],
            ["__count", "kwh:sum", "amount_total:sum", "amount_residual:sum", "id:recordset"],
        )
        figures = {statement.id: values for statement, *values in groups}
        nothing = (0, 0.0, 0.0, 0.0, self.env["power.bill"])
        for statement in self:
            count, kwh, total, residual, bills = figures.get(statement.id, nothing)
            statement.bill_count = count
            statement.kwh = kwh
            statement.amount_total = total
            statement.amount_residual = residual
            statement.date_due = statement._find_due(bills)
            is_open = statement.currency_id.compare_amounts(residual, 0.0) > 0
            statement.state = ("open" if is_open else "paid") if count else "void"

    def _find_due(self, bills):
        opened = bills.filtered(lambda bill: bill.amount_residual > 0) or bills
        return min(filter(None, opened.move_id.sudo().mapped("invoice_date_due")), default=False)

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for statement in self:
            statement.access_url = f"/my/power/statements/{statement.id}"
        return result

    @api.model_create_multi
    def create(self, vals_list):
        statements = super().create(vals_list)
        for statement in statements:
            statement.payment_reference = make_statement_reference(statement.id)
        return statements

    # === Made from bills === #

    @api.model
    def _gather(self, bills):
        """Put posted bills on the statements of their payers and months, made where missing.

        :return: the statements
        """
        statements = self.browse()
        for (company, partner, period), own in bills.grouped(self._get_key).items():
            statement = self.search(self._get_key_domain(company, partner, period))
            if not statement:
                statement = self.create(self._prepare_vals(company, partner, period))
            new = own - statement.bill_ids
            new.write({"statement_id": statement.id})
            statement._register_change(
                self.env._("Added: %s", ", ".join(new.mapped("name"))) if new else None
            )
            statements |= statement
        return statements

    def _get_key(self, bill):
        return bill.company_id, bill.partner_id, bill.period_to.replace(day=1)

    def _get_key_domain(self, company, partner, period):
        return [
            ("company_id", "=", company.id),
            ("partner_id", "=", partner.id),
            ("period", "=", period),
        ]

    def _prepare_vals(self, company, partner, period):
        number = partner.commercial_partner_id.power_customer_number or str(partner.id)
        return {
            "name": f"S{number}-{period:%Y%m}",
            "company_id": company.id,
            "partner_id": partner.id,
            "period": period,
        }

    def _register_change(self, what):
        """A statement that went out already is a new revision now, to be sent again."""
        for statement in self if what else ():
            if statement.send_state and statement.send_state != "waiting":
                statement.write({"revision": statement.revision + 1, "send_state": False})
                statement._message_log(body=what)

    def _get_amount_due(self):
        return self.amount_residual, self.date_due

    def action_send(self):
        """Queue statements for sending; the background does it."""
        self.filtered(lambda statement: statement.state != "void")._queue_sending()

    def _cron_send_statements(self):
        self._send_waiting()

    def action_view_bills(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("power_billing.power_bill_action")
        return {**action, "domain": [("statement_id", "=", self.id)], "context": {}}

    # === Paying === #

    def _get_payable_moves(self):
        """Return the open invoices that the statement's reference pays, in due order (sudo)."""
        moves = self.sudo().live_bill_ids.move_id.filtered(
            lambda move: move.amount_residual > 0 and move._has_to_be_paid()
        )
        return moves.sorted(lambda move: (move.invoice_date_due or move.date, move.id))

    # === What it shows === #

    def _get_report_base_filename(self):
        self.ensure_one()
        return f"statement-{self.name}"

    def _get_live_bills(self):
        """Return the bills that count, by supply point."""
        return self.live_bill_ids.sorted(lambda bill: (bill.supply_point_id.sudo().number, bill.id))

    def _get_cancelled_bills(self):
        return self.sudo().bill_ids.filtered(lambda bill: bill.state == "cancelled")

    def _get_revision_label(self):
        return self.env._("Revision %s", self.revision)

    def _get_category_rows(self):
        """Return the totals by usage category: dicts of name, count, kwh and amount."""
        rows = [
            {
                "name": category.sudo().name or "",
                "count": len(bills),
                "kwh": sum(bills.mapped("kwh")),
                "amount": self.currency_id.round(sum(bills.mapped("amount_total"))),
            }
            for category, bills in self._get_live_bills().grouped("usage_category_id").items()
        ]
        return sorted(rows, key=lambda row: -row["amount"])

    def _get_charge_rows(self):
        """Return [(kind of charge, amount)] over all bills, those of nothing left out."""
        bills = self._get_live_bills()
        labels = bills.fields_get(_CHARGES, ["string"])
        amounts = {name: self.currency_id.round(sum(bills.mapped(name))) for name in _CHARGES}
        return [(labels[name]["string"], amount) for name, amount in amounts.items() if amount]

    def _get_bank(self):
        company = self.company_id.sudo()
        return company.power_bank_account_id or company.partner_id.bank_ids[:1]

    def _get_qr_svg(self):
        """Return a QR code of the statement's page in the portal."""
        self.ensure_one()
        return qr_svg(self.get_base_url() + self.get_portal_url())

    def _is_overdue(self):
        self.ensure_one()
        today = self.env.company._get_power_today()
        return bool(self.amount_residual > 0 and self.date_due and self.date_due < today)
