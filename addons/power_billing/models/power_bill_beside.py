from psycopg2.errors import SerializationFailure

from odoo import models
from odoo.tools import SQL


class PowerBill(models.Model):
    """Posting while others post other bills of the run (context ``power_numbers_shared``).

    What they commit meanwhile is not seen here. Numbers are read afresh; whatever else depends on
    theirs is done again in a transaction of its own, alone (``power.bill.run``).
    """

    _inherit = "power.bill"

    def _begin_numbering(self, journal_ids):
        """Wait for one's turn to number these bills' invoices.

        :raises SerializationFailure: when others posted bills of the same payers meanwhile
        """
        shared = self.env.context.get("power_numbers_shared")
        payers = shared and self._select_payers_bills()
        seen = shared and self.env.execute_query(payers)
        result = super()._begin_numbering(journal_ids)
        if shared:
            with self.env.registry.cursor() as cr:
                cr.execute(payers)
                if cr.fetchall() != seen:
                    raise SerializationFailure("Bills of the same payers were posted meanwhile.")
        return result

    def _select_payers_bills(self):
        """Select what tells whether other bills of these payers were posted: this transaction has
        to know their statements and credit as they are."""
        return SQL(
            """
            SELECT count(*), max(b.id)
              FROM power_bill b
              JOIN res_partner p ON p.id = b.partner_id
             WHERE p.commercial_partner_id = ANY(%s) AND b.state = 'posted'
            """,
            self._get_commercial_payers().ids,
        )

    def _require_alone(self):
        """Leave what Odoo itself makes to who posts alone: a transaction that does not see the
        last number calls the next one a gap.

        :raises SerializationFailure: when others may have posted meanwhile
        """
        if self.env.context.get("power_numbers_shared"):
            raise SerializationFailure("Odoo makes these invoices itself.")
