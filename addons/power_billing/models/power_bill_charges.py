from collections import defaultdict
from typing import NamedTuple

from odoo import models
from odoo.tools import SQL


class ChargeRow(NamedTuple):
    """A bill's charge as its invoice needs it; many times cheaper than a record."""

    id: int
    product_id: int
    component_id: int | None
    period: str | None
    tier: int
    share: str | None
    date_from: str
    date_to: str
    quantity: float
    unit: str
    price: float
    amount: float
    kind: str


class PowerBill(models.Model):
    """The charges of many bills by one statement."""

    _inherit = "power.bill"

    def _fetch_charges(self):
        """Return {bill id: [ChargeRow]}, in order."""
        self.env["power.bill.line"].flush_model()
        charges = defaultdict(list)
        for bill_id, *row in self.env.execute_query(
            SQL(
                """
                SELECT bill_id, id, product_id, component_id, period, coalesce(tier, 0), share,
                       date_from::text, date_to::text, quantity, unit, price, amount,
                       kind
                  FROM power_bill_line
                 WHERE bill_id = ANY(%s)
              ORDER BY bill_id, sequence, id
                """,
                self.ids,
            )
        ):
            charges[bill_id].append(ChargeRow(*row))
        return charges

    def _get_charges(self, cache):
        """Return the rows of this bill's charges, as fetched for the whole batch."""
        charges = cache.get("charges", ())
        return charges[self.id] if self.id in charges else self._fetch_charges()[self.id]
