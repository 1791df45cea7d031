from odoo import models
from odoo.fields import Command

from ..tools.invoice_shape import Invoice


class PowerBill(models.Model):
    """A bill's invoice as plain data."""

    _inherit = "power.bill"

    def _prepare_invoice(self, vals, cache):
        """Return an invoice as plain data; None when it does not come to the bill's total."""
        amounts = self._compute_invoice_amounts(vals, cache)
        target = abs(self.amount_total)
        if amounts["total"] != target and self.currency_id.compare_amounts(
            amounts["total"], target
        ):
            vals = {**vals, "invoice_line_ids": self._prepare_plain_charges(vals, cache)}
            amounts = self._compute_invoice_amounts(vals, cache)
            if self.currency_id.compare_amounts(amounts["total"], target):
                return None
        partner = self._get_partner_traits(vals["partner_id"], cache)
        digits = self.currency_id.decimal_places
        lines = self._prepare_invoice_lines(vals, amounts, digits, cache)
        return Invoice(
            owner_id=self.id,
            shape_key=self._get_shape_key(vals, partner, lines),
            vals=vals,
            partner_id=vals["partner_id"],
            commercial_partner_id=partner["commercial_partner_id"],
            partner_name=partner["name"],
            untaxed=f"{amounts['untaxed']:.{digits}f}",
            tax=f"{amounts['tax']:.{digits}f}",
            total=f"{amounts['total']:.{digits}f}",
            lines=lines,
        )

    def _prepare_plain_charges(self, vals, cache):
        """Return the charges as 1 × amount."""
        sign = -1 if vals["move_type"] == "out_refund" else 1
        return [
            Command.create({**command[2], "quantity": 1.0, "price_unit": sign * line.amount})
            for command, line in zip(
                vals["invoice_line_ids"], self._get_charges(cache), strict=True
            )
        ]

    def _get_own_move_columns(self):
        return {**super()._get_own_move_columns(), "power_bill_id": "int[]"}
