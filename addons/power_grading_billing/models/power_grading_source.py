from odoo import api, models
from odoo.tools import SQL

from odoo.addons.power_grading.models.power_grading_source import ScoreQuery

_RECENT = SQL("b.recent")


class PowerGradingSource(models.AbstractModel):
    _inherit = "power.grading.source"

    @api.model
    def _score_queries(self):
        return super()._score_queries() | self._score_queries_billing()

    @api.model
    def _score_queries_billing(self):
        """Of the posted electricity bills whose period ended in the window.

        Grouped by the customer of the supply point, whoever pays for it.
        """

        def query(label, value, table=self._bills):
            return ScoreQuery(label, table, SQL("b.customer_id"), value, windowed=True)

        return {
            "billed_amount": query(self.env._("Billed amount"), SQL("sum(b.amount_total)")),
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
            ),
        }

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
