from odoo import api, fields, models
from odoo.exceptions import UserError


class PowerCounterReceipt(models.Model):
    """What a clerk took from a customer, and what it paid; the paper the customer gets."""

    _name = "power.counter.receipt"
    _description = "Counter Receipt"
    _inherit = ["power.state.mixin", "mail.thread"]
    _order = "date desc, id desc"
    _check_company_auto = True

    _TRANSITIONS = {"done": ("void",), "void": ()}

    name = fields.Char(required=True, readonly=True, index="trigram", copy=False)
    session_id = fields.Many2one(
        comodel_name="power.counter.session",
        required=True,
        index=True,
        readonly=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, index=True, readonly=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(related="session_id.user_id", store=True, index=True)
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    partner_id = fields.Many2one(
        comodel_name="res.partner", string="Customer", required=True, index=True, readonly=True
    )
    journal_id = fields.Many2one(
        comodel_name="account.journal", string="Payment method", required=True, readonly=True
    )
    payment_id = fields.Many2one(
        comodel_name="account.payment",
        readonly=True,
        index="btree_not_null",
        groups="account.group_account_readonly",
    )
    amount = fields.Monetary(required=True, readonly=True)
    amount_tendered = fields.Monetary(string="Handed over", readonly=True)
    amount_change = fields.Monetary(string="Change given", readonly=True)
    amount_credit = fields.Monetary(string="Kept on account", readonly=True)
    lines = fields.Json(
        string="What it paid", readonly=True, help="Name, due, open before, paid, left."
    )
    lines_text = fields.Text(string="Paid items", compute="_compute_lines_text")
    state = fields.Selection(
        selection=[("done", "Done"), ("void", "Void")],
        required=True,
        default="done",
        readonly=True,
        index=True,
        tracking=True,
    )
    void_reason = fields.Char("Void reason", readonly=True, tracking=True)

    @api.depends("lines")
    def _compute_lines_text(self):
        for receipt in self:
            receipt.lines_text = "\n".join(
                f"{line['name']}: {line['paid']:.2f}" for line in receipt.lines or []
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A receipt stays; void it instead."))

    def _get_report_base_filename(self):
        self.ensure_one()
        return f"receipt-{self.name}"

    def action_print(self):
        return self.env.ref("power_billing.action_report_counter_receipt").report_action(self)

    def action_void(self):
        """Ask for the reason, then undo a payment taken by mistake."""
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Void receipts"),
            "res_model": "power.counter.void",
            "view_mode": "form",
            "target": "new",
            "context": {"default_receipt_ids": self.ids},
        }

    def _void(self, reason):
        """Cancel the payments while their sessions are not closed; the reason stays."""
        self.check_access("write")
        for receipt in self:
            if receipt.session_id.state == "closed":
                raise UserError(
                    self.env._(
                        "%(receipt)s is in a closed session. Refund the customer instead.",
                        receipt=receipt.name,
                    )
                )
            payment = receipt.sudo().payment_id
            payment.action_draft()
            payment.action_cancel()
            receipt._set_state("void", void_reason=reason)
