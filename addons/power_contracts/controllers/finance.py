from odoo.exceptions import AccessError
from odoo.http import Controller, content_disposition, request, route

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
        name = request.env._("contracts.xlsx")
        return request.make_response(
            content,
            headers=[
                ("Content-Type", _XLSX),
                ("Content-Length", len(content)),
                ("Content-Disposition", content_disposition(name)),
            ],
        )
