from odoo import fields, models
from odoo.tools import SQL

from ..models.power_fault_promise import EVENTS


class PowerFaultScorecard(models.Model):
    """The month against each promise: how many, how long on average, kept or not.

    Promises about the reliability of supply and about announcing outages are kept by the rules of
    their own; other rooms add theirs in :meth:`_get_parts`.
    """

    _name = "power.fault.scorecard"
    _description = "Scorecard of promises"
    _auto = False
    _order = "month desc, event, promise_id, area_kind"
    _rec_name = "promise_id"
    _depends = {
        "power.fault.clock": [
            "promise_id",
            "company_id",
            "area_kind",
            "date_start",
            "minutes",
            "limit_minutes",
            "is_late",
            "state",
            "event",
            "scheme",
            "basis",
        ],
        "power.outage": [
            "area_id",
            "announced_late",
            "company_id",
            "date_announced",
            "date_notice_due",
            "date_start",
            "kind",
            "state",
        ],
        "power.interruption": [
            "company_id",
            "day",
            "excluded",
            "minutes",
            "point_ids",
            "sustained",
        ],
        "power.supply.point": [
            "area_id",
            "company_id",
            "date_activated",
            "date_closed",
            "state",
        ],
        "power.area": ["kind"],
        "power.reliability.setting": [
            "asai_rural",
            "asai_urban",
            "company_id",
            "date_from",
            "date_to",
        ],
    }

    month = fields.Date(readonly=True)
    promise_id = fields.Many2one("power.fault.promise", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    area_kind = fields.Selection(
        [("urban", "Urban"), ("rural", "Rural"), ("remote", "Remote")], readonly=True
    )
    event = fields.Selection(
        selection=[
            ("supply", "Reliability of supply"),
            ("notice", "Outage announced in time"),
            *EVENTS,
        ],
        string="What",
        readonly=True,
    )
    scheme = fields.Selection(
        selection=lambda self: (
            self.env["power.fault.promise"]._fields["scheme"]._description_selection(self.env)
        ),
        string="Kind",
        readonly=True,
    )
    basis = fields.Selection(
        selection=lambda self: (
            self.env["power.fault.promise"]._fields["basis"]._description_selection(self.env)
        ),
        readonly=True,
    )
    count = fields.Integer(
        string="Cases",
        readonly=True,
        help="Faults, outages announced, or customers interrupted.",
    )
    late_count = fields.Integer(string="Late", readonly=True)
    total_minutes = fields.Float(string="Minutes", readonly=True, digits=(16, 2))
    average_minutes = fields.Float(
        string="Average (min)", readonly=True, aggregator="avg", digits=(16, 2)
    )
    limit_minutes = fields.Float(
        string="Limit (min)", readonly=True, aggregator="avg", digits=(16, 2)
    )
    on_time = fields.Float(string="On time (%)", readonly=True, aggregator="avg", digits=(16, 1))
    asai = fields.Float(string="ASAI (%)", readonly=True, aggregator="avg", digits=(16, 4))
    asai_promised = fields.Float(
        string="ASAI promised (%)", readonly=True, aggregator="avg", digits=(16, 4)
    )
    verdict = fields.Selection(
        [("kept", "Kept"), ("missed", "Missed")], string="Result", readonly=True
    )

    @property
    def _table_query(self):
        return SQL(" UNION ALL ").join(SQL("(%s)", part) for part in self._get_parts())

    def _get_parts(self):
        """Hook: queries of the same columns, one a kind of promise.

        Each numbers its lines by itself: the remainder of ``id`` divided by 8 tells them apart.
        """
        return [self._select_clocks(), self._select_notices(), self._select_supply()]

    def _month(self, moment):
        """The month as the company's clocks show it, not as UTC does."""
        zone = self.env.company._get_power_zone()
        return SQL("date_trunc('month', %s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", moment, zone)

    def _select_clocks(self):
        """What is done, and what is late already; the rest is not decided yet."""
        return SQL(
            """
            SELECT 8 * min(clock.id) AS id,
                   %(month)s AS month,
                   clock.promise_id, clock.company_id, clock.area_kind,
                   clock.event, clock.scheme, clock.basis,
                   count(*) AS count,
                   count(*) FILTER (WHERE clock.is_late) AS late_count,
                   sum(clock.minutes) AS total_minutes,
                   avg(clock.minutes) AS average_minutes,
                   avg(clock.limit_minutes) AS limit_minutes,
                   100.0 * count(*) FILTER (WHERE clock.is_late IS NOT TRUE) / count(*) AS on_time,
                   NULL::numeric AS asai,
                   NULL::numeric AS asai_promised,
                   CASE WHEN clock.basis = 'average'
                        THEN CASE WHEN avg(clock.minutes) <= avg(clock.limit_minutes)
                                  THEN 'kept' ELSE 'missed' END
                        ELSE CASE WHEN bool_or(clock.is_late)
                                  THEN 'missed' ELSE 'kept' END
                   END AS verdict
              FROM power_fault_clock clock
             WHERE clock.state = 'done' OR (clock.is_late AND clock.state <> 'void')
             GROUP BY 2, clock.promise_id, clock.company_id, clock.area_kind, clock.event,
                      clock.scheme, clock.basis
            """,
            month=self._month(SQL("clock.date_start")),
        )

    def _select_notices(self):
        """Planned and temporary outages that took place, by whether customers were told in time."""
        return SQL(
            """
            SELECT 8 * min(outage.id) + 1, %(month)s, NULL::int, outage.company_id, area.kind,
                   'notice', 'promise', 'each', count(*), count(*) FILTER (WHERE %(late)s),
                   NULL::numeric, NULL::numeric, NULL::numeric,
                   100.0 * count(*) FILTER (WHERE NOT %(late)s) / count(*),
                   NULL::numeric, NULL::numeric,
                   CASE WHEN bool_or(%(late)s) THEN 'missed' ELSE 'kept' END
              FROM power_outage outage
              LEFT JOIN power_area area ON area.id = outage.area_id
             WHERE outage.kind IN ('planned', 'temporary')
               AND outage.state IN ('confirmed', 'restored', 'closed')
               AND outage.date_notice_due IS NOT NULL
             GROUP BY 2, outage.company_id, area.kind
            """,
            month=self._month(SQL("outage.date_start")),
            late=SQL("(outage.date_announced IS NULL OR outage.announced_late IS TRUE)"),
        )

    def _select_supply(self):
        """ASAI of the months that are over, by what the customers of each kind of area suffered."""
        return SQL(
            """
            WITH month AS (
                SELECT company_id, generate_series(
                        date_trunc('month', min(day)), %(last)s, interval '1 month')::date AS first
                  FROM power_interruption GROUP BY company_id
            ), place AS (
                SELECT point.id, point.company_id, point.state, point.date_activated,
                       point.date_closed, coalesce(area.kind, 'urban') AS kind
                  FROM power_supply_point point
                  LEFT JOIN power_area area ON area.id = point.area_id
                 WHERE point.state <> 'applied'
            ), change AS (
                SELECT company_id, kind, date_trunc('month', date_activated) AS first,
                       count(*) AS number
                  FROM place GROUP BY 1, 2, 3
                 UNION ALL
                SELECT company_id, kind, date_trunc('month', date_closed), -count(*)
                  FROM place WHERE state = 'closed' GROUP BY 1, 2, 3
            ), served AS (
                SELECT month.company_id, month.first, change.kind, sum(change.number) AS number
                  FROM month
                  JOIN change ON change.company_id = month.company_id
                             AND (change.first IS NULL OR change.first <= month.first)
                 GROUP BY 1, 2, 3
            ), lost AS (
                SELECT row.company_id, date_trunc('month', row.day)::date AS first, place.kind,
                       count(*) AS number, sum(row.minutes) AS minutes
                  FROM power_interruption row
                  JOIN power_interruption_point_rel rel ON rel.interruption_id = row.id
                  JOIN place ON place.id = rel.point_id
                 WHERE row.sustained AND row.excluded IS NOT TRUE
                 GROUP BY 1, 2, 3
            ), supply AS (
                SELECT served.*, coalesce(lost.number, 0) AS hits,
                       100.0 * (1 - coalesce(lost.minutes, 0) / served.number
                           / (extract(epoch FROM served.first + interval '1 month' - served.first)
                              / 60)) AS asai,
                       CASE served.kind WHEN 'urban' THEN coalesce(rule.asai_urban, 99.9)
                                        ELSE coalesce(rule.asai_rural, 99.8) END AS promised
                  FROM served
                  LEFT JOIN lost USING (company_id, first, kind)
                  %(rule)s
                 WHERE served.number > 0
            )
            SELECT 8 * ((supply.company_id * 4 + array_position(
                        ARRAY['urban', 'rural', 'remote'], supply.kind::text)) * 6000
                    + 12 * (extract(year FROM supply.first)::int - 1800)
                    + extract(month FROM supply.first)::int) + 2,
                   supply.first, NULL::int, supply.company_id, supply.kind,
                   'supply', 'promise', 'average', supply.hits, 0,
                   NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric,
                   supply.asai, supply.promised,
                   CASE WHEN supply.asai >= supply.promised THEN 'kept' ELSE 'missed' END
              FROM supply
            """,
            rule=self.env["power.reliability.setting"]._join_rule(
                SQL("served.company_id"), SQL("served.first")
            ),
            last=fields.Date.subtract(
                fields.Date.start_of(self.env.company._get_power_today(), "month"), months=1
            ),
        )
