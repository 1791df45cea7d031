from odoo import fields, models
from odoo.tools import SQL


class PowerFaultScorecard(models.Model):
    """The month against each promise: how many, how long on average, kept or not."""

    _name = "power.fault.scorecard"
    _description = "Scorecard of promises"
    _auto = False
    _order = "month desc, promise_id"
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
    }

    month = fields.Date(readonly=True)
    promise_id = fields.Many2one("power.fault.promise", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    area_kind = fields.Selection(
        [("urban", "Urban"), ("rural", "Rural"), ("remote", "Remote")], readonly=True
    )
    event = fields.Selection(
        selection=lambda self: self.env["power.fault.clock"]._fields["event"].selection,
        string="What",
        readonly=True,
    )
    scheme = fields.Selection(
        selection=lambda self: self.env["power.fault.promise"]._fields["scheme"].selection,
        string="Kind",
        readonly=True,
    )
    basis = fields.Selection(
        selection=lambda self: self.env["power.fault.promise"]._fields["basis"].selection,
        readonly=True,
    )
    count = fields.Integer(string="Faults", readonly=True)
    late_count = fields.Integer(string="Late", readonly=True)
    total_minutes = fields.Float(string="Minutes", readonly=True, digits=(16, 2))
    average_minutes = fields.Float(
        string="Average (min)", readonly=True, aggregator="avg", digits=(16, 2)
    )
    limit_minutes = fields.Float(
        string="Limit (min)", readonly=True, aggregator="avg", digits=(16, 2)
    )
    on_time = fields.Float(string="On time (%)", readonly=True, aggregator="avg", digits=(16, 1))
    verdict = fields.Selection(
        [("kept", "Kept"), ("missed", "Missed")], string="Result", readonly=True
    )

    @property
    def _table_query(self):
        return SQL("%s %s %s %s", self._select(), self._from(), self._where(), self._group_by())

    def _select(self):
        return SQL(
            """
            SELECT min(clock.id) AS id,
                   %(month)s AS month,
                   clock.promise_id, clock.company_id, clock.area_kind,
                   clock.event, clock.scheme, clock.basis,
                   count(*) AS count,
                   count(*) FILTER (WHERE clock.is_late) AS late_count,
                   sum(clock.minutes) AS total_minutes,
                   avg(clock.minutes) AS average_minutes,
                   avg(clock.limit_minutes) AS limit_minutes,
                   100.0 * count(*) FILTER (WHERE clock.is_late IS NOT TRUE) / count(*) AS on_time,
                   CASE WHEN clock.basis = 'average'
                        THEN CASE WHEN avg(clock.minutes) <= avg(clock.limit_minutes)
                                  THEN 'kept' ELSE 'missed' END
                        ELSE CASE WHEN bool_or(clock.is_late)
                                  THEN 'missed' ELSE 'kept' END
                   END AS verdict
            """,
            month=self._month(),
        )

    def _month(self):
        """The month as the company's clocks show it, not as UTC does."""
        zone = self.env.company._get_power_zone()
        return SQL(
            "date_trunc('month', clock.date_start AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", zone
        )

    def _from(self):
        return SQL("FROM power_fault_clock clock")

    def _where(self):
        """What is done, and what is late already; the rest is not decided yet."""
        return SQL("WHERE clock.state = 'done' OR (clock.is_late AND clock.state <> 'void')")

    def _group_by(self):
        return SQL(
            """
            GROUP BY 2, clock.promise_id,
                     clock.company_id, clock.area_kind, clock.event,
                     clock.scheme, clock.basis
            """
        )
