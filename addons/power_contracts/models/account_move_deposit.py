from odoo import models


class AccountMove(models.Model):
    """The deposit of a quotation pays the first invoices of its contract."""

    _inherit = "account.move"

    def _follow_service_posting(self):
        result = super()._follow_service_posting()
        for move in self.filtered(lambda move: move.move_type == "out_invoice"):
            move._use_power_deposit()
        return result

    def _use_power_deposit(self):
        """Reconcile with what the customer paid when it accepted the quotation."""
        self.ensure_one()
        orders = self.invoice_line_ids.contract_line_id.contract_id.sudo().sale_order_id
        payments = orders.transaction_ids.payment_id
        if not payments:
            return
        owed = self.sudo().line_ids.filtered(
            lambda line: line.account_type == "asset_receivable" and not line.reconciled
        )
        # A payment that was cancelled later pays nothing.
        paid = payments.move_id.line_ids.filtered(
            lambda line: (
                line.account_id == owed.account_id[:1]
                and line.parent_state == "posted"
                and not line.reconciled
            )
        )
        if owed and paid:
            (owed | paid).reconcile()
