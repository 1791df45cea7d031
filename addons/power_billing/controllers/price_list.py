from odoo.http import Controller, request, route

from odoo.addons.power_crm.controllers.download import send_file
from odoo.addons.power_crm.tools.table_file import XLSX

from ..tools import price_list, price_list_xlsx

_TYPES = {
    "xlsx": XLSX,
    "json": "application/json; charset=utf-8",
}


class PriceListExport(Controller):
    """Price lists as files, for those who may read the tariffs."""

    @route("/power/tariffs/export/<string:kind>", type="http", auth="user", methods=["GET"])
    def export(self, kind, ids="", **_kw):
        numbers = [int(text) for text in ids.split(",") if text.isdecimal()]
        tariffs = request.env["power.tariff"]
        if kind not in _TYPES or not tariffs.has_access("read"):
            raise request.not_found()
        tariffs = tariffs.search([("id", "in", numbers)])
        if not tariffs:
            raise request.not_found()
        data = request.env["power.tariff.list"]._export(tariffs)
        if kind == "json":
            content = price_list.dumps(data).encode()
        else:
            content = price_list_xlsx.write(data, (request.env.lang or "").startswith("zh"))
        return send_file(content, request.env._("price_list.%s", kind), _TYPES[kind])
