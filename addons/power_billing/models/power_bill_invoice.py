from odoo import models
from odoo.fields import Command


class PowerBill(models.Model):
    """A bill's invoice as plain data."""

    _inherit = "power.bill"

    def _prepare_invoice(self, vals, cache):
        """Return an invoice as plain data; None when it does not come to the bill's total."""
        amounts = self._compute_invoice_amounts(vals, cache)
        target = abs(self._get_row(cache).amount_total)
        if amounts["total"] != target and self._is_other_amount(amounts["total"], target):
            vals = {**vals, "invoice_line_ids": self._prepare_plain_charges(vals, cache)}
            amounts = self._compute_invoice_amounts(vals, cache)
            if self._is_other_amount(amounts["total"], target):
                return None
        return self._describe_invoice(self.id, vals, amounts, cache)

    def _is_other_amount(self, amount, target):
        return self.company_id.currency_id.compare_amounts(amount, target)

    def _prepare_plain_charges(self, vals, cache):
        """Return the charges as 1 × amount."""
        sign = -1 if vals["move_type"] == "out_refund" else 1
        return [
            Command.create({**command[2], "quantity": 1.0, "price_unit": sign * line.amount})
            for command, line in zip(
                vals["invoice_line_ids"], self._get_row(cache).charges, strict=True
            )
        ]

    def _get_own_move_columns(self):
        return {**super()._get_own_move_columns(), "power_bill_id": "int[]"}
