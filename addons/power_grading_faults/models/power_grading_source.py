from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.power_grading.models.power_grading_source import ScoreQuery

_NONE = Decimal(0)


class PowerGradingSource(models.AbstractModel):
    _inherit = "power.grading.source"

    @api.model
    def _score_queries(self):
        return {**super()._score_queries(), **self._score_queries_faults()}

    @api.model
    def _score_queries_faults(self):
        """Of fault reports and of interruptions of supply in the window."""

        def query(label, table, value, whole=True):
            partner = SQL("f.partner_id")
            return ScoreQuery(label, table, partner, value, _NONE, windowed=True, whole=whole)

        return {
            "faults": query(
                self.env._("Faults reported"),
                self._faults,
                SQL("count(*) FILTER (WHERE f.state <> 'transferred')"),
            ),
            "own_faults": query(
                self.env._("Faults of the customer's own equipment"),
                self._faults,
                SQL("count(*) FILTER (WHERE f.state = 'transferred')"),
            ),
            "interruptions": query(
                self.env._("Interruptions at the supply point hit most often"),
                self._interruptions,
                SQL("max(f.number)"),
            ),
            "dark_minutes": query(
                self.env._("Minutes without supply at the supply point hit longest"),
                self._interruptions,
                SQL("max(f.minutes)"),
                whole=False,
            ),
        }

    @api.model
    def _faults(self, scope):
        """Reports by the local day they came in."""
        zone = str(self.env["res.company"].browse(scope.company_id)._get_power_zone())
        return SQL(
            """(SELECT partner_id, state FROM power_fault
                WHERE company_id = %(company)s AND state <> 'cancelled'
                    AND partner_id IS NOT NULL
                    AND (date_reported AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date > %(start)s
                    AND (date_reported AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date <= %(date)s
            ) f""",
            company=scope.company_id,
            zone=zone,
            start=scope.start,
            date=scope.date,
        )

    @api.model
    def _interruptions(self, scope):
        """One row a supply point interrupted: how often, and how many minutes together."""
        return SQL(
            """(SELECT s.partner_id, r.point_id, count(*) AS number, sum(i.minutes) AS minutes
                FROM power_interruption i
                JOIN power_interruption_point_rel r ON r.interruption_id = i.id
                JOIN power_supply_point s ON s.id = r.point_id
                WHERE i.company_id = %s AND i.sustained AND i.day > %s AND i.day <= %s
                GROUP BY 1, 2) f""",
            scope.company_id,
            scope.start,
            scope.date,
        )
