from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _get_next_sequence_format(self):
        """Go on after the last number that is committed, not only after the last that this
        transaction sees, where others number invoices meanwhile (context
        ``power_numbers_shared``)."""
        template, values = super()._get_next_sequence_format()
        if self.env.context.get("power_numbers_shared"):
            prefix = self._get_prefix_of(template.format(**values))
            values["seq"] = max(values["seq"], self._read_last_number(prefix))
        return template, values

    def _get_prefix_of(self, name):
        """Return the part of a name before its number, as ``sequence.mixin`` splits it."""
        move = self.new({"journal_id": self.journal_id.id, "name": name})
        move._compute_split_sequence()
        return move.sequence_prefix

    def _read_last_number(self, prefix):
        """Return the last committed number of the move's journal, as others see it now."""
        with self.env.registry.cursor() as cr:
            cr.execute(
                "SELECT max(sequence_number) FROM account_move"
                " WHERE journal_id = %s AND sequence_prefix = %s",
                [self.journal_id.id, prefix],
            )
            return cr.fetchone()[0] or 0
