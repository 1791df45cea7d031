from odoo.exceptions import AccessError
from odoo.http import Controller, request, route

from odoo.addons.power_crm.controllers.download import send_file
from odoo.addons.power_crm.tools.table_file import XLSX


class ContractFinance(Controller):
    @route("/power/contracts/finance.xlsx", type="http", auth="user", methods=["GET"])
    def finance(self, companies="", **_kw):
        """The money of contracts as a workbook, of those of the reader's companies asked for."""
        own = request.env.user.company_ids
        asked = {int(item) for item in companies.split("-") if item.isdecimal()}
        chosen = own.filtered(lambda company: company.id in asked) or request.env.company
        env = request.env(context={**request.env.context, "allowed_company_ids": chosen.ids})
        try:
            content = env["power.contract.workbook"]._make_finance_xlsx(chosen)
        except AccessError:
            raise request.not_found() from None
        return send_file(content, request.env._("contracts.xlsx"), XLSX)
