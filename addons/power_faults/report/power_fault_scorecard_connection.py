from odoo import fields, models
from odoo.tools import SQL

# Months that the card looks back for connections.
_MONTHS = 60


class PowerFaultScorecard(models.Model):
    """Promise 6 for households: from the application to the day they have power."""

    _inherit = "power.fault.scorecard"

    def _select_connections(self):
        """Households by the month of their connection; the day of the application is not counted.

        Working days are added up once for the calendar, so that those between two days are the
        difference of two sums.
        """
        company = self.env.company
        first = fields.Date.subtract(
            fields.Date.start_of(company._get_power_today(), "month"), months=_MONTHS
        )
        return SQL(
            """
            WITH home AS (
                SELECT point.company_id, point.area_id, point.date_applied, point.date_activated
                  FROM power_supply_point point
                  JOIN power_usage_category category ON category.id = point.usage_category_id
                 WHERE category.kind = 'residential' AND point.state <> 'applied'
                   AND point.date_activated >= %(first)s
                   AND point.date_applied <= point.date_activated
            ), span AS (
                SELECT company_id, min(date_applied) AS first, max(date_activated) AS last
                  FROM home GROUP BY 1
            ), calendar AS (
                SELECT span.company_id, day::date AS day,
                       sum((%(worked)s)::int)
                           OVER (PARTITION BY span.company_id ORDER BY day) AS days
                  FROM span CROSS JOIN generate_series(span.first, span.last, interval '1 day') day
                  LEFT JOIN LATERAL (
                    SELECT kind FROM power_workday workday
                     WHERE workday.date = day::date
                       AND (workday.company_id = span.company_id OR workday.company_id IS NULL)
                     ORDER BY workday.company_id NULLS LAST LIMIT 1
                  ) workday ON TRUE
            ), done AS (
                SELECT home.company_id, coalesce(area.kind, 'urban') AS kind,
                       date_trunc('month', home.date_activated)::date AS month,
                       ended.days - began.days > coalesce(rule.connection_days, 5) AS late
                  FROM home
                  JOIN calendar began
                    ON began.company_id = home.company_id AND began.day = home.date_applied
                  JOIN calendar ended
                    ON ended.company_id = home.company_id AND ended.day = home.date_activated
                  LEFT JOIN power_area area ON area.id = home.area_id
                  %(rule)s
            )
            SELECT %(id)s, done.month, 6, NULL::int, done.company_id, done.kind,
                   'connection', 'promise', 'each', count(*), count(*) FILTER (WHERE done.late),
                   NULL::numeric, NULL::numeric, NULL::numeric,
                   100.0 * count(*) FILTER (WHERE NOT done.late) / count(*),
                   NULL::numeric, NULL::numeric,
                   CASE WHEN bool_or(done.late) THEN 'missed' ELSE 'kept' END
              FROM done GROUP BY done.company_id, done.kind, done.month
            """,
            first=first,
            worked=self._is_worked(company),
            rule=self.env["power.reliability.setting"]._join_rule(
                SQL("home.company_id"), SQL("home.date_applied")
            ),
            id=self._number_line(
                "done.company_id * 4"
                " + array_position(ARRAY['urban', 'rural', 'remote'], done.kind::text)",
                "done.month",
                3,
            ),
        )

    def _is_worked(self, company):
        """Say of a day whether it is worked: by the calendar's exceptions, else by the week."""
        week = company.resource_calendar_id.sudo().attendance_ids.mapped("dayofweek")
        return SQL(
            "CASE WHEN workday.kind IS NULL"
            " THEN extract(isodow FROM day)::int - 1 = ANY(%s) ELSE workday.kind = 'worked' END",
            sorted({int(day) for day in week}) or [0, 1, 2, 3, 4],
        )
