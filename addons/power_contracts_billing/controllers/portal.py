from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request, route

from odoo.addons.power_billing.controllers.portal_money import PowerMoneyPortal
from odoo.addons.power_contracts.controllers.portal import PowerContractPortal


class PowerContractInvoicingPortal(PowerContractPortal):
    """How the customer's service invoices come: apart or with the electricity bill."""

    @route(
        "/my/contracts/<int:contract_id>/invoicing",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def power_contract_invoicing(self, contract_id, choice="", **_kw):
        try:
            contract = self._document_check_access("contract.contract", contract_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        said = "invoicing"
        try:
            contract._choose_invoicing(choice)
        except UserError:
            said = "not_invoicing"
        return request.redirect(f"/my/contracts/{contract.id}?said={said}#invoicing")


class PowerServiceMoneyPortal(PowerMoneyPortal):
    def _prepare_power_item(self, move):
        item = super()._prepare_power_item(move)
        if not move.power_bill_id and move.power_statement_id:
            return {**item, "kind": "service", "url": move.get_portal_url()}
        return item
