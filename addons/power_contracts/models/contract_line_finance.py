from odoo import models


class ContractLine(models.Model):
    """Invoice lines tell the days they are for and the analytic account of their contract."""

    _inherit = "contract.line"

    def _prepare_power_book_vals(self, first, last):
        """Hook: visits are income when they are done, everything else of its days."""
        self.ensure_one()
        vals = {
            "analytic_distribution": self.contract_id._add_power_analytic(
                self.analytic_distribution
            )
        }
        if not self.visit_months:
            vals |= {
                "power_service_from": first,
                "power_service_to": last,
                "power_period_price": float(round(self._get_terms().price, 6)),
            }
        return vals
