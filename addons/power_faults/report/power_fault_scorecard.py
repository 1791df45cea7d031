from odoo import fields, models
from odoo.tools import SQL

from ..models.power_fault_promise import EVENTS


class PowerFaultScorecard(models.Model):
    """The month against each of the ten promises: how many, how long on average, kept or not.

    The ten are those of State Grid (国网供电服务“十项承诺”, 2023). Those about the reliability of
    supply, about announcing outages and about connecting households are kept by rules of their
    own; other rooms add theirs in :meth:`_get_parts`. What no room has figures for stands on the
    card all the same, as not measured.
    """

    _name = "power.fault.scorecard"
    _description = "Scorecard of promises"
    _auto = False
    _order = "month desc, number, event, promise_id, area_kind"
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
            "customer_count",
            "excluded",
            "minutes",
            "remote_count",
            "rural_count",
            "sustained",
        ],
        "power.supply.point": [
            "area_id",
            "company_id",
            "date_activated",
            "date_applied",
            "date_closed",
            "state",
            "usage_category_id",
        ],
        "power.usage.category": ["kind"],
        "power.workday": ["company_id", "date", "kind"],
        "power.area": ["kind"],
        "power.reliability.setting": [
            "asai_rural",
            "asai_urban",
            "company_id",
            "connection_days",
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
    number = fields.Integer(
        string="Promise no.",
        readonly=True,
        aggregator=None,
        help="Among the ten promises; empty for standards and internal rules.",
    )
    event = fields.Selection(
        selection=[
            ("supply", "Reliability of supply"),
            ("voltage", "Voltage within limits"),
            ("notice", "Outage announced in time"),
            *EVENTS,
            ("price", "Prices and fees made public"),
            ("channel", "Ways to reach the utility"),
            ("connection", "Household connected in time"),
            ("connection_business", "Business connected in time"),
            ("meter", "Meter tested, reading checked in time"),
            ("bill", "Bill told by SMS and online"),
            ("complaint", "Complaint answered in time"),
            ("last_resort", "Supply of last resort"),
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
        help="Faults, outages announced, customers interrupted, or households connected.",
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
        [
            ("kept", "Kept"),
            ("missed", "Missed"),
            ("none", "Nothing to judge"),
            ("unmeasured", "Not measured here"),
        ],
        string="Result",
        readonly=True,
    )

    @property
    def _table_query(self):
        return SQL(
            "WITH card AS (%s) SELECT * FROM card UNION ALL (%s)",
            SQL(" UNION ALL ").join(SQL("(%s)", part) for part in self._get_parts()),
            self._select_missing(),
        )

    def _get_parts(self):
        """Hook: queries of the same columns, one a kind of promise.

        Each numbers its lines by itself: the remainder of ``id`` divided by 8 tells them apart.
        """
        return [
            self._select_clocks(),
            self._select_notices(),
            self._select_supply(),
            self._select_connections(),
        ]

    def _get_promised(self):
        """Hook: {event: (number of the promise, whether a room has figures for it)}.

        Of a business only the utility's own steps count, of which nobody keeps the days; the text
        of the last promise was not at hand.
        """
        return {
            "supply": (1, True),
            "voltage": (1, False),
            "notice": (2, True),
            "arrive": (3, True),
            "restore": (3, True),
            "price": (4, False),
            "channel": (5, False),
            "connection": (6, True),
            "connection_business": (6, False),
            "meter": (7, False),
            "bill": (8, False),
            "complaint": (9, False),
            "last_resort": (10, False),
        }

    def _select_missing(self):
        """A line for each promise of which a month of the card says nothing."""
        promised = SQL(", ").join(
            SQL("(%s, %s, %s, %s)", place, number, event, measured)
            for place, (event, (number, measured)) in enumerate(self._get_promised().items())
        )
        return SQL(
            """
            SELECT %s, month.month, promised.number, NULL::int, month.company_id, NULL::varchar,
                   promised.event, 'promise', NULL::varchar, NULL::bigint, NULL::bigint,
                   NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric,
                   NULL::numeric,
                   CASE WHEN promised.measured THEN 'none' ELSE 'unmeasured' END
              FROM (SELECT DISTINCT month, company_id FROM card) month
             CROSS JOIN (VALUES %s) promised(place, number, event, measured)
             WHERE NOT EXISTS (
                SELECT FROM card
                 WHERE card.month = month.month AND card.company_id = month.company_id
                   AND card.event = promised.event AND card.scheme = 'promise')
            """,
            self._number_line("month.company_id * 32 + promised.place", "month.month", 7),
            promised,
        )

    def _number_line(self, key, month, part):
        """Return the id of a line that is made from no record."""
        return SQL(
            "8 * ((%(key)s) * 6000 + 12 * (extract(year FROM %(month)s)::int - 1800)"
            " + extract(month FROM %(month)s)::int) + %(part)s",
            key=SQL(key),
            month=SQL(month),
            part=part,
        )

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
                   CASE WHEN clock.scheme = 'promise' AND clock.event IN ('arrive', 'restore')
                        THEN 3 END AS number,
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
            SELECT 8 * min(outage.id) + 1, %(month)s, 2, NULL::int, outage.company_id, area.kind,
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
                SELECT point.company_id, coalesce(area.kind, 'urban') AS kind,
                       date_trunc('month', point.date_activated) AS first,
                       point.state = 'closed' AS closed,
                       date_trunc('month', point.date_closed) AS last, count(*) AS number
                  FROM power_supply_point point
                  LEFT JOIN power_area area ON area.id = point.area_id
                 WHERE point.state <> 'applied'
                 GROUP BY 1, 2, 3, 4, 5
            ), change AS (
                SELECT company_id, kind, first, number FROM place
                 UNION ALL
                SELECT company_id, kind, last, -number FROM place WHERE closed
            ), served AS (
                SELECT month.company_id, month.first, change.kind, sum(change.number) AS number
                  FROM month
                  JOIN change ON change.company_id = month.company_id
                             AND (change.first IS NULL OR change.first <= month.first)
                 GROUP BY 1, 2, 3
            ), lost AS (
                SELECT row.company_id, date_trunc('month', row.day)::date AS first, split.kind,
                       sum(split.number) AS number, sum(row.minutes * split.number) AS minutes
                  FROM power_interruption row
                 CROSS JOIN LATERAL (VALUES
                        ('urban', row.customer_count - row.rural_count - row.remote_count),
                        ('rural', row.rural_count), ('remote', row.remote_count)
                       ) split(kind, number)
                 WHERE row.sustained AND row.excluded IS NOT TRUE AND split.number > 0
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
            SELECT %(id)s, supply.first, 1, NULL::int, supply.company_id, supply.kind,
                   'supply', 'promise', 'average', supply.hits, 0,
                   NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric,
                   supply.asai, supply.promised,
                   CASE WHEN supply.asai >= supply.promised THEN 'kept' ELSE 'missed' END
              FROM supply
            """,
            id=self._number_line(
                "supply.company_id * 4"
                " + array_position(ARRAY['urban', 'rural', 'remote'], supply.kind::text)",
                "supply.first",
                2,
            ),
            rule=self.env["power.reliability.setting"]._join_rule(
                SQL("served.company_id"), SQL("served.first")
            ),
            last=fields.Date.subtract(
                fields.Date.start_of(self.env.company._get_power_today(), "month"), months=1
            ),
        )
