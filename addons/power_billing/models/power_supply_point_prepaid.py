from datetime import timedelta
from decimal import Decimal

from odoo import fields, models
from odoo.tools import SQL

from ..tools import rating
from ..tools.amounts import energy, split_energy
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

        From readings: what was read since the last bill, then the load days, then for each day
        left the daily kWh of the newest load days or of the last reading; rated by the tariff
        with the year's kWh, the facts and the periods' shares of the last bill. Without them: the
        last bills' charge by the day.

        :return: {point id: dict with ``unbilled``, ``per_day`` (Decimal), ``kwh``,
            ``kwh_per_day``, ``since`` (date), ``basis`` (``curve``, ``readings``, ``bills``,
            ``none``)}
        """
        use = self._fetch_prepaid_use()
        curves = self._fetch_prepaid_curves(use, today)
        history = self._fetch_prepaid_history(today)
        bills = self._fetch_prepaid_bills()
        return {
            point.id: point._estimate_from_readings(
                use.get(point.id), curves.get(point.id), history[point.id], today
            )
            or point._estimate_from_bills(bills.get(point.id), today)
            for point in self
        }

    def _fetch_prepaid_curves(self, use, today):
        """Return {point id: (days, kWh of them, kWh a day)} of the load days after the last
        reading, all meters together; the daily kWh are those of the newest thirty days.

        :param dict use: what ``_fetch_prepaid_use`` returned
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT d.point, count(DISTINCT l.date) FILTER (WHERE l.date > d.read),
                       (sum(l.energy) FILTER (WHERE l.date > d.read))::text,
                       (sum(l.energy) FILTER (WHERE l.date > %(recent)s)
                        / nullif(count(DISTINCT l.date) FILTER (WHERE l.date > %(recent)s), 0)
                       )::text
                  FROM unnest(%(points)s::int[], %(reads)s::date[]) d(point, read)
                  JOIN power_meter m ON m.supply_point_id = d.point AND m.date_removed IS NULL
                  JOIN power_load_day_data l ON l.meter_id = m.id AND l.quantity = 'active'
                   AND l.date > least(d.read, %(recent)s) AND l.date <= %(today)s
              GROUP BY d.point
                """,
                points=list(use),
                reads=[values[1] for values in use.values()],
                recent=today - timedelta(days=_MONTH),
                today=today,
            )
        )
        return {row[0]: row[1:] for row in rows if row[1] and row[3]}

    def _fetch_prepaid_history(self, today):
        """Return what rating needs beyond the kWh, by point id.

        :return: dicts of ``years`` ({year: kWh billed to the present customer}), ``periods``
            ({period: kWh} of the last bill) and ``facts`` (records by date)
        """
        history = {point_id: {"years": {}, "periods": {}, "facts": []} for point_id in self.ids}
        bills, lines = self.env["power.bill"], self.env["power.bill.line"]
        bills.flush_model()
        lines.flush_model()
        for point_id, year, kwh in self.env.execute_query(
            SQL(
                """
                SELECT b.supply_point_id, extract(year FROM b.period_from)::int, sum(b.kwh)::text
                  FROM power_bill b
                  JOIN power_supply_point p ON p.id = b.supply_point_id
                   AND p.partner_id = b.customer_id
                 WHERE b.supply_point_id = ANY(%s) AND b.state = 'posted'
                   AND b.period_from >= %s
              GROUP BY 1, 2
                """,
                self.ids,
                today.replace(year=today.year - 1, month=1, day=1),
            )
        ):
            history[point_id]["years"][year] = Decimal(kwh)
        for point_id, period, kwh in self.env.execute_query(
            SQL(
                """
                WITH last AS (
                    SELECT DISTINCT ON (supply_point_id) id, supply_point_id
                      FROM power_bill
                     WHERE supply_point_id = ANY(%s) AND state = 'posted'
                       AND settlement_id IS NULL
                  ORDER BY supply_point_id, period_from DESC)
                SELECT last.supply_point_id, l.period, sum(l.quantity)::text
                  FROM last JOIN power_bill_line l ON l.bill_id = last.id
                 WHERE l.kind = 'energy' AND l.period IS NOT NULL AND l.share IS NULL
              GROUP BY 1, 2
                HAVING sum(l.quantity) > 0
              ORDER BY 1, 2
                """,
                self.ids,
            )
        ):
            history[point_id]["periods"][period] = Decimal(kwh)
        facts = self.env["power.supply.fact"].search(
            [("supply_point_id", "in", self.ids)], order="supply_point_id, date_from"
        )
        for fact in facts:
            history[fact.supply_point_id.id]["facts"].append(fact)
        return history

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

    def _estimate_from_readings(self, use, curve, history, today):
        daily = curve[2] if curve else use and use[3]
        if not use or daily is None or not self.tariff_id:
            return None
        since, read, kwh, per_day = use[0], use[1], Decimal(use[2]), Decimal(daily)
        days, measured = (curve[0], Decimal(curve[1])) if curve else (0, Decimal(0))
        kwh += measured + per_day * max((today - read).days - days, 0)
        try:
            unbilled = self._rate_prepaid(kwh, since, today, history)
            later = self._get_prepaid_history_after(history, kwh, since, today)
            month = self._rate_prepaid(
                per_day * _MONTH, today, today + timedelta(days=_MONTH), later, accrued=False
            )
        except rating.RatingError:
            return None
        return {
            "unbilled": unbilled,
            "per_day": month / _MONTH,
            "kwh": kwh,
            "kwh_per_day": per_day,
            "since": since,
            "basis": "curve" if curve else "readings",
        }

    def _get_prepaid_history_after(self, history, kwh, since, today):
        """Return the history with what is used since the last bill, for the days to come."""
        years = dict(history["years"])
        if (since + timedelta(days=1)).year == today.year:
            years[today.year] = years.get(today.year, Decimal(0)) + kwh
        return {**history, "years": years}

    def _rate_prepaid(self, kwh, since, until, history, accrued=True):
        """Return what kWh used from the day after ``since`` until ``until`` cost, tax included.

        :param bool accrued: fixed charges count for these days only; else they are a whole month
        """
        if until <= since:
            return Decimal(0)
        data = self._get_prepaid_determinants(kwh, since, until, history)
        if accrued:
            bill = self._new_prepaid_bill(since, until)
            data |= bill._get_charged_days(self)
        rated = rating.rate(data)
        return rated.total + self.tariff_id._get_tax_on_top(rated.charges, self._get_payer())

    def _get_prepaid_determinants(self, kwh, since, until, history):
        """Return what the rating kernel needs: registers that went from zero, ``kwh`` in all.

        :param dict history: see ``_fetch_prepaid_history``
        """
        self.ensure_one()
        bill = self._new_prepaid_bill(since, until)
        first = bill.period_from
        versions = bill._choose_versions(
            [
                version._get_determinants()
                for version in self.tariff_id.version_ids.sorted("date_from")
            ],
            first.isoformat(),
        )
        needs = bill._get_needs(versions)
        shares = history["periods"] if "periods" in needs else {}
        data = {
            "supply_point": self.number,
            "period_from": first.isoformat(),
            "period_to": until.isoformat(),
            "registers": self._prepare_prepaid_registers(kwh, since, until, shares),
            "versions": versions,
        }
        if "facts" in needs:
            data["facts"] = bill._get_facts(
                {"suspensions": {}}, history["facts"], first.isoformat()
            )
            changed = self._get_customer_since()
            for fact in data["facts"] if changed else ():
                fact["supplied_from"] = max(fact.get("supplied_from", ""), changed.isoformat())
        if "history" in needs:
            before = history["years"].get(first.year, 0)
            data["history"] = {"year_kwh": str(exact(before, 2))}
        return data

    def _new_prepaid_bill(self, since, until):
        return self.env["power.bill"].new(
            {
                "supply_point_id": self.id,
                "period_from": since + timedelta(days=1),
                "period_to": until,
            }
        )

    def _prepare_prepaid_registers(self, kwh, since, until, shares):
        """Return one register, or one a period with the periods' shares of the last bill."""
        parts = {None: energy(kwh)}
        if shares:
            split = split_energy(energy(kwh), shares.values())
            parts = dict(zip(shares, split, strict=True))
        return [
            {
                "key": "estimate",
                **({"register": period, "period": period} if period else {}),
                "multiplier": "1",
                "digits": 12,
                "readings": [
                    {"date": since.isoformat(), "value": "0"},
                    {"date": until.isoformat(), "value": str(part)},
                ],
            }
            for period, part in parts.items()
        ]

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
