from odoo import fields, models
from odoo.tools import SQL

_MONTHS = 12


class PowerContractForecast(models.Model):
    """Income of service contracts in this and the coming eleven months, as it stands today.

    Prices told already count from the month they are in force; a suspended contract brings
    nothing; a contract that renews itself goes on, any other ends.
    """

    _name = "power.contract.forecast"
    _inherit = ["power.contract.workbook"]
    _description = "Income forecast of contracts"
    _auto = False
    _order = "date, contract_id"
    _rec_name = "contract_id"

    contract_id = fields.Many2one("contract.contract", readonly=True)
    contract_line_id = fields.Many2one("contract.line", string="Service", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    tier = fields.Selection(
        selection=lambda self: (
            self.env["contract.template"]._fields["tier"]._description_selection(self.env)
        ),
        string="Package",
        readonly=True,
    )
    date = fields.Date(string="Month", readonly=True)
    kind = fields.Selection(
        [
            ("deferred", "Deferred, invoiced"),
            ("draft", "Invoice to post"),
            ("visit", "Visits to come"),
            ("contract", "To be invoiced"),
            ("renewal", "After renewal by itself"),
        ],
        string="Source",
        readonly=True,
    )
    amount = fields.Monetary(string="Income", readonly=True)

    @property
    def _table_query(self):
        for model in ("contract.line", "contract.contract", "power.contract.deferral"):
            self.env[model].flush_model()
        self.env["power.contract.revision"].flush_model()
        self.env["power.contract.visit"].flush_model()
        self.env["account.move.line"].flush_model()
        return SQL(
            """
            WITH span AS (
                SELECT number, month::date AS first,
                       (month + interval '1 month' - interval '1 day')::date AS last
                  FROM generate_series(0, %(months)s - 1) number
                 CROSS JOIN LATERAL (SELECT date_trunc('month', %(today)s::timestamp)
                       + make_interval(months => number) AS month) start
            ), service AS (
                SELECT line.*, contract.tier, contract.partner_id AS customer,
                       contract.company_id AS company,
                       company.currency_id AS currency,
                       line.monthly_recurring * line.recurring_interval
                           * CASE line.recurring_rule_type WHEN 'quarterly' THEN 3
                             WHEN 'semesterly' THEN 6 WHEN 'yearly' THEN 12 ELSE 1 END AS price,
                       CASE WHEN contract.renewal = 'auto'
                                  AND contract.coming_change IS DISTINCT FROM 'terminate'
                                  AND contract.renewal_state IS DISTINCT FROM 'declined'
                            THEN NULL ELSE line.date_end END AS stop
                  FROM contract_line line
                  JOIN contract_contract contract ON contract.id = line.contract_id
                  JOIN res_company company ON company.id = contract.company_id
                 WHERE contract.is_power_service AND contract.state = 'open' AND contract.active
                   AND line.display_type IS NULL AND line.is_canceled IS NOT TRUE
            )
            %(coming)s UNION ALL %(visits)s UNION ALL %(deferred)s UNION ALL %(drafts)s
            """,
            months=_MONTHS,
            today=self.env.company._get_power_today(),
            coming=self._get_coming_sql(),
            visits=self._get_visits_sql(),
            deferred=self._get_deferred_sql(),
            drafts=self._get_drafts_sql(),
        )

    def _get_factor_sql(self):
        """Told prices that the line does not have yet, at the first day of the month."""
        return SQL(
            """
            coalesce((SELECT exp(sum(ln(1 + told.percent / 100.0)))
                        FROM power_contract_revision told
                       WHERE told.contract_id = service.contract_id AND told.date <= span.first
                         AND NOT EXISTS (SELECT FROM power_contract_revision_line_rel rel
                                          WHERE rel.revision_id = told.id
                                            AND rel.line_id = service.id)), 1)
            """
        )

    def _get_coming_sql(self):
        """What is not invoiced yet, by the days of the month that are in the contract."""
        return SQL(
            """
            SELECT (service.id::bigint * 13 + span.number) * 4 AS id, service.contract_id,
                   service.id AS contract_line_id, service.company AS company_id,
                   service.currency AS currency_id, service.customer AS partner_id, service.tier,
                   span.last AS date,
                   CASE WHEN days.first > service.date_end THEN 'renewal' ELSE 'contract' END
                       AS kind,
                   round((service.monthly_recurring * (days.last - days.first + 1)
                       / (span.last - span.first + 1) * %s)::numeric, 2) AS amount
              FROM service
             CROSS JOIN span
             CROSS JOIN LATERAL (SELECT
                   greatest(span.first, service.date_start, service.last_date_invoiced + 1)
                       AS first, least(span.last, service.stop) AS last) days
             WHERE coalesce(service.visit_months, 0) = 0 AND days.first <= days.last
            """,
            self._get_factor_sql(),
        )

    def _get_visits_sql(self):
        """Visits due that are neither invoiced nor given up."""
        return SQL(
            """
            SELECT (service.id::bigint * 13 + span.number) * 4 + 1, service.contract_id, service.id,
                   service.company, service.currency, service.customer, service.tier,
                   span.last, 'visit', round((service.price * %s)::numeric, 2)
              FROM service
             CROSS JOIN span
             CROSS JOIN LATERAL (
                   SELECT day::date AS due
                     FROM generate_series(0, 1200 / service.visit_months) nr
                    CROSS JOIN LATERAL (SELECT service.date_start
                          + make_interval(months => nr * service.visit_months) AS day) dates
                    WHERE day BETWEEN span.first AND span.last LIMIT 1) visit
             WHERE service.visit_months > 0
               AND (service.stop IS NULL OR visit.due <= service.stop)
               AND NOT EXISTS (SELECT FROM power_contract_visit made
                                WHERE made.contract_line_id = service.id
                                  AND made.date_due = visit.due AND made.origin = 'plan'
                                  AND (made.invoice_line_id IS NOT NULL
                                       OR made.state IN ('refused', 'cancelled')))
            """,
            self._get_factor_sql(),
        )

    def _get_deferred_sql(self):
        """What is overdue to be recognised counts in this month."""
        return SQL(
            """
            SELECT row.id::bigint * 4 + 2, row.contract_id, row.contract_line_id, row.company_id,
                   company.currency_id, row.partner_id, contract.tier, span.last, 'deferred',
                   row.amount
              FROM power_contract_deferral row
              JOIN contract_contract contract ON contract.id = row.contract_id
              JOIN res_company company ON company.id = row.company_id
              JOIN span ON row.date = span.last OR (span.number = 0 AND row.date < span.first)
             WHERE row.state = 'waiting'
            """
        )

    def _get_drafts_sql(self):
        """Invoices and credits not posted, by the days of their service."""
        return SQL(
            """
            SELECT (item.id::bigint * 13 + span.number) * 4 + 3, line.contract_id, line.id,
                   item.company_id, item.currency_id, contract.partner_id, contract.tier,
                   span.last, 'draft',
                   round(CASE WHEN move.move_type = 'out_refund' THEN -1 ELSE 1 END
                       * item.price_subtotal * (days.last - days.first + 1)
                       / (dates.last - dates.first + 1), 2)
              FROM account_move_line item
              JOIN account_move move ON move.id = item.move_id AND move.state = 'draft'
              JOIN contract_line line ON line.id = item.contract_line_id
              JOIN contract_contract contract ON contract.id = line.contract_id
             CROSS JOIN span
             CROSS JOIN LATERAL (SELECT
                   coalesce(item.power_service_from, move.invoice_date, span.first) AS first,
                   coalesce(item.power_service_to, move.invoice_date, span.first) AS last) dates
             CROSS JOIN LATERAL (SELECT
                   CASE WHEN span.number = 0 THEN dates.first
                        ELSE greatest(span.first, dates.first) END AS first,
                   CASE WHEN span.number = 0 AND dates.last < span.first THEN dates.last
                        ELSE least(span.last, dates.last) END AS last) days
             WHERE contract.is_power_service AND item.display_type = 'product'
               AND move.move_type IN ('out_invoice', 'out_refund') AND days.first <= days.last
            """
        )

    def action_open_contract(self):
        self.ensure_one()
        return self.contract_id.get_formview_action()
