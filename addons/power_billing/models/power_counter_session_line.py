from odoo import api, fields, models


class PowerCounterSessionLine(models.Model):
    """What one way of paying should have brought, and what was counted."""

    _name = "power.counter.session.line"
    _description = "Counter Session Count"
    _order = "is_cash desc, id"

    session_id = fields.Many2one(
        comodel_name="power.counter.session", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="session_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="session_id.currency_id")
    journal_id = fields.Many2one(
        comodel_name="account.journal", string="Payment method", required=True, readonly=True
    )
    is_cash = fields.Boolean(string="Cash", readonly=True)
    expected = fields.Monetary(
        compute="_compute_expected",
        store=True,
        help="Cash at opening and what the receipts of this method come to.",
    )
    counted = fields.Monetary()
    difference = fields.Monetary(compute="_compute_difference", store=True)

    def write(self, vals):
        if "counted" in vals:
            self.session_id._check_open()
        return super().write(vals)

    @api.depends(
        "journal_id",
        "session_id.cash_opening",
        "session_id.receipt_ids.state",
        "session_id.receipt_ids.amount",
    )
    def _compute_expected(self):
        for line in self:
            # A closed session's figures are those that were approved.
            if line.session_id.state == "closed":
                line.expected = line.expected
                continue
            receipts = line.session_id.receipt_ids.filtered(
                lambda receipt, line=line: (
                    receipt.state == "done" and receipt.journal_id == line.journal_id
                )
            )
            opening = line.session_id.cash_opening if line.is_cash else 0.0
            line.expected = opening + sum(receipts.mapped("amount"))

    @api.depends("expected", "counted")
    def _compute_difference(self):
        for line in self:
            line.difference = line.counted - line.expected
