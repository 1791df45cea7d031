from odoo import models


class PaymentTransaction(models.Model):
    """The deposit of a quotation that becomes a contract waits for the contract's invoices."""

    _inherit = "payment.transaction"

    def _invoice_sale_orders(self):
        """Where Odoo invoices what is paid online, a down payment would be asked for again by
        the contract's own invoices, which the deposit pays."""
        deposits = self.filtered(lambda tx: any(tx.sale_order_ids.mapped("makes_power_contract")))
        return super(PaymentTransaction, self - deposits)._invoice_sale_orders()
