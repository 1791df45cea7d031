from typing import NamedTuple

from odoo import models
from odoo.tools import SQL

# First key of the advisory lock of who numbers a set of invoices; the second is the journal.
LOCK_CLASS = 0x70776E6F


class Sequence(NamedTuple):
    """Where the numbers of a journal stand; ``last`` is the last one given."""

    template: str
    values: dict
    prefix: str
    last: int

    def format(self, number: int) -> str:
        return self.template.format(**self.values, seq=number)


class PowerInvoiceSetMixin(models.AbstractModel):
    """Numbers without gaps, drawn by several who write invoices of one journal.

    Each prepares its invoices while another writes his; only from the drawing of numbers to the
    commit there is one at a time.
    """

    _inherit = "power.invoice.set.mixin"

    def _begin_numbering(self, journal_ids):
        """Wait until nobody else numbers invoices of these journals; keep others waiting until
        this transaction ends. Hook: what has to be known before the first number is drawn."""
        for journal_id in sorted(journal_ids):
            self.env.cr.execute(SQL("SELECT pg_advisory_xact_lock(%s, %s)", LOCK_CLASS, journal_id))

    def _read_sequence(self, journal_id, move_type, day):
        """Return the ``Sequence`` of which an invoice of that day takes its number."""
        move = self.env["account.move"].sudo().with_context(power_numbers_shared=True)
        move = move.new({"journal_id": journal_id, "move_type": move_type, "date": day})
        template, values = move._get_next_sequence_format()
        values = dict(values)
        last = values.pop("seq")
        prefix = move._get_prefix_of(template.format(**values, seq=last + 1))
        return Sequence(template, values, prefix, last)
