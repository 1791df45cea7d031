from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

# How many days are looked at; a meter that sent nothing in them is not read by curve any more.
_DAYS = 62


class PowerLoadMissing(models.Model):
    """A day of the last two months without a curve of a meter that has curves: worked out when it
    is looked at."""

    _name = "power.load.missing"
    _description = "Missing Load Curve"
    _auto = False
    _log_access = False
    _order = "date desc, meter_id, id"
    _depends = {
        "power.meter": [
            "active",
            "company_id",
            "date_installed",
            "date_removed",
            "supply_point_id",
        ],
    }

    meter_id = fields.Many2one(comodel_name="power.meter", readonly=True)
    supply_point_id = fields.Many2one(
        comodel_name="power.supply.point", string="Supply point", readonly=True
    )
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    date = fields.Date(readonly=True)

    @property
    def _table_query(self):
        today = self.env.company._get_power_today()
        return SQL(
            """
            SELECT m.id::bigint * 100000 + (day.date - date '2000-01-01') AS id,
                   m.id AS meter_id, m.supply_point_id, m.company_id, day.date
              FROM (SELECT DISTINCT meter_id
                      FROM power_load_day_data
                     WHERE quantity = 'active' AND date BETWEEN %(first)s AND %(last)s) curve
              JOIN power_meter m ON m.id = curve.meter_id AND m.active
        CROSS JOIN LATERAL (
                   SELECT d::date AS date
                     FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') d
                    WHERE d > m.date_installed
                      AND (m.date_removed IS NULL OR d <= m.date_removed)
                   ) day
             WHERE NOT EXISTS (
                   SELECT FROM power_load_day_data l
                    WHERE l.meter_id = m.id AND l.date = day.date AND l.quantity = 'active')
            """,
            first=today - timedelta(days=_DAYS),
            last=today - timedelta(days=1),
        )
