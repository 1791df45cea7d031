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
        super()._begin_numbering(journal_ids)
        if self.env.context.get("power_numbers_shared"):
            self._require_payers_seen()

    def _require_payers_seen(self):
        """See to it that this transaction knows the payers' statements and credit as they are."""
        query = SQL(
            """
            SELECT count(*), max(b.id)
              FROM power_bill b
              JOIN res_partner p ON p.id = b.partner_id
             WHERE p.commercial_partner_id = ANY(%s) AND b.state = 'posted'
            """,
            self._get_commercial_payers().ids,
        )
        seen = self.env.execute_query(query)
        with self.env.registry.cursor() as cr:
            cr.execute(query)
            if cr.fetchall() != seen:
                raise SerializationFailure("Bills of the same payers were posted meanwhile.")

    def _require_alone(self):
        """Leave what Odoo itself makes to who posts alone: a transaction that does not see the
        last number calls the next one a gap.

        :raises SerializationFailure: when others may have posted meanwhile
        """
        if self.env.context.get("power_numbers_shared"):
            raise SerializationFailure("Odoo makes these invoices itself.")
