from odoo import api, models
from odoo.tools import SQL

from odoo.addons.power_grading.models.power_grading_source import ScoreQuery

_RECENT = SQL("b.recent")


class PowerGradingSource(models.AbstractModel):
    _inherit = "power.grading.source"

    @api.model
    def _score_queries(self):
        return {
            **super()._score_queries(),
            **self._score_queries_billing(),
            **self._score_queries_metering(),
        }

    @api.model
    def _score_queries_billing(self):
        """Of the posted electricity bills whose period ended in the window.

        Grouped by the customer of the supply point, whoever pays for it.
        """

        def query(label, value, table=self._bills, whole=False):
            return ScoreQuery(label, table, SQL("b.customer_id"), value, windowed=True, whole=whole)

        return {
            "billed_amount": query(self.env._("Billed amount"), SQL("sum(b.amount_total)")),
            # of all customers supplied, not of those who pay: that is what bills are grouped by
            "charge": query(self.env._("Charge of electricity"), SQL("sum(b.amount_total)")),
            "billed_kwh": query(self.env._("Billed kWh"), SQL("sum(b.kwh)")),
            "average_price": query(
                self.env._("Average price per kWh"),
                SQL("sum(b.amount_total) / NULLIF(sum(b.kwh), 0)"),
            ),
            "kwh_growth": query(
                self.env._("Growth of kWh against the window before (%)"),
                SQL(
                    "100.0 * sum(b.kwh) FILTER (WHERE %s)"
                    " / NULLIF(sum(b.kwh) FILTER (WHERE NOT %s), 0) - 100.0",
                    _RECENT,
                    _RECENT,
                ),
                self._bills_twice,
            ),
            "month_evenness": query(
                self.env._("Average month in the largest month (%)"),
                SQL("100.0 * avg(b.kwh) / NULLIF(max(b.kwh), 0)"),
                self._months,
            ),
            "capacity_use": query(
                self.env._("Average load in the capacity (%)"),
                SQL(
                    "100.0 * sum(b.kwh) / NULLIF(max(b.hours) * max(b.capacity), 0)",
                ),
                self._bills_with_capacity,
            ),
            "growth_streak": query(
                self.env._("Latest months running above the year before"),
                SQL("count(*) FILTER (WHERE b.month > b.last_down)"),
                self._months_compared,
                whole=True,
            ),
        }

    @api.model
    def _score_queries_metering(self):
        """Of meters that measure demand or reactive energy, of load curves and of bill lines."""

        def query(label, table, value):
            return ScoreQuery(label, table, SQL("m.partner_id"), value, windowed=True)

        return {
            "power_factor": query(
                self.env._("Power factor"),
                self._meters,
                SQL(
                    "sum(m.kwh) FILTER (WHERE m.kvarh IS NOT NULL) / NULLIF(sqrt("
                    "sum(m.kwh) FILTER (WHERE m.kvarh IS NOT NULL) ^ 2 + sum(m.kvarh) ^ 2), 0)"
                ),
            ),
            "max_demand": query(
                self.env._("Maximum demand (kW)"), self._meters, SQL("sum(m.demand)")
            ),
            "load_factor": query(
                self.env._("Load factor: average load in the maximum demand (%)"),
                self._meters,
                SQL(
                    "100.0 * sum(m.kwh) FILTER (WHERE m.demand IS NOT NULL)"
                    " / NULLIF(24.0 * max(m.days) * sum(m.demand), 0)"
                ),
            ),
            "load_peak": query(
                self.env._("Highest load of the load curves (kW)"),
                self._load_days,
                SQL("max(m.maximum_kw)"),
            ),
            "power_factor_months": query(
                self.env._("Bills without a charge for power factor (%)"),
                lambda scope: self._bill_lines(scope, ("power_factor",)),
                SQL("100.0 * count(*) FILTER (WHERE m.amount <= 0) / count(*)"),
            ),
            "valley_share": query(
                self.env._("Share of the energy used in valley hours (%)"),
                lambda scope: self._bill_lines(scope, ("energy",), timed=True),
                SQL(
                    "100.0 * COALESCE("
                    "sum(m.quantity) FILTER (WHERE m.period IN ('valley', 'deep_valley')), 0)"
                    " / NULLIF(sum(m.quantity), 0)"
                ),
            ),
        }

    @api.model
    def _meters(self, scope):
        """One row a meter read in the window: ``kwh``, and ``kvarh`` and ``demand`` (kW) where it
        has such registers; ``days`` between its first and its last reading."""
        return SQL(
            """(SELECT s.partner_id, r.meter_id,
                    sum(r.consumption) FILTER (WHERE g.quantity = 'active') AS kwh,
                    sum(r.consumption) FILTER (WHERE g.quantity = 'reactive') AS kvarh,
                    max(r.value * g.multiplier) FILTER (WHERE g.quantity = 'demand') AS demand,
                    max(r.date) FILTER (WHERE g.quantity = 'active')
                        - min(r.previous_date) FILTER (WHERE g.quantity = 'active') AS days
                FROM power_meter_reading r
                JOIN power_meter_register g ON g.id = r.register_id
                    AND g.period IS NULL AND g.line IS NULL
                JOIN power_supply_point s ON s.id = r.supply_point_id
                WHERE r.company_id = %(company)s AND r.state IN ('validated', 'billed')
                    AND r.kind <> 'initial' AND r.date > %(start)s AND r.date <= %(date)s
                GROUP BY 1, 2) m""",
            company=scope.company_id,
            start=scope.start,
            date=scope.date,
        )

    @api.model
    def _load_days(self, scope):
        return SQL(
            "(SELECT s.partner_id, d.maximum_kw FROM power_load_day d"
            " JOIN power_meter e ON e.id = d.meter_id"
            " JOIN power_supply_point s ON s.id = e.supply_point_id"
            " WHERE d.company_id = %s AND d.quantity = 'active'"
            " AND d.date > %s AND d.date <= %s) m",
            scope.company_id,
            scope.start,
            scope.date,
        )

    @api.model
    def _bill_lines(self, scope, kinds, timed=False):
        """Lines of the bills of the window; ``timed``: only those of an hour of the day."""
        return SQL(
            "(SELECT b.customer_id AS partner_id, l.period, l.quantity, l.amount FROM %s"
            " JOIN power_bill_line l ON l.bill_id = b.id AND l.kind IN %s %s) m",
            SQL("(SELECT * FROM %s) b", self._bills(scope)),
            kinds,
            SQL("AND l.period IS NOT NULL") if timed else SQL(""),
        )

    @api.model
    def _bills(self, scope):
        return SQL(
            "power_bill b WHERE b.company_id = %s AND b.state = 'posted'"
            " AND b.period_to > %s AND b.period_to <= %s",
            scope.company_id,
            scope.start,
            scope.date,
        )

    @api.model
    def _bills_twice(self, scope):
        """The window and the one before it; ``recent`` tells them apart."""
        return SQL(
            "(SELECT b.customer_id, b.kwh, b.period_to > %(start)s AS recent FROM power_bill b"
            " WHERE b.company_id = %(company)s AND b.state = 'posted'"
            " AND b.period_to > %(before)s AND b.period_to <= %(date)s) b",
            company=scope.company_id,
            start=scope.start,
            before=scope.before(scope.months).start,
            date=scope.date,
        )

    @api.model
    def _months(self, scope):
        """One row a customer and month: ``month`` is its number since year 0."""
        return SQL(
            "(SELECT b.customer_id, sum(b.kwh) AS kwh,"
            " (extract(year FROM b.period_to) * 12 + extract(month FROM b.period_to))::int AS month"
            " FROM %s GROUP BY 1, 3) b",
            self._bills(scope),
        )

    @api.model
    def _bills_with_capacity(self, scope):
        return SQL(
            "(SELECT b.customer_id, b.kwh, c.power_capacity_kva AS capacity,"
            " 24 * (%s::date - %s::date) AS hours"
            " FROM (SELECT * FROM %s) b JOIN res_partner c ON c.id = b.customer_id) b",
            scope.date,
            scope.start,
            self._bills(scope),
        )

    @api.model
    def _months_compared(self, scope):
        """Months with the same month of the year before; ``last_down`` is the last that fell."""
        longer = type(scope)(scope.company_id, scope.date, (scope.months or 120) + 12)
        return SQL(
            "(SELECT n.customer_id, n.month,"
            " COALESCE(max(n.month) FILTER (WHERE NOT n.kwh > o.kwh OR o.kwh IS NULL)"
            " OVER (PARTITION BY n.customer_id), 0) AS last_down"
            " FROM (SELECT * FROM %(months)s) n"
            " LEFT JOIN (SELECT * FROM %(months)s) o"
            " ON o.customer_id = n.customer_id AND o.month = n.month - 12) b",
            months=self._months(longer),
        )
