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


class BillRow(NamedTuple):
    """A bill with its charges, as its invoice needs it.

    ``service_level_id``: of the point's present payer.
    """

    id: int
    run_id: int | None
    company_id: int
    partner_id: int
    name: str
    payment_reference: str | None
    amount_total: float
    service_level_id: int | None
    charges: list[ChargeRow]


class PowerBill(models.Model):
    """Many bills with their charges, by two statements."""

    _inherit = "power.bill"

    def _fetch_rows(self):
        """Return {bill id: BillRow}."""
        self.flush_model(
            [
                "amount_total",
                "company_id",
                "name",
                "partner_id",
                "payment_reference",
                "run_id",
                "supply_point_id",
            ]
        )
        self.env["power.supply.point"].flush_model(["payer_id"])
        self.env["res.partner"].flush_model(["power_service_level_id"])
        charges = self._fetch_charges()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT b.id, b.run_id, b.company_id, b.partner_id, b.name, b.payment_reference,
                       b.amount_total::float, payer.power_service_level_id
                  FROM power_bill b
                  JOIN power_supply_point point ON point.id = b.supply_point_id
             LEFT JOIN res_partner payer ON payer.id = point.payer_id
                 WHERE b.id = ANY(%s)
                """,
                self.ids,
            )
        )
        return {row[0]: BillRow(*row, charges[row[0]]) for row in rows}

    def _fetch_charges(self):
        """Return {bill id: [ChargeRow]}, in order."""
        self.env["power.bill.line"].flush_model()
        charges = defaultdict(list)
        for bill_id, *row in self.env.execute_query(
            SQL(
                """
                SELECT bill_id, id, product_id, component_id, period, coalesce(tier, 0), share,
                       date_from::text, date_to::text, quantity::float, unit, price::float,
                       amount::float, kind
                  FROM power_bill_line
                 WHERE bill_id = ANY(%s)
              ORDER BY bill_id, sequence, id
                """,
                self.ids,
            )
        ):
            charges[bill_id].append(ChargeRow(*row))
        return charges

    def _get_row(self, cache):
        """Return this bill's row, as fetched for the whole batch."""
        bill_id, rows = self.id, cache.get("bills", ())
        return rows[bill_id] if bill_id in rows else self._fetch_rows()[bill_id]
