from odoo import models
from odoo.tools import SQL

from .power_invoice_set_mixin import ShapeMemory


class PowerBill(models.Model):
    """Posted invoices written in a set.

    Bills fall into shapes (``power.invoice.set.mixin``); all invoices of a proven shape are written
    from its prototype in a few statements. Whatever is not proven is made by the ORM.
    """

    _inherit = "power.bill"

    def _make_moves(self):
        memory = self.env.context.get("power_shape_memory")
        memory = ShapeMemory() if memory is None else memory
        made = self._make_set(memory)
        rest = self.filtered(lambda bill: bill.id not in made)
        if rest:
            if not made:
                rest._require_alone()
            moves = super(PowerBill, rest)._make_moves()
            made |= dict(zip(rest.ids, moves.ids, strict=True))
        return self.env["account.move"].browse([made[bill.id] for bill in self])

    def _make_set(self, memory):
        """Write the invoices that may be written in a set.

        :return: dict, move id by bill id
        """
        memory.forget_old()
        return self._write_invoices(self._prepare_set(), memory)

    def _prepare_set(self):
        """Return the invoices of those bills that may be written in a set."""
        invoices, cache = [], {}
        self._fetch_move_inputs(cache)
        for bill in self:
            vals = bill._prepare_move_vals(cache)
            if bill._can_post_set_based(vals, cache):
                invoices.append(bill._prepare_invoice(vals, cache))
        return list(filter(None, invoices))

    def _select_expected(self, move_ids, invoices):
        """A move comes to its bill's total as it is stored."""
        return SQL(
            """
            SELECT m.id, b.amount_total AS total
              FROM account_move m
              JOIN power_bill b ON b.id = m.power_bill_id AND b.id = ANY(%s)
             WHERE m.id = ANY(%s)
            """,
            self.ids,
            move_ids,
        )
