from odoo import models
from odoo.fields import Command

from .power_invoice_set_guard import MOVE_KEYS_REFUSED


class PowerBill(models.Model):
    """Invoices whose journal items are complete when they are created.

    Odoo derives tax and receivable lines by comparing an invoice before and after each write,
    which takes most of the time of posting. Here they come from the same engine
    (``account.tax``, ``account.payment.term``) before the invoice is created, in one go.
    """

    _inherit = "power.bill"

    def _create_moves(self):
        """Create the draft invoices of bills, in the bills' order.

        A bill of a shape that is not proven complete is created by Odoo's own synchronisation.

        :return: ``account.move`` records, one a bill
        :raises UserError: when an invoice does not come to its bill's total
        """
        cache, created = {}, {}
        plain, complete = [], []
        for bill, vals in zip(self, self._prepare_move_vals_list(), strict=True):
            if bill._can_post_complete(vals, cache):
                complete.append((bill, bill._prepare_complete_move_vals(vals, cache)))
            else:
                plain.append((bill, vals))
        moves = self.env["account.move"].sudo().with_context(**self._get_move_context())
        for records, batch in (
            (moves, plain),
            (moves.with_context(**self._get_complete_move_context()), complete),
        ):
            batch_moves = records.create([vals for _bill, vals in batch])
            for (bill, _vals), move in zip(batch, batch_moves, strict=True):
                bill._align_move(move)
                created[bill.id] = move.id
        if not plain:
            # Numbering and the state change no amount: posting has nothing to synchronise either.
            moves = moves.with_context(skip_invoice_sync=True, skip_invoice_line_sync=True)
        return moves.browse([created[bill.id] for bill in self])

    def _get_complete_move_context(self):
        """Nothing is left to derive from the lines, and a draft has no analytic lines."""
        return {
            "skip_invoice_sync": True,
            "skip_invoice_line_sync": True,
            "skip_analytic_sync": True,
        }

    # === Which bills === #

    def _can_post_complete(self, vals, cache):
        """Tell whether an invoice of these values can be made with complete journal items.

        :param dict vals: what ``_prepare_move_vals`` returned
        :param dict cache: what was already found out in this batch
        """
        company = self.company_id
        if "complete" not in cache:
            cache["complete"] = self._is_synchronisation_known()
        return (
            cache["complete"]
            and vals["move_type"] == "out_invoice"
            and vals["company_id"] == company.id
            and vals["currency_id"] == company.currency_id.id
            and not MOVE_KEYS_REFUSED.intersection(vals)
            and self._is_term_proven(vals.get("invoice_payment_term_id"))
            and all(
                self._is_charge_proven(*line, cache, self._are_taxes_proven)
                for line in vals["invoice_line_ids"]
            )
        )

    # === Their journal items === #

    def _prepare_complete_move_vals(self, vals, cache):
        """Return an invoice's values with all its journal items instead of its charges.

        Where quantity × price does not come to the bill's total, charges are 1 × amount.
        """
        charges = [line[2] for line in vals["invoice_line_ids"]]
        result = self._compute_charges(vals, charges, cache)
        if self.currency_id.compare_amounts(result["total"], self.amount_total):
            charges = [
                {**charge, "quantity": 1.0, "price_unit": line.amount}
                for charge, line in zip(charges, self.line_ids, strict=True)
            ]
            result = self._compute_charges(vals, charges, cache)
        lines = [
            *(
                {**charge, **amounts, "analytic_distribution": False}
                for charge, amounts in zip(charges, result["base"], strict=True)
            ),
            *({**line, "display_type": "tax"} for line in result["tax"]),
            *self._prepare_term_line_vals_list(vals, result),
        ]
        return {
            **{key: value for key, value in vals.items() if key != "invoice_line_ids"},
            "line_ids": [Command.create(line) for line in lines],
        }
