from odoo import api, models
from odoo.fields import Domain


class PowerBill(models.Model):
    """Bills take along the service invoices of payers who want them on one paper.

    What service contracts add to invoices looks only at lines of contracts; a bill has none.
    """

    _inherit = "power.bill"

    def _get_known_modules(self):
        return super()._get_known_modules() | {"power_contracts", "power_contracts_billing"}

    def _join_statements(self):
        result = super()._join_statements()
        payers = self.sudo()._get_service_payers()
        if payers:
            joining = self.search(
                Domain("id", "in", self.ids)
                & Domain("state", "=", "posted")
                & Domain("statement_id", "=", False)
                & Domain("partner_id.commercial_partner_id", "in", payers.ids)
            )
            self.env["power.bill.statement"].sudo()._gather(joining.sudo())
        return result

    def _get_service_payers(self):
        """Return the payers who get these bills with services: those for whom an invoice waits,
        and those whose statement of the month has one from another bill of the same run."""
        companies = self.company_id
        moves = self.env["account.move"]
        waiting = moves.search(moves._get_waiting_domain(companies))
        months = [day.replace(day=1) for day in set(self.mapped("period_to"))]
        begun = self.env["power.bill.statement"].search(
            Domain("service_ids", "!=", False)
            & Domain("company_id", "in", companies.ids)
            & Domain("period", "in", months)
        )
        return waiting.commercial_partner_id | begun.partner_id.commercial_partner_id

    @api.model
    def _find_moves_by_references(self, references, company):
        """The reference of a statement pays the services on it as well."""
        wanted = list(references)
        found = super()._find_moves_by_references(wanted, company)
        statements = self.env["power.bill.statement"].search(
            Domain("company_id", "=", company.id)
            & Domain("payment_reference", "in", wanted)
            & Domain("service_ids", "!=", False)
        )
        for statement in statements:
            reference = statement.payment_reference
            services = statement._get_services().filtered(lambda move: move.amount_residual > 0)
            found[reference] = found.get(reference, services.browse()) | services
        return found
