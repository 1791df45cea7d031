from odoo import api, models
from odoo.fields import Domain

from odoo.addons.power_crm.tools.batches import in_batches

_BATCH = 500


class ContractContract(models.Model):
    """The daily run of recurring invoices, in batches; a broken contract costs its batch little."""

    _inherit = "contract.contract"

    @api.model
    def _cron_recurring_create(self, date_ref=False, create_type="invoice"):
        if create_type != "invoice":
            return super()._cron_recurring_create(date_ref, create_type)
        for company in self._get_service_companies():
            contracts = self.with_company(company)
            day = date_ref or company._get_power_today()
            if not contracts._find_services_due(day)._invoice_in_batches(day):
                return True
        if not self.env["account.move"]._post_power_services():
            return True
        others = self.with_context(power_services_done=True)
        return super(ContractContract, others)._cron_recurring_create(date_ref, create_type)

    @api.model
    def _get_contracts_to_invoice_domain(self, date_ref=None):
        domain = super()._get_contracts_to_invoice_domain(date_ref)
        if self.env.context.get("power_services_done"):
            domain &= Domain("is_power_service", "=", False)
        return domain

    @api.model
    def _find_services_due(self, day):
        found = self.search(
            self._get_contracts_to_invoice_domain(day)
            & Domain("is_power_service", "=", True)
            & Domain("generation_type", "=", "invoice")
            & Domain("company_id", "=", self.env.company.id)
        )
        return found.filtered(
            lambda item: not item.date_end or item.recurring_next_date <= item.date_end
        )

    def _invoice_in_batches(self, day):
        """Draft what is due, committing after each batch; answer False when the time is over."""
        return in_batches(
            self,
            _BATCH,
            lambda some: some._invoice_due(day),
            lambda one, error: one._record_invoice_generation_error(error, "invoice"),
        )

    def _invoice_due(self, day):
        self._recurring_create_invoice(day)
        self._clear_invoice_generation_error()
