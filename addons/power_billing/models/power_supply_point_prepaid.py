from datetime import timedelta
from decimal import Decimal

from odoo import fields, models
from odoo.tools import SQL

from ..tools import rating
from ..tools.exact import exact

_MONTH = 30
_BILLS = 3


class PowerSupplyPoint(models.Model):
    """What a prepaid point has used since its last bill, and uses a day."""

    _inherit = "power.supply.point"

    is_prepaid = fields.Boolean(
        string="Prepaid",
        tracking=True,
        index=True,
        help="The payer tops up before use; the balance is estimated every day.",
    )

    def _estimate_prepaid(self, today):
        """Estimate what is unbilled, and what a day costs, of points of one company.

        From readings: what was read since the last bill, and from there the daily kWh of the
        last reading, rated by the tariff. Without them: the last bills' charge by the day.

        :return: {point id: dict with ``unbilled``, ``per_day`` (Decimal), ``kwh``,
            ``kwh_per_day``, ``since`` (date), ``basis`` (``readings``, ``bills``, ``none``)}
        """
        use = self._fetch_prepaid_use()
        bills = self._fetch_prepaid_bills()
        return {
            point.id: point._estimate_from_readings(use.get(point.id), today)
            or point._estimate_from_bills(bills.get(point.id), today)
            for point in self
        }

    def _fetch_prepaid_use(self):
        """Return {point id: (since, last read, kWh read since, kWh a day)}, all meters together."""
        self.env["power.meter.reading"].flush_model()
        self.env["power.meter"].flush_model()
        self.env["power.meter.register"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                WITH billed AS (
                    SELECT m.id AS meter_id, m.supply_point_id, max(r.date) AS date
                      FROM power_meter m
                      JOIN power_meter_reading r ON r.meter_id = m.id
                       AND (r.state = 'billed' OR r.kind = 'initial')
                      JOIN power_meter_register g ON g.id = r.register_id AND g.is_main
                     WHERE m.supply_point_id = ANY(%s)
                       AND m.date_removed IS NULL
                  GROUP BY m.id
                ), last AS (
                    SELECT DISTINCT ON (r.meter_id) r.meter_id, r.date, r.daily_kwh
                      FROM power_meter_reading r
                      JOIN billed ON billed.meter_id = r.meter_id
                      JOIN power_meter_register g ON g.id = r.register_id AND g.is_main
                     WHERE r.state IN ('validated', 'billed') AND r.kind <> 'initial'
                  ORDER BY r.meter_id, r.date DESC
                )
                SELECT billed.supply_point_id, min(billed.date),
                       min(greatest(last.date, billed.date)),
                       sum(coalesce((
                           SELECT sum(r.consumption)
                             FROM power_meter_reading r
                             JOIN power_meter_register g ON g.id = r.register_id AND g.is_main
                            WHERE r.meter_id = billed.meter_id
                              AND r.state = 'validated'
                              AND r.date > billed.date), 0))::text,
                       sum(last.daily_kwh)::text
                  FROM billed
             LEFT JOIN last ON last.meter_id = billed.meter_id
              GROUP BY billed.supply_point_id
                """,
                self.ids,
            )
        )
        return {row[0]: row[1:] for row in rows}

    def _estimate_from_readings(self, use, today):
        if not use or use[3] is None or not self.tariff_id:
            return None
        since, read, kwh, per_day = use[0], use[1], Decimal(use[2]), Decimal(use[3])
        kwh += per_day * max((today - read).days, 0)
        try:
            unbilled = self._rate_prepaid(kwh, since, today)
            month = self._rate_prepaid(per_day * _MONTH, today, today + timedelta(days=_MONTH))
        except rating.RatingError:
            return None
        return {
            "unbilled": unbilled,
            "per_day": month / _MONTH,
            "kwh": kwh,
            "kwh_per_day": per_day,
            "since": since,
            "basis": "readings",
        }

    def _rate_prepaid(self, kwh, since, until):
        """Return the charge of kWh used from the day after ``since`` until ``until``."""
        if until <= since:
            return Decimal(0)
        return rating.rate(self._get_prepaid_determinants(kwh, since, until)).total

    def _get_prepaid_determinants(self, kwh, since, until):
        """Return what the rating kernel needs: one register that went from zero to ``kwh``."""
        self.ensure_one()
        first = since + timedelta(days=1)
        return {
            "supply_point": self.number,
            "period_from": first.isoformat(),
            "period_to": until.isoformat(),
            "registers": [
                {
                    "key": "estimate",
                    "multiplier": "1",
                    "digits": 12,
                    "readings": [
                        {"date": since.isoformat(), "value": "0"},
                        {"date": until.isoformat(), "value": str(round(kwh, 2))},
                    ],
                }
            ],
            "versions": self.env["power.bill"]
            .new({"period_from": first, "period_to": until})
            ._choose_versions(
                [
                    version._get_determinants()
                    for version in self.tariff_id.version_ids.sorted("date_from")
                ],
                first.isoformat(),
            ),
        }

    def _fetch_prepaid_bills(self):
        """Return {point id: (last day billed, charge a day of the last bills)}."""
        bills = self.env["power.bill"]
        bills.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT supply_point_id, max(period_to),
                       (sum(amount_total) / sum(period_to - period_from + 1))::text,
                       (sum(kwh) / sum(period_to - period_from + 1))::text
                  FROM (SELECT b.*, row_number() OVER (
                                   PARTITION BY supply_point_id ORDER BY period_from DESC) AS nr
                          FROM power_bill b
                         WHERE supply_point_id = ANY(%s) AND state = 'posted'
                           AND settlement_id IS NULL) recent
                 WHERE nr <= %s
              GROUP BY supply_point_id
                """,
                self.ids,
                _BILLS,
            )
        )
        return {row[0]: row[1:] for row in rows}

    def _estimate_from_bills(self, last, today):
        since = last[0] if last else today
        days = max((today - since).days, 0)
        per_day = Decimal(last[1]) if last else Decimal(0)
        kwh_per_day = Decimal(last[2]) if last else Decimal(0)
        return {
            "unbilled": exact(round(per_day * days, 2), 2),
            "per_day": per_day,
            "kwh": kwh_per_day * days,
            "kwh_per_day": kwh_per_day,
            "since": since,
            "basis": "bills" if last else "none",
        }
