from odoo import api, fields, models
from odoo.tools import SQL, sql

# How many days around the same day a year ago a reading is looked for.
_YEAR_WINDOW = 20


class PowerReadingCheck(models.Model):
    """A check that every new reading passes, with its limits and what follows when it fails."""

    _name = "power.reading.check"
    _description = "Check of Readings"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Selection(
        selection=[
            ("negative", "Below a billed estimate"),
            ("rollover", "Rolled over"),
            ("high", "High against its own history"),
            ("low", "Low against its own history"),
            ("last_year", "Against the same time last year"),
            ("zero", "Nothing used"),
            ("gap", "Long not read"),
            ("demand", "Demand above the contract"),
            ("reactive", "Much reactive energy"),
            ("periods", "Periods and total differ"),
            ("clock", "Clock of the meter"),
        ],
        string="Checks",
        required=True,
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    severity = fields.Selection(
        selection=[
            ("info", "Note it"),
            ("hold", "Hold the reading"),
            ("refuse", "Refuse the reading"),
        ],
        string="When it fails",
        required=True,
        default="hold",
    )
    threshold = fields.Float(string="Limit", digits=(16, 4), help="See the unit beside it.")
    floor_kwh = fields.Float(
        string="Never below (kWh)",
        digits=(16, 2),
        help="A consumption up to this never fails the check.",
    )
    unit = fields.Char(string="Unit of the limit", compute="_compute_unit")
    company_id = fields.Many2one(
        comodel_name="res.company",
        index=True,
        help="Empty: for every company that has none of its own.",
    )

    _code_uniq = models.UniqueIndex(
        "(code, coalesce(company_id, 0))", "The company already has this check."
    )

    @api.depends("code")
    @api.depends_context("lang")
    def _compute_unit(self):
        units = {
            "rollover": self.env._("share of the register's end"),
            "high": self.env._("times the usual"),
            "low": self.env._("times the usual"),
            "last_year": self.env._("times, more or less"),
            "gap": self.env._("days"),
            "demand": self.env._("times the contract demand"),
            "reactive": self.env._("kvarh a kWh"),
            "periods": self.env._("percent of the total"),
            "clock": self.env._("seconds"),
        }
        for check in self:
            check.unit = units.get(check.code)

    @api.model
    def _migrate_company_limits(self):
        """Carry limits that companies once had as settings into checks of their own."""
        if not sql.column_exists(self.env.cr, "res_company", "power_jump_factor"):
            return
        common = self.env.ref("power_billing.reading_check_high")
        rows = self.env.execute_query(
            SQL(
                "SELECT id, power_jump_factor, coalesce(power_jump_floor_kwh, 0) FROM res_company"
                " WHERE power_jump_factor IS NOT NULL"
            )
        )
        for company_id, factor, floor in rows:
            known = self.with_context(active_test=False).search_count(
                [("code", "=", "high"), ("company_id", "=", company_id)]
            )
            if not known and (factor, floor) != (common.threshold, common.floor_kwh):
                common.copy(
                    {
                        "company_id": company_id,
                        "threshold": factor,
                        "floor_kwh": floor,
                        "active": factor > 0,
                    }
                )

    # === The checks, for one reading or a hundred thousand === #

    @api.model
    def _find_failures(self, readings):
        """Run all active checks on readings in one statement.

        :return: list of dicts: ``id`` (reading), ``check_id``, ``code``, ``severity``, and the
            figures of the check ``a``, ``b``, ``c`` (numbers as text)
        """
        if not readings:
            return []
        for model in (
            self,
            readings,
            self.env["power.meter.register"],
            self.env["power.supply.point"],
            self.env["power.supply.fact"],
        ):
            model.flush_model()
        parts = self._get_check_parts()
        return self.env.execute_query_dict(
            SQL(
                "WITH %(common)s SELECT f.id, f.check_id, f.code, f.severity, f.a, f.b, f.c"
                " FROM (%(parts)s) f ORDER BY f.id, f.sequence, f.check_id",
                common=self._get_common_tables(readings),
                parts=SQL(" UNION ALL ").join(
                    SQL(
                        """SELECT n.id, k.id AS check_id, k.code, k.severity, k.sequence,
                                  (%(a)s)::text AS a, (%(b)s)::text AS b, (%(c)s)::text AS c
                             FROM news n JOIN checks k ON k.company_id = n.company_id
                              AND k.code = %(code)s
                            WHERE %(condition)s""",
                        code=code,
                        a=figures[0],
                        b=figures[1],
                        c=figures[2],
                        condition=condition,
                    )
                    for code, (condition, *figures) in parts.items()
                ),
            )
        )

    def _get_common_tables(self, readings):
        """Return the readings in question with what the checks compare them with."""
        return SQL(
            """
            checks AS (
                SELECT * FROM (
                    SELECT DISTINCT ON (c.id, k.code) c.id AS company_id, k.id, k.code, k.severity,
                           k.sequence, coalesce(k.threshold, 0) AS threshold,
                           coalesce(k.floor_kwh, 0) AS floor_kwh, k.active
                      FROM res_company c
                      JOIN power_reading_check k ON k.company_id = c.id OR k.company_id IS NULL
                  ORDER BY c.id, k.code, k.company_id NULLS LAST) own
                 WHERE active
            ), news AS MATERIALIZED (
                SELECT r.id, r.company_id, r.meter_id, r.register_id, r.supply_point_id, r.date,
                       r.value, r.rollover, r.previous_date, r.previous_value, r.consumption,
                       r.daily_kwh, r.clock_drift_s, g.quantity, g.period, g.line, g.digits,
                       g.multiplier, g.is_main, p.state AS point_state, p.demand_kw,
                       CASE WHEN u.readings >= 2 THEN u.usual END AS usual, y.daily AS last_year
                  FROM power_meter_reading r
                  JOIN power_meter_register g ON g.id = r.register_id
                  JOIN power_supply_point p ON p.id = r.supply_point_id
             LEFT JOIN LATERAL (
                       SELECT sum(q.consumption) / NULLIF(sum(q.date - q.previous_date), 0)
                                  AS usual,
                              count(*) AS readings
                         FROM (SELECT h.consumption, h.date, h.previous_date
                                 FROM power_meter_reading h
                                WHERE h.register_id = r.register_id
                                  AND h.date < r.date
                                  AND h.previous_date IS NOT NULL
                                  AND h.state <> 'held'
                                  AND NOT (h.state = 'draft' AND h.kind = 'customer')
                             ORDER BY h.date DESC
                                LIMIT %(limit)s) q
                       ) u ON g.quantity <> 'demand'
             LEFT JOIN LATERAL (
                       SELECT h.daily_kwh AS daily
                         FROM power_meter_reading h
                        WHERE h.register_id = r.register_id
                          AND h.date BETWEEN r.date - 365 - %(window)s AND r.date - 365 + %(window)s
                          AND h.previous_date IS NOT NULL
                          AND h.state <> 'held'
                          AND NOT (h.state = 'draft' AND h.kind = 'customer')
                     ORDER BY abs(h.date - (r.date - 365))
                        LIMIT 1
                       ) y ON g.quantity <> 'demand'
                 WHERE r.id = ANY(%(ids)s)
            )
            """,
            ids=readings.ids,
            limit=readings._USUAL_READINGS,
            window=_YEAR_WINDOW,
        )

    def _get_check_parts(self):
        """Return {code: (condition, figure a, figure b, figure c)} over ``news n``, ``checks k``.

        Other add-ons add their own, with a selection and a sentence in
        ``power.meter.reading._get_check_sentence``.
        """
        null = SQL("NULL")
        contract = SQL(
            """coalesce((SELECT f.contract_demand_kw FROM power_supply_fact f
                          WHERE f.supply_point_id = n.supply_point_id AND f.date_from <= n.date
                       ORDER BY f.date_from DESC LIMIT 1), n.demand_kw)"""
        )
        active = SQL(
            """(SELECT sum(o.consumption) FROM power_meter_reading o
                  JOIN power_meter_register og ON og.id = o.register_id AND og.is_main
                 WHERE o.meter_id = n.meter_id AND o.date = n.date)"""
        )
        whole = SQL(
            """(SELECT o.consumption FROM power_meter_reading o
                  JOIN power_meter_register og ON og.id = o.register_id AND og.is_main
                   AND og.line IS NOT DISTINCT FROM n.line
                 WHERE o.meter_id = n.meter_id AND o.date = n.date
                   AND o.previous_date IS NOT NULL)"""
        )
        parts = SQL(
            """(SELECT CASE WHEN count(*) = count(o.previous_date)
                            THEN sum(o.consumption) END
                  FROM power_meter_register og
             LEFT JOIN power_meter_reading o ON o.register_id = og.id AND o.date = n.date
                 WHERE og.meter_id = n.meter_id AND og.active AND og.quantity = 'active'
                   AND og.period IS NOT NULL AND og.line IS NOT DISTINCT FROM n.line)"""
        )
        with_whole = SQL(
            """EXISTS (SELECT FROM news w WHERE w.meter_id = n.meter_id AND w.date = n.date
                          AND w.is_main AND w.line IS NOT DISTINCT FROM n.line)"""
        )
        return {
            "negative": (
                SQL("n.consumption < 0"),
                SQL("round(n.value, 2)"),
                SQL("round(n.previous_value, 2)"),
                SQL("n.previous_date"),
            ),
            "rollover": (
                SQL(
                    """n.rollover AND n.previous_value IS NOT NULL AND NOT (
                    n.previous_value >= 10::numeric ^ n.digits * (1 - k.threshold)
                    AND n.value < 10::numeric ^ n.digits * k.threshold)"""
                ),
                SQL("round(n.previous_value, 2)"),
                SQL("round(n.value, 2)"),
                null,
            ),
            "high": (
                SQL(
                    """k.threshold > 0 AND n.usual > 0 AND n.consumption > k.floor_kwh
                    AND n.daily_kwh > n.usual * k.threshold"""
                ),
                SQL("n.daily_kwh"),
                SQL("round(n.daily_kwh / n.usual, 1)"),
                SQL("round(n.usual, 2)"),
            ),
            "low": (
                SQL(
                    """n.consumption >= 0 AND n.previous_date IS NOT NULL
                    AND n.daily_kwh < n.usual * k.threshold
                    AND n.usual * (n.date - n.previous_date) > k.floor_kwh"""
                ),
                SQL("n.daily_kwh"),
                SQL("round(n.usual, 2)"),
                null,
            ),
            "last_year": (
                SQL(
                    """k.threshold > 0 AND n.consumption >= 0
                    AND n.previous_date IS NOT NULL AND n.last_year > 0
                    AND greatest(n.daily_kwh, n.last_year) * (n.date - n.previous_date)
                        > k.floor_kwh
                    AND (n.daily_kwh > n.last_year * k.threshold
                         OR n.daily_kwh * k.threshold < n.last_year)"""
                ),
                SQL("n.daily_kwh"),
                SQL("n.last_year"),
                null,
            ),
            "zero": (
                SQL(
                    """n.is_main AND n.previous_date IS NOT NULL AND n.consumption = 0
                    AND n.point_state = 'active'"""
                ),
                SQL("n.previous_date"),
                null,
                null,
            ),
            "gap": (
                SQL(
                    """n.date - n.previous_date > k.threshold
                    AND n.date - n.previous_date > k.threshold * coalesce((
                        SELECT c.months FROM power_supply_point p
                          JOIN power_bill_cycle c ON c.id = p.billing_cycle_id
                         WHERE p.id = n.supply_point_id), 1)"""
                ),
                SQL("n.date - n.previous_date"),
                null,
                null,
            ),
            "demand": (
                SQL(
                    """n.quantity = 'demand' AND %(contract)s > 0
                    AND n.consumption > %(contract)s * k.threshold""",
                    contract=contract,
                ),
                SQL("n.consumption"),
                contract,
                null,
            ),
            "reactive": (
                SQL(
                    """n.quantity = 'reactive' AND n.period IS NULL
                    AND n.consumption > k.floor_kwh
                    AND n.consumption > k.threshold * %(active)s""",
                    active=active,
                ),
                SQL("n.consumption"),
                active,
                null,
            ),
            "periods": (
                SQL(
                    """n.quantity = 'active' AND (n.is_main OR NOT %(with_whole)s)
                    AND abs(%(parts)s - %(whole)s) > k.floor_kwh
                    AND abs(%(parts)s - %(whole)s) * 100 > k.threshold * %(whole)s""",
                    with_whole=with_whole,
                    parts=parts,
                    whole=whole,
                ),
                parts,
                whole,
                null,
            ),
            "clock": (
                SQL("abs(n.clock_drift_s) > k.threshold"),
                SQL("n.clock_drift_s"),
                null,
                null,
            ),
        }
