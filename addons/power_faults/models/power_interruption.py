from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import SQL

from ..tools.reliability import Totals, leave_out


class PowerInterruption(models.Model):
    """Customers below one device without supply from one time to another: a frozen fact.

    An outage restored in steps leaves one row a step and device; each customer stands in one of
    them. Figures of reliability are sums over these rows, never over the network as it is today.
    """

    _name = "power.interruption"
    _description = "Interruption of supply"
    _order = "date_start desc, id desc"
    _check_company_auto = True

    outage_id = fields.Many2one(
        "power.outage", index=True, ondelete="cascade", readonly=True, check_company=True
    )
    fault_id = fields.Many2one(
        "power.fault",
        index="btree_not_null",
        ondelete="cascade",
        readonly=True,
        check_company=True,
        help="The report of one customer whose supply failed without any outage.",
    )
    node_id = fields.Many2one(
        "power.network.node", string="Device", index="btree_not_null", ondelete="restrict"
    )
    feeder_id = fields.Many2one("power.network.node", index="btree_not_null", ondelete="restrict")
    area_id = fields.Many2one("power.area", index="btree_not_null", ondelete="restrict")
    kind = fields.Selection(
        [("fault", "Fault"), ("planned", "Planned"), ("temporary", "Temporary")], required=True
    )
    cause = fields.Char()
    influence = fields.Selection(
        [
            ("own", "Own network"),
            ("external", "External influence"),
            ("shortage", "Shortage of generation"),
        ],
        required=True,
        default="own",
    )
    date_start = fields.Datetime(string="From", required=True, index=True)
    date_end = fields.Datetime(string="Until", required=True)
    day = fields.Date(
        required=True, index=True, help="The local day on which it began; the whole of it counts."
    )
    minutes = fields.Float(required=True, aggregator="avg")
    sustained = fields.Boolean(
        default=True, help="Longer than the limit of the rules that were in force on that day."
    )
    excluded = fields.Boolean(
        readonly=True, help="Left out of the figures by the rules that were in force on that day."
    )
    customer_count = fields.Integer(string="Customers interrupted")
    customer_minutes = fields.Float(string="Customer minutes")
    rural_count = fields.Integer(
        string="Rural customers", compute="_compute_kind_counts", store=True
    )
    remote_count = fields.Integer(
        string="Remote customers", compute="_compute_kind_counts", store=True
    )
    point_ids = fields.Many2many(
        "power.supply.point",
        "power_interruption_point_rel",
        "interruption_id",
        "point_id",
        string="Supply points",
    )
    company_id = fields.Many2one("res.company", required=True, index=True)

    _period_idx = models.Index("(company_id, day)")
    _order_of_times = models.Constraint(
        "CHECK (date_end >= date_start)", "An interruption ends after it begins."
    )

    @api.depends("outage_id", "fault_id")
    def _compute_display_name(self):
        for interruption in self:
            event = interruption.outage_id or interruption.fault_id
            interruption.display_name = event.display_name or ""

    @api.depends("point_ids")
    def _compute_kind_counts(self):
        """How many live in which kind of area, as it was then; the others live in town."""
        counts = self._count_kinds()
        for interruption in self:
            rural, remote = counts.get(interruption.id, (0, 0))
            interruption.rural_count, interruption.remote_count = rural, remote

    def _count_kinds(self):
        """Return {id: (rural customers, remote customers)} of what is written already."""
        if not self.ids:
            return {}
        self.env["power.supply.point"].flush_model(["area_id"])
        self.env["power.area"].flush_model(["kind"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT rel.interruption_id, count(*) FILTER (WHERE area.kind = 'rural'),
                       count(*) FILTER (WHERE area.kind = 'remote')
                  FROM power_interruption_point_rel rel
                  JOIN power_supply_point point ON point.id = rel.point_id
                  JOIN power_area area ON area.id = point.area_id
                 WHERE rel.interruption_id = ANY(%s)
                 GROUP BY 1
                """,
                self.ids,
            )
        )
        return {row: (rural, remote) for row, rural, remote in rows}

    @api.model
    def _prepare_interruption_vals(self, company, node, points, start, end):
        """Hook: values that every interruption of customers has, whatever they went off by.

        :param node: the device above them, or none
        :param points: ids of their supply points
        """
        minutes = (end - start).total_seconds() / 60.0
        return {
            "company_id": company.id,
            "node_id": node.id,
            "feeder_id": node.feeder_id.id,
            "date_start": start,
            "date_end": end,
            "day": company._to_power_time(start).date(),
            "minutes": minutes,
            "customer_count": len(points),
            "customer_minutes": minutes * len(points),
            "point_ids": [Command.set(points)],
        }

    @api.model
    def _get_time_left(self, company, points, start, end, but=None):
        """Return the time in which these customers do not count as interrupted yet.

        Outages may overlap; the minutes of a customer count once, in the one written first.

        :param points: ids of supply points
        :param but: interruptions that do not count, as they are being written anew
        :return: {stretches (from, to): ids of the supply points they are left for}
        """
        if end <= start:
            return {((start, end),): list(points)}
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT rel.point_id, i.date_start, i.date_end
                  FROM power_interruption i
                  JOIN power_interruption_point_rel rel ON rel.interruption_id = i.id
                 WHERE i.company_id = %s AND i.date_start < %s AND i.date_end > %s
                   AND rel.point_id = ANY(%s) AND i.id <> ALL(%s)
                """,
                company.id,
                end,
                start,
                list(points),
                but.ids if but else [],
            )
        )
        spans = defaultdict(list)
        for point, first, last in rows:
            spans[point].append((first, last))
        found = defaultdict(list)
        for point in points:
            found[tuple(leave_out(start, end, spans.get(point, ())))].append(point)
        return found

    # === TOTALS === #

    @api.model
    def _add_up(self, company, date_from, date_to, rules, group="company", skip_days=(), kinds=()):
        """Add up interruptions of a period in the database, as the kernel does in memory.

        :param rules: kernel ``Rules``; what is sustained or excluded was decided when the row was
            written
        :param group: ``company``, ``area``, ``feeder``, ``month`` or ``class``
        :param skip_days: local days left out (major event days)
        :param kinds: only interruptions of these kinds; empty for all
        :return: {key: kernel ``Totals``}; the key is an id, a first day of a month, or None
        """
        self.flush_model()
        self.env["power.supply.point"].flush_model()
        self.env["power.network.node"].flush_model()
        served = self._count_served(company, date_from, date_to, group)
        least = rules.cemi_n if rules.cemi_at_least else rules.cemi_n + 1
        where = self._get_period_sql(company, date_from, date_to, rules, skip_days, kinds)
        sums = SQL(
            """
            sum(hit.number), sum(hit.minutes), count(*) FILTER (WHERE hit.number > 0),
            sum(hit.momentary), count(*) FILTER (WHERE hit.number >= %s),
            count(*) FILTER (WHERE hit.longest >= %s)
            """,
            least,
            rules.celid_minutes,
        )
        if group == "month":
            rows = self._add_up_monthly(served, where, sums)
        else:
            rows = self.env.execute_query(
                SQL(
                    "WITH hit AS (%s) SELECT %s AS key, %s FROM hit %s GROUP BY key",
                    self._get_hits_sql(where),
                    self._get_group_key(group),
                    sums,
                    self._get_group_join(group),
                )
            )
        hours = self._count_hours(date_from, date_to, group)
        found = {
            row[0]: Totals(
                served=served.get(row[0], 0),
                interruptions=int(row[1]),
                minutes=float(row[2]),
                affected=row[3],
                momentary=int(row[4]),
                repeated=row[5],
                long=row[6],
                hours=hours(row[0]),
            )
            for row in rows
        }
        for name, number in served.items():
            found.setdefault(name, Totals(served=number, hours=hours(name)))
        return found

    @api.model
    def _get_period_sql(self, company, date_from, date_to, rules, skip_days=(), kinds=()):
        """Return the condition on interruptions ``i`` that a figure counts."""
        left_out = {"no_external": "external", "no_shortage": "shortage"}.get(rules.variant, "")
        return SQL(
            "i.company_id = %s AND i.day BETWEEN %s AND %s AND i.influence <> %s%s%s%s",
            company.id,
            date_from,
            date_to,
            left_out,
            SQL() if rules.keep_excluded else SQL(" AND i.excluded IS NOT TRUE"),
            SQL(" AND i.day <> ALL(%s::date[])", list(skip_days)) if skip_days else SQL(),
            SQL(" AND i.kind IN %s", tuple(kinds)) if kinds else SQL(),
        )

    @api.model
    def _get_hits_sql(self, where, one_by_one=False):
        """Return the query of what each supply point suffered, from interruptions ``i``.

        :param one_by_one: look up the customers of each interruption, for a short stretch of a
            long history; the planner does not know how short it is and would read all of them
        """
        customers = SQL(
            "CROSS JOIN LATERAL (SELECT point_id FROM power_interruption_point_rel"
            " WHERE interruption_id = i.id OFFSET 0) rel"
            if one_by_one
            else "JOIN power_interruption_point_rel rel ON rel.interruption_id = i.id"
        )
        return SQL(
            """
            SELECT rel.point_id,
                   count(*) FILTER (WHERE i.sustained) AS number,
                   coalesce(sum(i.minutes) FILTER (WHERE i.sustained), 0) AS minutes,
                   max(i.minutes) FILTER (WHERE i.sustained) AS longest,
                   count(*) FILTER (WHERE NOT i.sustained) AS momentary
              FROM power_interruption i %s
             WHERE %s
             GROUP BY rel.point_id
            """,
            customers,
            where,
        )

    @api.model
    def _add_up_monthly(self, months, where, sums):
        """Add up each month on its own: a customer is interrupted anew in each of them."""
        if not months:
            return []
        inside = SQL("%s AND i.day >= m.month AND i.day < m.month + interval '1 month'", where)
        return self.env.execute_query(
            SQL(
                """
                SELECT m.month, sums.* FROM unnest(%s::date[]) AS m(month)
                 CROSS JOIN LATERAL (SELECT %s FROM (%s) hit HAVING count(*) > 0) sums
                """,
                list(months),
                sums,
                self._get_hits_sql(inside, one_by_one=True),
            )
        )

    @api.model
    def _get_group_key(self, group):
        return {
            "company": SQL("NULL::int"),
            "area": SQL("point.area_id"),
            "feeder": SQL("node.feeder_id"),
            "class": SQL("point.usage_category_id"),
        }[group]

    @api.model
    def _get_group_join(self, group):
        point = SQL("JOIN power_supply_point point ON point.id = hit.point_id")
        if group in ("area", "class"):
            return point
        if group == "feeder":
            return SQL("%s LEFT JOIN power_network_node node ON node.id = point.node_id", point)
        return SQL()

    @api.model
    def _count_served(self, company, date_from, date_to, group):
        """Return {key: customers served at the end of the period, or of each month}.

        A supply point counts from the day it is put into service until the day it is closed;
        without a first day it always was in service.
        """
        self.env["power.supply.point"].flush_model()
        in_service = SQL(
            """
            point.company_id = %s AND point.state <> 'applied'
            """,
            company.id,
        )
        if group == "month":
            return self._count_served_monthly(date_from, date_to, in_service)
        key = {
            "company": SQL("NULL::int"),
            "area": SQL("point.area_id"),
            "class": SQL("point.usage_category_id"),
            "feeder": SQL("node.feeder_id"),
        }[group]
        join = SQL(
            "LEFT JOIN power_network_node node ON node.id = point.node_id"
            if group == "feeder"
            else ""
        )
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT %s AS key, count(*) FROM power_supply_point point %s
                     WHERE %s
                       AND (point.date_activated IS NULL OR point.date_activated <= %s)
                       AND (point.state <> 'closed' OR point.date_closed > %s)
                     GROUP BY key
                    """,
                    key,
                    join,
                    in_service,
                    date_to,
                    date_to,
                )
            )
        )

    @api.model
    def _count_served_monthly(self, date_from, date_to, in_service):
        changes = self.env.execute_query(
            SQL(
                """
                SELECT month, sum(number) FROM (
                    SELECT date_trunc('month', greatest(date_activated, %(start)s))::date AS month,
                           count(*) AS number
                      FROM power_supply_point point WHERE %(service)s GROUP BY 1
                    UNION ALL
                    SELECT date_trunc('month', greatest(date_closed, %(start)s))::date, -count(*)
                      FROM power_supply_point point
                     WHERE %(service)s AND state = 'closed' GROUP BY 1
                ) change GROUP BY month
                """,
                start=date_from,
                service=in_service,
            )
        )
        numbers = dict(changes)
        served, running = {}, 0
        month = date_from.replace(day=1)
        while month <= date_to:
            running += int(numbers.get(month, 0))
            served[month] = running
            month = fields.Date.add(month, months=1)
        return served

    @api.model
    def _count_hours(self, date_from, date_to, group):
        whole = ((date_to - date_from).days + 1) * 24.0
        if group != "month":
            return lambda _key: whole

        def hours(month):
            first = max(month, date_from)
            last = min(fields.Date.end_of(month, "month"), date_to)
            return ((last - first).days + 1) * 24.0

        return hours

    @api.model
    def _get_daily_saidi(self, company, date_from, date_to, rules, kinds=()):
        """Return {local day: SAIDI in minutes} of a period."""
        self.flush_model()
        served = self._count_served_monthly(
            date_from,
            date_to,
            SQL("point.company_id = %s AND point.state <> 'applied'", company.id),
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT i.day, sum(i.customer_minutes) FROM power_interruption i
                 WHERE %s AND i.sustained GROUP BY i.day
                """,
                self._get_period_sql(company, date_from, date_to, rules, kinds=kinds),
            )
        )
        return {
            day: minutes / served[day.replace(day=1)]
            for day, minutes in rows
            if served.get(day.replace(day=1))
        }

    # === ONE CUSTOMER === #

    @api.model
    def _add_up_points(self, points, date_from, date_to):
        """Return {supply point id: (sustained interruptions, minutes)} of a period."""
        if not points.ids:  # none, or only points that are being entered
            return {}
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT rel.point_id, count(*), sum(i.minutes)
                  FROM power_interruption_point_rel rel
                  JOIN power_interruption i ON i.id = rel.interruption_id
                 WHERE rel.point_id IN %s AND i.day BETWEEN %s AND %s AND i.sustained
                 GROUP BY rel.point_id
                """,
                tuple(points.ids),
                date_from,
                date_to,
            )
        )
        return {point: (number, minutes) for point, number, minutes in rows}
