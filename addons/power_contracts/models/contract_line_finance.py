from odoo import models


class ContractLine(models.Model):
    """Invoice lines tell the days they are for and the analytic account of their contract."""

    _inherit = "contract.line"

    def _prepare_invoice_line(self):
        vals = super()._prepare_invoice_line()
        if vals and self.contract_id.is_power_service and not self.display_type:
            first, last, _day = self._get_period_to_invoice(
                self.last_date_invoiced, self.recurring_next_date
            )
            vals.update(self._prepare_power_book_vals(first, last))
        return vals

    def _prepare_credit_vals(self, first, last, pauses):
        vals = super()._prepare_credit_vals(first, last, pauses)
        return vals and {**vals, **self._prepare_power_book_vals(first, last)}

    def _prepare_power_book_vals(self, first, last):
        """Hook: visits are income when they are done, everything else of its days."""
        self.ensure_one()
        vals = {
            "analytic_distribution": self.contract_id._add_power_analytic(
                self.analytic_distribution
            )
        }
        if not self.visit_months:
            vals |= {"power_service_from": first, "power_service_to": last}
        return vals
