from odoo import fields, models
from odoo.tools import SQL


class PowerBillRun(models.Model):
    """The run's energy by time-of-use period."""

    _inherit = "power.bill.run"

    period_total_ids = fields.One2many(
        comodel_name="power.bill.run.period",
        inverse_name="run_id",
        string="Totals by period",
        readonly=True,
    )

    def _refresh_totals(self):
        result = super()._refresh_totals()
        self._refresh_period_totals()
        return result

    def _refresh_period_totals(self):
        """Keep the run's energy by period beside that of the same points' month before.

        Several components may be charged on the same energy: the first of each bill and version
        counts its kWh.
        """
        self.ensure_one()
        bills = self.env["power.bill"]
        for model in (bills, bills.line_ids):
            model.flush_model()
            bills._analyze_new(model._table, self.total_count)
        rows = self.env.execute_query_dict(
            SQL(
                """
                WITH bill AS (
                    SELECT id, TRUE AS is_now FROM power_bill
                     WHERE run_id = %(run)s AND state IN ('rated', 'posted')
                     UNION ALL
                    SELECT b.id, FALSE FROM power_bill b
                      JOIN power_bill r ON r.run_id = %(run)s
                       AND r.supply_point_id = b.supply_point_id
                     WHERE b.company_id = %(company)s AND b.period_from = %(before)s
                       AND b.settlement_id IS NULL AND b.state IN ('rated', 'posted')
                ), charge AS (
                    SELECT bill.is_now, l.period, l.quantity, l.amount,
                           l.component_id IS NOT DISTINCT FROM first_value(l.component_id) OVER (
                               PARTITION BY l.bill_id, c.version_id, l.share, l.period
                                   ORDER BY l.sequence, l.id) AS counts
                      FROM bill JOIN power_bill_line l ON l.bill_id = bill.id
                      JOIN power_tariff_component c ON c.id = l.component_id
                     WHERE l.kind = 'energy')
                SELECT period, coalesce(sum(quantity) FILTER (WHERE is_now AND counts), 0) AS kwh,
                       coalesce(sum(amount) FILTER (WHERE is_now), 0) AS amount,
                       coalesce(sum(quantity) FILTER (WHERE NOT is_now AND counts), 0) AS last_kwh,
                       coalesce(sum(amount) FILTER (WHERE NOT is_now), 0) AS last_amount
                  FROM charge GROUP BY period
                """,
                run=self.id,
                company=self.company_id.id,
                before=self._get_date_before(),
            )
        )
        self.period_total_ids.unlink()
        self.env["power.bill.run.period"].create([{**row, "run_id": self.id} for row in rows])
