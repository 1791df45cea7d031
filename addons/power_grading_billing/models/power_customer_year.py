from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL


class PowerCustomerYear(models.Model):
    """What each customer used and paid in the last twelve months billed, and its six places.

    A row a customer and company, written anew in a few statements every night and whenever grades
    come into force, so that the rankings read one narrow table. The months end with the last one in
    which at least half as many bills end as in the fullest: a month just begun does not count.
    """

    _name = "power.customer.year"
    _description = "Customer in the last twelve months"
    _log_access = False
    _rec_name = "partner_id"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    partner_id = fields.Many2one(
        "res.partner", required=True, readonly=True, index=True, ondelete="cascade"
    )
    date = fields.Date(string="Twelve months to", required=True, readonly=True)
    kwh = fields.Float(digits=(16, 2), readonly=True)
    kwh_before = fields.Float(digits=(16, 2), readonly=True)
    growth = fields.Float(digits=(16, 2), readonly=True)
    month_kwh = fields.Float(digits=(16, 2), readonly=True)
    charge = fields.Float(digits=(16, 2), readonly=True)
    kwh_share = fields.Float(digits=(16, 6), readonly=True)
    month_share = fields.Float(digits=(16, 6), readonly=True)
    charge_share = fields.Float(digits=(16, 6), readonly=True)
    average_price = fields.Float(digits=(16, 6), readonly=True)
    price_gap = fields.Float(digits=(16, 2), readonly=True)
    capacity_kva = fields.Float(digits=(16, 2), readonly=True)
    capacity_use = fields.Float(digits=(16, 2), readonly=True)
    rank_kwh = fields.Integer(readonly=True)
    rank_month = fields.Integer(readonly=True)
    rank_growth = fields.Integer(readonly=True)
    rank_charge = fields.Integer(readonly=True)
    rank_price = fields.Integer(readonly=True)
    rank_use = fields.Integer(readonly=True)

    _customer_uniq = models.UniqueIndex("(company_id, partner_id)")

    @api.model
    def _refresh(self, companies):
        """Write the figures of companies anew.

        :return: number of customers
        """
        self.env.flush_all()
        count = 0
        for company in companies:
            self.env.cr.execute(
                SQL("DELETE FROM power_customer_year WHERE company_id = %s", company.id)
            )
            if day := self._get_last_month_end(company):
                self.env.cr.execute(self._insert_query(company, day))
                count += self.env.cr.rowcount
        self.invalidate_model()
        return count

    @api.model
    def _get_last_month_end(self, company):
        """Last day of the last month that is billed, or None."""
        rows = self.env.execute_query(
            SQL(
                """SELECT month FROM (
                    SELECT date_trunc('month', period_to)::date AS month, count(*) AS bills,
                        max(count(*)) OVER () AS most
                    FROM power_bill WHERE company_id = %s AND state = 'posted' GROUP BY 1
                ) m WHERE bills * 2 >= most ORDER BY month DESC LIMIT 1""",
                company.id,
            )
        )
        return rows[0][0] + relativedelta(day=31) if rows else None

    @api.model
    def _insert_query(self, company, day):
        start = day + relativedelta(months=-12, day=31)
        return SQL(
            """INSERT INTO power_customer_year (company_id, partner_id, date, kwh, kwh_before,
                growth, month_kwh, charge, kwh_share, month_share, charge_share, average_price,
                price_gap, capacity_kva, capacity_use, rank_kwh, rank_month, rank_growth,
                rank_charge, rank_price, rank_use)
            SELECT %(company)s, customer_id, %(day)s, kwh, kwh_before, growth, month_kwh, charge,
                100 * kwh / NULLIF(sum(kwh) OVER (), 0),
                100 * month_kwh / NULLIF(sum(month_kwh) OVER (), 0),
                100 * charge / NULLIF(sum(charge) OVER (), 0),
                price,
                100 * price / NULLIF(sum(charge) OVER () / NULLIF(sum(kwh) OVER (), 0), 0) - 100,
                capacity, use,
                rank() OVER (ORDER BY kwh DESC),
                rank() OVER (ORDER BY month_kwh DESC),
                CASE WHEN growth IS NOT NULL THEN rank() OVER (ORDER BY growth DESC NULLS LAST) END,
                rank() OVER (ORDER BY charge DESC),
                CASE WHEN price IS NOT NULL THEN rank() OVER (ORDER BY price DESC NULLS LAST) END,
                CASE WHEN use IS NOT NULL THEN rank() OVER (ORDER BY use DESC NULLS LAST) END
            FROM (
                SELECT b.*, p.power_capacity_kva AS capacity,
                    CASE WHEN b.kwh > 0 AND b.kwh_before > 0
                        THEN 100 * b.kwh / b.kwh_before - 100 END AS growth,
                    CASE WHEN b.kwh > 0 THEN b.charge / b.kwh END AS price,
                    100 * b.kwh / NULLIF(p.power_capacity_kva * %(hours)s, 0) AS use
                FROM (
                    SELECT customer_id,
                        COALESCE(sum(kwh) FILTER (WHERE period_to > %(start)s), 0) AS kwh,
                        COALESCE(sum(kwh) FILTER (WHERE period_to <= %(start)s), 0) AS kwh_before,
                        COALESCE(sum(kwh) FILTER (WHERE period_to > %(month)s), 0) AS month_kwh,
                        COALESCE(sum(amount_total) FILTER (WHERE period_to > %(start)s), 0)
                            AS charge
                    FROM power_bill
                    WHERE company_id = %(company)s AND state = 'posted'
                        AND period_to > %(before)s AND period_to <= %(day)s
                    GROUP BY customer_id
                ) b JOIN res_partner p ON p.id = b.customer_id
            ) figures""",
            company=company.id,
            day=day,
            start=start,
            before=day + relativedelta(months=-24, day=31),
            month=day + relativedelta(months=-1, day=31),
            hours=24 * (day - start).days,
        )

    @api.model
    def _cron_refresh(self):
        """Nightly."""
        self._refresh(self.env["res.company"].search(fields.Domain.TRUE))
