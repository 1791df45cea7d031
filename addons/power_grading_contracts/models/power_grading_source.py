from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.power_grading.models.power_grading_source import ScoreQuery

_NONE = Decimal(0)


class PowerGradingSource(models.AbstractModel):
    _inherit = "power.grading.source"

    @api.model
    def _score_queries(self):
        return {**super()._score_queries(), **self._score_queries_contracts()}

    @api.model
    def _score_queries_contracts(self):
        """Of service contracts, their visits and income, and of tests of equipment."""
        count = SQL("count(*)")

        def query(label, table, value=count, windowed=True, whole=True):
            partner = SQL("c.partner_id")
            return ScoreQuery(label, table, partner, value, _NONE, windowed=windowed, whole=whole)

        return {
            "service_contracts": query(
                self.env._("Service contracts in force"), self._contracts, windowed=False
            ),
            "service_income": query(
                self.env._("Service income"), self._service_lines, SQL("sum(c.amount)"), whole=False
            ),
            "overdue_tests": query(
                self.env._("Overdue tests of equipment"), self._overdue_tests, windowed=False
            ),
            "missed_visits": query(self.env._("Missed visits"), self._missed_visits),
        }

    @api.model
    def _contracts(self, scope):
        return SQL(
            """(SELECT p.commercial_partner_id AS partner_id
                FROM contract_contract k JOIN res_partner p ON p.id = k.partner_id
                WHERE k.company_id = %(company)s AND k.is_power_service AND k.state <> 'draft'
                    AND k.date_start <= %(date)s
                    AND (k.term_end IS NULL OR k.term_end >= %(date)s)
                    AND (k.date_terminated IS NULL OR k.date_terminated > %(date)s)
            ) c""",
            company=scope.company_id,
            date=scope.date,
        )

    @api.model
    def _service_lines(self, scope):
        """Posted invoice lines of contracts; income stands in credit."""
        return SQL(
            """(SELECT p.commercial_partner_id AS partner_id, -l.balance AS amount
                FROM account_move_line l
                JOIN account_move m ON m.id = l.move_id
                JOIN contract_line i ON i.id = l.contract_line_id
                JOIN contract_contract k ON k.id = i.contract_id AND k.is_power_service
                JOIN res_partner p ON p.id = k.partner_id
                WHERE m.company_id = %s AND m.state = 'posted'
                    AND m.move_type IN ('out_invoice', 'out_refund')
                    AND m.invoice_date > %s AND m.invoice_date <= %s
            ) c""",
            scope.company_id,
            scope.start,
            scope.date,
        )

    @api.model
    def _overdue_tests(self, scope):
        return SQL(
            "power_test_due c WHERE c.company_id = %s AND c.date_due < %s",
            scope.company_id,
            scope.date,
        )

    @api.model
    def _missed_visits(self, scope):
        return SQL(
            """(SELECT p.commercial_partner_id AS partner_id
                FROM power_contract_visit v
                JOIN contract_contract k ON k.id = v.contract_id
                JOIN res_partner p ON p.id = k.partner_id
                WHERE k.company_id = %s AND v.state = 'missed'
                    AND v.deadline > %s AND v.deadline <= %s
            ) c""",
            scope.company_id,
            scope.start,
            scope.date,
        )
