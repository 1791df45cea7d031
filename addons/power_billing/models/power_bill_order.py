from datetime import timedelta

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools import rating


class PowerBill(models.Model):
    """The bills of a point follow each other: none begins before the one before it is posted,
    none leaves a day out, and none is posted from readings that have changed since."""

    _inherit = "power.bill"

    # === Rating === #

    def _get_rating_inputs(self):
        earlier = self._get_earlier_bills()
        self._align_periods(earlier)
        inputs = super()._get_rating_inputs()
        inputs["earlier"] = earlier
        return inputs

    def _get_determinants(self, inputs):
        waiting = inputs["earlier"][self.id]["open_name"]
        if waiting:
            raise rating.RatingError("earlier_open", bill=waiting)
        return super()._get_determinants(inputs)

    def _get_failure_message(self, error):
        if error.code == "earlier_open":
            return self.env._(
                "Bill %(bill)s of this point is not posted yet. Post or cancel it, then retry.",
                bill=error.data["bill"],
            )
        return super()._get_failure_message(error)

    def _fail(self, code, reason):
        """A month that could not be billed is open again, for a bill of its own."""
        result = super()._fail(code, reason)
        if not self.settlement_id:
            first = self.supply_point_id.billing_cycle_id._get_days(self.period_to)[0]
            self.period_from = max(self.period_from, first)
        return result

    def _align_periods(self, earlier):
        """Let month bills begin on the day after the last posted one, so that a month left out
        pays its fixed and capacity charges and gives its tiers.

        The first bill of a point begins with the month of its activation or opening reading.

        :param dict earlier: as ``_get_earlier_bills`` returns it
        """
        moved = {}
        for bill in self.filtered(lambda bill: not bill.settlement_id):
            row = earlier[bill.id]
            first = bill._get_first_day(row)
            if not row["open_name"] and first != bill.period_from:
                moved[bill.id] = first
        for first, bills in self.browse(moved).grouped(lambda bill: moved[bill.id]).items():
            bills.period_from = first

    def _get_first_day(self, row):
        """Return the first day that no bill of the point covers yet.

        :param dict row: what ``_get_earlier_bills`` knows of this bill
        """
        self.ensure_one()
        if row["billed_until"]:
            return row["billed_until"] + timedelta(days=1)
        if not row["opened"]:
            return self.period_from
        point, opened = self.supply_point_id, row["opened"] + timedelta(days=1)
        supplied = max(opened, point.date_activated or opened)
        first = point.billing_cycle_id._get_month_days(supplied)[0]
        return first if first <= self.period_to else self.period_from

    def _get_earlier_bills(self):
        """Return what comes before each bill in its point, by one statement.

        :return: {bill id: dict} with ``billed_until`` (last day of the last posted month bill),
            ``open_name`` (the earliest month bill after that one that is not posted) and, where
            nothing is billed, ``opened`` (day of the opening reading)
        """
        # "IS FALSE" keeps the planner from the index of all waiting bills: those of the point are
        # few, those of a run are many.
        fields = ["supply_point_id", "settlement_id", "state", "period_from", "period_to", "name"]
        self.flush_model(fields)
        self.env["power.meter.reading"].flush_model()
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT b.id, posted.period_to AS billed_until, waiting.name AS open_name,
                       CASE WHEN posted.period_to IS NULL THEN (
                           SELECT coalesce(max(r.date) FILTER (WHERE r.state = 'billed'),
                                           min(r.date))
                             FROM power_meter_reading r
                            WHERE r.supply_point_id = b.supply_point_id
                              AND (r.state = 'billed' OR r.kind = 'initial')) END AS opened
                  FROM power_bill b
             LEFT JOIN LATERAL (
                       SELECT o.period_to
                         FROM power_bill o
                        WHERE o.supply_point_id = b.supply_point_id
                          AND o.state <> 'cancelled' AND o.settlement_id IS NULL
                          AND o.state = 'posted' AND o.period_to < b.period_to
                     ORDER BY o.period_from DESC LIMIT 1) posted ON TRUE
             LEFT JOIN LATERAL (
                       SELECT o.name
                         FROM power_bill o
                        WHERE o.supply_point_id = b.supply_point_id
                          AND o.state <> 'cancelled' AND o.settlement_id IS NULL
                          AND (o.state = 'posted') IS FALSE AND o.id <> b.id
                          AND o.period_to < CASE WHEN b.settlement_id IS NULL
                                                 THEN b.period_to ELSE b.period_from END
                          AND o.period_from > coalesce(posted.period_to, '-infinity')
                     ORDER BY o.period_from LIMIT 1) waiting ON TRUE
                 WHERE b.id = ANY(%s)
                """,
                self.ids,
            )
        )
        return {row.pop("id"): row for row in rows}

    # === Posting === #

    def _check_postable(self):
        result = super()._check_postable()
        self._check_order()
        self._check_readings_used()
        return result

    def _check_order(self):
        """Refuse a bill whose point has an earlier one that is not posted."""
        earlier = self._get_earlier_bills()
        for bill in self:
            waiting = earlier[bill.id]["open_name"]
            if waiting:
                raise UserError(
                    self.env._(
                        "Post or cancel bill %(earlier)s first: bill %(bill)s begins where it "
                        "ends.",
                        earlier=waiting,
                        bill=bill.name,
                    )
                )

    def _check_readings_used(self):
        """Refuse a bill made of readings that were corrected, deleted or billed since."""
        stale = self._find_stale()
        if stale:
            raise UserError(
                self.env._(
                    "Rate bill %s again: since then a reading it is made of was corrected, "
                    "deleted or billed.",
                    ", ".join(stale.mapped("name")),
                )
            )

    def _find_stale(self):
        """Return the bills of which a reading is no longer there as it was rated: its day and
        value, the first one billed or initial, the others still to be billed."""
        self.flush_model(["determinants"])
        for name in ("power.meter", "power.meter.register", "power.meter.reading"):
            self.env[name].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT used.bill_id
                  FROM (
                       SELECT b.id AS bill_id, b.company_id, register ->> 'key' AS number,
                              coalesce(register ->> 'register', 'active') AS register,
                              (read ->> 'date')::date AS date,
                              (read ->> 'value')::numeric AS value,
                              coalesce((read ->> 'rollover')::boolean, FALSE) AS rollover, nr
                         FROM power_bill b
                   CROSS JOIN jsonb_array_elements(b.determinants -> 'registers') register
                   CROSS JOIN jsonb_array_elements(register -> 'readings')
                              WITH ORDINALITY AS reads(read, nr)
                        WHERE b.id = ANY(%s)
                       ) used
             LEFT JOIN LATERAL (
                       SELECT r.id
                         FROM power_meter m
                         JOIN power_meter_register g ON g.meter_id = m.id
                         JOIN power_meter_reading r ON r.register_id = g.id
                        WHERE m.company_id = used.company_id AND m.number = used.number
                          AND concat_ws('/', g.quantity, nullif(g.period, ''), nullif(g.line, ''))
                              = used.register
                          AND r.date = used.date AND r.value = used.value
                          AND coalesce(r.rollover, FALSE) = used.rollover
                          AND CASE WHEN used.nr = 1 THEN r.state = 'billed' OR r.kind = 'initial'
                                   ELSE r.state = 'validated' END
                        LIMIT 1) found ON TRUE
                 WHERE found.id IS NULL
                """,
                self.ids,
            )
        )
        return self.browse([bill_id for (bill_id,) in rows])
