from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

_WINDOW = 20


class PowerReadingEstimate(models.TransientModel):
    """Estimates the registers that were not read, by set."""

    _name = "power.reading.estimate"
    _description = "Estimate Readings"

    date = fields.Date(
        required=True,
        default=lambda self: self.env.company._get_power_today().replace(day=1) - timedelta(days=1),
        help="The estimates say what the registers show at the end of this day.",
    )
    method = fields.Selection(
        selection=[
            ("last_year", "Same time last year"),
            ("average", "Average of the last readings"),
            ("profile", "Own year, shaped as the usage category's"),
        ],
        required=True,
        default="last_year",
        help="Where the history is too short for it, the average of the last readings is taken.",
    )
    count = fields.Integer(string="Last readings", default=3, help="How many the average takes.")
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, default=lambda self: self.env.company
    )
    area_ids = fields.Many2many(comodel_name="power.area", string="Areas")
    billing_cycle_id = fields.Many2one(
        comodel_name="power.bill.cycle",
        string="Billing cycle",
        help="Empty: points that are billed by the calendar month.",
    )
    supply_point_ids = fields.Many2many(
        comodel_name="power.supply.point",
        string="Supply points",
        help="Empty: all active points that were not read this month.",
    )

    def action_estimate(self):
        """Make the estimates and show them."""
        self.ensure_one()
        readings = self._estimate()
        if not readings:
            raise UserError(
                self.env._(
                    "Nothing to estimate: every register in scope is read, or has no history."
                )
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "power_billing.power_meter_reading_action"
        )
        return {**action, "domain": [("id", "in", readings.ids)]}

    def _estimate(self):
        """Create an estimate for each register in scope that has no reading in the month or cycle
        that a bill could still use.

        :return: the estimates
        """
        readings = self.env["power.meter.reading"]
        readings.check_access("create")
        self.env.flush_all()
        ids = [row[0] for row in self.env.execute_query(self._get_estimate_query())]
        self.env["power.meter"].invalidate_model(["reading_ids"])
        estimates = readings.browse(ids)
        estimates._refresh_chain()
        return estimates

    def _get_scope(self):
        scope = [
            SQL("m.company_id = %s", self.company_id.id),
            SQL("p.billing_cycle_id IS NOT DISTINCT FROM %s", self.billing_cycle_id.id or None),
        ]
        if self.area_ids:
            scope.append(SQL("p.area_id = ANY(%s)", self.area_ids.ids))
        if self.supply_point_ids:
            scope.append(SQL("p.id = ANY(%s)", self.supply_point_ids.ids))
        return SQL(" AND ").join(scope)

    def _get_daily(self):
        """Return the daily use that the method expects, in SQL over ``due d``."""
        return {
            "average": SQL("d.usual"),
            "last_year": SQL(
                """(SELECT h.consumption / NULLIF(h.date - h.previous_date, 0)
                      FROM power_meter_reading h
                     WHERE h.register_id = d.register_id
                       AND h.date BETWEEN %(date)s::date - 365 - %(window)s
                                      AND %(date)s::date - 365 + %(window)s
                       AND h.previous_date IS NOT NULL
                       AND h.state IN ('validated', 'billed')
                  ORDER BY abs(h.date - (%(date)s::date - 365)) LIMIT 1)""",
                date=self.date,
                window=_WINDOW,
            ),
            "profile": SQL(
                """(SELECT d.year * f.month / NULLIF(f.year, 0) FROM shape f
                     WHERE f.usage_category_id IS NOT DISTINCT FROM d.usage_category_id)"""
            ),
        }[self.method]

    def _get_shape_query(self):
        """Return how the same month a year ago compares with the year, by usage category."""
        return SQL(
            """
            SELECT p.usage_category_id,
                   sum(h.consumption) FILTER (WHERE h.date BETWEEN %(date)s::date - 365 - 15
                                                AND %(date)s::date - 365 + 15)
                       / NULLIF(sum(h.date - h.previous_date) FILTER (
                           WHERE h.date BETWEEN %(date)s::date - 365 - 15
                                            AND %(date)s::date - 365 + 15), 0) AS month,
                   sum(h.consumption) / NULLIF(sum(h.date - h.previous_date), 0) AS year
              FROM power_meter_reading h
              JOIN power_meter_register g ON g.id = h.register_id AND g.is_main
              JOIN power_supply_point p ON p.id = h.supply_point_id
             WHERE h.company_id = %(company)s
               AND h.date BETWEEN %(date)s::date - 365 - 15 AND %(date)s::date
               AND h.previous_date IS NOT NULL
               AND h.state IN ('validated', 'billed')
          GROUP BY p.usage_category_id
            """,
            date=self.date,
            company=self.company_id.id,
        )

    def _get_estimate_query(self):
        labels = dict(self._fields["method"]._description_selection(self.env))
        return SQL(
            """
            WITH shape AS (
                %(shape)s
            ), due AS (
                SELECT g.id AS register_id, g.meter_id, g.quantity, g.digits, g.multiplier,
                       p.id AS supply_point_id, p.usage_category_id, m.company_id,
                       l.date, l.value, u.usual, u.maximum, y.year
                  FROM power_meter_register g
                  JOIN power_meter m ON m.id = g.meter_id
                  JOIN power_supply_point p ON p.id = m.supply_point_id
                  JOIN LATERAL (
                       SELECT q.date, q.value, q.state FROM power_meter_reading q
                        WHERE q.register_id = g.id AND q.state <> 'held'
                          AND NOT (q.state = 'draft' AND q.kind = 'customer')
                     ORDER BY q.date DESC LIMIT 1) l ON TRUE
             LEFT JOIN LATERAL (
                       SELECT sum(c.consumption) / NULLIF(sum(c.days), 0) AS usual,
                              avg(c.value) AS maximum
                         FROM (SELECT h.consumption, h.value, h.date - h.previous_date AS days
                                 FROM power_meter_reading h
                                WHERE h.register_id = g.id AND h.previous_date IS NOT NULL
                                  AND h.kind <> 'estimated'
                                  AND h.state IN ('validated', 'billed')
                             ORDER BY h.date DESC LIMIT %(count)s) c) u ON TRUE
             LEFT JOIN LATERAL (
                       SELECT sum(h.consumption) / NULLIF(sum(h.date - h.previous_date), 0)
                                  AS year
                         FROM power_meter_reading h
                        WHERE h.register_id = g.id AND h.previous_date IS NOT NULL
                          AND h.date >= %(date)s::date - 380
                          AND h.state IN ('validated', 'billed')) y ON TRUE
                 WHERE %(scope)s
                   AND g.active AND m.active AND p.state = 'active'
                   AND m.date_installed < %(date)s
                   AND (m.date_removed IS NULL OR m.date_removed >= %(date)s)
                   AND l.date < %(date)s AND (l.date < %(first)s OR l.state = 'billed')
                   AND NOT EXISTS (SELECT FROM power_meter_reading o
                                    WHERE o.register_id = g.id AND o.date = %(date)s)
            ), expected AS (
                SELECT d.*,
                       CASE WHEN d.quantity = 'demand' THEN round(d.maximum, 2)
                            ELSE d.value + round(coalesce(greatest(%(daily)s, 0 * d.usual), d.usual)
                                                 * (%(date)s::date - d.date) / d.multiplier, 2)
                       END AS shown
                  FROM due d
            )
            INSERT INTO power_meter_reading (
                create_uid, create_date, write_uid, write_date, meter_id, register_id,
                supply_point_id, company_id, date, value, rollover, kind, source, state)
            SELECT %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC',
                   e.meter_id, e.register_id, e.supply_point_id, e.company_id, %(date)s,
                   round(mod(e.shown, 10::numeric ^ e.digits), 2),
                   e.shown >= 10::numeric ^ e.digits,
                   'estimated', %(source)s, 'validated'
              FROM expected e
             WHERE e.shown IS NOT NULL
         RETURNING id
            """,
            shape=self._get_shape_query(),
            count=max(self.count, 1),
            date=self.date,
            first=self.billing_cycle_id._get_days(self.date)[0],
            scope=self._get_scope(),
            daily=self._get_daily(),
            uid=self.env.uid,
            source=labels[self.method],
        )
