from odoo import models
from odoo.tools import SQL

from ..tools.beside import Beside
from .power_bill import SLICE
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
            moves = super(PowerBill, rest)._make_moves()
            made |= dict(zip(rest.ids, moves.ids, strict=True))
        return self.env["account.move"].browse([made[bill.id] for bill in self])

    def _make_set(self, memory):
        """Write the invoices that may be written in a set.

        Of shapes known already, PostgreSQL inserts one slice while Python prepares the next.

        :return: dict, move id by bill id
        """
        made, invoices, later, cache = {}, [], [], {}
        memory.forget_old()
        self._fetch_move_inputs(cache)
        with Beside(self.env.cr) as beside:
            bills = self.with_context(power_beside=beside)
            for start in range(0, len(bills), SLICE):
                prepared = bills[start : start + SLICE]._prepare_set(bills._prefetch_ids, cache)
                known = [one for one in prepared if memory.recall(one.shape_key)]
                made |= bills._write_invoices(known, memory)
                later += [one for one in prepared if not memory.recall(one.shape_key)]
                invoices += prepared
            beside.wait()
            made |= bills._write_invoices(later, memory)
        if made:
            written = [one for one in invoices if one.owner_id in made]
            self._finish_inserted([made[one.owner_id] for one in written], written)
        return made

    def _prepare_set(self, prefetch_ids, cache):
        """Return the invoices of those bills that may be written in a set."""
        invoices = []
        for bill in self.with_prefetch(prefetch_ids):
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
